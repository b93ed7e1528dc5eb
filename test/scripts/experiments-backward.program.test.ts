// The network of seven weights: the gradients of its graph are right, the drawing shows the whole
// graph, and the chain by hand gives the same numbers.
import { expect, test } from 'vitest';
import { drawGraph, graphvizInput } from '../../scripts/experiments/charts/graph.ts';
import type { GraphDrawing } from '../../scripts/experiments/charts/graph.ts';
import { INK, PAPER, themed } from '../../src/report/html/themed.ts';
import {
  PARAMETERS,
  centralDifference,
  nudged,
  seededWeights,
  sevenWeights,
  waysTo,
} from '../../scripts/experiments/measures/seven-weights.ts';
import type { SevenWeights } from '../../scripts/experiments/measures/seven-weights.ts';
import { backward } from '../../scripts/experiments/questions/backward.ts';
import { Value } from '../../src/engines/autograd/value.ts';
import { quickAnswer } from './experiments-quick.ts';

const [X, T] = [0.7, 1];

function graphOf(seed: number): SevenWeights {
  const graph = sevenWeights(seededWeights(seed), X, T);
  graph.loss.backward();
  return graph;
}

function drawingOf({ loss, names, parameters }: SevenWeights): GraphDrawing {
  return { root: loss, names, learnt: new Set(Object.values(parameters)), format: (x) => x.toPrecision(3) };
}

test.each([1, 2, 3])('gradients of seed %i equal central differences and the formula on paper', (seed) => {
  const w = seededWeights(seed);
  const { parameters, x, loss } = graphOf(seed);
  // error h²/6 f''' and rounding 1e-16 / h, with h = 1e-5: both below 1e-9 for values of about 1
  for (const name of PARAMETERS) expect(parameters[name].grad).toBeCloseTo(centralDifference(w, X, T, name), 9);
  expect(x.grad).toBeCloseTo(centralDifference(w, X, T, 'x'), 9);
  const [h1, h2] = [Math.tanh(w.w1 * X + w.b1), Math.tanh(w.w2 * X + w.b2)];
  const p = w.w3 * h1 + w.w4 * h2 + w.b3;
  expect(loss.data).toBeCloseTo((p - T) ** 2, 14);
  expect(parameters.w1.grad).toBeCloseTo(2 * (p - T) * w.w3 * (1 - h1 * h1) * X, 14);
});

test('seeded weights have one decimal and are never 0', () => {
  for (let seed = 0; seed < 200; seed++) {
    for (const w of Object.values(seededWeights(seed))) {
      expect(w).not.toBe(0);
      expect(Math.abs(w)).toBeLessThanOrEqual(1);
      expect(w).toBe(Math.round(10 * w) / 10);
    }
  }
});

test('the chain by hand gives the gradient; a value used twice has two paths, and its slope is their sum', () => {
  const { loss, parameters, x } = graphOf(1);
  for (const name of PARAMETERS) {
    const ways = waysTo(loss, parameters[name]);
    expect(ways).toHaveLength(1);
    expect(ways[0].reduce((product, { slope }) => product * slope, 1)).toBeCloseTo(parameters[name].grad, 14);
    for (const { to, product } of ways[0]) expect(product).toBeCloseTo(to.grad, 14);
  }
  const products = waysTo(loss, x).map((way) => way[way.length - 1].product);
  expect(products).toHaveLength(2);
  const slope = centralDifference(seededWeights(1), X, T, 'x');
  expect(products[0] + products[1]).toBeCloseTo(slope, 9);
  for (const one of products) expect(Math.abs(one - slope)).toBeGreaterThan(1e-3);
});

test('a nudge changes the loss by nudge times gradient, with an error of first order', () => {
  const w = seededWeights(1);
  const { loss, parameters } = graphOf(1);
  const error = (by: number): number =>
    Math.abs((nudged(w, X, T, 'w1', by) - loss.data) / (by * parameters.w1.grad) - 1);
  expect(error(1e-3)).toBeLessThan(0.01);
  expect(error(1e-4) / error(1e-3)).toBeCloseTo(0.1, 2); // the error is of first order
});

test('the drawing has a node for every value, an edge for every operand, and their numbers', async () => {
  const graph = graphOf(1);
  const values = graph.loss.history();
  const edges = values.reduce((sum, { operands }) => sum + operands.length, 0);
  const svg = await drawGraph(drawingOf(graph));
  expect(svg.match(/class="node"/g)).toHaveLength(values.length);
  expect(svg.match(/class="edge"/g)).toHaveLength(edges);
  expect(values).toHaveLength(21);
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text.replaceAll('&#45;', '-'));
  for (const { data, grad } of values) {
    expect(texts).toContain(data.toPrecision(3));
    expect(texts).toContain(`grad ${grad.toPrecision(3)}`);
  }
  expect(svg).not.toMatch(/ id="|<!--|<\?xml/);
  expect(themed(svg)).toContain('currentColor');
  expect(themed(svg).toLowerCase()).not.toMatch(new RegExp(`${INK}|${PAPER}|black|white`, 'i'));
});

test('a value without a name or with a duplicate name is refused: the drawing would lack it', () => {
  const graph = graphOf(1);
  const without = new Map(graph.names);
  without.delete(graph.x);
  expect(() => graphvizInput({ ...drawingOf(graph), names: without })).toThrow(/has no name/);
  const twice = new Map(graph.names).set(graph.x, 'w1');
  expect(() => graphvizInput({ ...drawingOf(graph), names: twice })).toThrow(/one name/);
});

test('an operand that one operation uses twice has two edges', async () => {
  const a = new Value(3);
  const square = a.times(a);
  square.backward();
  const names = new Map([
    [a, 'a'],
    [square, 'a & a'],
  ]);
  const svg = await drawGraph({ root: square, names, learnt: new Set(), format: String });
  expect(svg.match(/class="edge"/g)).toHaveLength(2);
  expect(svg).toContain('grad 6');
});

test('the experiment, on a real digit', async () => {
  const { numbers } = await quickAnswer(backward);
  expect(numbers['digit']).toBe(3); // 5, 0, 4, 1
  expect(numbers['differences']).toMatchObject({ engines: 0 });
  expect((numbers['differences'] as { centralDifferences: number }).centralDifferences).toBeLessThan(1e-9);
});
