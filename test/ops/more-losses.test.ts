// Losses by their pages: values by definition, gradients by central differences, bounds that right
// binary32 engines keep and wrong gradients do not, kinks, and what they refuse.
import { describe, expect, test } from 'vitest';
import { boundOfLoss } from '../../src/bounds/of-page.ts';
import { graphLossRow } from '../../src/bounds/graph-rows.ts';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { checkBatch } from '../../src/network/batch.ts';
import { checkNetwork } from '../../src/network/spec.ts';
import { row } from '../../src/numeric/bounds/rows.ts';
import { UNIT_ROUNDOFF } from '../../src/numeric/dtype.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { lossOf } from '../../src/ops/registry.ts';
import { network, startOf } from '../fixtures.ts';

const u = UNIT_ROUNDOFF.f32;
const rows = (...values: number[][]): Matrix => matrixOf(values, 'f64');
const WORST = { rounding: 1, functions: 1, sum: (n: number): number => n * u };

const LOSSES = [
  'binary-cross-entropy',
  'half-squared-error',
  'mean-absolute-error',
  'huber',
  'huber:0.3',
  'hinge',
  'squared-hinge',
  'cross-entropy:0.1',
  'cross-entropy:weights=1,2,5',
  'cross-entropy:0.2:weights=0.5,0,3',
];

function lossAndStart(id: string, x: Matrix, t: Matrix): { loss: number; start: Matrix } {
  const page = lossOf(id);
  const kept = { ...x, data: x.data.slice() };
  const start = { ...x, data: x.data.slice().fill(NaN) };
  const loss = page.forward(kept, x, t);
  page.backward(start, kept, t);
  return { loss, start };
}

/** The loss of one row, as the page's formula says. */
const sigma = (z: number): number => 1 / (1 + Math.exp(-z));
const byDefinition: Record<string, (x: number[], t: number[]) => number> = {
  'binary-cross-entropy': (x, t) =>
    mean(x.map((z, k) => -t[k] * Math.log(sigma(z)) - (1 - t[k]) * Math.log(1 - sigma(z)))),
  'half-squared-error': (x, t) => x.reduce((sum, p, k) => sum + (p - t[k]) ** 2, 0) / 2,
  'mean-absolute-error': (x, t) => mean(x.map((p, k) => Math.abs(p - t[k]))),
  huber: (x, t) => mean(x.map((p, k) => huberOf(p - t[k], 1))),
  'huber:0.3': (x, t) => mean(x.map((p, k) => huberOf(p - t[k], 0.3))),
  hinge: (x, t) => mean(x.map((p, k) => Math.max(0, 1 - (t[k] === 1 ? 1 : -1) * p))),
  'squared-hinge': (x, t) => mean(x.map((p, k) => Math.max(0, 1 - (t[k] === 1 ? 1 : -1) * p) ** 2)),
  'cross-entropy:0.1': (x, t) => crossEntropy(x, t, 0.1, [1, 1, 1]),
  'cross-entropy:weights=1,2,5': (x, t) => crossEntropy(x, t, 0, [1, 2, 5]),
  'cross-entropy:0.2:weights=0.5,0,3': (x, t) => crossEntropy(x, t, 0.2, [0.5, 0, 3]),
};

function mean(values: number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
function huberOf(d: number, delta: number): number {
  return Math.abs(d) <= delta ? (d * d) / 2 : delta * (Math.abs(d) - delta / 2);
}
function crossEntropy(z: number[], t: number[], smoothing: number, w: number[]): number {
  const sum = z.reduce((all, x) => all + Math.exp(x), 0);
  return -z.reduce((all, x, k) => all + w[k] * (t[k] * (1 - smoothing) + smoothing / 3) * (x - Math.log(sum)), 0);
}

const X = [
  [0.35, -1.4, 0.25],
  [2.1, 0.8, -0.6],
  [-0.45, 1.7, 0.05],
];
const T = [
  [0, 1, 0],
  [1, 0, 0],
  [0, 0, 1],
];

describe.each(LOSSES)('%s', (id) => {
  test('is what its definition says, and its gradient what central differences find', () => {
    const [x, t] = [rows(...X), rows(...T)];
    const { loss, start } = lossAndStart(id, x, t);
    expect(loss).toBeCloseTo(mean(X.map((row, b) => byDefinition[id](row, T[b]))), 12);
    const h = 1e-5;
    x.data.forEach((value, i) => {
      x.data[i] = value + h;
      const above = lossAndStart(id, x, t).loss;
      x.data[i] = value - h;
      const below = lossAndStart(id, x, t).loss;
      x.data[i] = value;
      expect(start.data[i]).toBeCloseTo((above - below) / (2 * h), 8);
    });
  });

  test('the bound holds binary32 numbers, is near the one of its formula, and not far above rounding', () => {
    const rng = createRng(5, id);
    const page = lossOf(id);
    let [inside, widest] = [0, 0];
    for (let n = 0; n < 300; n++) {
      const scale = 10 ** (3 * rng.uniform() - 1);
      const x = Array.from({ length: 3 }, () => Math.fround(scale * rng.normal()));
      const t = [0, 0, 0];
      t[rng.below(3)] = 1;
      const [own, byGraph, from] = [row(3), row(3), row(3)];
      from.value.set(x);
      const near = x.map((value) => Math.fround(value + 1e-6 * scale * rng.normal()));
      near.forEach((value, k) => (from.error[k] = Math.abs(value - x[k])));
      const bound = boundOfLoss(page);
      const open = (k: number): boolean => bound.undecided?.(from.value[k], from.error[k], t[k]) === true;
      const { value, error } = bound.row(own, from, Float64Array.from(t), 2, WORST, open);
      const wide = graphLossRow(page.graph)(byGraph, from, Float64Array.from(t), 2, WORST);
      const [exact, single] = [
        lossAndStart(id, rows(x, x), rows(t, t)),
        lossAndStart(id, matrixOf([near, near], 'f32'), matrixOf([t, t], 'f32')),
      ];
      expect(value).toBeCloseTo(exact.loss, 10);
      expect(value).toBeCloseTo(wide.value, 10);
      expect(Math.abs(single.loss - value)).toBeLessThanOrEqual(error + 2 * u * value);
      for (let k = 0; k < 3; k++) {
        expect(own.value[k]).toBeCloseTo(exact.start.data[k], 12);
        expect(Math.abs(single.start.data[k] - own.value[k])).toBeLessThanOrEqual(own.error[k]);
        if (!open(k)) widest = Math.max(widest, own.error[k] / (Math.max(1, scale) * 1e-5));
        inside++;
      }
    }
    expect(inside).toBe(900);
    expect(widest).toBeLessThan(2);
  });

  test('a gradient that is wrong by a thousandth is outside', () => {
    const [x, t] = [row(3), Float64Array.from(T[0])];
    x.value.set(X[0]);
    const own = row(3);
    boundOfLoss(lossOf(id)).row(own, x, t, 1, WORST, () => false);
    const large = own.value.findIndex((value) => Math.abs(value) > 1e-3);
    expect(large).toBeGreaterThanOrEqual(0);
    expect(own.error[large]).toBeLessThan(1e-3 * Math.abs(own.value[large]));
  });
});

test('binary cross-entropy is finite, and its gradient right, where the sigmoid is saturated', () => {
  const { loss, start } = lossAndStart('binary-cross-entropy', rows([800, -800, 40]), rows([0, 1, 1]));
  expect(loss).toBeCloseTo((800 + 800 + Math.exp(-40)) / 3, 10);
  expect(start.data[0]).toBeCloseTo(1 / 3, 14);
  expect(start.data[1]).toBeCloseTo(-1 / 3, 14);
  expect(start.data[2] / (-Math.exp(-40) / 3)).toBeCloseTo(1, 12);
});

const MAE = network(2, [], 'tanh', 1, 'linear', 'mean-absolute-error');

test('where the error is zero any slope of the absolute error is right, and the unit is named', () => {
  const start = startOf(MAE).map((tensor) => ({ ...tensor, values: tensor.values.map(() => 0) }));
  const batch = { inputs: matrixOf([[1, 2]], 'f32'), targets: matrixOf([[0]], 'f32') };
  const { gradients, errors, kinks } = boundedGradients(MAE, start, batch);
  expect(kinks).toEqual([{ layer: 1, example: 0, unit: 0 }]);
  const [{ values: exact }] = gradients;
  const [{ values: error }] = errors;
  for (const slope of [-1, 0, 0.5, 1]) expect(Math.abs(slope * 2 - exact[1])).toBeLessThanOrEqual(error[1]);
  for (const slope of [-1.01, 1.01]) expect(Math.abs(slope * 2 - exact[1])).toBeGreaterThan(error[1]);
  const decided = { ...batch, targets: matrixOf([[1]], 'f32') };
  expect(boundedGradients(MAE, start, decided).kinks).toEqual([]);
});

test('losses refuse outputs, numbers of outputs and targets that they are not for', () => {
  expect(() => checkNetwork(network(2, [3], 'tanh', 2, 'sigmoid', 'cross-entropy'))).toThrow(
    expect.objectContaining({
      message: 'cross-entropy is defined on a softmax output, not on sigmoid',
      hint: 'use --output softmax, or --loss binary-cross-entropy',
    }) as Error,
  );
  expect(() => checkNetwork(network(2, [3], 'tanh', 2, 'tanh', 'cross-entropy'))).toThrow(
    expect.objectContaining({ hint: 'use --output softmax, or --loss mse' }) as Error,
  );
  expect(() => checkNetwork(network(2, [3], 'tanh', 2, 'softmax', 'cross-entropy:weights=1,2,3'))).toThrow(
    'cross-entropy:weights=1,2,3 is for 3 outputs, but the network has 2',
  );
  const hinge = network(2, [3], 'tanh', 1, 'linear', 'hinge');
  expect(() => checkBatch(hinge, { inputs: rows([1, 2]), targets: rows([-1]) })).toThrow(
    expect.objectContaining({
      message: 'batch targets [0, 0] is -1',
      hint: 'hinge needs targets from 0 to 1',
    }) as Error,
  );
  for (const text of [
    'x',
    '0',
    '1',
    'weights=',
    'weights=1,x',
    'weights=-1,2',
    'weights=0,0',
    '0.1:weights',
    '0.1:0.2',
  ])
    expect(() => lossOf(`cross-entropy:${text}`), text).toThrow(`cross-entropy:${text}: expected`);
  expect(() => lossOf('huber:0')).toThrow('huber:0: expected a number above 0 after the colon, got "0"');
});
