// The distance between two arrays, in the measures that reports need. A measurement, never a yes
// or no.
import { BLOCK, blockReader } from './blocks.ts';
import { dtypeOf } from './dtype.ts';
import type { FloatArray } from './dtype.ts';
import { square } from './elementary.ts';

/**
 * Distance of two arrays of the same length. Entries that are not finite count as infinitely far
 * apart, even from themselves.
 */
export interface Difference {
  /** Every bit is the same (+0 and -0 differ), and so is the dtype. */
  readonly identical: boolean;
  /** The largest |a - b|, and its index. */
  readonly max: number;
  readonly at: number;
  /** ‖a - b‖₂ / max(‖a‖₂, ‖b‖₂); 0 where both are all zero. */
  readonly relative: number;
}

const [readA, readB] = [blockReader(), blockReader()];

/**
 * Measures a against b, entry by entry.
 * @throws RangeError if they differ in length
 */
export function difference(a: FloatArray, b: FloatArray): Difference {
  if (a.length !== b.length) throw new RangeError(`${a.length} entries compared with ${b.length}`);
  let [max, at, same, largest] = [0, 0, true, 0];
  for (let from = 0; from < a.length; from += BLOCK) {
    const [ps, qs] = [readA(a, from), readB(b, from)];
    const count = Math.min(BLOCK, a.length - from);
    for (let i = 0; i < count; i++) {
      const p = ps[i];
      const q = qs[i];
      const apart = Math.abs(p - q);
      if (apart !== 0 || (p === 0 && !Object.is(p, q))) same = false;
      const d = apart < Infinity ? apart : Infinity; // NaN too
      if (d > max) {
        max = d;
        at = from + i;
      }
      largest = Math.max(largest, Math.abs(p), Math.abs(q));
    }
  }
  const relative = max === 0 ? 0 : max === Infinity ? Infinity : relativeDifference(a, b, largest);
  return { identical: same && dtypeOf(a) === dtypeOf(b) && max < Infinity, max, at, relative };
}

/**
 * ‖a - b‖₂ / max(‖a‖₂, ‖b‖₂). All entries are first divided by the largest: squares of very large
 * or small numbers leave the range.
 */
function relativeDifference(a: FloatArray, b: FloatArray, largest: number): number {
  let [squares, squaresA, squaresB] = [0, 0, 0];
  for (let from = 0; from < a.length; from += BLOCK) {
    const [ps, qs] = [readA(a, from), readB(b, from)];
    const count = Math.min(BLOCK, a.length - from);
    for (let i = 0; i < count; i++) {
      const p = ps[i] / largest;
      const q = qs[i] / largest;
      squares += square(p - q);
      squaresA += p * p;
      squaresB += q * q;
    }
  }
  return Math.sqrt(squares / Math.max(squaresA, squaresB));
}

const bits = new DataView(new ArrayBuffer(8));

function orderedBits(x: number): number {
  bits.setFloat32(0, x);
  const i = bits.getInt32(0);
  return i < 0 ? -2147483648 - i : i;
}

/**
 * The number of steps from a to b through the binary32 numbers (0: the same; +0 and -0 count as the
 * same). A number that is not finite is infinitely far, even from itself.
 */
export function ulpDistance(a: number, b: number): number {
  if (!Number.isFinite(Math.fround(a)) || !Number.isFinite(Math.fround(b))) return Infinity;
  return Math.abs(orderedBits(a) - orderedBits(b));
}
