// Losses that are made of a batch in another order are told with their formula; others are not.
import { expect, test } from 'vitest';
import { Asker } from '../../../src/check/probe/asker.ts';
import { probeLoss } from '../../../src/check/probe/loss/loss.ts';
import type { LossFound } from '../../../src/check/probe/loss/loss.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { network, randomBatch } from '../../fixtures.ts';
import { plainEngine, through } from './plain-network.ts';

type Row = readonly number[];
type Rows = readonly Row[];

const SOFTMAX = network(3, [5], 'tanh', 3, 'softmax', 'cross-entropy');
const LINEAR = network(3, [5], 'tanh', 2, 'linear', 'mse');

async function find(spec: NetworkSpec, own: Parameters<typeof plainEngine>[1]): Promise<LossFound | null> {
  const asker = new Asker(plainEngine(spec, own), UNWATCHED);
  const { targets } = randomBatch(spec, 4, 1);
  return probeLoss({ network: spec, asker, watch: UNWATCHED, lossIsWrong: true, targets });
}

const text = (found: LossFound | null): string => found?.told.map((one) => one.text).join('\n') ?? '';
const sum = (v: Row): number => v.reduce((all, x) => all + x, 0);
const mean = (v: Row): number => sum(v) / v.length;
const ofEach = (p: Rows, t: Rows): number[] => p.map((row, b) => -sum(row.map((x, k) => t[b][k] * Math.log(x))));

/** Σ_b share_b (p - t) */
const weighed =
  (shares: (losses: Row) => number[]) =>
  (p: Rows, t: Rows): number[][] => {
    const all = shares(ofEach(p, t));
    return p.map((row, b) => row.map((x, k) => all[b] * (x - t[b][k])));
  };

const LOSSES: readonly (readonly [string, (l: Row) => number, (l: Row) => number[], RegExp, RegExp])[] = [
  [
    'log of the mean',
    (l) => -Math.log(mean(l.map((x) => Math.exp(-x)))),
    (l) => l.map((x) => Math.exp(-x) / sum(l.map((y) => Math.exp(-y)))),
    /cross-entropy, with the logarithm taken after the mean over the batch/,
    /^loss = -log\(\(1\/B\) Σ_b exp\(-ℓ_b\)\), with ℓ_b = Σ_k -t log p$/,
  ],
  [
    'log of the sum',
    (l) => -Math.log(sum(l.map((x) => Math.exp(-x)))),
    (l) => l.map((x) => Math.exp(-x) / sum(l.map((y) => Math.exp(-y)))),
    /with the logarithm taken after the sum over the batch/,
    /-log Σ_b exp/,
  ],
  [
    'the root of the sum of squares',
    (l) => Math.sqrt(sum(l.map((x) => x * x))),
    (l) => l.map((x) => x / Math.sqrt(sum(l.map((y) => y * y)))),
    /with the root taken after the sum over the batch/,
    /√ of Σ_b of the square/,
  ],
  [
    'the product',
    (l) => l.reduce((all, x) => all * x, 1),
    (l) => l.map((x) => l.reduce((all, y) => all * y, 1) / x),
    /cross-entropy, multiplied over the batch/,
    /^loss = Π_b /,
  ],
  [
    'the geometric mean',
    (l) => Math.exp(mean(l.map(Math.log))),
    (l) => l.map((x) => Math.exp(mean(l.map(Math.log))) / x / l.length),
    /geometric mean over the batch/,
    /exp\(/,
  ],
  [
    'the largest',
    (l) => Math.max(...l),
    (l) => l.map((x) => (x === Math.max(...l) ? 1 : 0)),
    /of the example with the largest loss of a batch alone/,
    /^loss = max_b /,
  ],
  [
    'the median',
    (l) => l.toSorted((a, b) => a - b)[(l.length - 1) / 2],
    (l) => l.map((x) => (x === l.toSorted((a, b) => a - b)[(l.length - 1) / 2] ? 1 : 0)),
    /of the example with the median loss of a batch alone/,
    /^loss = median_b /,
  ],
];

test.each(LOSSES)('%s of the losses', async (_, of, shares, sentence, formula) => {
  const loss = (p: Rows, t: Rows): number => of(ofEach(p, t));
  const own = await find(SOFTMAX, { loss, dz: weighed(shares) });
  expect(text(own)).toMatch(sentence);
  expect(text(own)).toMatch(/, and the gradients are its own\.$/);
  expect(own?.told[0].used).toMatch(formula);
  expect(own?.told[0].fix).toMatch(/^loss = \(1\/B\) Σ_b/);
  const alone = await find(SOFTMAX, { loss, dz: weighed((l) => l.map(() => 1 / l.length)) });
  expect(text(alone)).toMatch(sentence);
  expect(text(alone)).toMatch(/The gradients are those of cross-entropy, as they should be/);
});

test.each<[string, (m: number) => number, (m: number) => number, RegExp]>([
  ['root', Math.sqrt, (m) => 0.5 / Math.sqrt(m), /of whose mean over the batch the root is taken/],
  ['exponential', Math.exp, Math.exp, /of whose mean over the batch the exponential is taken/],
  ['logarithm', Math.log, (m) => 1 / m, /of whose mean over the batch the logarithm is taken/],
])('the %s of the mean loss', async (_, h, slope, sentence) => {
  const own = await find(SOFTMAX, {
    loss: (p, t) => h(mean(ofEach(p, t))),
    dz: weighed((l) => l.map(() => slope(mean(l)) / l.length)),
  });
  expect(text(own)).toMatch(sentence);
  expect(text(own)).toMatch(/, and the gradients are its own\.$/);
});

const meanRow = (m: Rows): Row => m[0].map((_, k) => mean(m.map((row) => row[k])));

test.each<[string, NetworkSpec, (p: Row, t: Row) => number, (p: Row, t: Row) => number[], RegExp]>([
  [
    'squared error',
    LINEAR,
    (p, t) => mean(p.map((x, k) => (x - t[k]) ** 2)),
    (p, t) => p.map((x, k) => (2 * (x - t[k])) / p.length),
    /squared error of the mean output and the mean target of a batch, and the gradients are its own/,
  ],
  [
    'cross-entropy',
    SOFTMAX,
    (p, t) => -sum(p.map((x, k) => t[k] * Math.log(x))),
    (p, t) => p.map((x, k) => -t[k] / x),
    /cross-entropy of the mean output and the mean target of a batch, and the gradients are its own/,
  ],
])('%s of means', async (_, spec, of, slope, sentence) => {
  const own = await find(spec, {
    loss: (p, t) => of(meanRow(p), meanRow(t)),
    dz: (p, t, z) => {
      const dp = slope(meanRow(p), meanRow(t)).map((x) => x / p.length);
      return through(
        spec.layers[1].activation,
        p.map(() => dp),
        p,
        z,
      );
    },
  });
  expect(text(own)).toMatch(sentence);
});

test.each<[string, (l: Row) => number]>([
  ['a power mean of no name', (l) => mean(l.map((x) => x ** 1.5)) ** (1 / 1.5)],
  ['the middle between mean and largest', (l) => (mean(l) + Math.max(...l)) / 2],
  ['the mean to the power of 1.5', (l) => mean(l) ** 1.5],
  ['the mean of all but the largest', (l) => (sum(l) - Math.max(...l)) / Math.max(1, l.length - 1)],
])('%s is none of them', async (_, of) => {
  const found = await find(SOFTMAX, {
    loss: (p, t) => of(ofEach(p, t)),
    dz: weighed((l) => l.map(() => 1 / l.length)),
  });
  expect(text(found)).not.toMatch(/taken after|of whose mean|multiplied over|alone|mean output|left out/);
});
