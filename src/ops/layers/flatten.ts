// A picture as a row of numbers. They already lie in a row, so nothing is computed; what is above
// reads them without a shape.
import { settle } from '../../numeric/bounds/tracked.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import { largestOf } from '../../numeric/bounds/tracked.ts';
import { peakOf } from '../../numeric/bounds/extremes.ts';
import { layer } from './page.ts';
import type { Fields } from './page.ts';

export const flatten = layer<Fields>()({
  id: 'flatten',
  reads: 'picture',
  counts: [],
  short: { read: () => null, write: () => '', example: 'flatten' },
  symbols: {},
  outputs: (_spec, inputs) => inputs,
  multiplications: (_spec, inputs) => inputs,
  parameters: () => [],
  formula: { forward: (_l, x) => x, gradient: () => '', inputs: (l) => `dz${l}` },

  // z = x                                    x, z (B, H·W·C)
  forward(z, x) {
    z.data.set(x.data);
    return undefined;
  },
  // dx = dz
  backward(dx, _dp, dz) {
    dx?.data.set(dz.data);
  },
  bound: {
    forward(z, x) {
      copyErrors(z, x);
      return peakOf(z.value.data);
    },
    backward({ dx }, dz) {
      if (dx === null) return { dx: 0, dp: 0 };
      copyErrors(dx, dz);
      if (dz.shift !== undefined) dx.shift = dz.shift;
      dx.through = dz.through;
      return { dx: peakOf(largestOf(dz).data), dp: 0 };
    },
  },
  graph: (x) => [...x],
  ownLayer: (tf, _spec, { inputShape }) => tf.layers.flatten(inputShape === undefined ? {} : { inputShape }),
  tfjs: (tf, x) => tf.clone(x),
});

function copyErrors(to: Tracked, from: Tracked): void {
  for (const part of ['worst', 'systematic', 'own', 'shared'] as const) to[part].data.set(from[part].data);
  settle(to);
}
