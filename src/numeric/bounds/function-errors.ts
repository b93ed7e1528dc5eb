// How exact the engines' own functions are, and how far a function carries an error of its
// argument.
//
// Under `ieee` the errors are measured. Under `gpu` they follow from what specifications allow
// (arithmetic.ts) and from the formulas of TensorFlow.js's shaders, which are the same for WebGL
// and WebGPU (tfjs 4.22.0). v = 2⁻²⁴, an ulp is at most 2v.
import { STORED, arithmetic } from './arithmetic.ts';
import type { ArithmeticId } from './arithmetic.ts';
import { erfc } from '../erf.ts';
import { UNIT_ROUNDOFF } from '../dtype.ts';
import { exp, log1p } from '../elementary.ts';

const v = UNIT_ROUNDOFF.f32;

/**
 * Relative error of the engines' own functions, in units of v, measured against binary64 at 2
 * million points each with tfjs 4.22.0. The intervals: exp on [-80, 5], log on [0.001, 20], sigmoid
 * on [-85, 30], tanh on [-15, 15], softplus on [-86, 100]. The worst errors of the node (TensorFlow
 * 2.21.0), wasm and cpu backends: exp 2.0 / 1.0 / 1.0, log 3.8 / 1.3 / 1.0, sigmoid
 * 8.4 / 4.5 / 1.0, tanh 6.1 / 2.7 / 1.0, softplus 7.8 / 7.9 / 7.9 (all three use e^z for
 * log(1 + e^z) below -13.94).
 */
export const FUNCTION_ERROR = { exp: 2.5 * v, log: 4.5 * v, sigmoid: 10 * v, tanh: 7 * v, softplus: 9.5 * v } as const;

/**
 * Absolute error, in units of v, of functions that lose digits in a difference. Measured the same
 * way, worst of node / wasm / cpu: elu on [-30, 0] 1.2 / 0.71 / 0.50, selu on [-30, 0]
 * 2.7 / 1.8 / 1.0 (node uses e^z - 1, whose error near 0 is the rounding of e^z), erf on [-20, 20]
 * 6.6 / 0.93 / 2.9 (cpu uses Abramowitz & Stegun 7.1.26), sigmoid 2.6 / 1.6 / 0.50.
 */
const MEASURED_ABSOLUTE = { elu: 1.4 * v, selu: 3.2 * v, erf: 8 * v, sigmoid: 3 * v } as const;

/**
 * The same in shaders:
 * - elu = e^z - 1: (3 + 2|z|) e^z ulp are at most 3, and one more for the difference: 4 ulp.
 * - selu: that times 1.7581, which is rounded, and the product: 4·1.7581 + 0.5·1.7581 + 1.7581 ulp.
 * - erf by Abramowitz & Stegun 7.1.26, 1.5e-7 off by itself: a running error analysis of its shader
 *   over all arguments gives at most 59.4 v, at 0.
 */
const IN_SHADERS = { elu: 8 * v, selu: 19.5 * v, erf: 60 * v } as const;
/** Absolute error of a logarithm in a shader near 1. */
const LOG_NEAR_1 = 2 ** -21;
/** Error of a quotient of two sums of two terms: two roundings, and the division. */
const QUOTIENT_OF_SUMS = 9 * v;

/** How exact the functions of one arithmetic are. */
interface FunctionErrors {
  /** Relative error of e^x, for arguments of at most this size. */
  readonly exp: (size: number) => number;
  /** Whether that is the same for all arguments. */
  readonly expIsEven: boolean;
  /** Error of a logarithm with this value. */
  readonly log: (value: number) => number;
  /** Error of log(1 + e), for e from 0 to 1 that is exact. */
  readonly log1p: (e: number) => number;
  readonly elu: number;
  readonly selu: number;
  /** Relative error of a sigmoid, for scores of at least z. */
  readonly sigmoidShare: (z: number) => number;
  /** Error of a sigmoid s, for scores of at least z. */
  readonly sigmoid: (z: number, s: number) => number;
  /** Error of a tanh a, for scores of at least this size. */
  readonly tanh: (size: number, a: number) => number;
  /** Error of a softplus a = log(1 + e^z), for scores within ez of z. */
  readonly softplus: (z: number, ez: number, a: number) => number;
  /** Error of an erf, for arguments whose size is at least x >= 0. */
  readonly erf: (x: number) => number;
  /** Share of an error that may have one sign, of which engines were seen to have this one. */
  readonly bias: (measured: number) => number;
}

const measured: FunctionErrors = {
  exp: () => FUNCTION_ERROR.exp,
  expIsEven: true,
  log: (value) => FUNCTION_ERROR.log * Math.abs(value),
  log1p: (e) => FUNCTION_ERROR.softplus * log1p(e),
  elu: MEASURED_ABSOLUTE.elu,
  selu: MEASURED_ABSOLUTE.selu,
  sigmoidShare: () => FUNCTION_ERROR.sigmoid,
  // from 18 on, all engines return 1
  sigmoid: (z, s) => (z >= 18 ? exp(-z) : Math.min(FUNCTION_ERROR.sigmoid * s, MEASURED_ABSOLUTE.sigmoid)),
  tanh: (_size, a) => FUNCTION_ERROR.tanh * Math.abs(a),
  softplus: (_z, _ez, a) => FUNCTION_ERROR.softplus * a,
  // from 4 on, all engines return ±1 (4.01, because their argument was rounded)
  erf: (x) => (x >= 4.01 ? erfc(x) : MEASURED_ABSOLUTE.erf),
  bias: (share) => share,
};

/** Where shaders take e^z, or z, for log(1 + e^z): beyond 13.94; there may be either at 14. */
const FAR = 14;

const inShaders: FunctionErrors = {
  exp: (size) => 2 * v * (3 + 2 * size),
  expIsEven: false,
  log: (value) => Math.max(LOG_NEAR_1, 6 * v * Math.abs(value)),
  log1p: () => LOG_NEAR_1 + 2 * v, // they compute 1 + e first
  elu: IN_SHADERS.elu,
  selu: IN_SHADERS.selu,
  // 1 / (1 + e^-z) takes the share 1 - s of the error of e^-z: at most 3 ulp of it where z > 0
  sigmoidShare: (z) => 2 * v * (3 + 2 * Math.max(0, -z)) + QUOTIENT_OF_SUMS,
  sigmoid: (z, s) => inShaders.sigmoidShare(z) * s,
  // (1 - E) / (1 + E) with E = e^-2|z|, whose (3 + 4|z|) ulp move it by (1 - a²)/2 of that;
  // 1 - a² <= 4E
  tanh: (size, a) => v * Math.min(4, 4 * exp(-2 * size) * (3 + 4 * size)) + QUOTIENT_OF_SUMS * Math.abs(a),
  // e^z (to 7.4 v) far below 0, z far above; between, the share sigmoid(z) of the error of e^z, the
  // rounding of 1 + e^z, and that of the logarithm
  softplus(z, ez, a) {
    const ofExp = inShaders.exp(Math.abs(z) + ez);
    if (z + ez < -FAR) return (ofExp + 8 * v) * a;
    if (z - ez > FAR) return 2 * v * a;
    return ofExp * logistic(z + ez) + 2 * v + inShaders.log(a);
  },
  erf: () => IN_SHADERS.erf,
  bias: () => 1, // specifications say nothing of signs
};

/** Each function is one shader, whose result is stored. */
const stored: FunctionErrors = {
  exp: (size) => inShaders.exp(size) + STORED,
  expIsEven: false,
  log: (value) => inShaders.log(value) + STORED * Math.abs(value),
  log1p: (e) => inShaders.log1p(e) + STORED * log1p(e),
  elu: IN_SHADERS.elu + STORED, // at most 1
  selu: IN_SHADERS.selu + 1.7581 * STORED,
  sigmoidShare: (z) => inShaders.sigmoidShare(z) + STORED,
  sigmoid: (z, s) => stored.sigmoidShare(z) * s,
  tanh: (size, a) => inShaders.tanh(size, a) + STORED * Math.abs(a),
  softplus: (z, ez, a) => inShaders.softplus(z, ez, a) + STORED * a,
  erf: (x) => inShaders.erf(x) + STORED,
  bias: inShaders.bias,
};

const ERRORS: Readonly<Record<ArithmeticId, FunctionErrors>> = { ieee: measured, gpu: inShaders, gpu16: stored };

/** Relative error of e^x, for arguments of at most this size. */
export function expError(size: number): number {
  return ERRORS[arithmetic].exp(size);
}

/** Relative error of a sum of e^x, each of which has this share of it. */
export function expErrorInSum(shares: Float64Array, size: (k: number) => number): number {
  const { exp: error, expIsEven } = ERRORS[arithmetic];
  return expIsEven ? error(0) : shares.reduce((all, share, k) => all + share * error(size(k)), 0);
}

/** Error of a logarithm with this value. */
export function logError(value: number): number {
  return ERRORS[arithmetic].log(value);
}

/** Error of log(1 + e), for e from 0 to 1 that is exact. */
export function log1pError(e: number): number {
  return ERRORS[arithmetic].log1p(e);
}

export function eluError(): number {
  return ERRORS[arithmetic].elu;
}

export function seluError(): number {
  return ERRORS[arithmetic].selu;
}

/** Relative error of an engine's sigmoid, for scores of at least z. */
export function sigmoidShare(z: number): number {
  return ERRORS[arithmetic].sigmoidShare(z);
}

/** Error of an engine's sigmoid s, for scores of at least z. */
export function sigmoidError(z: number, s: number): number {
  return ERRORS[arithmetic].sigmoid(z, s);
}

/** Error of an engine's tanh a, for scores of at least this size. */
export function tanhError(size: number, a: number): number {
  return ERRORS[arithmetic].tanh(size, a);
}

/** Error of an engine's softplus a = log(1 + e^z), for scores within ez of z. */
export function softplusError(z: number, ez: number, a: number): number {
  return ERRORS[arithmetic].softplus(z, ez, a);
}

/** Error of an engine's erf, for arguments whose size is at least x >= 0. */
export function erfError(x: number): number {
  return ERRORS[arithmetic].erf(x);
}

/**
 * Share of an error that may have one sign, of which `share` is what the engines were seen to have.
 */
export function biasOf(share: number): number {
  return ERRORS[arithmetic].bias(share);
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
