// What surrounds an update: clipping, schedules and weight decay, on every engine alike, with the
// mistakes that can be made in them.
import { describe, expect, test } from 'vitest';
import { updateCheck } from '../../../src/check/update-check.ts';
import { createEngine, lackOf } from '../../../src/engines/registry.ts';
import type { FaultInjection } from '../../../src/engines/engine.ts';
import { UsageError } from '../../../src/errors.ts';
import { faultName, injectionOf, possibleFaults } from '../../../src/faults/registry.ts';
import { cos } from '../../../src/numeric/trigonometric.ts';
import { atStep } from '../../../src/ops/optimizers/at-step.ts';
import { clipped, clippedBounds, normOf } from '../../../src/ops/optimizers/clip.ts';
import type { OptimizerId, OptimizerSpec } from '../../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { scheduleFactor } from '../../../src/ops/schedules/schedules.ts';
import { flat, network, randomBatch, startOf } from '../../fixtures.ts';

const SPEC = network(5, [6], 'tanh', 3, 'softmax', 'cross-entropy');
const [START, BATCH] = [startOf(SPEC, 2), randomBatch(SPEC, 8, 2)];

describe('a schedule', () => {
  test.each([
    ['constant', [1, 1, 1]],
    ['step:2:0.5', [1, 1, 0.5, 0.5, 0.25]],
    ['exponential:0.5', [1, 0.5, 0.25]],
    ['inverse:0.5', [1, 1 / 1.5, 0.5]],
    ['cosine:2', [1, (1 + cos(Math.PI / 2)) / 2, (1 + cos(Math.PI)) / 2, 0]],
    ['cosine:2:0.5', [1, 0.5 + (1 + cos(Math.PI / 2)) / 4, 0.5, 0.5]],
    ['warm-up:4', [0.25, 0.5, 0.75, 1, 1]],
    ['warm-up:2+exponential:0.5', [0.5, 0.5, 0.25]],
  ])('%s has its factors', (schedule, factors) => {
    expect(factors.map((_, t) => scheduleFactor(schedule, t))).toEqual(factors);
  });

  test.each([
    ['cosin:3', 'unknown schedule "cosin"'],
    ['step:3', 'schedule "step:3": expected step:N:γ'],
    ['step:0:0.5', 'schedule "step:0:0.5": expected a whole number of at least 1 for N, got "0"'],
    ['exponential:1.5', 'schedule "exponential:1.5": expected a number from 0 to 1 for γ, got "1.5"'],
    ['warm-up:x', 'schedule "warm-up:x": expected a whole number of at least 1 for N, got "x"'],
    ['', 'unknown schedule ""'],
  ])('%s is refused', (schedule, message) => {
    expect(() => optimizerSpec('sgd', { schedule })).toThrow(UsageError);
    expect(() => optimizerSpec('sgd', { schedule })).toThrow(message);
  });

  test('hands over the rate of the step, and nothing else changes', () => {
    const spec = optimizerSpec('adam', { learningRate: 0.5, schedule: 'step:2:0.1' });
    expect([0, 1, 2].map((t) => atStep(spec, t).learningRate)).toEqual([0.5, 0.5, 0.05]);
    expect(atStep(spec, 0)).not.toHaveProperty('schedule');
    const plain = optimizerSpec('adam');
    expect(atStep(plain, 7)).toBe(plain);
  });
});

describe('clipping', () => {
  const g = [Float64Array.of(3, -4), Float64Array.of(12)]; // ‖g‖ = 13

  test('by norm scales all tensors together, by value cuts each entry', () => {
    expect(normOf(g)).toBe(13);
    expect(clipped(g, { clipNorm: 6.5 }).map((one) => [...one])).toEqual([[1.5, -2], [6]]);
    expect(clipped(g, { clipNorm: 14 })).toEqual(g);
    expect(clipped(g, { clipValue: 3.5 }).map((one) => [...one])).toEqual([[3, -3.5], [3.5]]);
    expect(clipped([Float64Array.of(0)], { clipNorm: 1 })).toEqual([Float64Array.of(0)]);
    expect(() => optimizerSpec('sgd', { clipNorm: 1, clipValue: 1 })).toThrow('by norm or by value, not both');
    expect(() => optimizerSpec('sgd', { clipNorm: 0 })).toThrow('clip norm: expected a number of above 0, got 0');
  });

  test.each([6.5, 12.9999, 13.0001])('by norm %d: gradients off by their errors stay within the bounds', (clipNorm) => {
    const errors = [Float64Array.of(1e-3, 2e-3), Float64Array.of(5e-4)];
    const bounds = clippedBounds(g, errors, { clipNorm });
    for (const signs of [
      [1, 1, 1],
      [-1, 1, -1],
      [1, -1, -1],
      [-1, -1, -1],
    ]) {
      const off = g.map((one, t) => one.map((x, i) => x + signs[2 * t + i] * errors[t][i]));
      clipped(off, { clipNorm }).forEach((one, t) => {
        one.forEach((x, i) => {
          expect(Math.abs(x - bounds.gradients[t][i])).toBeLessThanOrEqual(bounds.errors[t][i]);
        });
      });
    }
    expect(bounds.errors[1][0]).toBeLessThan(0.02);
  });
});

const AROUND: readonly [OptimizerId, Partial<Omit<OptimizerSpec, 'id'>>][] = [
  ['sgd', { learningRate: 0.3, clipNorm: 0.01 }],
  ['momentum', { learningRate: 0.3, clipValue: 0.001 }],
  ['adam', { learningRate: 0.03, schedule: 'warm-up:3+exponential:0.5' }],
  ['sgd', { learningRate: 0.3, schedule: 'step:2:0.1', clipNorm: 0.02, weightDecay: 0.1 }],
  ['nesterov', { learningRate: 0.3, schedule: 'cosine:4' }],
  ['rmsprop', { learningRate: 0.03, schedule: 'inverse:1' }],
  ['adagrad', { learningRate: 0.03, schedule: 'exponential:0.5', clipNorm: 0.02 }],
  ['adamax', { learningRate: 0.03, schedule: 'exponential:0.5' }],
  ['adamw', { learningRate: 0.03, schedule: 'exponential:0.5' }],
  ['nadam', { learningRate: 0.03, schedule: 'exponential:0.5' }],
];

describe.each(AROUND)('%s %j', (id, chosen) => {
  const optimizer = optimizerSpec(id, chosen);

  test.each([
    ['autograd', {}],
    ['tfjs', { backend: 'cpu' }],
  ] as const)('%s agrees with vector f32, and both with the exact updates', async (engine, options) => {
    const candidate = await createEngine('vector', SPEC, optimizer);
    const reference = await createEngine(engine, SPEC, optimizer, options);
    const found = await updateCheck({ network: SPEC, optimizer, start: START }, BATCH, { candidate, reference });
    expect(found.verdict.kind).toMatch(/^(agree|identical)$/);
  });

  test('trains like TensorFlow.js to the last bit, and again after loading', async () => {
    const engines = [
      await createEngine('vector', SPEC, optimizer),
      await createEngine('tfjs', SPEC, optimizer, { backend: 'cpu' }),
    ];
    for (let again = 0; again < 2; again++) {
      const after: number[][] = [];
      for (const engine of engines) {
        await engine.load(START);
        for (let step = 0; step < 8; step++) await engine.trainStep(BATCH);
        after.push(flat(await engine.parameters()));
      }
      expect(after[0]).toEqual(after[1]);
      expect(after[0]).not.toEqual(flat(START));
    }
  });

  test('every mistake in it is caught and named', async () => {
    const setting = { network: SPEC, optimizer, scaling: { mean: 0, deviation: 1 } };
    const inject = (injection: FaultInjection) => createEngine('vector', SPEC, optimizer, { dtype: 'f64', injection });
    for (const fault of possibleFaults(setting).filter(({ id: name }) =>
      /^(clip-|schedule|decay|sgd-decay|ada|nadam)/.test(name),
    )) {
      const candidate = await createEngine('vector', SPEC, optimizer, { injection: injectionOf(fault, setting) });
      const reference = await createEngine('vector', SPEC, optimizer);
      const problem = { network: SPEC, optimizer, start: START };
      const found = await updateCheck(problem, BATCH, { candidate, reference }, { setting, inject });
      expect(found.verdict.kind, faultName(fault)).toBe('disagree');
      expect(
        found.diagnosis?.mistakes.map(({ fault: name }) => name),
        faultName(fault),
      ).toContain(fault.id);
    }
  });

  test('wasm says what it lacks', () => {
    expect(lackOf('wasm', SPEC, optimizer).length).toBeGreaterThan(0);
  });
});
