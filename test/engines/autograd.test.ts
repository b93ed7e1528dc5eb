// The scalar graph: derivatives as in a calculus book, shared values, and depth.
import { expect, test } from 'vitest';
import { Value } from '../../src/engines/autograd/value.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { UsageError } from '../../src/errors.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';

const v = (x: number): Value => new Value(x);

/** The derivative of f at x, from the graph. */
function slope(f: (x: Value) => Value, x: number): number {
  const leaf = v(x);
  f(leaf).backward();
  return leaf.grad;
}

test.each([
  ['x + 3', (x: Value) => x.plus(v(3)), 2, 1],
  ['3 - x', (x: Value) => v(3).minus(x), 2, -1],
  ['4 x', (x: Value) => x.times(v(4)), 2, 4],
  ['1 / x', (x: Value) => v(1).over(x), 2, -0.25],
  ['x / 8', (x: Value) => x.over(v(8)), 2, 0.125],
  ['x³', (x: Value) => x.pow(3), 2, 12],
  ['e^x', (x: Value) => x.exp(), 0, 1],
  ['ln x', (x: Value) => x.log(), 4, 0.25],
  ['relu at 2', (x: Value) => x.relu(), 2, 1],
  ['relu at -2', (x: Value) => x.relu(), -2, 0],
  ['relu at its kink', (x: Value) => x.relu(), 0, 0],
  ['tanh at 0', (x: Value) => x.tanh(), 0, 1],
  ['e^x - 1', (x: Value) => x.expm1(), -1, Math.exp(-1)],
  ['e^x - 1 far below', (x: Value) => x.expm1(), -1e4, 0],
  ['softplus at 0', (x: Value) => x.softplus(), 0, 0.5],
  ['softplus far above', (x: Value) => x.softplus(), 1e4, 1],
  ['erfc at 0', (x: Value) => x.erfc(), 0, -2 / Math.sqrt(Math.PI)],
  ['erfc at 1', (x: Value) => x.erfc(), 1, -2 / (Math.E * Math.sqrt(Math.PI))],
  ['sigmoid at 0', (x: Value) => x.sigmoid(), 0, 0.25],
  ['x · x: one value used twice', (x: Value) => x.times(x), 3, 6],
  ['x + x', (x: Value) => x.plus(x), 3, 2],
  ['x x x + x: shared on two paths', (x: Value) => x.times(x).times(x).plus(x), 2, 13],
])('d/dx %s', (_name, f, x, expected) => {
  expect(slope(f, x)).toBeCloseTo(expected, 14);
});

test('a chain of a million nodes does not overflow the stack', () => {
  const leaf = v(1);
  let top = leaf;
  for (let i = 0; i < 1_000_000; i++) top = top.plus(v(1e-6));
  top.backward();
  expect(leaf.grad).toBe(1);
  expect(top.data).toBeCloseTo(2, 6);
});

test('backward twice gives the same gradient, not twice as much', () => {
  const x = v(3);
  const y = x.times(x);
  y.backward();
  y.backward();
  expect(x.grad).toBe(6);
});

test('a batch that would take gigabytes is refused, and a smaller one is not', async () => {
  const spec = network(300, [100], 'tanh', 10, 'softmax', 'cross-entropy');
  const graph = await createEngine('autograd', spec, optimizerSpec('sgd'));
  await graph.load(startOf(spec));
  await expect(graph.lossAndGradients(randomBatch(spec, 65))).rejects.toThrow(UsageError); // 31,110 weights and biases
  expect((await graph.lossAndGradients(randomBatch(spec, 1))).loss).toBeGreaterThan(0);
});

test('a graph can be traversed: each node gives its operation, its operands and its derivative with respect to each', () => {
  const [a, b] = [v(2), v(5)];
  const product = a.times(b);
  const top = product.plus(a).pow(2);
  expect(top.history()).toHaveLength(5);
  expect(top.history().at(-1)).toBe(top);
  expect(top.history().map(({ operation }) => operation)).toEqual(['', '', '·', '+', '^2']);
  expect(product.operands).toEqual([a, b]);
  expect(product.slopes).toEqual([5, 2]);
});
