// The hyperbolic tangent.
import { never } from '../../numeric/bounds/branches.ts';
import { FUNCTION_ERROR } from '../../numeric/bounds/function-errors.ts';
import { SMALLEST_NORMAL_F32, UNIT_ROUNDOFF, roundingOf } from '../../numeric/dtype.ts';
import { elementaryOf } from '../../numeric/elementary.ts';
import { activation } from './page.ts';

const u = UNIT_ROUNDOFF.f32;

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
    forward: (_z, ez, a) => (1 - a * a + 0.7699 * ez) * ez + FUNCTION_ERROR.tanh * Math.abs(a) + SMALLEST_NORMAL_F32,
    // 1 - a² has the derivative -2a in a; the rounding of the square survives the subtraction
    slope: ({ a, ea }) => [1 - a * a, (2 * Math.abs(a) + ea) * ea + u * a * a + 2 * u * (1 - a * a)],
    undecided: never,
  },

  graph: (z) => z.tanh(),
  tfjs: 'tanh',
  plain: 'return z.map((row) => row.map(Math.tanh));',
});
