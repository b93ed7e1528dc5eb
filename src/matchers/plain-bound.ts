// The allowed error of toAgreeWith for plain numbers, when only the numbers themselves are known.
import type { FloatArray } from '../numeric/dtype.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { LAMBDA } from '../numeric/bounds/error-bound.ts';

/** The assumed batch size, because plain numbers do not tell it. */
const EXAMPLES = 1024;

/**
 * A gradient is a chain of sums: over the inputs of each layer in the forward pass, over the units
 * of each layer in the backward pass, and over the examples of the batch at the end. Each addition
 * rounds a partial sum by at most u of its size. Assume n additions whose errors are independent
 * with mean zero, and partial sums no larger than the largest entry M of the tensor. Then the
 * result is off by at most λ·√n·u·M (Higham & Mary 2019, as in LAMBDA). Each product also rounds
 * once, and the expected value may itself come from single precision, so n counts four per term.
 *
 * This ignores sums that cancel (partial sums far above M), and relu units whose branch single
 * precision does not decide. exactGradients accounts for both, so its bound is better.
 */
export function plainBounds(expected: FloatArray, shapes: readonly (readonly number[])[]): Float64Array {
  const terms = EXAMPLES + shapes.flat().reduce((sum, length) => sum + length, 0);
  let largest = 0;
  for (const x of expected) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
  return new Float64Array(expected.length).fill(LAMBDA * Math.sqrt(4 * terms) * UNIT_ROUNDOFF.f32 * largest);
}
