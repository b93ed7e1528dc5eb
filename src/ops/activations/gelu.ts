// Hendrycks & Gimpel 2016, Gaussian Error Linear Units, section 2: with the error function, not its
// tanh approximation.
import { lostNear0, u } from '../../numeric/bounds/arithmetic.ts';
import { never } from '../../numeric/bounds/branches.ts';
import { erfError, expError, moved } from '../../numeric/bounds/function-errors.ts';
import { dtypeOf } from '../../numeric/dtype.ts';
import { RUNTIME, exp, square } from '../../numeric/elementary.ts';
import { erfc } from '../../numeric/erf.ts';
import { activation } from './page.ts';

export const gelu = activation({
  id: 'gelu',
  formula: { forward: 'z Φ(z)', derivative: 'Φ(z) + z φ(z)' },
  writtenIn: 'z',
  kink: null,

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
  bound: {
    multiplies: true,
    bias: 1, // the value where Φ underflows to 0
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
      // zφ as engines compute it: in e^(-v²), the exponent v² = z²/2 has a relative error of 5u;
      // seven more roundings follow
      const size = Math.abs(z) * density;
      const exponent = (5 / 2) * u * (z * z * size + 0.484 * ez); // |(z³φ)'| <= 0.484
      // |(zφ)'| <= 0.399
      const product = exponent + (expError(square(Math.abs(z) + ez) / 2) + 7 * u) * (size + 0.399 * ez);
      const sum = u * (cdf + 0.399 * ez) + u * (Math.abs(f) + carried);
      return [f, carried + ecdf + product + sum + lost];
    },
    undecided: never,
  },

  // Φ(z) = erfc(-z/√2) / 2
  graph: (z) => z.times(z.over(z.constant(-Math.SQRT2)).erfc()).over(z.constant(2)),
  tfjs: 'gelu', // the version with erf; the tanh approximation is called gelu_new
});

/**
 * Φ(z) = erfc(-z/√2) / 2: equal to (1 + erf) / 2, but without losing digits where erf is near -1.
 */
function cdf(z: number): number {
  return erfc(-z / Math.SQRT2) / 2;
}

/** φ(z) */
function density(z: number): number {
  return exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * Φ(z), φ(z), and the error of the Φ that engines compute at a score within ez of z:
 * (1 + erf(v)) / 2 with v = z/√2.
 */
function gaussWithin(z: number, ez: number): { cdf: number; density: number; ecdf: number; lost: number } {
  const [Phi, phi] = [cdf(z), density(z)];
  // √2 and the quotient are rounded, and each rounding moves Φ by zφ; then come the engine's erf
  // and the sum. φ <= 0.399
  const argument = 2 * u * (Math.abs(z) * phi + 0.399 * ez);
  const ofErf = erfError(Math.max(0, Math.abs(z) - ez) / Math.SQRT2) / 2;
  const ecdf = argument + ofErf + u * (Phi + 0.399 * ez + ofErf);
  return { cdf: Phi, density: phi, ecdf, lost: (Math.abs(z) + ez + 1) * lostNear0 };
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

/**
 * The two paths from a = z Φ back to z, added: directly through z, and through the error function
 * in Φ, with erf'(v) = 2/√π e^(-v²).
 */
function geluBackwardOfTfjs(da: number, z: number): number {
  const v = scaled(z);
  const dErf = fround(fround(da * z) * 0.5);
  const slope = fround(fround(RUNTIME.exp(-fround(v * v))) * ERF_SLOPE);
  return fround(da * cdfOfTfjs(v)) + fround(fround(dErf * slope) / SQRT2);
}

/** Abramowitz & Stegun 1964, eq. 7.1.26, as in tfjs's cpu kernel: an error of up to 1.5e-7. */
function erfOfTfjs(v: number): number {
  const x = Math.abs(v);
  const t = 1 / (1 + 0.3275911 * x);
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(v) * (1 - sum * RUNTIME.exp(-x * x));
}
