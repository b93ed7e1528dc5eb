// Dropout: in training, some numbers are set to 0 at random, and the others are scaled up.
// Srivastava et al. 2014, Dropout: A Simple Way to Prevent Neural Networks from Overfitting, JMLR
// 15, section 4; scaled in training ("inverted"), not in prediction, as in their section 10.
// Letters: B examples, I inputs. The mask is data, drawn by the harness and given to every engine.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { larger, peakOf } from '../../numeric/bounds/extremes.ts';
import { underflow } from '../../numeric/bounds/error-bound.ts';
import { largestOf, settle } from '../../numeric/bounds/tracked.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { DROPOUT_FAULTS } from './dropout-faults.ts';
import { numberAfterColon, numberField } from './fields.ts';
import { layer } from './page.ts';
import type { Fields } from './page.ts';

/** A dropout layer. */
export interface DropoutFields extends Fields {
  /** The share of the numbers that are set to 0 in training. */
  readonly rate: number;
}

/** Dropout: z = m ⊙ x with a mask m of 0 and 1 / (1 - rate); z = x in prediction. */
export const dropout = layer<DropoutFields>()({
  id: 'dropout',
  counts: [],
  fields: { rate: numberField('a number from 0 to below 1', 0, 1) },
  short: numberAfterColon('rate', 'dropout:0.5'),
  shape: (_spec, inputShape) => inputShape,
  symbols: {},
  outputs: (_spec, inputs) => inputs,
  multiplications: (_spec, inputs) => inputs,
  parameters: () => [],
  formula: {
    forward: (l, x) => `m${l} ⊙ ${x}, m${l} the mask of this batch: 0 or 1 / (1 - rate)`,
    gradient: () => '',
    inputs: (l) => `m${l} ⊙ dz${l}`,
  },

  draw: (rng, { rate }) => (rng.uniform() < rate ? 0 : 1 / (1 - rate)),
  // z = m ⊙ x                                       x, m, z (B, I)
  forward(z, x, _p, _spec, pass): Matrix | null {
    const mask = pass?.mask ?? null;
    for (let i = 0; i < z.data.length; i++) z.data[i] = mask === null ? x.data[i] : mask.data[i] * x.data[i];
    return mask;
  },
  // dx = m ⊙ dz, with the same mask
  backward(dx, _dp, dz, { more }) {
    if (dx === null) return;
    const mask = more as Matrix | null;
    for (let i = 0; i < dx.data.length; i++) dx.data[i] = mask === null ? dz.data[i] : mask.data[i] * dz.data[i];
  },

  bound: {
    forward(z, x, _p, { pass: { mask } }) {
      masked(z, x, mask);
      return peakOf(z.value.data);
    },
    backward({ dx }, dz, _x, _p, { pass: { mask } }) {
      if (dx === null) return { dp: 0, dx: 0 };
      if (dz.shift !== undefined) {
        dx.shift = zeros('f64', dx.value.rows, dx.value.cols);
        for (let i = 0; i < dx.shift.data.length; i++) dx.shift.data[i] = (mask?.data[i] ?? 1) * dz.shift.data[i];
      }
      masked(dx, dz, mask);
      return { dp: 0, dx: larger(0, peakOf(largestOf(dx).data)) };
    },
  },

  graph: (x, _p, _spec, pass) => {
    const mask = pass?.mask ?? null;
    return x.map((one, i) => (mask === null ? one.plus(one.constant(0)) : one.times(one.constant(mask[i]))));
  },
  // tf.layers.dropout draws its mask itself, so this is a product with the given one.
  tfjs: (tf, x, _p, _spec, pass) => {
    const mask = pass?.mask ?? null;
    return mask === null ? tf.clone(x) : tf.mul(x, mask);
  },
  faults: DROPOUT_FAULTS,
});

/** Errors of a product with a mask that every engine is given: one rounding. */
function masked(to: Tracked, from: Tracked, mask: Matrix | null): void {
  for (let i = 0; i < to.value.data.length; i++) {
    const m = mask?.data[i] ?? 1;
    const rounding = m === 0 || m === 1 ? 0 : u * Math.abs(to.value.data[i]) + underflow(1);
    to.worst.data[i] = m * from.worst.data[i] * (1 + u) + rounding;
    to.systematic.data[i] = m * from.systematic.data[i];
    to.own.data[i] = m * from.own.data[i] + rounding;
    to.shared.data[i] = m * from.shared.data[i];
  }
  settle(to);
}
