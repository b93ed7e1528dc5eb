// Activations with one formula everywhere. `round` is the rounding of the arrays' precision, for the intermediates that
// have no array of their own.
import { dtypeOf, roundingOf } from '../numeric/dtype.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import { RUNTIME, elementaryOf, exp, log1p } from '../numeric/elementary.ts';
import { erfc } from '../numeric/erf.ts';
import type { Activation } from './activation.ts';

/** 1 / (1 + e^-z) for arrays of this precision. */
function logisticOf(values: FloatArray): (z: number) => number {
  const { exp } = elementaryOf(values);
  return (z) => 1 / (1 + exp(-z));
}

export const sigmoid: Activation = {
  // a = 1 / (1 + e^-z)
  forward(a, z) {
    const logistic = logisticOf(a);
    for (let i = 0; i < a.length; i++) a[i] = logistic(z[i]);
  },
  // f' = a (1 - a), in a = sigmoid(z)
  backward(dz, da, _z, a) {
    const round = roundingOf(a);
    for (let i = 0; i < dz.length; i++) dz[i] = da[i] * round(a[i] * round(1 - a[i]));
  },
  kink: null,
};

export const tanh: Activation = {
  forward(a, z) {
    const { tanh } = elementaryOf(a);
    for (let i = 0; i < a.length; i++) a[i] = tanh(z[i]);
  },
  // f' = 1 - a², in a = tanh(z)
  backward(dz, da, _z, a) {
    const round = roundingOf(a);
    for (let i = 0; i < dz.length; i++) dz[i] = round(1 - round(a[i] * a[i])) * da[i];
  },
  kink: null,
};

export const softplus: Activation = {
  // a = log(1 + e^z)
  forward(a, z) {
    const f = dtypeOf(a) === 'f32' ? softplusOfTfjs : softplusExact;
    for (let i = 0; i < a.length; i++) a[i] = f(z[i]);
  },
  // f'(z) = sigmoid(z)
  backward(dz, da, z) {
    const [round, logistic] = [roundingOf(dz), logisticOf(dz)];
    for (let i = 0; i < dz.length; i++) dz[i] = da[i] * round(logistic(z[i]));
  },
  kink: null,
};

/** log(1 + e^z) = max(0, z) + log(1 + e^-|z|): nothing overflows, and no digits of a small e^z are lost. */
function softplusExact(z: number): number {
  return Math.max(0, z) + log1p(exp(-Math.abs(z)));
}

/** Beyond ±13.94 (log of binary32's 2^-23, and 2) e^z or z are the answer to within a few units. */
const FAR = -(RUNTIME.log(2 ** -23) + 2);

function softplusOfTfjs(z: number): number {
  if (z < -FAR) return RUNTIME.exp(z);
  return z > FAR ? z : RUNTIME.log(1 + RUNTIME.exp(z));
}

export const swish: Activation = {
  // a = z s, s = sigmoid(z)
  forward(a, z) {
    const [round, logistic] = [roundingOf(a), logisticOf(a)];
    for (let i = 0; i < a.length; i++) a[i] = round(logistic(z[i])) * z[i];
  },
  // f' = s + z s (1 - s), in z and s = sigmoid(z): the product rule
  backward(dz, da, z) {
    const [round, logistic] = [roundingOf(dz), logisticOf(dz)];
    // 1 - s = sigmoid(-z), which loses nothing where s is near 1
    const rest = dtypeOf(dz) === 'f32' ? (s: number) => round(1 - s) : (_s: number, x: number) => logistic(-x);
    for (let i = 0; i < dz.length; i++) {
      const s = round(logistic(z[i]));
      const throughSigmoid = round(round(da[i] * z[i]) * round(s * rest(s, z[i])));
      dz[i] = throughSigmoid + round(da[i] * s);
    }
  },
  kink: null,
};

/** Hendrycks & Gimpel 2016, Gaussian Error Linear Units, section 2: with the error function, not its tanh approximation. */
export const gelu: Activation = {
  // a = z Φ(z), Φ(z) = (1 + erf(z/√2)) / 2
  forward(a, z) {
    if (dtypeOf(a) === 'f32') for (let i = 0; i < a.length; i++) a[i] = z[i] * cdfOfTfjs(scaled(z[i]));
    else for (let i = 0; i < a.length; i++) a[i] = z[i] * cdf(z[i]);
  },
  // f' = Φ(z) + z φ(z), φ(z) = Φ'(z) = e^(-z²/2) / √(2π)
  backward(dz, da, z) {
    const f = dtypeOf(dz) === 'f32' ? geluBackwardOfTfjs : (d: number, x: number) => d * (cdf(x) + x * density(x));
    for (let i = 0; i < dz.length; i++) dz[i] = f(da[i], z[i]);
  },
  kink: null,
};

/** Φ(z) = erfc(-z/√2) / 2: as (1 + erf) / 2, and no digits lost where erf is near -1. */
function cdf(z: number): number {
  return erfc(-z / Math.SQRT2) / 2;
}

function density(z: number): number {
  return exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

const { fround } = Math;
const SQRT2 = fround(Math.SQRT2);
const ERF_SLOPE = fround(2 / Math.sqrt(Math.PI)); // erf'(0)

/** v = z/√2 */
function scaled(z: number): number {
  return fround(z / SQRT2);
}

function cdfOfTfjs(v: number): number {
  return fround(0.5 * fround(1 + fround(erfOfTfjs(v))));
}

/** The two ways from a = z Φ back to z, added: through z, and through Φ's error function with erf'(v) = 2/√π e^(-v²). */
function geluBackwardOfTfjs(da: number, z: number): number {
  const v = scaled(z);
  const dErf = fround(fround(da * z) * 0.5);
  const slope = fround(fround(RUNTIME.exp(-fround(v * v))) * ERF_SLOPE);
  return fround(da * cdfOfTfjs(v)) + fround(fround(dErf * slope) / SQRT2);
}

/** Abramowitz & Stegun 1964, eq. 7.1.26, as tfjs's cpu kernel has it: off by up to 1.5e-7. */
function erfOfTfjs(v: number): number {
  const x = Math.abs(v);
  const t = 1 / (1 + 0.3275911 * x);
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(v) * (1 - sum * RUNTIME.exp(-x * x));
}
