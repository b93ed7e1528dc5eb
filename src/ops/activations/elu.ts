// Clevert, Unterthiner & Hochreiter 2016, Exponential Linear Units, eq. (1). α is 1 where the name
// does not say another.
import { lostNear0, u } from '../../numeric/bounds/arithmetic.ts';
import { between, eitherSideOf0, never } from '../../numeric/bounds/branches.ts';
import { eluError } from '../../numeric/bounds/function-errors.ts';
import { dtypeOf, roundingOf } from '../../numeric/dtype.ts';
import { exp, expm1 } from '../../numeric/elementary.ts';
import { numberIn } from '../family.ts';
import { insteadOfActivation } from '../piece-fault.ts';
import type { PieceFault } from '../piece-fault.ts';
import { activation } from './page.ts';
import type { ActivationPage } from './page.ts';
import { expMinus1 } from './shared.ts';

type EluPage<Id extends string> = ActivationPage<Id, 'elu-slope-without-alpha'>;

/** f' = a + 1 below 0 where α is not 1. */
const withoutAlpha = (alpha: number): PieceFault => ({
  description: 'the derivative of elu is a + 1 below 0, which is right for α = 1 alone: it has to be a + α',
  remedy: "f'(z) = 1 where z > 0, else α exp(z), which is a + α",
  where: () => alpha !== 1,
  recipe: insteadOfActivation((dz, da, z, a) => {
    for (let i = 0; i < dz.data.length; i++) dz.data[i] = da.data[i] * (z.data[i] > 0 ? 1 : a.data[i] + 1);
  }),
});

const elu1: EluPage<'elu'> = activation({
  id: 'elu',
  formula: { forward: 'z where z > 0, else exp(z) - 1', derivative: '1 where z > 0, else exp(z)' },
  writtenIn: 'z',
  kink: null,
  bend: 0,

  // a = z where z >= 0, else e^z - 1
  forward(a, z) {
    const below = expMinus1(a);
    for (let i = 0; i < a.length; i++) a[i] = z[i] >= 0 ? z[i] : below(z[i]);
  },
  // f' = 1 where z >= 0, else e^z = a + 1. No jump: elu'(0) = 1. tfjs computes it from a = elu(z),
  // which loses the digits of e^z where a is near -1.
  backward(dz, da, z, a) {
    if (dtypeOf(dz) === 'f32') for (let i = 0; i < dz.length; i++) dz[i] = a[i] >= 0 ? da[i] : da[i] * (a[i] + 1);
    else for (let i = 0; i < dz.length; i++) dz[i] = z[i] >= 0 ? da[i] : da[i] * exp(z[i]);
  },
  bound: {
    bias: 0.4, // measured: 0.34
    // mean value theorem: f' = e^z rises to 1 at 0 and stays there
    forward: (z, ez) => exp(Math.min(0, z + ez)) * ez + (z - ez >= 0 ? 0 : eluError()),
    // Engines compute a + 1 (one rounding) where their a is below 0, else 1. If these two are the
    // branches of one undecided score, both are within ea of the right slope.
    slope({ z, ez, ea }) {
      if (z - ez > 0) return [1, 0];
      const f = exp(Math.min(0, z));
      return [f, ea + u * (f + ea)];
    },
    undecided: never, // f' = 1 on both sides of 0
  },

  graph: (z) =>
    z.ifPositive(
      (x) => x,
      (x) => x.expm1(),
    ),
  tfjs: 'elu',
  faults: { 'elu-slope-without-alpha': withoutAlpha(1) },
});

/**
 * a = z where z > 0, else α (e^z - 1). Its slope jumps at 0 from α to 1. tf.elu has α = 1 alone, so
 * the twin is relu(z) + α elu(min(z, 0)).
 */
function withAlpha(id: string, alpha: number): EluPage<string> {
  return activation({
    id,
    formula: {
      forward: `z where z > 0, else ${alpha} (exp(z) - 1)`,
      derivative: `1 where z > 0, else ${alpha} exp(z)`,
    },
    writtenIn: 'z',
    kink: 0,

    // a = z where z > 0, else α (e^z - 1); the sum of the two parts adds a zero
    forward(a, z) {
      const [below, round] = [expMinus1(a), roundingOf(a)];
      const scale = round(alpha);
      for (let i = 0; i < a.length; i++) a[i] = z[i] > 0 ? z[i] : scale * round(below(z[i]));
    },
    // f' = 1 where z > 0, else α e^z; f'(0) = α. In binary32 as tfjs: (da α) (elu(z) + 1).
    backward(dz, da, z) {
      const [below, round] = [expMinus1(dz), roundingOf(dz)];
      if (dtypeOf(dz) === 'f64')
        for (let i = 0; i < dz.length; i++) dz[i] = z[i] > 0 ? da[i] : da[i] * alpha * exp(z[i]);
      else {
        for (let i = 0; i < dz.length; i++) {
          const e = z[i] < 0 ? round(below(z[i])) : 0;
          dz[i] = z[i] > 0 ? da[i] : round(da[i] * round(alpha)) * (e >= 0 ? 1 : e + 1);
        }
      }
    },
    bound: {
      bias: 0.4, // as for α = 1
      // the steepest slope in range times ez; below 0 the error of elu times α, and two roundings
      forward(z, ez) {
        const steepest = z + ez > 0 ? Math.max(1, alpha) : alpha * exp(z + ez);
        if (z - ez > 0) return ez;
        return steepest * ez + alpha * eluError() + 2 * u * alpha * -expm1(Math.min(0, z - ez)) + lostNear0;
      },
      // α (elu(z) + 1): the error of elu(z), and α and the sum, at most 1, rounded; at the kink
      // anything between
      slope({ z, ez }) {
        if (z - ez > 0) return [1, 0];
        const below = alpha * exp(Math.min(0, z));
        const eBelow = alpha * (exp(Math.min(0, z + ez)) * ez + eluError()) + 1.5 * u * below;
        if (!eitherSideOf0(z, ez)) return [below, eBelow];
        return between(z > 0 ? 1 : below, Math.min(1, below), Math.max(1, below), eBelow);
      },
      undecided: eitherSideOf0,
    },

    graph: (z) =>
      z.ifPositive(
        (x) => x,
        (x) => x.expm1().times(x.constant(alpha)),
      ),
    tfjs: (tf, z) => tf.add(tf.relu(z), tf.mul(alpha, tf.elu(tf.minimum(z, 0)))),
    faults: { 'elu-slope-without-alpha': withoutAlpha(alpha) },
  });
}

export const elu: EluPage<'elu'> = {
  ...elu1,
  family: {
    usage: '[:alpha]',
    examples: ['0.5'],
    of(id, text) {
      const alpha = numberIn(id, text, 'above 0', (x) => x > 0);
      return alpha === 1 ? { ...elu1, id } : withAlpha(id, alpha);
    },
  },
};
