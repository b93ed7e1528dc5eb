// relu with a small slope below 0. Maas, Hannun & Ng 2013, Rectifier Nonlinearities Improve Neural
// Network Acoustic Models, eq. (2), with the slope 0.01; TensorFlow.js has 0.2.
import { lostNear0, u } from '../../numeric/bounds/arithmetic.ts';
import { between, eitherSideOf0 } from '../../numeric/bounds/branches.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { numberIn } from '../family.ts';
import { insteadOfActivation } from '../piece-fault.ts';
import { activation } from './page.ts';
import type { ActivationPage } from './page.ts';

/** Slope below 0: the default of tf.leakyRelu. */
export const LEAK = 0.2;

type LeakyReluPage<Id extends string> = ActivationPage<Id, 'leaky-relu-sides-swapped'>;

/** a = z where z > 0, else `leak` z */
function withLeak<const Id extends string>(id: Id, leak: number): LeakyReluPage<Id> {
  return activation({
    id,
    formula: { forward: `z where z > 0, else ${leak} z`, derivative: `1 where z > 0, else ${leak}` },
    writtenIn: 'either', // a > 0 where z > 0
    kink: 0,
    targets: [-Infinity, Infinity],

    // a = z where z >= 0, else leak z
    forward(a, z) {
      for (let i = 0; i < a.length; i++) a[i] = z[i] < 0 ? leak * z[i] : z[i];
    },
    // f'(z) = 1 where z > 0, else leak; f'(0) = leak, as in tfjs, whose gradient takes it from a
    // tensor, so it is rounded
    backward(dz, da, z) {
      const below = roundingOf(dz)(leak);
      for (let i = 0; i < dz.length; i++) dz[i] = z[i] > 0 ? da[i] : da[i] * below;
    },
    bound: {
      bias: 0.25, // measured: 0.20
      // below 0, both the slope and the product are rounded: 2u of at most leak (|z| + ez)
      forward(z, ez) {
        if (z - ez >= 0) return ez;
        const rounding = 2 * u * leak * (Math.abs(z) + ez) + lostNear0;
        return (z + ez < 0 ? leak : 1) * ez + rounding;
      },
      // leak (rounded) or 1; at the kink anything between
      slope({ z, ez }) {
        const rounding = z - ez > 0 ? 0 : u * leak;
        const f = z > 0 ? 1 : leak;
        return eitherSideOf0(z, ez) ? between(f, leak, 1, rounding) : [f, rounding];
      },
      undecided: eitherSideOf0,
    },

    // at 0 the lower branch, so f'(0) = leak
    graph: (z) =>
      z.ifPositive(
        (x) => x,
        (x) => x.times(x.constant(leak)),
      ),
    tfjs: (tf, z) => tf.leakyRelu(z, leak),
    faults: {
      'leaky-relu-sides-swapped': {
        description: 'the derivative of leaky-relu has its two sides swapped: 1 where z < 0, and the slope where z > 0',
        remedy: "f'(z) = 1 where z > 0, else the slope",
        recipe: insteadOfActivation((dz, da, z) => swapped(leak, dz, da, z)),
      },
    },
  });
}

function swapped(leak: number, dz: Matrix, da: Matrix, z: Matrix): void {
  for (let i = 0; i < dz.data.length; i++) dz.data[i] = da.data[i] * (z.data[i] > 0 ? leak : 1);
}

export const leakyRelu: LeakyReluPage<'leaky-relu'> = {
  ...withLeak('leaky-relu', LEAK),
  family: {
    usage: '[:slope]',
    examples: ['0.01'],
    of: (id, text) =>
      withLeak(
        id,
        numberIn(id, text, 'from 0 to below 1', (x) => x >= 0 && x < 1),
      ),
  },
};
