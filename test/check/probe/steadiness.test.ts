// Chance in answers is told; steady engines lead to nothing.
import { describe, expect, test } from 'vitest';
import { createEngine } from '../../../src/engines/registry.ts';
import { createRng } from '../../../src/numeric/rng.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { network } from '../../fixtures.ts';
import { SPEC, affine, computed, each, engineOf, stepping } from './mlp.ts';
import type { Candidate, Rows } from './mlp.ts';
import { toldBy } from './steady.ts';

const rng = createRng(5, 'chance');
const mask = (p: number, factor: number): ((m: Rows) => Rows) => {
  return (m) => each(m, (value) => (rng.uniform() < p ? 0 : value * factor));
};

/** A mask that the backward pass has too. */
function dropout(p: number, inBackward: boolean): Candidate {
  return {
    gradients: (w, x, t) => {
      const drawn = mask(p, 1 / (1 - p))(x.map(() => w.b1.map(() => 1)));
      const times = (m: Rows): Rows => each(m, (value, r, c) => value * drawn[r][c]);
      const a1 = each(affine(x, w.W1, w.b1), Math.tanh);
      return computed(w, x, t, {
        hidden: times,
        slope: () => a1,
        ...(inBackward && { returned: times }),
      });
    },
  };
}

const WRONG: readonly (readonly [string, () => Candidate, string, RegExp])[] = [
  ['dropout', () => dropout(0.3, true), 'a1', /30 % of the entries of a1 are 0.*1\/0\.7 times as large.*dropout\.$/],
  ['dropout not passed back', () => dropout(0.5, false), 'a1', /1\/0\.5 times.*The mask is not in the backward pass/],
  ['dropout of inputs, not scaled', () => stepping({ enter: mask(0.4, 1) }), 'x', /of x are 0.*as they should be/],
  [
    'noise in the activations',
    () => stepping({ hidden: (a) => each(a, (value) => value + 0.1 * rng.normal()) }),
    'a1',
    /a1, as layer 2 gets it, is different at each call/,
  ],
  [
    'noise in the gradient',
    () => stepping({ dz1: (dz) => each(dz, (value) => value * (1 + 0.1 * rng.normal())) }),
    'dW1',
    /dW1 and db1 of the same question are different at each call/,
  ],
  [
    'examples that are drawn',
    () => ({
      gradients: (w, x, t) => {
        const drawn = x.map(() => rng.below(x.length));
        return computed(
          w,
          drawn.map((r) => x[r]),
          drawn.map((r) => t[r]),
        );
      },
    }),
    'loss',
    /uses the examples of the batch with other coefficients/,
  ],
  [
    'targets that are shuffled',
    () => ({
      gradients: (w, x, t) => {
        const by = 1 + rng.below(x.length);
        return computed(
          w,
          x,
          t.map((_, r) => t[(r + by) % t.length]),
        );
      },
    }),
    'loss',
    /inputs and targets are shuffled apart/,
  ],
];

test.each(WRONG)('%s', async (_, open, place, text) => {
  const { told, asked } = await toldBy(engineOf(open()));
  expect(told.map((one) => one.text)).toEqual([expect.stringMatching(text)]);
  expect(told[0]).toMatchObject({ kind: 'chance', place });
  expect(asked).toBeLessThanOrEqual(15);
});

describe('nothing is told', () => {
  test.each([
    ['a right network', stepping({}), 9],
    ['a wrong derivative', stepping({ slope: (a) => each(a, (value) => value / 2) }), 6],
    ['a factor', stepping({ start: (dz) => each(dz, (g) => 2 * g) }), 6],
    ['another activation', stepping({ hidden: (a) => each(a, (v) => v * v) }), 6],
    ['a mask that stays', stepping({ hidden: (a) => each(a, (v, _, c) => (c === 1 ? 0 : v)) }), 6],
  ])('of %s', async (_, candidate, questions) => {
    expect(await toldBy(engineOf(candidate))).toEqual({ told: [], asked: questions });
  });

  test.each([
    SPEC,
    network(6, [8, 4], 'relu', 3, 'softmax', 'cross-entropy'),
    network(3, [4], 'sigmoid', 2, 'sigmoid', 'mse'),
    network(2, [], 'tanh', 1, 'linear', 'mse'),
    { ...network(3, [4], 'leaky-relu', 2, 'softmax', 'mse'), biases: false },
  ])('of right engines in either precision, %#', async (spec) => {
    for (const dtype of ['f32', 'f64'] as const) {
      const engine = await createEngine('vector', spec, optimizerSpec('adam'), { dtype });
      expect((await toldBy(engine, spec)).told).toEqual([]);
    }
  });
});
