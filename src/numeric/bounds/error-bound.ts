// How far rounding can move a sum: the basis of every "within rounding error" in this project.
import { SMALLEST_NORMAL_F32 } from '../dtype.ts';

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

/** How much n operations can lose in engines that flush numbers below 2^-126 to zero. */
export function underflow(n: number): number {
  return n * SMALLEST_NORMAL_F32;
}
