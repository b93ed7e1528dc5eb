// `npm run build:kernels`: writes the numbers that the WebAssembly kernels share with src, compiles
// the kernels from the two assembly/ folders, and writes them as text into compiled.ts above each,
// so that running and packing need no build.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kernelNumbers } from './kernel-numbers.ts';
import { compileKernels, compileProducts } from './kernels.ts';

const target = (file: string): string => fileURLToPath(new URL(`../src/${file}`, import.meta.url));
writeFileSync(target('engines/wasm/assembly/numbers.ts'), kernelNumbers());
writeFileSync(target('engines/wasm/compiled.ts'), await compileKernels());
writeFileSync(target('numeric/kernels/compiled.ts'), await compileProducts());
