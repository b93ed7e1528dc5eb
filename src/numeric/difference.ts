// How far two arrays are apart, measured in the ways reports need. A measurement, never a yes or no.
import { dtypeOf } from './dtype.ts';
import type { FloatArray } from './dtype.ts';

/** Distance of two arrays of the same length. Entries that are not finite count as infinitely far, even from themselves. */
export interface Difference {
  /** Every bit the same (+0 and -0 differ), and both of the same dtype. */
  readonly identical: boolean;
  /** Largest |a - b|, and where. */
  readonly max: number;
  readonly at: number;
  /** ‖a - b‖₂ / max(‖a‖₂, ‖b‖₂); 0 where both are all zero. */
  readonly relative: number;
}

export function difference(a: FloatArray, b: FloatArray): Difference {
  if (a.length !== b.length) throw new RangeError(`${a.length} entries compared with ${b.length}`);
  let [max, at, identical] = [0, 0, dtypeOf(a) === dtypeOf(b)];
  let [squares, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [p, q] = [a[i], b[i]];
    if (!Object.is(p, q)) identical = false;
    const d = Number.isFinite(p) && Number.isFinite(q) ? Math.abs(p - q) : Infinity;
    if (d > max) [max, at] = [d, i];
    squares += d * d;
    squaresA += p * p;
    squaresB += q * q;
  }
  const size = Math.sqrt(Math.max(squaresA, squaresB));
  return { identical: identical && max < Infinity, max, at, relative: relativeTo(Math.sqrt(squares), size) };
}

function relativeTo(distance: number, size: number): number {
  if (distance === 0) return 0;
  return Number.isFinite(distance) && size > 0 ? distance / size : Infinity;
}

const bits = new DataView(new ArrayBuffer(8));

function orderedBits(x: number): number {
  bits.setFloat32(0, x);
  const i = bits.getInt32(0);
  return i < 0 ? -2147483648 - i : i;
}

/** How many binary32 numbers lie between a and b (0: the same; +0 and -0 count as the same). NaN is infinitely far. */
export function ulpDistance(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Infinity;
  return Math.abs(orderedBits(a) - orderedBits(b));
}
