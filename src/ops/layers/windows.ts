// Where the windows of a convolution or pool lie in a picture, and the copies that turn both into
// sums over rows.
//
// Letters: H, W height and width of the picture, C its channels; kh, kw the window; R, Q rows and
// columns of the result, P = R·Q its positions; T = kh·kw cells of a window.
import { UsageError } from '../../errors.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { Fields, FieldRule } from './page.ts';

/** A size in both directions: one number, or [height, width]. */
export type Size = number | readonly [number, number];

/**
 * `valid`: windows lie inside the picture. `same`: the picture is padded with nothing so that every
 * stride-th cell has a window; of an odd number of padding rows or columns, the larger half is at
 * the bottom and on the right, as in TensorFlow.
 */
export type Padding = 'valid' | 'same';

/** The windows of one layer. */
export interface Windows {
  readonly H: number;
  readonly W: number;
  readonly C: number;
  readonly kh: number;
  readonly kw: number;
  readonly sh: number;
  readonly sw: number;
  /** Rows and columns of padding before the first. */
  readonly top: number;
  readonly left: number;
  readonly R: number;
  readonly Q: number;
  /**
   * (P, T) the cell of the picture, y·W + x, that cell t of the window at position p lies on; -1
   * outside the picture.
   */
  readonly cells: Int32Array;
  /**
   * (H·W, T) the position p whose window has the cell of the picture as its cell T-1-t; -1 where
   * there is none. In this order positions ascend.
   */
  readonly positions: Int32Array;
}

/** What the functions below read of a layer. */
export interface WindowFields extends Fields {
  readonly stride?: Size;
  readonly padding?: Padding;
  /** (height, width, channels) */
  readonly inputShape?: readonly number[];
}

/** The fields of a convolution. */
export interface ConvolutionFields extends WindowFields {
  readonly filters: number;
  readonly kernel: Size;
}

/** Those of pooling over windows of `size`; stride is as large where it is not given. */
export interface PoolFields extends WindowFields {
  readonly size: Size;
}

const isCount = (n: unknown): boolean => typeof n === 'number' && Number.isSafeInteger(n) && n >= 1;

export const SIZE: FieldRule = {
  expected: 'a whole number of at least 1, or a pair of them',
  fits: (value) => isCount(value) || (Array.isArray(value) && value.length === 2 && value.every(isCount)),
};
export const WINDOW_FIELDS = {
  stride: { ...SIZE, optional: true },
  padding: { expected: '"same" or "valid"', optional: true, fits: (value) => value === 'same' || value === 'valid' },
} as const satisfies Record<string, FieldRule>;

/** [height, width] */
export function pairOf(size: Size): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

/** 3 or 3x5 */
export function formatSize(size: Size): string {
  const [h, w] = pairOf(size);
  return h === w ? String(h) : `${h}x${w}`;
}

const known = new WeakMap<Fields, Windows>();

/**
 * The windows of a layer. As in TensorFlow: `valid` has R = ⌈(H - kh + 1) / sh⌉; `same` has R =
 * ⌈H / sh⌉ and pads (R - 1)·sh + kh - H rows, the smaller half of them at the top.
 * @param standard the stride where none is given
 * @throws UsageError if no window fits into the picture
 */
export function windowsOf(spec: WindowFields, size: Size, standard: Size = 1): Windows {
  let windows = known.get(spec);
  if (windows === undefined) known.set(spec, (windows = place(spec, size, standard)));
  return windows;
}

function place({ stride, padding = 'valid', inputShape = [] }: WindowFields, size: Size, standard: Size): Windows {
  const [H, W, C] = inputShape;
  const [[kh, kw], [sh, sw]] = [pairOf(size), pairOf(stride ?? standard)];
  const [rows, cols] = [along(H, kh, sh, padding), along(W, kw, sw, padding)];
  const [R, Q] = [rows.count, cols.count];
  if (R < 1 || Q < 1)
    throw new UsageError(`a window of ${kh}x${kw} does not fit into ${H}x${W}`, 'use a smaller one, or padding same');
  const shape = { H, W, C, kh, kw, sh, sw, top: rows.before, left: cols.before, R, Q };
  return { ...shape, ...tables(shape) };
}

function along(length: number, window: number, stride: number, padding: Padding): { count: number; before: number } {
  if (padding === 'valid') return { count: Math.ceil((length - window + 1) / stride), before: 0 };
  const count = Math.ceil(length / stride);
  return { count, before: Math.floor(Math.max(0, (count - 1) * stride + window - length) / 2) };
}

function tables({
  H,
  W,
  kh,
  kw,
  sh,
  sw,
  top,
  left,
  R,
  Q,
}: Omit<Windows, 'cells' | 'positions'>): Pick<Windows, 'cells' | 'positions'> {
  const T = kh * kw;
  const [cells, positions] = [new Int32Array(R * Q * T).fill(-1), new Int32Array(H * W * T).fill(-1)];
  for (let p = 0, at = 0; p < R * Q; p++) {
    const [y0, x0] = [Math.floor(p / Q) * sh - top, (p % Q) * sw - left];
    for (let t = 0; t < T; t++, at++) {
      const [y, x] = [y0 + Math.floor(t / kw), x0 + (t % kw)];
      if (y < 0 || y >= H || x < 0 || x >= W) continue;
      cells[at] = y * W + x;
      positions[(y * W + x) * T + (T - 1 - t)] = p;
    }
  }
  return { cells, positions };
}

/** How many cells of the picture the window at each position has: T, and fewer over an edge. */
export function cellCounts({ cells, kh, kw }: Windows): Int32Array {
  const T = kh * kw;
  return Int32Array.from({ length: cells.length / T }, (_, p) => {
    let count = 0;
    for (let t = 0; t < T; t++) if (cells[p * T + t] >= 0) count++;
    return count;
  });
}

/** Whether two windows share a cell. */
export function overlaps({ kh, kw, sh, sw }: Windows): boolean {
  return kh > sh || kw > sw;
}

/**
 * out (rows, T·C): for each row and t the C numbers at the place that `from` (rows, T) names, or 0
 * where it is -1.
 * @param at where the example starts in `values`
 */
export function gather(out: FloatArray, values: FloatArray, at: number, from: Int32Array, C: number): void {
  // code of its own for each precision: a loop that has seen both takes twice the time on either
  if (out instanceof Float64Array) gatherDoubles(out, values as Float64Array, at, from, C);
  else gatherSingles(out, values as Float32Array, at, from, C);
}

function gatherDoubles(out: Float64Array, values: Float64Array, at: number, from: Int32Array, C: number): void {
  for (let i = 0, to = 0; i < from.length; i++) {
    const place = from[i];
    const end = to + C;
    if (place < 0) for (; to < end; to++) out[to] = 0;
    else for (let source = at + place * C; to < end; to++, source++) out[to] = values[source];
  }
}

function gatherSingles(out: Float32Array, values: Float32Array, at: number, from: Int32Array, C: number): void {
  for (let i = 0, to = 0; i < from.length; i++) {
    const place = from[i];
    const end = to + C;
    if (place < 0) for (; to < end; to++) out[to] = 0;
    else for (let source = at + place * C; to < end; to++, source++) out[to] = values[source];
  }
}

/** (T·F, C): the kernel turned by half a turn, in binary64: row (t, f) is W at T-1-t, f. */
export function turned(W: FloatArray, { kh, kw, C }: Windows, F: number): Matrix {
  const T = kh * kw;
  const out = zeros('f64', T * F, C);
  for (let t = 0, i = 0; t < T; t++)
    for (let f = 0; f < F; f++) for (let c = 0; c < C; c++, i++) out.data[i] = W[((T - 1 - t) * C + c) * F + f];
  return out;
}
