// npm run build:kernels: the WebAssembly kernels compiled from src/engines/wasm/assembly, and written as text into src/engines/wasm/compiled.ts,
// so that neither running nor packing needs a step for them. Before that, the numbers and constants that they share with the rest of src.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kernelNumbers } from './kernel-numbers.ts';
import { compileKernels } from './kernels.ts';

const target = (file: string): string => fileURLToPath(new URL(`../src/engines/wasm/${file}`, import.meta.url));
writeFileSync(target('assembly/numbers.ts'), kernelNumbers());
writeFileSync(target('compiled.ts'), await compileKernels());
