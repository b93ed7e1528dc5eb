// The products of NAdam's momenta, which grow from step to step.
import { momentumOf, productOf } from '../../../ops/optimizers/nadam.ts';
import type { Rule } from './rule.ts';

/** Which tensor of how many. */
export interface Place {
  readonly of: number;
  readonly count: number;
}

/**
 * Πₜ and Πₜ₊₁.
 * @param kind each-tensor: every tensor of a step multiplies the one product by μₜ; alone: nothing
 *   is kept of the steps before
 */
export function productsAt(
  beta1: number,
  t: number,
  kind: Rule['product'],
  place: Place,
): readonly [now: number, next: number] {
  let product = kind === 'alone' ? momentumOf(beta1, t) : productOf(beta1, t);
  if (kind === 'each-tensor') {
    product = 1;
    for (let s = 1; s <= t; s++) {
      const times = s < t ? place.count : place.of + 1;
      const mu = momentumOf(beta1, s);
      for (let n = 0; n < times; n++) product *= mu;
    }
  }
  return [product, product * momentumOf(beta1, t + 1)];
}
