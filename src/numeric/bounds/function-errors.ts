// The measured accuracy of the engines' own functions, and how far a function carries an error of
// its argument.
import { erfc } from '../erf.ts';
import { UNIT_ROUNDOFF } from '../dtype.ts';
import { exp } from '../elementary.ts';

const u = UNIT_ROUNDOFF.f32;

/**
 * Relative error of the engines' own functions, in units of u, measured against binary64 at 2
 * million points each with tfjs 4.22.0. The intervals: exp on [-80, 5], log on [0.001, 20], sigmoid
 * on [-85, 30], tanh on [-15, 15], softplus on [-86, 100]. The worst errors of the node (TensorFlow
 * 2.21.0), wasm and cpu backends: exp 2.0 / 1.0 / 1.0, log 3.8 / 1.3 / 1.0, sigmoid
 * 8.4 / 4.5 / 1.0, tanh 6.1 / 2.7 / 1.0, softplus 7.8 / 7.9 / 7.9 (all three use e^z for
 * log(1 + e^z) below -13.94).
 */
export const FUNCTION_ERROR = { exp: 2.5 * u, log: 4.5 * u, sigmoid: 10 * u, tanh: 7 * u, softplus: 9.5 * u } as const;

/**
 * Absolute error, in units of u, of functions that lose digits in a difference. Measured the same
 * way, worst of node / wasm / cpu: elu on [-30, 0] 1.2 / 0.71 / 0.50, selu on [-30, 0]
 * 2.7 / 1.8 / 1.0 (node uses e^z - 1, whose error near 0 is the rounding of e^z), erf on [-20, 20]
 * 6.6 / 0.93 / 2.9 (cpu uses Abramowitz & Stegun 7.1.26), sigmoid 2.6 / 1.6 / 0.50.
 */
const ABSOLUTE_ERROR = { elu: 1.4 * u, selu: 3.2 * u, erf: 8 * u, sigmoid: 3 * u } as const;

export const ELU_ERROR = ABSOLUTE_ERROR.elu;
export const SELU_ERROR = ABSOLUTE_ERROR.selu;

/** Error of an engine's sigmoid s, for scores of at least z. From 18 on, all engines return 1. */
export function sigmoidError(z: number, s: number): number {
  return z >= 18 ? exp(-z) : Math.min(FUNCTION_ERROR.sigmoid * s, ABSOLUTE_ERROR.sigmoid);
}

/**
 * Error of an engine's erf, for arguments whose size is at least x >= 0. From 4 on, all engines
 * return ±1 (4.01, because their argument was rounded).
 */
export function erfError(x: number): number {
  return x >= 4.01 ? erfc(x) : ABSOLUTE_ERROR.erf;
}

/**
 * How far g moves when its argument moves by ez: |g'|·ez + max|g''|/2·ez² (Taylor), and never more
 * than `most`.
 * @param slope g' at the argument
 * @param bend the largest |g''| anywhere
 */
export function moved(slope: number, bend: number, most: number, ez: number): number {
  return Math.min((Math.abs(slope) + (bend / 2) * ez) * ez, most);
}

/** 1 / (1 + e^-z) */
export function logistic(z: number): number {
  return 1 / (1 + exp(-z));
}

/**
 * s = sigmoid(z), s' = s (1 - s), and how far an exact sigmoid moves when z moves by
 * ez; |s''| <= 0.0963
 */
export function sigmoidWithin(z: number, ez: number): { s: number; slope: number; carried: number } {
  const s = logistic(z);
  const slope = s * logistic(-z);
  return { s, slope, carried: moved(slope, 0.0963, 1, ez) };
}
