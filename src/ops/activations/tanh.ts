// The hyperbolic tangent.
import { lostNear0, u } from '../../numeric/bounds/arithmetic.ts';
import { never } from '../../numeric/bounds/branches.ts';
import { tanhError } from '../../numeric/bounds/function-errors.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { elementaryOf } from '../../numeric/elementary.ts';
import { activation } from './page.ts';

export const tanh = activation({
  id: 'tanh',
  formula: { forward: 'tanh(z)', derivative: '1 - a²' },
  writtenIn: 'a',
  kink: null,
  targets: [-1, 1],

  forward(a, z) {
    const { tanh } = elementaryOf(a);
    for (let i = 0; i < a.length; i++) a[i] = tanh(z[i]);
  },
  // f' = 1 - a², in a = tanh(z)
  backward(dz, da, _z, a) {
    const round = roundingOf(a);
    for (let i = 0; i < dz.length; i++) dz[i] = round(1 - round(a[i] * a[i])) * da[i];
  },
  bound: {
    bias: 0.6, // measured: 0.52
    // |f''| <= 0.7699
    forward: (z, ez, a) => (1 - a * a + 0.7699 * ez) * ez + tanhError(Math.max(0, Math.abs(z) - ez), a) + lostNear0,
    // 1 - a² has the derivative -2a in a; the rounding of the square survives the subtraction
    slope: ({ a, ea }) => [1 - a * a, (2 * Math.abs(a) + ea) * ea + u * a * a + 2 * u * (1 - a * a)],
    undecided: never,
  },

  graph: (z) => z.tanh(),
  tfjs: 'tanh',
  plain: 'return z.map((row) => row.map(Math.tanh));',
});
