// How far rounding can move a sum. This is what the whole project means by "within floating point".
import { SMALLEST_NORMAL_F32 } from '../dtype.ts';

/**
 * λ of the probabilistic bound λ·√n·u·Σ|xᵢwᵢ| (Higham & Mary, SIAM J. Sci. Comput. 41(5), 2019, Theorem 2.4): rounding errors behave like
 * independent variables of mean zero, and one sum of n products exceeds the bound with probability at most 2·n·exp(-λ²/2σ²), where σ is the
 * sub-Gaussian parameter of one error in units of u: 1 if nothing is known of it but |error| <= u, 1/√3 if it is spread evenly over ±u, as taken
 * here. A check of MNIST's 784-128-10 has 10^5 sums of up to 784 products; that not one of them may exceed its bound by chance more often than once
 * in 10^6 checks asks for 2·784·10^5·exp(-3λ²/2) <= 10^-6, so λ >= 4.7.
 */
export const LAMBDA = 4.7;

/** What n operations can lose where engines flush numbers below 2^-126 to zero. */
export function underflow(n: number): number {
  return n * SMALLEST_NORMAL_F32;
}
