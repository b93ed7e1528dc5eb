// log(1 + e^z), a smooth relu.
import { lostNear0 } from '../../numeric/bounds/arithmetic.ts';
import { never } from '../../numeric/bounds/branches.ts';
import { logistic, moved, sigmoidShare, sigmoidWithin, softplusError } from '../../numeric/bounds/function-errors.ts';
import { dtypeOf, roundingOf } from '../../numeric/dtype.ts';
import { RUNTIME, exp, log1p } from '../../numeric/elementary.ts';
import { activation } from './page.ts';
import { logisticOf } from './shared.ts';

export const softplus = activation({
  id: 'softplus',
  formula: { forward: 'log(1 + exp(z))', derivative: '1 / (1 + exp(-z))' },
  writtenIn: 'z',
  kink: null,

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
  bound: {
    bias: 0.7, // measured: 0.65, because all three use e^z for log(1 + e^z) at -14
    // f' = s = sigmoid(z), f'' = s (1 - s) <= 1/4
    forward(z, ez, a) {
      const carried = moved(logistic(z), 1 / 4, ez, ez);
      return carried + softplusError(z, ez, a + carried) + lostNear0;
    },
    // s as the engine's own sigmoid computes it; |f'''| <= 0.0963
    slope({ z, ez }) {
      const { s, carried } = sigmoidWithin(z, ez);
      return [s, carried + sigmoidShare(z - ez) * (s + carried) + lostNear0];
    },
    undecided: never,
  },

  graph: (z) => z.softplus(),
  tfjs: 'softplus',
});

/**
 * log(1 + e^z) = max(0, z) + log(1 + e^-|z|): nothing overflows, and a small e^z loses no digits.
 */
function softplusExact(z: number): number {
  return Math.max(0, z) + log1p(exp(-Math.abs(z)));
}

/** Beyond ±13.94 (log of binary32's 2^-23, plus 2) the result is e^z or z to within a few units. */
const FAR = -(RUNTIME.log(2 ** -23) + 2);

function softplusOfTfjs(z: number): number {
  if (z < -FAR) return RUNTIME.exp(z);
  return z > FAR ? z : RUNTIME.log(1 + RUNTIME.exp(z));
}
