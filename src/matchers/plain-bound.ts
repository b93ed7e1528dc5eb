// How far apart two results in single precision may be, where nothing is known but the numbers themselves.
import type { FloatArray } from '../numeric/dtype.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { LAMBDA } from '../numeric/bounds/error-bound.ts';

/** Examples of a batch that are allowed for: plain numbers do not say how many there were. */
const EXAMPLES = 1024;

/**
 * A gradient comes out of a chain of sums: over the inputs of each layer on the way up, over the units of each layer on the way down, over the examples
 * of the batch at the end. Each addition rounds a partial sum by at most u of its size. With n additions in all, whose errors are independent and of mean
 * zero, and partial sums that are no larger than the largest entry M of the tensor, the result is off by at most λ·√n·u·M (Higham & Mary 2019, as in LAMBDA).
 * Each product rounds once as well, and what is expected may itself be a result of single precision: n counts four for each term.
 *
 * What this does not see: sums that cancel (partial sums far above M), and relu units whose branch single precision does not decide. Both are known to
 * exactGradients, which is why its bound is the better one.
 */
export function plainBounds(expected: FloatArray, shapes: readonly (readonly number[])[]): Float64Array {
  const terms = EXAMPLES + shapes.flat().reduce((sum, length) => sum + length, 0);
  let largest = 0;
  for (const x of expected) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
  return new Float64Array(expected.length).fill(LAMBDA * Math.sqrt(4 * terms) * UNIT_ROUNDOFF.f32 * largest);
}
