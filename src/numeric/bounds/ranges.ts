// What bounds need to know of a function of one number: its first two derivatives at x, the largest
// size of the first three within ρ of x, and how far a binary32 engine may be from the function and
// its derivative at a number that it holds exactly.
import { lostNear0, u, uOfRoot } from './arithmetic.ts';
import { UNIT_ROUNDOFF } from '../dtype.ts';
import { exp, expm1, log, log1p, power, tanh } from '../elementary.ts';
import { erfc } from '../erf.ts';
import {
  eluError,
  erfError,
  expError,
  logError,
  sigmoidError,
  sigmoidShare,
  softplusError,
  tanhError,
} from './function-errors.ts';

const EXACT = 2 * UNIT_ROUNDOFF.f64;

/** g at x, and within ρ of it. */
export interface Range {
  readonly value: number;
  readonly slope: number;
  readonly bend: number;
  /** The largest |g'|, |g''| and |g'''| within ρ of x; Infinity where there is no largest. */
  readonly most: readonly [number, number, number];
  /** Error of an engine's own g, and of its own g', by any of the usual formulas. */
  readonly error: number;
  readonly slopeError: number;
}

/** @param rho how far an engine's own x may be from x */
export type Ranged = (x: number, rho: number) => Range;

export const expRange: Ranged = (x, rho) => {
  const value = exp(x);
  const most = exp(x + rho);
  const error = expError(Math.abs(x) + rho) * most + lostNear0;
  return { value, slope: value, bend: value, most: [most, most, most], error, slopeError: error };
};

/** Engines compute e^x - 1, or call an expm1 of their own; their derivative is e^x or a + 1. */
export const expm1Range: Ranged = (x, rho) => {
  const [value, slope, most] = [expm1(x), exp(x), exp(x + rho)];
  const ofExp = expError(Math.abs(x) + rho);
  const error = Math.max(eluError(), ofExp * most + u * Math.abs(expm1(x + rho)));
  const slopeError = error + (ofExp + u) * most;
  return { value, slope, bend: slope, most: [most, most, most], error, slopeError };
};

export const logRange: Ranged = (x, rho) => {
  const low = Math.max(0, x - rho);
  const most = [1 / low, 1 / (low * low), 2 / (low * low * low)] as const;
  const error = logError(Math.abs(log(x)) + times(most[0], rho));
  return { value: log(x), slope: 1 / x, bend: -1 / (x * x), most, error, slopeError: u * most[0] };
};

export const sqrtRange: Ranged = (x, rho) => {
  const [value, low] = [Math.sqrt(x), Math.sqrt(Math.max(0, x - rho))];
  const most = [1 / (2 * low), 1 / (4 * power(low, 3)), 3 / (8 * power(low, 5))] as const;
  const error = uOfRoot * Math.sqrt(x + rho) + lostNear0;
  return {
    value,
    slope: 1 / (2 * value),
    bend: -1 / (4 * power(value, 3)),
    most,
    error,
    slopeError: (u + uOfRoot) * most[0],
  };
};

/** 1/x without its own rounding, which is counted with the product that makes the quotient. */
export const reciprocalRange: Ranged = (x, rho) => {
  const low = Math.max(0, Math.abs(x) - rho);
  const most = [1 / (low * low), 2 / power(low, 3), 6 / power(low, 4)] as const;
  return { value: 1 / x, slope: -1 / (x * x), bend: 2 / power(x, 3), most, error: 0, slopeError: 3 * u * most[0] };
};

/** x^n for an integer n, by multiplications or by an engine's own power. */
export function powerRange(n: number): Ranged {
  const factors = [n, n * (n - 1), n * (n - 1) * (n - 2)] as const;
  return (x, rho) => {
    const at = (f: number, m: number): number => (f === 0 ? 0 : f * power(x, m));
    const most = (f: number, m: number): number => {
      const end = m >= 0 ? Math.abs(x) + rho : Math.max(0, Math.abs(x) - rho);
      return f === 0 ? 0 : Math.abs(f) * power(end, m);
    };
    const sizes = [most(factors[0], n - 1), most(factors[1], n - 2), most(factors[2], n - 3)] as const;
    const relative = (Math.abs(n) + 2) * u;
    return {
      value: power(x, n),
      slope: at(factors[0], n - 1),
      bend: at(factors[1], n - 2),
      most: sizes,
      error: relative * most(1, n) + lostNear0,
      slopeError: relative * sizes[0] + lostNear0,
    };
  };
}

/** t' = 1 - t², |t''| = |2 t t'| <= 0.7699, |t'''| <= 2. Engines compute t' from their own t. */
export const tanhRange: Ranged = (x, rho) => {
  const value = tanh(x);
  const slope = 1 - value * value;
  const bend = -2 * value * slope;
  const most = [Math.min(1, slope + 0.7699 * rho), Math.min(0.7699, Math.abs(bend) + 2 * rho), 2] as const;
  const size = Math.min(1, Math.abs(value) + rho);
  const error = tanhError(Math.max(0, Math.abs(x) - rho), size) + lostNear0;
  const slopeError = (2 * size + error) * error + u * size * size + 2 * u * most[0];
  return { value, slope, bend, most, error, slopeError };
};

/** s, s' = s (1 - s), s'' = s' (1 - 2s). log s' changes no faster than x, and |s'''| <= s'. */
function logistic(x: number, rho: number): Pick<Range, 'value' | 'slope' | 'bend' | 'most'> & { largest: number } {
  const value = 1 / (1 + exp(-x));
  const slope = value / (1 + exp(x)); // 1 - s loses digits near 1
  const most = Math.min(1 / 4, slope * exp(rho));
  const tilt = Math.abs(1 - 2 * value) + 2 * most * rho;
  const sizes = [most, Math.min(0.0963, most * tilt), Math.min(1 / 8, most)] as const;
  return { value, slope, bend: slope * (1 - 2 * value), most: sizes, largest: Math.min(1, value + most * rho) };
}

/** Engines compute s' from their own s, and 1 - s from it too. */
export const sigmoidRange: Ranged = (x, rho) => {
  const { largest, ...range } = logistic(x, rho);
  const ofS = sigmoidError(x - rho, largest) + EXACT * largest; // near 1 only the error of the exact value is left
  const tilt = Math.abs(1 - 2 * range.value) + 2 * range.most[0] * rho;
  const slopeError = (tilt + ofS) * ofS + 3 * u * range.most[0] + lostNear0;
  return { ...range, error: sigmoidShare(x - rho) * largest + lostNear0, slopeError };
};

/** Its derivative is the sigmoid. */
export const softplusRange: Ranged = (x, rho) => {
  const { value: slope, slope: bend, most, largest } = logistic(x, rho);
  const value = Math.max(0, x) + log1p(exp(-Math.abs(x)));
  const error = softplusError(x, rho, value + largest * rho) + lostNear0;
  const slopeError = sigmoidShare(x - rho) * largest + lostNear0;
  return { value, slope, bend, most: [largest, most[0], most[1]], error, slopeError };
};

/**
 * Engines compute 1 - erf, whose error is absolute. The derivative is -2/√π e^(-x²); its exponent
 * is rounded.
 */
export const erfcRange: Ranged = (x, rho) => {
  const scale = 2 / Math.sqrt(Math.PI);
  const [low, high] = [Math.max(0, Math.abs(x) - rho), Math.abs(x) + rho];
  const [value, slope, most] = [erfc(x), -scale * exp(-x * x), scale * exp(-low * low)];
  const error = erfError(low) + u * (value + most * rho);
  const slopeError = (expError(high * high) + (high * high + 5) * u) * most + lostNear0;
  const sizes = [most, 2 * high * most, (2 + 4 * high * high) * most] as const;
  return { value, slope, bend: -2 * x * slope, most: sizes, error, slopeError };
};

/** A product in which 0 times infinity is 0: an absent term cannot count. */
export function times(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b;
}
