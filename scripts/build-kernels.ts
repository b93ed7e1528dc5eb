// npm run build:kernels: the WebAssembly kernels compiled from src/engines/wasm/assembly, and written as text into src/engines/wasm/compiled.ts,
// so that neither running nor packing needs a step for them.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileKernels } from './kernels.ts';

const target = fileURLToPath(new URL('../src/engines/wasm/compiled.ts', import.meta.url));
writeFileSync(target, await compileKernels());
