// binary16: what WebGL stores where it has no more.
import { power } from './elementary.ts';

/** The largest number. */
export const LARGEST_F16 = 65504;
/** Below this a number loses digits: it is a multiple of 2⁻²⁴. */
export const SMALLEST_NORMAL_F16 = 2 ** -14;

const bits = new DataView(new ArrayBuffer(8));

/** x rounded to the nearest binary16 number, ties to even; ±infinity from 65520 on. */
export function toHalf(x: number): number {
  bits.setFloat64(0, x);
  const exponent = ((bits.getUint16(0) >> 4) & 0x7ff) - 1023;
  if (exponent > 15) return Number.isNaN(x) ? x : x * Infinity;
  const step = power(2, Math.max(exponent, -14) - 10);
  const rounded = roundToEven(x / step) * step;
  return Math.abs(rounded) > LARGEST_F16 ? rounded * Infinity : rounded;
}

function roundToEven(x: number): number {
  const ROUNDER = 1.5 * 2 ** 52; // a binary64 number of this size has no fraction
  return Object.is(x, -0) ? x : x + ROUNDER - ROUNDER;
}
