// relu with a small slope below 0.
import { between, eitherSideOf0 } from '../../numeric/bounds/branches.ts';
import { SMALLEST_NORMAL_F32, UNIT_ROUNDOFF, roundingOf } from '../../numeric/dtype.ts';
import { activation } from './page.ts';

const u = UNIT_ROUNDOFF.f32;

/** Slope below 0: the default of tf.leakyRelu. */
export const LEAK = 0.2;

export const leakyRelu = activation({
  id: 'leaky-relu',
  formula: { forward: 'z where z > 0, else 0.2 z', derivative: '1 where z > 0, else 0.2' },
  writtenIn: 'either', // a > 0 where z > 0
  kink: 0,
  targets: [-Infinity, Infinity],

  // a = z where z >= 0, else 0.2 z
  forward(a, z) {
    for (let i = 0; i < a.length; i++) a[i] = z[i] < 0 ? LEAK * z[i] : z[i];
  },
  // f'(z) = 1 where z > 0, else 0.2; f'(0) = 0.2, as in tfjs, whose gradient takes 0.2 from a
  // tensor, so it is rounded
  backward(dz, da, z) {
    const leak = roundingOf(dz)(LEAK);
    for (let i = 0; i < dz.length; i++) dz[i] = z[i] > 0 ? da[i] : da[i] * leak;
  },
  bound: {
    bias: 0.25, // measured: 0.20
    // below 0, both 0.2 and the product are rounded: 2u of a result of at most 0.2 (|z| + ez)
    forward(z, ez) {
      if (z - ez >= 0) return ez;
      const rounding = 2 * u * LEAK * (Math.abs(z) + ez) + SMALLEST_NORMAL_F32;
      return (z + ez < 0 ? LEAK : 1) * ez + rounding;
    },
    // 0.2 (rounded) or 1; at the kink anything between
    slope({ z, ez }) {
      const rounding = z - ez > 0 ? 0 : u * LEAK;
      const f = z > 0 ? 1 : LEAK;
      return eitherSideOf0(z, ez) ? between(f, LEAK, 1, rounding) : [f, rounding];
    },
    undecided: eitherSideOf0,
  },

  // at 0 the lower branch, so f'(0) = 0.2
  graph: (z) =>
    z.ifPositive(
      (x) => x,
      (x) => x.times(x.constant(LEAK)),
    ),
  tfjs: (tf, z) => tf.leakyRelu(z, LEAK),
});
