// Batches that do not fit the network or hold NaN or infinity are refused; the message names
// the place.
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { checkBatch } from '../../src/network/batch.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { matrixOf, zeros } from '../../src/numeric/matrix.ts';
import { refusal } from '../refusal.ts';

const NETWORK: NetworkSpec = { inputs: 2, layers: [{ units: 3, activation: 'softmax' }], loss: 'cross-entropy' };
const inputs = matrixOf([
  [1, 2],
  [3, 4],
]);
const targets = matrixOf([
  [1, 0, 0],
  [0, 0.25, 0.75],
]);

describe('a batch', () => {
  it('that fits is accepted, with shares as targets too', () => {
    expect(() => checkBatch(NETWORK, { inputs, targets })).not.toThrow();
  });

  it('needs as many columns as the network has inputs and outputs', () => {
    expect(refusal(DataError, () => checkBatch(NETWORK, { inputs: targets, targets }))).toBe(
      'batch inputs: expected (B, 2), got (2, 3)',
    );
    expect(refusal(DataError, () => checkBatch(NETWORK, { inputs, targets: inputs }))).toBe(
      'batch targets: expected (B, 3), got (2, 2)',
    );
    const short = { ...inputs, data: inputs.data.subarray(1) };
    expect(refusal(DataError, () => checkBatch(NETWORK, { inputs: short, targets }))).toContain('batch inputs');
  });

  it('needs as many rows of targets as of inputs, and at least one', () => {
    const one = matrixOf([[1, 0, 0]]);
    expect(refusal(DataError, () => checkBatch(NETWORK, { inputs, targets: one }))).toBe(
      'batch: 2 rows of inputs, but 1 rows of targets',
    );
    const empty = { inputs: zeros('f32', 0, 2), targets: zeros('f32', 0, 3) };
    expect(refusal(DataError, () => checkBatch(NETWORK, empty))).toBe('the batch is empty');
  });

  it.each([NaN, Infinity, -Infinity])('must not hold %d', (bad) => {
    const badInputs = matrixOf([
      [1, 2],
      [bad, 4],
    ]);
    expect(refusal(DataError, () => checkBatch(NETWORK, { inputs: badInputs, targets }))).toBe(
      `batch inputs [1, 0] is ${bad}`,
    );
    const badTargets = matrixOf([
      [1, 0, bad],
      [0, 0, 1],
    ]);
    const mse: NetworkSpec = { ...NETWORK, loss: 'mse' };
    for (const network of [NETWORK, mse]) {
      expect(refusal(DataError, () => checkBatch(network, { inputs, targets: badTargets }))).toBe(
        `batch targets [0, 2] is ${bad}`,
      );
    }
  });
});

describe('targets of cross-entropy', () => {
  const withSecondRow = (...row: number[]) => ({ inputs, targets: matrixOf([[0, 1, 0], row]) });

  it('must sum to 1', () => {
    expect(refusal(DataError, () => checkBatch(NETWORK, withSecondRow(1, 1, 0)))).toBe(
      'row 1 of the targets sums to 2 | cross-entropy needs targets that sum to 1',
    );
    expect(refusal(DataError, () => checkBatch(NETWORK, withSecondRow(0, 0, 0)))).toContain(
      'row 1 of the targets sums to 0',
    );
    expect(refusal(DataError, () => checkBatch(NETWORK, withSecondRow(0, 0, 0.99999)))).toContain(
      'row 1 of the targets sums',
    );
  });

  it('may miss 1 by what rounding to binary32 explains', () => {
    // each share is rounded by at most 2^-24 of itself, so shares of 1 sum to 1 within 2^-24 = 6e-8
    expect(Math.fround(1 / 3) * 3).not.toBe(1);
    expect(() => checkBatch(NETWORK, withSecondRow(1 / 3, 1 / 3, 1 / 3))).not.toThrow();
  });

  it('need not sum to 1 where the loss is mse', () => {
    expect(() => checkBatch({ ...NETWORK, loss: 'mse' }, withSecondRow(5, 0, -7))).not.toThrow();
  });
});
