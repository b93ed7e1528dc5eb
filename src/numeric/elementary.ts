// exp, log and related functions with fixed bits: the same in every JavaScript runtime. ECMAScript
// fixes + - * /, Math.sqrt and Math.fround, but leaves Math.exp, the other functions and ** to the
// implementation. Everything that a seed determines, and everything computed in binary64, uses
// these instead.
//
// Methods, coefficients and order of operations are fdlibm's. V8's Math up to Node 24 uses them
// too: its bits are the same.
/*! exp, expm1, log, log1p, tanh, sin and cos are from fdlibm. Copyright (C) 1993 by Sun
 * Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun Microsystems, Inc. business.
 * Permission to use, copy, modify, and distribute this software is freely granted, provided that
 * this notice is preserved. */
import type { FloatArray } from './dtype.ts';

/** The functions that activations, outputs and losses are built from. */
export type Elementary = Readonly<Record<'exp' | 'expm1' | 'log' | 'log1p' | 'tanh', (x: number) => number>>;

/**
 * The runtime's own functions, as TensorFlow.js's cpu backend uses them. Code that must repeat its
 * bits takes these; the bits are then the same within one runtime only.
 */
export const RUNTIME: Elementary = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  tanh: Math.tanh,
};

/**
 * The functions for arrays of this precision: RUNTIME in binary32, those of this file in binary64.
 */
export function elementaryOf(values: FloatArray): Elementary {
  return values instanceof Float32Array ? RUNTIME : FIXED;
}

const NUMBER = new Float64Array(1);
const WORDS = new Int32Array(NUMBER.buffer);
/** Which of the two words of a number is the high one: 1 where low words come first. */
export const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0];

/** The high word: sign, exponent and first 20 bits of the fraction. */
export function highWord(x: number): number {
  NUMBER[0] = x;
  return WORDS[HIGH];
}

/** 2⁻¹⁰⁷⁴ ... 2¹⁰²³ */
const POWERS = new Float64Array(2098);
for (let [i, x] = [0, Number.MIN_VALUE]; i < POWERS.length; i++, x *= 2) POWERS[i] = x;
const powerOfTwo = (k: number): number => POWERS[1074 + k];

/** y·2ᵏ for y near 1 and k in [-1075, 1024] */
function scaled(y: number, k: number): number {
  if (k >= -1021 && k < 1024) return y * powerOfTwo(k);
  return k === 1024 ? y * 2 * powerOfTwo(1023) : y * powerOfTwo(k + 1000) * powerOfTwo(-1000);
}

const LN2_HIGH = 6.9314718036912381649e-1; // ends in 21 zeros, so its product with k is exact
const LN2_LOW = 1.90821492927058770002e-10;
const HALF_LN2 = 0.3465735912322998; // slightly more than half of ln 2; the next likewise
const THREE_HALVES_LN2 = 1.0397205352783203;
const OVERFLOW = 709.782712893384; // ln of the largest number

/** k with x = k ln 2 + r, |r| <= ln 2 / 2. */
function multipleOfLn2(x: number): number {
  const size = Math.abs(x);
  if (size < HALF_LN2) return 0;
  if (size < THREE_HALVES_LN2) return x < 0 ? -1 : 1;
  return (x * Math.LOG2E + (x < 0 ? -0.5 : 0.5)) | 0;
}

/** e^x = 2ᵏ e^r, and e^r = 1 + r + r c / (2 - c) with c = r - a polynomial in r². */
export function exp(x: number): number {
  if (!(x <= OVERFLOW)) return x > 0 ? Infinity : x; // NaN
  if (x < -745.1332191019411) return 0; // below half of the smallest number
  if (Math.abs(x) < 2 ** -28) return 1 + x;
  if (x === 1) return Math.E; // the code below is off by an ulp
  const k = multipleOfLn2(x);
  const high = x - k * LN2_HIGH; // two declarations: destructuring a pair would cost a third of the time
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (1.66666666666666019037e-1 +
        t *
          (-2.77777777770155933842e-3 +
            t * (6.61375632143793436117e-5 + t * (-1.6533902205465251539e-6 + t * 4.13813679705723846039e-8))));
  if (k === 0) return 1 - ((r * c) / (c - 2) - r);
  return scaled(1 - (low - (r * c) / (2 - c) - high), k);
}

/**
 * e^x - 1, without losing digits near 0: 2ᵏ (e^r - 1 + (1 - 2⁻ᵏ)), and e^r - 1 = r + r²/2 + ... by
 * a quotient of polynomials.
 */
export function expm1(x: number): number {
  if (!(x <= OVERFLOW)) return x > 0 ? Infinity : x;
  if (x <= -38.81622314453125) return -1; // -56 ln 2
  if (Math.abs(x) < 2 ** -54) return x;
  const k = multipleOfLn2(x);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const c = high - r - low; // what rounding took from r
  const half = 0.5 * r;
  const z = r * half; // r²/2
  const p =
    1 +
    z *
      (-3.33333333333331316428e-2 +
        z *
          (1.58730158725481460165e-3 +
            z * (-7.93650757867487942473e-5 + z * (4.00821782732936239552e-6 + z * -2.01099218183624371326e-7))));
  const t = 3 - p * half;
  const quotient = z * ((p - t) / (6 - r * t));
  if (k === 0) return r - (r * quotient - z);
  const e = r * (quotient - c) - c - z; // r - e is e^r - 1
  if (k === -1) return 0.5 * (r - e) - 0.5;
  if (k === 1) return r < -0.25 ? -2 * (e - (r + 0.5)) : 1 + 2 * (r - e);
  if (k <= -2 || k > 56) return scaled(1 - (e - r), k) - 1;
  const rest = powerOfTwo(-k);
  return scaled(k < 20 ? 1 - rest - (e - r) : r - (e + rest) + 1, k);
}

/**
 * ln x = k ln 2 + ln(1 + f) with √½ < 1 + f < √2; ln(1 + f) = f - s (f - R) or f - (f²/2 - s
 * (f²/2 + R)), s = f / (2 + f), R a polynomial in s².
 */
export function log(x: number): number {
  if (x === 0) return -Infinity;
  if (!(x > 0 && x < Infinity)) return x === Infinity ? x : NaN;
  const isSubnormal = x < 2 ** -1022;
  const normal = isSubnormal ? x * 2 ** 54 : x;
  return logOf(normal, highWord(normal), isSubnormal ? 54 : 0);
}

/**
 * ln of x 2⁻ˡᵉˢˢ, for a normal number x > 0 and its high word, which a loop over an array has at
 * hand.
 */
export function logOf(x: number, high: number, less: number): number {
  const fraction = high & 0xfffff;
  const above = (fraction + 0x95f64) & 0x100000; // not 0 from √2 on: then half of it is used
  const exponent = (high >> 20) - 1023 + (above >> 20);
  const f = x * powerOfTwo(-exponent) - 1;
  const k = exponent - less;
  if (f === 0) return k * LN2_HIGH + k * LN2_LOW;
  if ((0xfffff & (2 + fraction)) < 3) {
    const R = f * f * (0.5 - (1 / 3) * f); // |f| < 2⁻²⁰
    return k * LN2_HIGH - (R - k * LN2_LOW - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const odd =
    z *
    (6.66666666666673513e-1 +
      w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  const R = odd + even;
  if (((fraction - 0x6147a) | (0x6b851 - fraction)) > 0) {
    const half = 0.5 * f * f;
    return k * LN2_HIGH - (half - (s * (half + R) + k * LN2_LOW) - f);
  }
  return k * LN2_HIGH - (s * (f - R) - k * LN2_LOW - f);
}

/**
 * ln(1 + x), without losing digits near 0: as `log` of u = 1 + x, plus c / u, where c is the
 * rounding error of u.
 */
export function log1p(x: number): number {
  if (!(x > -1)) return x === -1 ? -Infinity : NaN;
  if (x === Infinity) return x;
  const size = Math.abs(x);
  if (size < 2 ** -29) return size < 2 ** -54 ? x : x - x * x * 0.5;
  let k = 0;
  let f = x;
  let c = 0;
  let fraction = 1;
  if (x >= 0.4142136573791504 || x <= -0.2928934097290039) {
    const u = size < 2 ** 53 ? 1 + x : x;
    const high = highWord(u);
    k = (high >> 20) - 1023;
    c = (size >= 2 ** 53 ? 0 : k > 0 ? 1 - (u - x) : x - (u - 1)) / u;
    fraction = high & 0xfffff;
    const above = fraction >= 0x6a09e; // √2
    if (above) {
      k++;
      fraction = (0x100000 - fraction) >> 2;
    }
    f = u * powerOfTwo(-k) - 1;
  }
  const half = 0.5 * f * f;
  if (fraction === 0) {
    if (f === 0) return k * LN2_HIGH + (c + k * LN2_LOW);
    const R = half * (1 - (2 / 3) * f); // |f| < 2⁻²⁰
    return k * LN2_HIGH - (R - (k * LN2_LOW + c) - f);
  }
  const s = f / (2 + f);
  const z = s * s;
  const R =
    z *
    (6.66666666666673513e-1 +
      z *
        (3.999999999940941908e-1 +
          z *
            (2.857142874366239149e-1 +
              z *
                (2.222219843214978396e-1 +
                  z * (1.818357216161805012e-1 + z * (1.531383769920937332e-1 + z * 1.479819860511658591e-1))))));
  return k * LN2_HIGH - (half - (s * (half + R) + (k * LN2_LOW + c)) - f);
}

/** tanh x = 1 - 2 / (e^2x + 1), written in e^-2x - 1 near 0. */
export function tanh(x: number): number {
  const size = Math.abs(x);
  if (!(size >= 2 ** -28)) return x;
  const t = size < 22 ? expm1(size >= 1 ? 2 * size : -2 * size) : 0;
  const y = size >= 22 ? 1 : size >= 1 ? 1 - 2 / (t + 2) : -t / (t + 2);
  return x < 0 ? -y : y;
}

export function square(x: number): number {
  return x * x;
}

/** xⁿ: by squaring for an integer n, otherwise (and x > 0) e^(n ln x). */
export function power(x: number, n: number): number {
  if (!Number.isInteger(n)) return exp(n * log(x));
  let [result, factor] = [1, x];
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= factor;
    factor *= factor;
  }
  return n < 0 ? 1 / result : result;
}

const FIXED: Elementary = { exp, expm1, log, log1p, tanh };
