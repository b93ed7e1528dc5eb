// Mini-batches: every example once per epoch, in an order that depends only on seed and epoch.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { batchOf, createBatches, oneHot } from '../../src/data/batches.ts';
import type { Batches } from '../../src/data/batches.ts';
import { firstExamples } from '../../src/data/dataset.ts';
import type { Examples } from '../../src/data/dataset.ts';
import type { Scaling } from '../../src/data/scaling.ts';
import { inSharedMemory } from '../../src/engines/threads/shared.ts';
import { toRows } from '../../src/numeric/matrix.ts';
import { refusal } from '../refusal.ts';

const NONE: Scaling = { id: 'none', mean: 0, deviation: 1 };
const COUNT = 10;

/**
 * Example i has the inputs [i, 100 + i] and the class i mod 3, which makes it unique.
 */
const EXAMPLES: Examples = {
  count: COUNT,
  width: 2,
  values: Float32Array.from({ length: 2 * COUNT }, (_, i) => Math.floor(i / 2) + 100 * (i % 2)),
  labels: Uint8Array.from({ length: COUNT }, (_, i) => i % 3),
};

function batches(batchSize: number, epochs = 1, seed = 1): Batches {
  return createBatches(EXAMPLES, 3, NONE, { batchSize, epochs, seed });
}

/** The examples of a step; asserts that inputs and targets belong to them. */
function held(all: Batches, step: number): number[] {
  const { inputs, targets } = all.batch(step);
  expect([inputs.cols, targets.cols, targets.rows]).toEqual([2, 3, inputs.rows]);
  return toRows(inputs).map(([i, second], row) => {
    expect(second).toBe(100 + i);
    expect(toRows(targets)[row]).toEqual([0, 1, 2].map((k) => (k === i % 3 ? 1 : 0)));
    return i;
  });
}

/** Epoch e as one list. */
const epoch = (all: Batches, e: number): number[] =>
  Array.from({ length: all.stepsPerEpoch }, (_, s) => held(all, e * all.stepsPerEpoch + s)).flat();

describe('batches', () => {
  it.each([1, 2, 3, 4, 7, 9, 10])('of %i hold every example exactly once per epoch', (size) => {
    const all = batches(size, 3);
    for (let e = 0; e < 3; e++) {
      expect(epoch(all, e).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  it('end each epoch with a batch of the remaining examples', () => {
    const all = batches(4, 2);
    expect([all.stepsPerEpoch, all.steps, all.examplesSeen]).toEqual([3, 6, 20]);
    expect([0, 1, 2, 3, 4, 5].map((s) => all.batch(s).inputs.rows)).toEqual([4, 4, 2, 4, 4, 2]);
    expect(batches(5, 2)).toMatchObject({ stepsPerEpoch: 2, steps: 4 });
  });

  it('are the same in any order of steps', () => {
    const inOrder = batches(3, 4);
    const sequential = Array.from({ length: inOrder.steps }, (_, s) => held(inOrder, s));
    const random = batches(3, 4);
    for (const s of [15, 0, 7, 8, 7, 3, 12, 1, 14, 0]) expect(held(random, s)).toEqual(sequential[s]);
    expect(held(batches(3, 4), 9)).toEqual(sequential[9]);
  });

  it('are not changed by later batches', () => {
    const all = batches(3, 2);
    const first = all.batch(0);
    const before = toRows(first.inputs);
    for (let s = 1; s < all.steps; s++) all.batch(s);
    expect(toRows(first.inputs)).toEqual(before);
  });

  it('are shuffled, differently in each epoch and for each seed, 0 included', () => {
    const orders = [0, 1, 2].flatMap((seed) => [0, 1, 2].map((e) => epoch(batches(4, 3, seed), e).join()));
    // of 10! = 3.6 million orders two of ten are the same by chance with probability
    // 45 / 10! = 1.2e-5
    expect(new Set([...orders, '0,1,2,3,4,5,6,7,8,9']).size).toBe(10);
    expect(epoch(batches(4), 0)).toEqual(epoch(batches(4), 0));
  });

  it('have an order independent of their size and of the number of epochs', () => {
    expect(epoch(batches(3, 2), 1)).toEqual(epoch(batches(10, 5), 1));
  });

  it.each([0, -1, 2.5, NaN, Infinity, COUNT + 1])('of %d are refused', (size) => {
    expect(refusal(UsageError, () => batches(size))).toBe(
      `batch size: expected 1 to 10 (the training set), got ${size}`,
    );
  });

  it.each([0, -1, 1.5, NaN, Infinity])('over %d epochs are refused', (epochs) => {
    expect(refusal(UsageError, () => batches(2, epochs))).toBe(
      `epochs: expected a whole number of at least 1, got ${epochs}`,
    );
  });
});

describe('a batch of chosen examples', () => {
  it('holds them scaled, in the given order', () => {
    const { inputs, targets } = batchOf(EXAMPLES, 3, { id: 'standard', mean: 2, deviation: 4 }, [7, 0, 7]);
    expect(toRows(inputs)).toEqual([
      [1.25, 26.25],
      [-0.5, 24.5],
      [1.25, 26.25],
    ]);
    expect(toRows(targets)).toEqual([
      [0, 1, 0],
      [1, 0, 0],
      [0, 1, 0],
    ]);
  });

  it('holds binary32 numbers', () => {
    const { inputs, targets } = batchOf(EXAMPLES, 3, NONE, [1]);
    expect([inputs.data, targets.data].every((data) => data instanceof Float32Array)).toBe(true);
  });
});

describe('one-hot targets', () => {
  it('are 1 at the class and 0 elsewhere', () => {
    expect(toRows(oneHot([2, 0, 1, 2], 3))).toEqual([
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    expect(toRows(oneHot([], 3))).toEqual([]);
  });
});

describe('of examples with targets', () => {
  const targets = { width: 2, values: Float32Array.from({ length: 2 * COUNT }, (_, i) => i / 10) };
  const regression: Examples = { ...EXAMPLES, labels: new Uint8Array(0), targets };

  it('the targets are those of the examples', () => {
    const all = createBatches(regression, 2, NONE, { batchSize: 4, epochs: 1, seed: 1 });
    for (let step = 0; step < all.steps; step++) {
      const expected = Array.from(all.positions(step), (p) => [0, 1].map((k) => Math.fround((2 * p + k) / 10)));
      expect(toRows(all.batch(step).targets)).toEqual(expected);
    }
  });

  it('the first ones keep their targets, and another thread gets them', () => {
    const first = firstExamples(regression, 3);
    expect([first.count, first.labels.length, Array.from(first.targets?.values ?? [])]).toEqual([
      3,
      0,
      Array.from(targets.values.subarray(0, 6)),
    ]);
    const shared = inSharedMemory(regression);
    expect(shared.targets?.values.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(shared.targets).toEqual(targets);
    expect(inSharedMemory(EXAMPLES).targets).toBeUndefined();
  });
});
