// The products of NAdam's momenta, which grow from step to step.
import { momentumOf, productOf } from '../../../ops/optimizers/nadam.ts';

/** Which tensor of how many. */
export interface Place {
  readonly of: number;
  readonly count: number;
}

/**
 * Πₜ and Πₜ₊₁.
 * @param place not null: every tensor of a step multiplies the one product by μₜ
 */
export function productsAt(beta1: number, t: number, place: Place | null): readonly [now: number, next: number] {
  let product = productOf(beta1, t);
  if (place !== null) {
    product = 1;
    for (let s = 1; s <= t; s++) {
      const times = s < t ? place.count : place.of + 1;
      const mu = momentumOf(beta1, s);
      for (let n = 0; n < times; n++) product *= mu;
    }
  }
  return [product, product * momentumOf(beta1, t + 1)];
}
