// Trees of numbers are read, named, built again, and gradients are read in their order.
import { describe, expect, it, test } from 'vitest';
import { nameOf, readLike, treeOf } from '../../../src/check/function/tree.ts';

const parameters = {
  encoder: {
    weights: [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    'odd name': new Float32Array([7, 8]),
  },
  layers: [{ w: new Float64Array([9]), name: 'first' }, { w: [10, 11] }],
  bias: 12,
  kernel: { data: [13, 14, 15, 16], rows: 2, cols: 2 },
  ids: new Int32Array([1, 2]),
};

test('tensors are named by their paths, with shapes, in order', () => {
  const { tensors, values } = treeOf(parameters, 'at');
  expect(tensors.map(({ path, shape, from, size }) => [path, shape, from, size])).toEqual([
    ['encoder.weights', [3, 2], 0, 6],
    ['encoder["odd name"]', [2], 6, 2],
    ['layers[0].w', [1], 8, 1],
    ['layers[1].w', [2], 9, 2],
    ['bias', [], 11, 1],
    ['kernel', [2, 2], 12, 4],
  ]);
  expect([...values]).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
});

test('the same tree is built from other numbers; what is no number is kept', () => {
  const tree = treeOf(parameters, 'at');
  const built = tree.build(tree.values.map((x) => x + 0.1)) as typeof parameters;
  expect(built.encoder.weights).toEqual([
    [1.1, 2.1],
    [3.1, 4.1],
    [5.1, 6.1],
  ]);
  expect(built.encoder['odd name']).toEqual(new Float32Array([7.1, 8.1])); // rounded
  expect(built.layers[0]).toEqual({ w: new Float64Array([9.1]), name: 'first' });
  expect(built.kernel).toEqual({ data: [13.1, 14.1, 15.1, 16.1], rows: 2, cols: 2 });
  expect(built.ids).toBe(parameters.ids);
  expect(parameters.encoder.weights[0][0]).toBe(1);
});

test('entries have the indices that one writes', () => {
  const tree = treeOf(
    {
      weights: [
        [1, 2],
        [3, 4],
      ],
      ragged: [[1], [2, 3]],
    },
    'at',
  );
  const [weights, ragged] = tree.tensors;
  expect(nameOf(weights.path, tree.indexOf(weights, 3))).toBe('weights[1][1]');
  expect(ragged.shape).toBeNull();
  expect(nameOf(ragged.path, tree.indexOf(ragged, 2))).toBe('ragged[1][1]');
});

test('a tree may be a number or an array', () => {
  expect(treeOf(3, 'at').tensors.map(({ path, shape }) => [path, shape])).toEqual([['x', []]]);
  expect(treeOf([1, 2], 'at').tensors.map(({ path, shape }) => [path, shape])).toEqual([['x', [2]]]);
});

const itself: Record<string, unknown> = { a: 1 };
itself['b'] = { itself };
describe('refused, with the place', () => {
  it.each([
    [{ a: 'text' }, 'no number'],
    [{ a: [1, [2, NaN]] }, 'a[1][1] is NaN'],
    [
      {
        a: [
          [1, 2],
          [3, Infinity],
        ],
      },
      'a[1][1] is Infinity',
    ],
    [new Map([['a', 1]]), 'is a Map'],
    [itself, 'contains itself'],
  ])('%o', (value, message) => {
    expect(() => treeOf(value, 'at')).toThrow(message);
  });
});

describe('a gradient', () => {
  const tree = treeOf(
    {
      W: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      b: new Float64Array(2),
      s: 1,
    },
    'at',
  );
  it('may be flat, or in other arrays', () => {
    const flat = { s: 9, b: [7, 8], W: new Float32Array([1, 2, 3, 4, 5, 6]) };
    expect([...readLike(tree, flat, 'gradient')]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...readLike(tree, { ...flat, W: { data: flat.W, rows: 2, cols: 3 } }, 'gradient')]).toHaveLength(9);
  });
  it.each([
    [{ b: [1, 2], s: 1 }, 'gradient of W: expected (2, 3), found nothing'],
    [
      {
        W: [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
        b: [1, 2],
        s: 1,
      },
      'gradient of W: expected (2, 3), found (3, 2)',
    ],
    [{ W: [1, 2, 3, 4, 5, 6], b: [1], s: 1 }, 'gradient of b: expected (2), found (1)'],
    [{ W: [1, 2, 3, 4, 5, 6], b: [1, 2], s: '1' }, 'gradient of s: expected one number, found a string'],
    [null, 'found nothing'],
  ])('of another form is refused: %o', (gradient, message) => {
    expect(() => readLike(tree, gradient, 'gradient')).toThrow(message);
  });
});
