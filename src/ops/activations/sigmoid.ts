// The logistic function, 1 / (1 + e^-z).
import { lostNear0, u } from '../../numeric/bounds/arithmetic.ts';
import { never } from '../../numeric/bounds/branches.ts';
import { sigmoidShare } from '../../numeric/bounds/function-errors.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { activation } from './page.ts';
import { logisticOf } from './shared.ts';

export const sigmoid = activation({
  id: 'sigmoid',
  formula: { forward: '1 / (1 + exp(-z))', derivative: 'a (1 - a)' },
  writtenIn: 'a',
  kink: null,
  targets: [0, 1],

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
  bound: {
    bias: 0.35, // measured: 0.28
    // |f''| <= 0.0963
    forward: (z, ez, a) => (a * (1 - a) + 0.0963 * ez) * ez + sigmoidShare(z - ez) * a + lostNear0,
    // a (1 - a) has the derivative 1 - 2a in a; two roundings
    slope: ({ a, ea }) => [a * (1 - a), (Math.abs(1 - 2 * a) + ea) * ea + 3 * u * a * (1 - a) + lostNear0],
    undecided: never,
  },

  graph: (z) => z.sigmoid(),
  tfjs: 'sigmoid',
  plain: 'return z.map((row) => row.map((value) => 1 / (1 + Math.exp(-value))));',
});
