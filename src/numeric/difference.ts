// The distance between two arrays, in the measures that reports need. A measurement, never a yes
// or no.
import { BLOCK, blockReader } from './blocks.ts';
import { dtypeOf } from './dtype.ts';
import type { FloatArray } from './dtype.ts';

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

// The loops over a block start from these numbers and leave them: a loop alone is compiled soon.
const found = { max: 0, at: 0, largest: 0, same: true };
const squares = new Float64Array(3); // of the difference, of a, of b

/**
 * Measures a against b, entry by entry.
 * @throws RangeError if they differ in length
 */
export function difference(a: FloatArray, b: FloatArray): Difference {
  if (a.length !== b.length) throw new RangeError(`${a.length} entries compared with ${b.length}`);
  Object.assign(found, { max: 0, at: 0, largest: 0, same: true });
  for (let from = 0; from < a.length; from += BLOCK)
    compareBlock(readA(a, from), readB(b, from), from, Math.min(BLOCK, a.length - from));
  const { max, at, largest, same } = found;
  const relative = max === 0 ? 0 : max === Infinity ? Infinity : relativeDifference(a, b, largest);
  return { identical: same && dtypeOf(a) === dtypeOf(b) && max < Infinity, max, at, relative };
}

function compareBlock(ps: Float64Array, qs: Float64Array, from: number, count: number): void {
  let [max, at, largest, same] = [found.max, -1, found.largest, true];
  for (let i = 0; i < count; i++) {
    const p = ps[i];
    const q = qs[i];
    const apart = Math.abs(p - q);
    if (apart !== 0 || (p === 0 && !Object.is(p, q))) same = false;
    const d = apart < Infinity ? apart : Infinity; // NaN too
    if (d > max) {
      max = d;
      at = i;
    }
    if (Math.abs(p) > largest) largest = Math.abs(p);
    if (Math.abs(q) > largest) largest = Math.abs(q);
  }
  found.max = max;
  found.largest = largest;
  if (at >= 0) found.at = from + at;
  if (!same) found.same = false;
}

/**
 * ‖a - b‖₂ / max(‖a‖₂, ‖b‖₂). All entries are first divided by the largest: squares of very large
 * or small numbers leave the range.
 */
function relativeDifference(a: FloatArray, b: FloatArray, largest: number): number {
  squares.fill(0);
  for (let from = 0; from < a.length; from += BLOCK)
    addSquares(readA(a, from), readB(b, from), Math.min(BLOCK, a.length - from), largest);
  return Math.sqrt(squares[0] / Math.max(squares[1], squares[2]));
}

function addSquares(ps: Float64Array, qs: Float64Array, count: number, largest: number): void {
  let apart = squares[0];
  let ofA = squares[1];
  let ofB = squares[2];
  for (let i = 0; i < count; i++) {
    const p = ps[i] / largest;
    const q = qs[i] / largest;
    apart += (p - q) * (p - q);
    ofA += p * p;
    ofB += q * q;
  }
  squares[0] = apart;
  squares[1] = ofA;
  squares[2] = ofB;
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

/** Whether two arrays are of one kind and length, and have the same bits: of 0 and NaN too. */
export function haveSameBits(a: FloatArray, b: FloatArray): boolean {
  if (a.length !== b.length || dtypeOf(a) !== dtypeOf(b)) return false;
  const [p, q] = [a, b].map(({ buffer, byteOffset, byteLength }) => new Int32Array(buffer, byteOffset, byteLength / 4));
  for (let i = 0; i < p.length; i++) if (p[i] !== q[i]) return false;
  return true;
}
