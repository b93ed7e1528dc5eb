// How far binary32 can move the activations that have one formula everywhere (names as in activation-error.ts).
//
// An engine computes f at its own score, anywhere in [z - ez, z + ez], and rounds there. So what is rounded is bounded by its
// value at z and how far that moves on the way. M = max|f'''| and the other largest values are found by evaluating on a fine grid.
import { SMALLEST_NORMAL_F32, UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { exp } from '../numeric/elementary.ts';
import { erfc } from '../numeric/erf.ts';
import { never } from './activation-error.ts';
import type { ActivationError } from './activation-error.ts';
import { FUNCTION_ERROR, erfError, moved, sigmoidError } from '../numeric/bounds/function-errors.ts';

const u = UNIT_ROUNDOFF.f32;

const logistic = (z: number): number => 1 / (1 + exp(-z));

export const sigmoid: ActivationError = {
  bias: 0.35, // measured: 0.28

  // |f''| <= 0.0963
  forward: (_z, ez, a) => (a * (1 - a) + 0.0963 * ez) * ez + FUNCTION_ERROR.sigmoid * a + SMALLEST_NORMAL_F32,
  // a (1 - a): derivative 1 - 2a in a; two roundings
  slope: ({ a, ea }) => [a * (1 - a), (Math.abs(1 - 2 * a) + ea) * ea + 3 * u * a * (1 - a)],
  undecided: never,
};

export const tanh: ActivationError = {
  bias: 0.6, // measured: 0.52

  // |f''| <= 0.7699
  forward: (_z, ez, a) => (1 - a * a + 0.7699 * ez) * ez + FUNCTION_ERROR.tanh * Math.abs(a) + SMALLEST_NORMAL_F32,
  // 1 - a²: derivative -2a in a; the square's rounding survives the subtraction
  slope: ({ a, ea }) => [1 - a * a, (2 * Math.abs(a) + ea) * ea + u * a * a + 2 * u * (1 - a * a)],
  undecided: never,
};

export const softplus: ActivationError = {
  bias: 0.7, // measured: 0.65: all three take e^z for log(1 + e^z) at -14

  // f' = s = sigmoid(z), f'' = s (1 - s) <= 1/4
  forward(z, ez, a) {
    const carried = moved(logistic(z), 1 / 4, ez, ez);
    return carried + FUNCTION_ERROR.softplus * (a + carried) + SMALLEST_NORMAL_F32;
  },
  // s as the engine's own sigmoid has it; |f'''| <= 0.0963
  slope({ z, ez }) {
    const { s, carried } = sigmoidWithin(z, ez);
    return [s, carried + FUNCTION_ERROR.sigmoid * (s + carried) + SMALLEST_NORMAL_F32];
  },
  undecided: never,
};

/** s = sigmoid(z), s' = s (1 - s), and how far an exact sigmoid moves with z; |s''| <= 0.0963 */
function sigmoidWithin(z: number, ez: number): { s: number; slope: number; carried: number } {
  const s = logistic(z);
  const slope = s * logistic(-z);
  return { s, slope, carried: moved(slope, 0.0963, 1, ez) };
}

export const swish: ActivationError = {
  multiplies: true,
  bias: 0.3, // measured: 0.25

  // |f'| <= 1.1, |f''| <= 1/2; a is a product of z and the engine's sigmoid, which may underflow
  forward(z, ez, a) {
    const { s, slope } = sigmoidWithin(z, ez);
    const carried = moved(s + z * slope, 1 / 2, 1.1 * ez, ez);
    const lost = (Math.abs(z) + ez + 1) * SMALLEST_NORMAL_F32;
    return carried + (FUNCTION_ERROR.sigmoid + u) * (Math.abs(a) + carried) + lost;
  },
  // s + z s (1 - s): f'' = s (1 - s) (2 + z (1 - 2s)), |f'''| <= 0.3083, -0.1 < f' < 1.1
  slope({ z, ez }) {
    const { s, slope, carried: moreS } = sigmoidWithin(z, ez);
    const f = s + z * slope;
    const carried = moved(slope * (2 + z * (1 - 2 * s)), 0.3083, 1.2, ez);
    const size = Math.abs(z) + ez;
    const es = sigmoidError(z - ez, s + moreS) + SMALLEST_NORMAL_F32;
    const product = Math.abs(z) * slope + ez / 4; // |z| s (1 - s): its slope is at most 1/4
    // s (1 - s) passes on at most es (1 + es) of its error in s; each term is rounded four times, or once, and so is their sum
    const rounding = size * es * (1 + es) + 4 * u * (product + size * es) + es + u * (s + moreS);
    return [f, carried + rounding + u * (Math.abs(f) + carried) + (size + 1) * SMALLEST_NORMAL_F32];
  },
  undecided: never,
};

export const gelu: ActivationError = {
  multiplies: true,
  bias: 1, // where Φ underflows to 0

  // f' = Φ + zφ, |f'| <= 1.129, |f''| <= 0.798; a = z Φ
  forward(z, ez, a) {
    const { cdf, density, ecdf, lost } = gaussWithin(z, ez);
    const carried = moved(cdf + z * density, 0.798, 1.129 * ez, ez);
    return carried + (Math.abs(z) + ez) * ecdf + u * (Math.abs(a) + carried) + lost;
  },
  // Φ + zφ: f'' = φ (2 - z²), |f'''| <= 0.779, -0.129 < f' < 1.129
  slope({ z, ez }) {
    const { cdf, density, ecdf, lost } = gaussWithin(z, ez);
    const f = cdf + z * density;
    const carried = moved(density * (2 - z * z), 0.779, 1.258, ez);
    // zφ as engines compute it: e^(-v²) has v² = z²/2 off by 5u of it, and there are seven more roundings
    const size = Math.abs(z) * density;
    const exponent = (5 / 2) * u * (z * z * size + 0.484 * ez); // |(z³φ)'| <= 0.484
    const product = exponent + (FUNCTION_ERROR.exp + 7 * u) * (size + 0.399 * ez); // |(zφ)'| <= 0.399
    const sum = u * (cdf + 0.399 * ez) + u * (Math.abs(f) + carried);
    return [f, carried + ecdf + product + sum + lost];
  },
  undecided: never,
};

/** Φ(z), φ(z), and the error of the Φ that engines compute at a score within ez of z: (1 + erf(v)) / 2 with v = z/√2. */
function gaussWithin(z: number, ez: number): { cdf: number; density: number; ecdf: number; lost: number } {
  const cdf = erfc(-z / Math.SQRT2) / 2;
  const density = exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  // √2 and the quotient are rounded, which moves Φ by zφ for each; then the engine's erf, and the sum. φ <= 0.399
  const argument = 2 * u * (Math.abs(z) * density + 0.399 * ez);
  const ofErf = erfError(Math.max(0, Math.abs(z) - ez) / Math.SQRT2) / 2;
  const ecdf = argument + ofErf + u * (cdf + 0.399 * ez + ofErf);
  return { cdf, density, ecdf, lost: (Math.abs(z) + ez + 1) * SMALLEST_NORMAL_F32 };
}
