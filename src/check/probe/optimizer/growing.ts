// The momentum of NAdam, which grows from step to step.
import { exp, log } from '../../../numeric/elementary.ts';

/** ψ ln 0.96 of 0.96^(ψt). */
const RATE = 0.004 * log(0.96);

/** Which tensor of how many. */
export interface Place {
  readonly of: number;
  readonly count: number;
}

/** μₜ = β₁ (1 - ½·0.96^(0.004t)) */
export function momentumAt(beta1: number, t: number): number {
  return beta1 * (1 - 0.5 * exp(t * RATE));
}

/** μ₁ ··· μₜ at place t, by β₁: every entry of every step asks for it. */
const products = new Map<number, number[]>();

function productAt(beta1: number, t: number): number {
  const all = products.get(beta1) ?? [1];
  products.set(beta1, all);
  for (let s = all.length; s <= t; s++) all.push(all[s - 1] * momentumAt(beta1, s));
  return all[t];
}

/**
 * Πₜ and Πₜ₊₁.
 * @param place not null: every tensor of a step multiplies the one product by μₜ
 */
export function productsAt(beta1: number, t: number, place: Place | null): readonly [now: number, next: number] {
  let product = productAt(beta1, t);
  if (place !== null) {
    product = 1;
    for (let s = 1; s <= t; s++) {
      const times = s < t ? place.count : place.of + 1;
      const mu = momentumAt(beta1, s);
      for (let n = 0; n < times; n++) product *= mu;
    }
  }
  return [product, product * momentumAt(beta1, t + 1)];
}
