// How many examples a slow candidate is trained on.
import { expect, test } from 'vitest';
import { trainSizeWithin } from '../../../src/cli/pace/train-size.ts';

const MNIST = { count: 60_000, batchSize: 64, epochs: 1 };

test.each([
  [0.8, MNIST, 4800], // 75 steps
  [0.05, MNIST, null], // all 938 steps
  [0.8, { ...MNIST, epochs: 5 }, 960], // 15 steps of each epoch
  [20, { ...MNIST, epochs: 5 }, 64], // one step of each epoch takes longer than that
  [100, { ...MNIST, batchSize: 60_000 }, null], // there is but one batch
  [40, { ...MNIST, batchSize: 40_000 }, 40_000],
  [NaN, MNIST, null],
])('%d s per step', (seconds, training, size) => {
  expect(trainSizeWithin(60, seconds, training)).toBe(size);
});
