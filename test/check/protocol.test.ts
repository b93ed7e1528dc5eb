// The batches that checked engines get between those that are compared.
import { expect, test } from 'vitest';
import { otherBatch, withoutExamples } from '../../src/check/questions/protocol.ts';
import { matrixOf, toRows } from '../../src/numeric/matrix.ts';

const BATCH = {
  inputs: matrixOf([
    [1, 2],
    [3, -4],
    [5, 6],
  ]),
  targets: matrixOf([
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]),
};

test('the other batch has no example in its old place and none of the inputs; each example keeps its target', () => {
  const { inputs, targets } = otherBatch(BATCH);
  expect(toRows(inputs)).toEqual([
    [-3, 4],
    [-5, -6],
    [-1, -2],
  ]);
  expect(toRows(targets)).toEqual([
    [0, 1, 0],
    [0, 0, 1],
    [1, 0, 0],
  ]);
  expect(toRows(BATCH.inputs)[0]).toEqual([1, 2]); // the original is unchanged
});

test('a batch without some of its examples keeps the others in their order', () => {
  const left = withoutExamples(BATCH, new Set([1]));
  expect(left && [toRows(left.inputs), toRows(left.targets)]).toEqual([
    [
      [1, 2],
      [5, 6],
    ],
    [
      [1, 0, 0],
      [0, 0, 1],
    ],
  ]);
  expect(withoutExamples(BATCH, new Set([0, 1, 2]))).toBeNull();
});
