// npm run build:kernels: the WebAssembly kernels compiled from the two assembly/ folders, and written as text into compiled.ts above each,
// so that neither running nor packing needs a step for them. Before that, the numbers and constants that they share with the rest of src.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kernelNumbers } from './kernel-numbers.ts';
import { compileKernels, compileProducts } from './kernels.ts';

const target = (file: string): string => fileURLToPath(new URL(`../src/${file}`, import.meta.url));
writeFileSync(target('engines/wasm/assembly/numbers.ts'), kernelNumbers());
writeFileSync(target('engines/wasm/compiled.ts'), await compileKernels());
writeFileSync(target('numeric/kernels/compiled.ts'), await compileProducts());
