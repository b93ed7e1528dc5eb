// The compiled module and its memory, which is kept from call to call until a larger one is needed.
import { BLOCK } from '../products.ts';
import { COMPILED } from './compiled.ts';

/** What the numbers of a product are made from: themselves, their sizes or their squares. */
export const KINDS = ['value', 'size', 'square'] as const;
export type Kind = (typeof KINDS)[number];

/**
 * out (rows, stride) = factors (rows, count) times terms (count, cols). All `At` are addresses;
 * steps are in numbers, not bytes.
 */
export interface Call {
  readonly outAt: number;
  readonly factorsAt: number;
  readonly termsAt: number;
  readonly rows: number;
  readonly count: number;
  readonly cols: number;
  /** A multiple of 4, so that whole vectors are stored. */
  readonly stride: number;
  /** From a row of factors to the next, and from a factor to the next of its row. */
  readonly factorRow: number;
  readonly factorStep: number;
  /** The same of terms. */
  readonly termRow: number;
  readonly termStep: number;
  /** Whether factors that are 0 are multiplied too. That shows where a term is not finite. */
  readonly keepZeros: boolean;
  readonly factorKind?: Kind;
  readonly termKind?: Kind;
  /** Whether the call before had the same factors, all in one block. */
  readonly isListed?: boolean;
}

interface Kernel {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly multiply: (product: number) => void;
  readonly heapBase: number;
  readonly productBytes: number;
}

/** In binary64 blocks change no bit: their packed terms (16 columns) fit into 32 KiB. */
const BLOCK_F64 = 256;
const PAGE = 65536;
const [FIRST_BYTES, MOST_BYTES] = [2 ** 20, 2 ** 31];
/** Bytes of a packed term, of a listed factor, and of a list's head. */
const [TERM, LISTED, HEAD] = [128, 16, 16];

let kernel: Kernel | null | undefined; // null: this runtime cannot run it

/** The kernel's memory for one call after another: first laid out, then filled. */
export class Room {
  #kernel: Kernel;
  #end: number;

  private constructor(own: Kernel) {
    this.#kernel = own;
    this.#end = align(own.heapBase + own.productBytes);
  }

  /** null where there is no WebAssembly SIMD. */
  static open(): Room | null {
    if (kernel === undefined) kernel = load();
    return kernel && new Room(kernel);
  }

  /** @returns the address of so many bytes */
  take(bytes: number): number {
    const at = this.#end;
    this.#end = align(at + bytes);
    return at;
  }

  /** What one call needs besides its arrays. */
  takeWork(rows: number, count: number, isSingle: boolean): Work {
    const block = isSingle ? BLOCK : Math.min(BLOCK_F64, count);
    return { block, packedAt: this.take(block * TERM), listedAt: this.take(rows * (HEAD + block * LISTED)), isSingle };
  }

  /** With room for all that was taken; null if it is too much. Views of before are void. */
  buffer(): ArrayBuffer | null {
    const { module, memory } = this.#kernel;
    try {
      if (this.#end > memory.buffer.byteLength) kernel = this.#kernel = withMemory(module, this.#end);
    } catch {
      return null; // the kernel, or this machine, has not that much
    }
    return this.#kernel.memory.buffer;
  }

  multiply(c: Call, { block, packedAt, listedAt, isSingle }: Work, termCount: number): void {
    const { memory, heapBase, multiply } = this.#kernel;
    const size = isSingle ? 4 : 8;
    new Int32Array(memory.buffer, heapBase).set([
      ...[c.outAt, c.factorsAt, c.termsAt, packedAt, listedAt, c.rows, c.count, c.cols, c.stride],
      ...[c.factorRow * size, c.factorStep * size, c.termRow * size, c.termStep * size],
      ...[block, Number(isSingle), Number(c.keepZeros)],
      ...[KINDS.indexOf(c.factorKind ?? 'value'), KINDS.indexOf(c.termKind ?? 'value'), termCount],
      Number(c.isListed ?? false),
    ]);
    multiply(heapBase);
  }
}

/** Where a call packs terms and lists factors. */
export interface Work {
  readonly block: number;
  readonly packedAt: number;
  readonly listedAt: number;
  readonly isSingle: boolean;
}

/** Rows start at a multiple of 4 numbers. */
export function strideOf(cols: number): number {
  return Math.ceil(cols / 4) * 4;
}

function align(at: number): number {
  return Math.ceil(at / 16) * 16;
}

function load(): Kernel | null {
  if (typeof WebAssembly === 'undefined') return null;
  try {
    const bytes = Uint8Array.from(COMPILED.match(/../g) ?? [], (byte) => parseInt(byte, 16));
    return withMemory(new WebAssembly.Module(bytes), FIRST_BYTES);
  } catch {
    return null; // no SIMD, or a page that forbids WebAssembly
  }
}

/**
 * The module with a memory of its own. Growing one would detach its buffer, and once a thread has
 * seen that, V8 asks at each number of every array there whether its buffer is detached: loops over
 * arrays take a fifth longer, for ever.
 * @throws RangeError if there is not that much memory
 */
function withMemory(module: WebAssembly.Module, bytes: number): Kernel {
  let size = FIRST_BYTES;
  while (size < bytes) size *= 2; // few sizes, so that it is seldom done
  const memory = new WebAssembly.Memory({ initial: size / PAGE, maximum: MOST_BYTES / PAGE });
  const { exports }: { exports: unknown } = new WebAssembly.Instance(module, { env: { memory } });
  const { multiply, heapBase, productBytes } = exports as Exports;
  return { module, memory, multiply, heapBase: heapBase.value, productBytes: productBytes.value };
}

interface Exports {
  readonly multiply: Kernel['multiply'];
  readonly heapBase: { readonly value: number };
  readonly productBytes: { readonly value: number };
}
