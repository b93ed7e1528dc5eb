// The largest and smallest sizes that come up in a computation, and whether a precision can
// hold them.
import type { Dtype } from '../dtype.ts';
import { LARGEST_F16, SMALLEST_NORMAL_F16 } from '../half.ts';
import { uStored } from './arithmetic.ts';

/**
 * The largest size in one step of the computation (partial sums included), or the smallest size
 * where the value must not vanish.
 */
export interface Extreme {
  /**
   * What depends on it: everything, the loss alone, the gradients of this layer and below, the
   * gradients of this layer, or its update.
   */
  readonly stage: 'forward' | 'loss' | 'backward' | 'gradient' | 'update';
  /** 1-based. */
  readonly layer: number;
  /** z1, a1, dz1, dW1, loss, learning rate ... */
  readonly name: string;
  readonly size: number;
  /** A divisor: it must not round to 0. */
  readonly divides?: boolean;
  /** Some engine stores its numbers in binary16. */
  readonly isHalf?: boolean;
}

/**
 * An engine sums in its own order and may postpone a factor of 2 or 4, so a size within this factor
 * of the end of the range may overflow or underflow.
 */
const ROOM = 4;
const LARGEST = { f16: LARGEST_F16, f32: 2 ** 127 * (2 - 2 ** -23), f64: Number.MAX_VALUE };
const SMALLEST = { f16: SMALLEST_NORMAL_F16, f32: 2 ** -126, f64: 2 ** -1022 };

/** The extremes of a computation under the arithmetic in force. */
export function underArithmetic(extremes: readonly Extreme[]): readonly Extreme[] {
  return uStored === 0 ? extremes : extremes.map((one) => ({ ...one, isHalf: true }));
}

/** The larger of two sizes. NaN wins, because it is out of every range. */
export function larger(a: number, b: number): number {
  return a <= Infinity && !(b <= a) ? b : a;
}

/** The largest |x|. */
export function peakOf(values: ArrayLike<number>): number {
  if (values instanceof Float64Array) return peakOfBinary64(values);
  let peak = 0;
  for (let i = 0; i < values.length; i++) peak = larger(peak, Math.abs(values[i]));
  return peak;
}

/** A loop that sees no other kind of array is several times as fast. */
function peakOfBinary64(values: Float64Array): number {
  let peak = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (!(size <= peak)) peak = larger(peak, size);
  }
  return peak;
}

/** Whether an engine of this precision can hold the number. NaN is out of every range. */
export function isWithin({ size, divides = false, isHalf = false }: Extreme, of: Dtype): boolean {
  const dtype = isHalf ? 'f16' : of;
  return divides ? size >= ROOM * SMALLEST[dtype] : size <= LARGEST[dtype] / ROOM;
}
