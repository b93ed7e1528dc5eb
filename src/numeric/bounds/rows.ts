// Bounds for functions of the K numbers of one example: softmax, ratio and the losses. Letters: K
// classes.
//
// The prefix e marks the bound on a value's error; u: one rounding, as arithmetic.ts has it.
import { u as U } from './arithmetic.ts';
import { exp, expm1, log, square } from '../elementary.ts';
import type { Matrix } from '../matrix.ts';
import { underflow } from './error-bound.ts';
import { expErrorInSum, logError } from './function-errors.ts';
import type { Tracked } from './tracked.ts';

/**
 * How much the errors made here count: multiples of a rounding and of an engine's own function
 * error, and the relative error of a sum of n.
 */
export interface Fresh {
  readonly rounding: number;
  readonly functions: number;
  readonly sum: (n: number) => number;
}

/**
 * Larger than any binary32 number, yet finite: the bound on a value that may be anything. Infinity
 * times 0 would be NaN.
 */
export const UNKNOWN = 2 ** 130;

/** K values with the bounds on their errors. */
export interface Row {
  readonly value: Float64Array;
  readonly error: Float64Array;
  /** As in Tracked. */
  readonly shift: Float64Array;
}

export function row(K: number): Row {
  return { value: new Float64Array(K), error: new Float64Array(K), shift: new Float64Array(K) };
}

/**
 * log Σ_j e^z_j with its error, the shares p_j, and the errors of log p_j that come from
 * the scores.
 */
export interface LogSumExp {
  readonly value: number;
  /** `computed` is the part of it made in the computation, whatever the errors of the scores. */
  readonly error: number;
  readonly computed: number;
  readonly shares: Float64Array;
  readonly carried: Float64Array;
}

/**
 * First order in ez; the second order is a factor. log p_k = z_k - log Σ_j e^z_j changes by 1 - p_k
 * per change of z_k, and by -p_j per change of another score z_j.
 */
export function logSumExp({ value: z, error }: Row, { rounding, functions, sum: sumError }: Fresh): LogSumExp {
  const K = z.length;
  const [shares, ez] = [new Float64Array(K), new Float64Array(K)];
  let max = -Infinity;
  for (let k = 0; k < K; k++) max = Math.max(max, z[k]);
  let [sum, moved, largest] = [0, 0, 0];
  for (let k = 0; k < K; k++) sum += shares[k] = exp(z[k] - max);
  for (let k = 0; k < K; k++) {
    shares[k] /= sum;
    ez[k] = error[k] + rounding * U * Math.abs(z[k] - max); // a score's own error, and the rounding of z - max
    moved += shares[k] * ez[k];
    largest = Math.max(largest, error[k]);
  }
  const secondOrder = 1 + 2 * largest;
  const logSum = log(sum);
  const computed =
    functions * (expErrorInSum(shares, (k) => max - z[k]) + logError(logSum)) +
    sumError(shares.length) +
    rounding * U * Math.abs(max + logSum);
  const carried = ez.map((e, k) => secondOrder * ((1 - shares[k]) * e + Math.max(0, moved - shares[k] * e)));
  return { value: max + logSum, error: moved * secondOrder + computed, computed, shares, carried };
}

/**
 * Error of the share p = e^l, where l has the error el. A share of 1 is never wrong by more than 1,
 * however little is known of l.
 */
export function shareError(p: number, el: number): number {
  const error = p * expm1(el) + underflow(1);
  return error <= 1 ? error : 1;
}

/**
 * What each entry of a row takes from all the others together: `scale` is its scale, `taken` is
 * what `inThreeParts` assumed, with all errors of one sign.
 */
export interface Mixed {
  readonly scale: number;
  readonly taken: number;
  /**
   * The shares of a softmax: entry k takes 1 - p_k of its own errors. null: it takes all of them.
   */
  readonly p: Matrix | null;
}

/**
 * For row r: log p_k = z_k - log Σ_j e^z_j, whose second term moves by Σ_j p_j e_j, equally for
 * all k.
 */
export function softmaxMixes(z: Tracked, r: number, p: Matrix): Mixed {
  let [squares, shared, taken] = [0, 0, 0];
  for (let i = r * p.cols; i < (r + 1) * p.cols; i++) {
    squares += square(p.data[i] * z.own.data[i]);
    shared += p.data[i] * z.shared.data[i];
    taken += p.data[i] * (z.own.data[i] + z.shared.data[i]);
  }
  return { scale: Math.sqrt(squares) + shared, taken, p };
}
