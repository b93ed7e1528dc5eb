// How examples add up: mistaken batches are told, right ones lead to nothing.
import { describe, expect, test } from 'vitest';
import { Asker } from '../../../src/check/probe/asker.ts';
import { probeBatch } from '../../../src/check/probe/batch.ts';
import { shuffledLossIn } from '../../../src/check/probe/batch/shuffled.ts';
import type { Told } from '../../../src/check/probe/told.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { network } from '../../fixtures.ts';
import { SPEC, computed, each, engineOf, predicted, product, softmax, stepping, sums } from './mlp.ts';
import type { Candidate, Rows } from './mlp.ts';

async function toldBy(engine: Engine, spec: NetworkSpec = SPEC): Promise<{ told: readonly Told[]; asked: number }> {
  const asker = new Asker(engine, UNWATCHED);
  const { told } = await probeBatch({ network: spec, asker, watch: UNWATCHED });
  return { told, asked: asker.asked };
}

const scaled = (by: (B: number) => number): ((dz: Rows) => Rows) => {
  return (dz) => each(dz, (value) => value * by(dz.length));
};
const from = (at: (r: number, B: number) => number): ((m: Rows) => Rows) => {
  return (m) => m.map((_, r) => m[at(r, m.length)]);
};
const last = from((_, B) => B - 1);
const mean = (v: number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
const columns = (m: Rows, change: (v: number[]) => number[]): Rows => {
  const changed = m[0].map((_, c) => change(m.map((row) => row[c])));
  return m.map((_, r) => changed.map((v) => v[r]));
};
const totalOf = (v: readonly number[]): number => v.reduce((sum, value) => sum + Math.exp(value), 0);
/** Scores without the largest one of their example, or of their output in the batch. */
const less = (z: Rows, of: 'row' | 'column'): Rows =>
  each(z, (value, r, c) => value - Math.max(...(of === 'row' ? z[r] : z.map((row) => row[c]))));
const runningSum = (m: Rows): Rows => {
  const sum = m[0].map(() => 0);
  return m.map((row) => row.map((value, c) => (sum[c] += value)));
};
const standardised = (v: number[]): number[] => {
  const variance = mean(v.map((value) => (value - mean(v)) ** 2));
  return v.map((value) => (value - mean(v)) / Math.sqrt(variance + 1e-5));
};

/** Loops over all examples but some. */
function over(take: (r: number, B: number) => boolean, ofAll = true): Candidate {
  return {
    gradients: (w, x, t) => {
      const kept = x.map((_, r) => r).filter((r) => take(r, x.length));
      if (kept.length === 0) return computed(w, x, t, { start: (dz) => each(dz, () => 0) });
      const some = computed(
        w,
        kept.map((r) => x[r]),
        kept.map((r) => t[r]),
        { start: (dz) => each(dz, (value) => (ofAll ? (value * kept.length) / x.length : value)) },
      );
      return some;
    },
  };
}

const WRONG: readonly (readonly [string, Candidate, string, RegExp])[] = [
  ['mean twice', stepping({ start: scaled((B) => 1 / B) }), 'dz2', /The gradients of a batch.*divided by B twice/],
  ['a sum', stepping({ start: scaled((B) => B) }), 'dz2', /The gradients of a batch.*not divided by B/],
  [
    'mean at each layer',
    stepping({ returned: scaled((B) => 1 / B) }),
    'dz1',
    /^dW1 and db1 of a batch.*divided by B twice/,
  ],
  [
    'bias of the last',
    stepping({ db: (dz) => dz[dz.length - 1] }),
    'db2',
    /db1 and db2.*only the last.*divided by B\)/,
  ],
  ['bias summed', stepping({ db: (dz) => sums(dz).map((g) => g * dz.length) }), 'db2', /db1 and db2.*not divided/],
  ['bias averaged again', stepping({ db: (dz) => sums(dz).map((g) => g / dz.length) }), 'db2', /db1 and db2.*twice/],
  ['weights of the first', stepping({ dW: (x, dz) => product([x[0]], [dz[0]]) }), 'dW2', /dW1 and dW2.*only the first/],
  ['all but the last', over((r, B) => r < B - 1), 'dz2', /the last example is left out \(divided by B\)/],
  [
    'all but the last, mean',
    over((r, B) => r < B - 1, false),
    'dz2',
    /the last example is left out \(divided by the number of those/,
  ],
  ['all but the first', over((r) => r > 0), 'dz2', /the first example is left out/],
  [
    'the first half, rounded up',
    over((r, B) => r < B / 2, false),
    'dz2',
    /^The loss and the gradients of a batch: only the first half of the batch is used \(divided by the number/,
  ],
  [
    'every third',
    over((r) => r % 3 === 0, false),
    'dz2',
    /^The loss and the gradients of a batch: only every third example is used/,
  ],
  [
    'examples that count by their number',
    stepping({ start: (dz) => each(dz, (value, r) => (value * (r + 1) * 2) / (dz.length + 1)) }),
    'dz2',
    /^The gradients of a batch: example r counts r times \(divided by the sum of these numbers\)/,
  ],
  ['every second', over((r) => r % 2 === 0), 'dz2', /every second example is left out/],
  ['at most four', over((r) => r < 4, false), 'dz2', /0\.25, 0\.25, 0\.25, 0\.25, 0 in a batch of 5/],
  [
    'every output meets every target',
    stepping({ targets: (t) => t.map(() => t[0].map((_, k) => t.reduce((sum, row) => sum + row[k], 0) / t.length)) }),
    'dz2',
    /^Each example gets the mean of the targets of the batch/,
  ],
  [
    'averaged before the product',
    stepping({
      dW: (x, dz) => {
        const mean = x[0].map((_, i) => x.reduce((sum, row) => sum + row[i], 0) / x.length);
        return product(
          x.map(() => mean),
          dz,
        );
      },
    }),
    'dW2',
    /In dW2, the dz2 of each example meets the a1 of the mean example of the batch\.$/,
  ],
  ['over B + 1', stepping({ start: scaled((B) => B / (B + 1)) }), 'dz2', /divided by B \+ 1, not by B\.$/],
  [
    'over 32, whatever B is',
    stepping({ start: scaled((B) => B / 32) }),
    'dz2',
    /the sum over the examples is divided by 32, whatever the batch's size, not by B\.$/,
  ],
  [
    'over a multiple of 4',
    stepping({ start: scaled((B) => B / (4 * Math.ceil(B / 4))) }),
    'dz2',
    /^The gradients of a batch: the sum over the examples is divided by the next multiple of 4, not by B\.$/,
  ],
  [
    'half of all',
    stepping({ start: scaled((B) => B / 2) }),
    'dz2',
    /multiplied by 1\/2, in batches of 1, 3 and 5 alike/,
  ],
  [
    'over 32, with another derivative',
    stepping({ start: (dz) => each(dz, (value) => ((value + Math.abs(value) / 9) * dz.length) / 32) }),
    'dz2',
    /those of batches of one are added, in batches of 3 and 5 alike/,
  ],
  [
    'every second, over B/2',
    stepping({ start: (dz) => each(dz, (value, r) => (r % 2 === 0 ? 2 * value : 0)) }),
    'dz2',
    /every second example is left out \(divided by B, and multiplied by 2\)\.$/,
  ],
  ['over B - 1', stepping({ start: scaled((B) => B / (B - 1)) }), 'dz2', /divided by B - 1/],
  [
    'softmax over the batch',
    stepping({
      outputs: (z) => columns(z, (v) => v.map((x) => Math.exp(x) / v.reduce((sum, value) => sum + Math.exp(value), 0))),
    }),
    'a2',
    /Softmax is taken over the examples of the batch/,
  ],
  [
    'softmax over everything',
    stepping({
      outputs: (z) => each(z, (v) => Math.exp(v) / z.flat().reduce((sum, value) => sum + Math.exp(value), 0)),
    }),
    'a2',
    /Softmax divides by the sum over the whole batch/,
  ],
  [
    'softmax over the batch, less the largest of each example',
    stepping({ outputs: (z) => columns(less(z, 'row'), (v) => v.map((x) => Math.exp(x) / totalOf(v))) }),
    'a2',
    /^Softmax is taken over the examples .*, after each example loses its largest score\.$/,
  ],
  [
    'softmax over everything, less the largest of each output',
    stepping({ outputs: (z) => each(less(z, 'column'), (v) => Math.exp(v) / totalOf(less(z, 'column').flat())) }),
    'a2',
    /^Softmax divides by the sum over the whole batch.*after each output loses its largest score in the batch\.$/,
  ],
  [
    'the largest of each output in softmax',
    stepping({ outputs: (z) => less(z, 'column').map((row) => row.map((v) => Math.exp(v) / totalOf(row))) }),
    'a2',
    /^In softmax each output loses its largest score in the batch, not each example its own\.$/,
  ],
  [
    'scores centred over everything',
    stepping({ scores: (z) => each(z, (v) => v - mean(z.flat())) }),
    'z1',
    /^The mean over all units of the whole batch together is subtracted from z1; backward takes no account of it/,
  ],
  [
    'targets in an order of their own',
    stepping({ targets: from((r, B) => (2 * r + 1) % B) }),
    'loss',
    /^Examples get the targets of others: inputs and targets are not in the same order/,
  ],
  [
    'sorted targets',
    stepping({ targets: (t) => t.toSorted((a, b) => a.indexOf(1) - b.indexOf(1)) }),
    'loss',
    /not in the same order: the targets are sorted, the inputs are not\.$/,
  ],
  [
    'sorted inputs',
    stepping({ enter: (x) => x.toSorted((a, b) => a[1] - b[1]) }),
    'loss',
    /not in the same order: the inputs are sorted by their second number, the targets are not\.$/,
  ],
  [
    'inputs in reverse order',
    stepping({ enter: (x) => x.toReversed() }),
    'loss',
    /^Each example gets the targets of the example in its place in reverse order\.$/,
  ],
  [
    'inputs centred',
    stepping({ enter: (x) => columns(x, (v) => v.map((value) => value - mean(v))) }),
    'z1',
    /^The mean over the batch is subtracted from x/,
  ],
  [
    'inputs standardised',
    stepping({ enter: (x) => columns(x, standardised) }),
    'z1',
    /^x is standardised.*ε = 0.00001/,
  ],
  [
    'scores standardised, constants in backward',
    stepping({ scores: (z) => columns(z, standardised) }),
    'z1',
    /^z1 is standardised over the batch.*backward takes no account of it/,
  ],
  ['one cache for all examples', stepping({ kept: last, slope: last }), 'dz1', /a1, z1 of the last example/],
  ['inputs of one example kept', stepping({ keptInputs: last, kept: last }), 'dW2', /meets the x of the last example/],
  ['da not set to 0', stepping({ returned: runningSum }), 'da1', /da1.*sums of the examples before it/],
  [
    'targets one further',
    stepping({ targets: from((r, B) => (r + 1) % B) }),
    'loss',
    /the targets of the example after/,
  ],
  [
    'clipped by the norm of the batch',
    stepping({
      start: (dz) => {
        const size = Math.sqrt(dz.flat().reduce((sum, g) => sum + g * g, 0));
        return dz.length === 1 ? dz : each(dz, (g) => g / size);
      },
    }),
    'dz2',
    /divided by its norm|times the mean/,
  ],
  [
    'something unknown',
    stepping({ returned: (da) => (da.length === 1 ? da : each(da, (g, r, c) => g * da[(r + 1) % da.length][c])) }),
    'dW1',
    /^dW1 and db1 of a batch are no weighted sums.*dW2 and db2: the right mean/,
  ],
];

describe('mistakes in a batch', () => {
  test.each(WRONG)('%s', async (_, candidate, place, text) => {
    const { told, asked } = await toldBy(engineOf(candidate));
    expect(told.map((one) => one.text)).toEqual([expect.stringMatching(text)]);
    expect(told[0]).toMatchObject({ kind: 'batch', place });
    expect(asked).toBeLessThanOrEqual(14);
  });
});

test.each<[string, Candidate]>([
  [
    'the largest score of the whole batch',
    stepping({ outputs: (z) => softmax(each(z, (v) => v - Math.max(...z.flat()))) }),
  ],
  ['examples in another order', { gradients: (w, x, t) => computed(w, x.toReversed(), t.toReversed()) }],
])('nothing is told of %s, which changes nothing', async (_, candidate) => {
  expect((await toldBy(engineOf(candidate))).told).toEqual([]);
});

describe('targets in another order in the loss alone', () => {
  const toldOf = async (order: (t: Rows) => Rows): Promise<string> => {
    const engine = engineOf({
      gradients: (w, x, t) => ({ ...computed(w, x, t), loss: computed(w, x, order(t)).loss }),
    });
    const found = await shuffledLossIn({ network: SPEC, asker: new Asker(engine, UNWATCHED), oneHot: true });
    return found.map(({ text }) => text).join();
  };

  test('are told', async () => {
    expect(await toldOf((t) => t.toReversed())).toMatch(/the targets of examples 5, 4, 3, 2, 1 go with the inputs of/);
    expect(await toldOf((t) => t.toSorted((a, b) => a.indexOf(1) - b.indexOf(1)))).toMatch(/the targets are sorted/);
  });

  test('not where the loss is right, or another one', async () => {
    expect(await toldOf((t) => t)).toBe('');
    expect(await toldOf((t) => t.map((row) => [...row.slice(1), row[0]]))).toBe('');
  });
});

/** Counts the examples for which this holds, divided by B or by their number. */
function choosing(isUsed: (p: readonly number[], t: readonly number[]) => boolean, byB: boolean): Candidate {
  return {
    gradients: (w, x, t) => {
      const p = predicted(w, x);
      const used = p.map((row, r) => isUsed(row, t[r]));
      const n = byB ? p.length : Math.max(1, used.filter(Boolean).length);
      const start = (dz: Rows): Rows => each(dz, (value, r) => (used[r] ? (value * p.length) / n : 0));
      const loss = p.reduce((sum, row, r) => sum - (used[r] ? Math.log(row[t[r].indexOf(1)]) / n : 0), 0);
      return { ...computed(w, x, t, { start }), loss };
    },
  };
}
const isRightClass = (p: readonly number[], t: readonly number[]): boolean =>
  p.indexOf(Math.max(...p)) === t.indexOf(1);

describe('examples that count for what is made of them', () => {
  test.each<[string, Candidate, RegExp]>([
    [
      'wrong ones',
      choosing((p, t) => !isRightClass(p, t), true),
      /^Only examples that are classified wrongly count in the loss and the gradients \(divided by B\)\.$/,
    ],
    [
      'right ones',
      choosing(isRightClass, false),
      /^Only examples that are classified rightly count .* \(divided by their number\)\.$/,
    ],
  ])('%s', async (_, candidate, text) => {
    const { told } = await toldBy(engineOf(candidate));
    expect(told.map((one) => one.text)).toEqual([expect.stringMatching(text)]);
  });

  test('not those that count for another reason', async () => {
    const { told } = await toldBy(engineOf(choosing((p) => p[0] > 0.4, true)));
    expect(told.map(({ text }) => text).join()).not.toMatch(/^Only examples/);
  });
});

test('targets that are drawn for an example are those of no other', async () => {
  const turned = stepping({ targets: (t) => t.map((row) => (t.length === 1 ? row : [...row.slice(1), row[0]])) });
  const { told } = await toldBy(engineOf(turned));
  expect(told.map(({ text }) => text).join()).not.toMatch(/targets of/);
});

test('the loss follows from what is told, or does not', async () => {
  const find = async (candidate: Candidate): Promise<boolean> => {
    const asker = new Asker(engineOf(candidate), UNWATCHED);
    return (await probeBatch({ network: SPEC, asker, watch: UNWATCHED })).isLossToo;
  };
  const targets = from((r, B) => B - 1 - r);
  expect(await find(stepping({ targets }))).toBe(true);
  const rightLoss: Candidate = {
    gradients: (w, x, t) => ({ ...computed(w, x, targets(t)), loss: computed(w, x, t).loss }),
  };
  expect(await find(rightLoss)).toBe(false);
});

describe('class weights', () => {
  const K = SPEC.layers[SPEC.layers.length - 1].units;
  const weights = Array.from({ length: K }, (_, k) => 1 + 2 * k);
  const weighted: NetworkSpec = { ...SPEC, loss: `cross-entropy:weights=${weights.join(',')}` as NetworkSpec['loss'] };
  /** The mean over the batch with these weights, divided by their sum. */
  const meanBy = (of: (k: number) => number): Candidate =>
    stepping({
      start: (dz) => {
        const own = dz.map((row) => of(row.findIndex((value) => value < 0))); // only the target's p - t is
        const sum = own.reduce((a, b) => a + b, 0);
        return each(dz, (value, r) => (value * dz.length * own[r]) / sum);
      },
    });

  test('divided by their sum, as PyTorch does, are told', async () => {
    const { told } = await toldBy(engineOf(meanBy((k) => weights[k])), weighted);
    expect(told.map(({ text }) => text)).toEqual([
      expect.stringMatching(/each example counts as the weight of its class, divided by the sum of the weights/),
    ]);
  });

  test('other weights than the declared ones are not taken for them', async () => {
    const { told } = await toldBy(engineOf(meanBy((k) => 1 + k)), weighted);
    expect(told.map(({ text }) => text).join()).not.toMatch(/weight of its class/);
  });
});

describe('nothing is told', () => {
  test('of a right network', async () => {
    expect(await toldBy(engineOf(stepping({})))).toEqual({ told: [], asked: 7 });
  });

  test.each([
    ['a wrong derivative', stepping({ slope: (a) => each(a, (value) => value / 2) })],
    ['a factor', stepping({ start: (dz) => each(dz, (g) => 2 * g) })],
    ['another activation', stepping({ hidden: (a) => each(a, (v) => v * v) })],
    ['no bias gradient', stepping({ db: (dz) => dz[0].map(() => 0) })],
    ['a unit left out', stepping({ db: (dz) => sums(dz).map((g, o) => (o === 0 ? 0 : g)) })],
    [
      'bias gradients added up over units',
      stepping({ db: (dz) => sums(dz).map((_, _o, g) => g.reduce((a, b) => a + b)) }),
    ],
  ])('of what shows in single examples as well: %s', async (_, candidate) => {
    expect((await toldBy(engineOf(candidate))).told).toEqual([]);
  });

  const networks = [
    SPEC,
    network(6, [8, 4], 'relu', 3, 'softmax', 'cross-entropy'),
    network(3, [4], 'sigmoid', 2, 'sigmoid', 'mse'),
    network(2, [], 'tanh', 1, 'linear', 'mse'),
    { ...network(3, [4], 'leaky-relu', 2, 'softmax', 'mse'), biases: false },
  ];
  test.each(networks)('of right engines in either precision, %#', async (spec) => {
    for (const dtype of ['f32', 'f64'] as const) {
      const engine = await createEngine('vector', spec, optimizerSpec('sgd'), { dtype });
      expect((await toldBy(engine, spec)).told).toEqual([]);
    }
  });
});
