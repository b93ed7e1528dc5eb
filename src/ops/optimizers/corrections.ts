// The correction of a running mean that starts at 0.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { power } from '../../numeric/elementary.ts';

/**
 * 1 - βᵗ: β is rounded once, multiplied t times and subtracted from 1. Its rounding counts t times.
 */
export function correction(beta: number, t: number): readonly [value: number, error: number] {
  const decayed = power(beta, t);
  return [1 - decayed, u * (2 * t * decayed + 1 - decayed)];
}
