// `npm run build:kernels`: writes the numbers that the WebAssembly kernels share with src, compiles
// the kernels from src/engines/wasm/assembly, and writes them as text into
// src/engines/wasm/compiled.ts, so that running and packing need no build.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kernelNumbers } from './kernel-numbers.ts';
import { compileKernels } from './kernels.ts';

const target = (file: string): string => fileURLToPath(new URL(`../src/engines/wasm/${file}`, import.meta.url));
writeFileSync(target('assembly/numbers.ts'), kernelNumbers());
writeFileSync(target('compiled.ts'), await compileKernels());
