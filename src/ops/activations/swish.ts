// z times its sigmoid: Ramachandran, Zoph & Le 2017, Searching for Activation Functions (β = 1;
// also called SiLU).
import { lostNear0, u } from '../../numeric/bounds/arithmetic.ts';
import { never } from '../../numeric/bounds/branches.ts';
import { moved, sigmoidError, sigmoidShare, sigmoidWithin } from '../../numeric/bounds/function-errors.ts';
import { dtypeOf, roundingOf } from '../../numeric/dtype.ts';
import { activation } from './page.ts';
import { logisticOf } from './shared.ts';

export const swish = activation({
  id: 'swish',
  formula: { forward: 'z σ(z)', derivative: 'σ(z) (1 + z (1 - σ(z)))' },
  writtenIn: 'z',
  kink: null,

  // a = z s, s = sigmoid(z)
  forward(a, z) {
    const [round, logistic] = [roundingOf(a), logisticOf(a)];
    for (let i = 0; i < a.length; i++) a[i] = round(logistic(z[i])) * z[i];
  },
  // f' = s + z s (1 - s), in z and s = sigmoid(z): the product rule
  backward(dz, da, z) {
    const [round, logistic] = [roundingOf(dz), logisticOf(dz)];
    // 1 - s = sigmoid(-z), which loses no digits where s is near 1
    const rest = dtypeOf(dz) === 'f32' ? (s: number) => round(1 - s) : (_s: number, x: number) => logistic(-x);
    for (let i = 0; i < dz.length; i++) {
      const s = round(logistic(z[i]));
      const throughSigmoid = round(round(da[i] * z[i]) * round(s * rest(s, z[i])));
      dz[i] = throughSigmoid + round(da[i] * s);
    }
  },
  bound: {
    multiplies: true,
    bias: 0.3, // measured: 0.25
    // |f'| <= 1.1, |f''| <= 1/2; a is the product of z and the engine's sigmoid, which may
    // underflow
    forward(z, ez, a) {
      const { s, slope } = sigmoidWithin(z, ez);
      const carried = moved(s + z * slope, 1 / 2, 1.1 * ez, ez);
      const lost = (Math.abs(z) + ez + 1) * lostNear0;
      return carried + (sigmoidShare(z - ez) + u) * (Math.abs(a) + carried) + lost;
    },
    // s + z s (1 - s): f'' = s (1 - s) (2 + z (1 - 2s)), |f'''| <= 0.3083, -0.1 < f' < 1.1
    slope({ z, ez }) {
      const { s, slope, carried: moreS } = sigmoidWithin(z, ez);
      const f = s + z * slope;
      const carried = moved(slope * (2 + z * (1 - 2 * s)), 0.3083, 1.2, ez);
      const size = Math.abs(z) + ez;
      const es = sigmoidError(z - ez, s + moreS) + lostNear0;
      const product = Math.abs(z) * slope + ez / 4; // |z| s (1 - s): its slope is at most 1/4
      // s (1 - s) passes on at most es (1 + es) of its error in s. The terms are rounded four times
      // and once, and their sum once more.
      const rounding = size * es * (1 + es) + 4 * u * (product + size * es) + es + u * (s + moreS);
      return [f, carried + rounding + u * (Math.abs(f) + carried) + (size + 1) * lostNear0];
    },
    undecided: never,
  },

  graph: (z) => z.times(z.sigmoid()),
  tfjs: 'swish',
});
