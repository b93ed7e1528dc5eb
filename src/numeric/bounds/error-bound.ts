// How far rounding can move a sum: the basis of every "within rounding error" in this project.
import { SMALLEST_NORMAL_F32 } from '../dtype.ts';
import { lostNear0, uStored } from './arithmetic.ts';

/**
 * λ of the probabilistic bound λ·√n·u·Σ|xᵢwᵢ| (Higham & Mary, SIAM J. Sci. Comput. 41(5), 2019,
 * Theorem 2.4). Rounding errors behave like independent variables of mean zero. One sum of n
 * products exceeds the bound with probability at most 2·n·exp(-λ²/2σ²), where σ is the sub-Gaussian
 * parameter of one error in units of u: 1 if only |error| <= u is known, 1/√3 if the error is
 * uniform over ±u, as assumed here. A check of MNIST's 784-128-10 has 10^5 sums of up to 784
 * products. At most once in 10^6 checks may any of them exceed its bound by chance:
 * 2·784·10^5·exp(-3λ²/2) <= 10^-6, so λ >= 4.7.
 */
export const LAMBDA = 4.7;

/**
 * Where a bound leaves the range of binary64 (0 times infinity is NaN), nothing is known.
 * Number.isNaN would make an object of each number that it is asked about.
 */
export function known(bound: number): number {
  return bound <= Infinity ? bound : Infinity;
}

/** How much n operations can lose near 0: engines may flush numbers below 2^-126 to zero. */
export function underflow(n: number): number {
  return n * lostNear0;
}

/** Portions in which a sum may be computed, each of which is stored, if storing rounds. */
export const PORTIONS = 4;

/** How much a sum of n products can lose near 0. */
export function underflowInSum(n: number): number {
  return uStored === 0 ? underflow(n) : underflow(PORTIONS) + n * SMALLEST_NORMAL_F32;
}
