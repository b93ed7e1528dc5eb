// a = z: no activation at all.
import { never } from '../../numeric/bounds/branches.ts';
import { activation } from './page.ts';

export const linear = activation({
  id: 'linear',
  formula: { forward: 'z', derivative: '1' },
  writtenIn: 'either',
  isIdentity: true,
  kink: null,
  targets: [-Infinity, Infinity],

  forward(a, z) {
    a.set(z);
  },
  // f'(z) = 1
  backward(dz, da) {
    dz.set(da);
  },
  bound: {
    bias: 0,
    forward: (_z, ez) => ez,
    slope: () => [1, 0],
    undecided: never,
  },

  graph: (z) => z,
  tfjs: 'linear',
  plain: 'return z;',
});
