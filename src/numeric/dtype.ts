// The two precisions that everything is computed in, and the numbers that describe them.

/** f32: IEEE 754 binary32, f64: binary64. */
export type Dtype = 'f32' | 'f64';
/** Both precisions by name. */
export const DTYPES = ['f32', 'f64'] as const satisfies readonly Dtype[];

/** An array of numbers in one of the two precisions. */
export type FloatArray = Float32Array | Float64Array;

/**
 * u, half the distance from 1 to the next number: one rounding changes a value by at most u times
 * its size.
 */
export const UNIT_ROUNDOFF: Record<Dtype, number> = { f32: 2 ** -24, f64: 2 ** -53 };

/** Below this a binary32 number loses digits, and some engines flush it to zero. */
export const SMALLEST_NORMAL_F32 = 2 ** -126;

export function newArray(dtype: Dtype, length: number): FloatArray {
  return dtype === 'f32' ? new Float32Array(length) : new Float64Array(length);
}

export function dtypeOf(values: FloatArray): Dtype {
  return values instanceof Float32Array ? 'f32' : 'f64';
}

/**
 * The rounding that a store into `values` performs: to binary32, or none. For intermediates without
 * an array of their own. One function for both: a loop that has called two of them calls for every
 * number instead of rounding in place.
 */
export function roundingOf(values: FloatArray): (x: number) => number {
  const isSingle = values instanceof Float32Array;
  return (x) => (isSingle ? Math.fround(x) : x);
}
