// elu, scaled so that mean 0 and variance 1 are a fixed point: Klambauer et al. 2017,
// Self-Normalizing Neural Networks, eq. (2).
import { lostNear0, u } from '../../numeric/bounds/arithmetic.ts';
import { between, eitherSideOf0 } from '../../numeric/bounds/branches.ts';
import { expError, seluError } from '../../numeric/bounds/function-errors.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { elementaryOf, exp } from '../../numeric/elementary.ts';
import { activation } from './page.ts';
import { expMinus1 } from './shared.ts';

/** λ and λα of Klambauer et al. 2017, eq. (14). */
export const SELU_SCALE = 1.0507009873554805;
export const SELU_SCALE_ALPHA = 1.758099340847377;

export const selu = activation({
  id: 'selu',
  formula: {
    forward: 's·z where z > 0, else s·α·(exp(z) - 1)',
    derivative: 's where z > 0, else s·α·exp(z)   (s = 1.0507…, α = 1.6733…)',
  },
  writtenIn: 'z',
  kink: 0,

  // a = λ z where z >= 0, else λα (e^z - 1)
  forward(a, z) {
    const below = expMinus1(a);
    for (let i = 0; i < a.length; i++) a[i] = z[i] >= 0 ? SELU_SCALE * z[i] : SELU_SCALE_ALPHA * below(z[i]);
  },
  // f'(z) = λ where z > 0, else λα e^z; selu'(0) = λα = 1.7581, as in tfjs
  backward(dz, da, z) {
    const [round, own] = [roundingOf(dz), elementaryOf(dz)];
    const [scale, scaleAlpha] = [round(SELU_SCALE), round(SELU_SCALE_ALPHA)];
    for (let i = 0; i < dz.length; i++) {
      dz[i] = z[i] > 0 ? da[i] * scale : round(da[i] * scaleAlpha) * round(own.exp(z[i]));
    }
  },
  bound: {
    bias: 0.45, // measured: 0.38
    // mean value theorem: f' = λα e^z below 0, λ (less than λα) above; λ and the product are
    // each rounded
    forward(z, ez, a) {
      const steep = z - ez >= 0 ? SELU_SCALE : SELU_SCALE_ALPHA * steepest(z, ez);
      const carried = Math.max(steep, z + ez > 0 ? SELU_SCALE : 0) * ez;
      const below = z - ez < 0 ? seluError() : 0;
      const above = z + ez > 0 ? 2 * u * (Math.max(0, a) + carried) + lostNear0 : 0;
      return carried + Math.max(below, above);
    },
    // λ or λα e^z (mean value theorem again), rounded: λ and its product, or λα, its product, and
    // e^z with its product. At the kink every value between λα e^(z - ez) and λα is possible, and
    // so is λ.
    slope({ z, ez }) {
      const f = z > 0 ? SELU_SCALE : SELU_SCALE_ALPHA * exp(z);
      if (z - ez > 0) return [f, 2 * u * f];
      const rounding = (expError(Math.abs(z) + ez) + 3 * u) * SELU_SCALE_ALPHA * steepest(z, ez) + 2 * lostNear0;
      if (!eitherSideOf0(z, ez)) return [f, SELU_SCALE_ALPHA * steepest(z, ez) * ez + rounding];
      const least = Math.min(SELU_SCALE, SELU_SCALE_ALPHA * exp(z - ez));
      return between(f, least, SELU_SCALE_ALPHA, rounding);
    },
    undecided: eitherSideOf0,
  },

  // at 0 the lower branch, so f'(0) = λα
  graph: (z) =>
    z.ifPositive(
      (x) => x.times(x.constant(SELU_SCALE)),
      (x) => x.expm1().times(x.constant(SELU_SCALE_ALPHA)),
    ),
  tfjs: 'selu',
});

/** The largest possible e^z below 0. */
function steepest(z: number, ez: number): number {
  return exp(Math.min(0, z + ez));
}
