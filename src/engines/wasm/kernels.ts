// The compiled kernels (from assembly/, built by `npm run build:kernels`), in the variant that this
// runtime supports.
import { UsageError } from '../../errors.ts';
import { COMPILED } from './compiled.ts';

/** R rows of a panel, n terms, O units, panel p, rows from .. to-1. */
type ProductSizes = [R: number, n: number, O: number, p: number, from: number, to: number];

/** The exports of assembly/index.ts. Addresses are bytes from the start of memory. */
export interface Kernels {
  readonly heapBase: { readonly value: number };
  readonly layerBytes: { readonly value: number };
  readonly planBytes: { readonly value: number };
  readonly syncBytes: { readonly value: number };
  run(plan: number, sync: number, order: number): number;
  serve(plan: number, sync: number, thread: number, soFar: number): void;
  quit(sync: number): void;
  breakUp(sync: number): void;
  isBroken(sync: number): number;
  ordersSoFar(sync: number): number;
  packBytes(source: number, n: number, to: number): number;
  countNonZeros(numbers: number, n: number): number;
  transposeAll(plan: number): void;
  /** The loops and products that benchmarks measure by themselves: ./assembly/peak.ts, dense.ts. */
  multiplyAddLoop(n: number): number;
  multiplyAddLoads(at: number, bytes: number, n: number): number;
  multiply(c: number, a: number, w: number, ...sizes: ProductSizes): void;
  multiplyTransposedLeft(block: number, x: number, dz: number, ...sizes: ProductSizes): void;
}

/** The orders of assembly/index.ts, combined by adding. */
export const ORDER = { forward: 1, backward: 2, update: 4, fromData: 8 } as const;

/**
 * (module (func (drop (f32x4.relaxed_madd (v128.const ...) x 3)))): compiles if the runtime has
 * relaxed SIMD.
 */
const PROBE = Uint8Array.from([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 20, 1, 18, 0],
  ...[65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 26, 11],
]);

/**
 * Whether this runtime has relaxed SIMD (Node 22 and later). A multiply-add is then rounded once
 * if the processor has it as one instruction, otherwise twice, so results may differ between
 * machines. Without relaxed SIMD they are the same everywhere, because the kernels have their own
 * exp and log.
 */
export function hasRelaxedSimd(): boolean {
  return WebAssembly.validate(PROBE);
}

const compiled = new Map<string, Promise<WebAssembly.Module>>();

const PAGE = 65536;
/** The most pages that a WebAssembly memory can have: 4 GiB. */
const MOST_PAGES = 65536;

/** The kernels and their memory. */
export interface Instance {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
}

/**
 * A fresh instance with its own memory.
 * @param shared whether other threads will work in that memory
 */
export async function instantiate(shared: boolean, relaxed = hasRelaxedSimd()): Promise<Instance> {
  const variant = `${relaxed ? 'relaxed' : 'plain'} ${shared ? 'shared' : 'unshared'}` as const;
  let pending = compiled.get(variant);
  if (pending === undefined) {
    const binary = Uint8Array.from(atob(COMPILED[variant]), (char) => char.charCodeAt(0));
    compiled.set(variant, (pending = WebAssembly.compile(binary)));
  }
  const module = await pending;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES, shared });
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  return { kernels: exports as object as Kernels, memory, module };
}

/**
 * Grows the memory to this size in one step: V8 runs at a third of the speed in memory that has
 * grown twice (measured with Node 20 and 24).
 * @throws UsageError if 4 GiB are not enough
 */
export function growMemory(memory: WebAssembly.Memory, bytes: number): void {
  const pages = Math.ceil(bytes / PAGE);
  const current = memory.buffer.byteLength / PAGE;
  if (pages <= current) return;
  const hint = 'use a smaller batch or network, or --engine vector';
  if (pages > MOST_PAGES) {
    throw new UsageError(
      `wasm: ${Math.ceil(bytes / 2 ** 20)} MiB needed, but a WebAssembly memory holds 4096 MiB`,
      hint,
    );
  }
  try {
    memory.grow(pages - current);
  } catch {
    throw new UsageError(`wasm: cannot allocate ${Math.ceil(bytes / 2 ** 20)} MiB`, hint);
  }
}
