// The change of the loss that a slope predicts is right for small steps, and wrong for a wrong
// slope; subtracting the gradient descends.
import { expect, test } from 'vitest';
import { bestStep, rates, whereRatioFalls } from '../../scripts/experiments/measures/step-size.ts';
import { stepSize } from '../../scripts/experiments/questions/step-size.ts';
import { subtract } from '../../scripts/experiments/questions/subtract.ts';
import { lineOf, moved, sumOfSquares } from '../../src/check/run/step-line.ts';
import type { Line, StepPoint } from '../../src/check/run/step-line.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { Engine } from '../../src/engines/engine.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { NETWORK, network, randomBatch, startOf } from '../fixtures.ts';
import { quickAnswer } from './experiments-quick.ts';

const exact = (spec: NetworkSpec): Promise<Engine> =>
  createEngine('vector', spec, optimizerSpec('sgd'), { dtype: 'f64' });

async function pointsOf(line: Line, learningRates: readonly number[]): Promise<StepPoint[]> {
  const points: StepPoint[] = [];
  for (const rate of learningRates) points.push(await line.step(rate));
  return points;
}

test('measured over predicted change goes to 1 as the step goes to 0, ten times closer for a tenth of the step', async () => {
  const line = await lineOf(await exact(NETWORK), startOf(NETWORK), randomBatch(NETWORK, 8));
  const [a, b, c] = (await pointsOf(line, [1e-2, 1e-3, 1e-4])).map(({ ratio }) => 1 - ratio);
  expect(c).toBeLessThan(1e-3);
  expect(a / b).toBeCloseTo(10, 0);
  expect(b / c).toBeCloseTo(10, 1);
});

test('with a wrong gradient the ratio does not go to 1: one tensor negated, one doubled', async () => {
  const [engine, start, batch] = [await exact(NETWORK), startOf(NETWORK), randomBatch(NETWORK, 8)];
  await engine.load(start);
  const { gradients } = await engine.lossAndGradients(batch);
  for (const factor of [-1, 2]) {
    const [first, ...others] = gradients;
    const wrong = [...moved([first], [first], factor - 1), ...others];
    const line = await lineOf(engine, start, batch, wrong);
    expect(Math.abs((await line.step(1e-6)).ratio - 1)).toBeGreaterThan(0.01);
  }
});

test('on a quadratic loss the best step gains half of the prediction, and twice its length gains nothing', async () => {
  const spec = network(4, [], 'linear', 3, 'linear', 'mse');
  const line = await lineOf(await exact(spec), startOf(spec), randomBatch(spec, 8));
  const points = await pointsOf(line, rates(-3, 2, 4));
  const best = await bestStep(line, points);
  expect(best.ratio).toBeCloseTo(0.5, 2);
  for (const { measured } of points) expect(best.measured).toBeLessThanOrEqual(measured);
  const none = await whereRatioFalls(line, points, 0);
  expect((none?.learningRate ?? NaN) / best.learningRate).toBeCloseTo(2, 1);
  const ninety = await whereRatioFalls(line, points, 0.9);
  expect((ninety?.learningRate ?? NaN) / best.learningRate).toBeCloseTo(0.2, 1);
  expect(await whereRatioFalls(line, points.slice(0, 2), 0)).toBeNull();
});

test('‖g‖² and the moved parameters are right', () => {
  const start = startOf(NETWORK);
  const doubled = moved(start, start, 1);
  expect(sumOfSquares(doubled)).toBeCloseTo(4 * sumOfSquares(start), 12);
  expect(rates(-1, 1, 2).map((rate) => Number(rate.toPrecision(3)))).toEqual([0.1, 0.316, 1, 3.16, 10]);
});

test('the experiment on step sizes finds a ratio of 1 at the smallest step, and the longest step that helps', async () => {
  const { numbers } = await quickAnswer(stepSize);
  const places = numbers['places'] as readonly { points: readonly StepPoint[]; best: StepPoint }[];
  expect(places).toHaveLength(2);
  for (const { points, best } of places) {
    expect(points[0].learningRate).toBeCloseTo(1e-7, 15);
    expect(points[0].ratio).toBeCloseTo(1, 5);
    expect(best.measured).toBeLessThan(0);
    expect(points.at(-1)?.ratio).toBeLessThan(0.5);
  }
});

test('the experiment on the sign finds that subtracting lowers the loss and adding raises it', async () => {
  const { numbers } = await quickAnswer(subtract);
  const { first, down, up } = numbers as {
    first: { subtracted: number; added: number };
    down: { losses: readonly number[]; accuracy: number };
    up: { losses: readonly number[]; accuracy: number };
  };
  expect(first.subtracted).toBeLessThan(0);
  expect(first.added).toBeGreaterThan(0);
  expect(down.losses[0]).toBe(up.losses[0]); // the same start and batch
  expect(down.losses.at(-1)).toBeLessThan(down.losses[0]);
  expect(up.losses.at(-1)).toBeGreaterThan(up.losses[0]);
  expect(down.accuracy).toBeGreaterThan(up.accuracy + 0.2);
});
