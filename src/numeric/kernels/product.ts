// One matrix product on a WebAssembly kernel: arrays go in, the product comes out, with the bits of
// ../products.ts. Memory is kept from call to call and grows to what the largest product takes.
import { BLOCK } from '../products.ts';
import type { FloatArray } from '../dtype.ts';
import { COMPILED } from './compiled.ts';

/**
 * out (rows, cols) = factors (rows, count) times terms (count, cols). Steps are in numbers,
 * not bytes.
 */
export interface Product {
  readonly out: FloatArray;
  readonly factors: FloatArray;
  readonly terms: FloatArray;
  readonly rows: number;
  readonly count: number;
  readonly cols: number;
  /** From a row of factors to the next, and from a factor to the next of its row. */
  readonly factorRow: number;
  readonly factorStep: number;
  /** The same of terms. */
  readonly termRow: number;
  readonly termStep: number;
  /** Whether factors that are 0 are multiplied too. That shows where a term is not finite. */
  readonly keepZeros: boolean;
}

/** Multiplications from which a call of the kernel costs less than a loop here. */
const WORTH = 8192;
/** In binary64 blocks change no bit: their packed terms (16 columns) fit into 32 KiB. */
const BLOCK_F64 = 256;
const PAGE = 65536;
const MOST_BYTES = 2 ** 31;

interface Kernel {
  readonly memory: WebAssembly.Memory;
  readonly multiply: (product: number) => void;
  readonly heapBase: number;
  readonly productBytes: number;
}

let kernel: Kernel | null | undefined; // null: this runtime cannot run it

/**
 * Whether the product was computed: not where it is small, too large for the kernel's memory, of
 * mixed types, or where there is no WebAssembly SIMD.
 */
export function multiplyInKernel(product: Product): boolean {
  const { out, factors, terms, rows, count, cols } = product;
  if (rows * count * cols < WORTH) return false;
  const isSingle = out instanceof Float32Array;
  if (factors instanceof Float32Array !== isSingle || terms instanceof Float32Array !== isSingle) return false;
  if (kernel === undefined) kernel = load();
  return kernel !== null && run(kernel, product, isSingle);
}

function run(kernel: Kernel, product: Product, isSingle: boolean): boolean {
  const { out, factors, terms, rows, count, cols, factorRow, factorStep, termRow, termStep, keepZeros } = product;
  const [ArrayType, size] = isSingle ? ([Float32Array, 4] as const) : ([Float64Array, 8] as const);
  const block = isSingle ? BLOCK : BLOCK_F64;
  const stride = Math.ceil(cols / 4) * 4;
  let end = align(kernel.heapBase + kernel.productBytes);
  const take = (bytes: number): number => {
    const at = end;
    end = align(end + bytes);
    return at;
  };
  const outAt = take(rows * stride * size);
  const factorsAt = take(factors.length * size);
  const termsAt = take(terms.length * size);
  const packedAt = take(block * 16 * 8);
  const listedAt = take(rows * (16 + block * 16));
  if (end > MOST_BYTES || !grow(kernel.memory, end)) return false;
  const { buffer } = kernel.memory;
  new ArrayType(buffer, factorsAt, factors.length).set(factors);
  new ArrayType(buffer, termsAt, terms.length).set(terms);
  new Int32Array(buffer, kernel.heapBase).set([
    ...[outAt, factorsAt, termsAt, packedAt, listedAt, rows, count, cols, stride],
    ...[factorRow * size, factorStep * size, termRow * size, termStep * size],
    ...[block, Number(isSingle), Number(keepZeros)],
  ]);
  kernel.multiply(kernel.heapBase);
  const computed = new ArrayType(buffer, outAt, rows * stride);
  if (stride === cols) out.set(computed);
  else for (let r = 0; r < rows; r++) out.set(computed.subarray(r * stride, r * stride + cols), r * cols);
  return true;
}

function align(at: number): number {
  return (at + 15) & ~15;
}

function grow(memory: WebAssembly.Memory, bytes: number): boolean {
  const missing = bytes - memory.buffer.byteLength;
  if (missing <= 0) return true;
  try {
    memory.grow(Math.ceil(missing / PAGE));
    return true;
  } catch {
    return false; // the machine has not that much
  }
}

function load(): Kernel | null {
  if (typeof WebAssembly === 'undefined') return null;
  try {
    const bytes = Uint8Array.from(atob(COMPILED), (c) => c.charCodeAt(0));
    const memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_BYTES / PAGE });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    const { multiply, heapBase, productBytes } = exports as Exports;
    return { memory, multiply, heapBase: heapBase.value, productBytes: productBytes.value };
  } catch {
    return null; // no SIMD, or a page that forbids WebAssembly
  }
}

interface Exports {
  readonly multiply: Kernel['multiply'];
  readonly heapBase: { readonly value: number };
  readonly productBytes: { readonly value: number };
}
