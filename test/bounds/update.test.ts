// The bounds of optimizers: every engine stays within them over several steps, common mistakes
// do not.
import { describe, expect, test } from 'vitest';
import { boundedUpdates } from '../../src/bounds/update.ts';
import { measureParameters } from '../../src/check/measure.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { EngineOptions } from '../../src/engines/engine-options.ts';
import { copyParameters, denseLayers, namedTensors, zeroParameters } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { UNIT_ROUNDOFF } from '../../src/numeric/dtype.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { OPTIMIZERS } from '../../src/ops/optimizers/optimizer.ts';
import type { OptimizerId, OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';
import { OPTIMIZER, optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { RIGHT_IN_TFJS, network, startOf } from '../fixtures.ts';

const SPEC = network(20, [10], 'relu', 4, 'softmax', 'cross-entropy');

/** Gradients of very different sizes: 1e-12 to 1, and some 0. */
function randomGradients(seed: number): Parameters {
  const rng = createRng(seed, 'gradients');
  const out = zeroParameters(SPEC, 'f32');
  for (const { values } of out)
    values.forEach((_, i) => (values[i] = rng.below(8) === 0 ? 0 : rng.normal() * 10 ** -rng.below(13)));
  return out;
}

function worst(found: Parameters, exact: { parameters: Parameters; errors: Parameters }): number {
  return Math.max(
    ...measureParameters({ candidate: found, reference: found }, exact.parameters, exact.errors).map(
      (m) => m.usedOfBound,
    ),
  );
}

describe.each(RIGHT_IN_TFJS)('%s', (id) => {
  test.each([
    ['vector', {}],
    ['tfjs', { backend: 'cpu' }],
    ['tfjs', { backend: 'wasm' }],
  ] as const)('%s %o stays within the bound for 10 steps', async (engineId, options: EngineOptions) => {
    const optimizer = optimizerSpec(id);
    const engine = await createEngine(engineId, SPEC, optimizer, options);
    await engine.load(startOf(SPEC));
    const exact = boundedUpdates(SPEC, optimizer, startOf(SPEC));
    for (let step = 0; step < 10; step++) {
      await engine.applyGradients(randomGradients(step));
      exact.step(randomGradients(step));
      expect(worst(await engine.parameters(), exact), `step ${step}`).toBeLessThanOrEqual(1);
    }
    await engine.dispose();
  });
});

/**
 * Runs `mistaken` in binary64 from the same start with the same gradients.
 * @returns how many times the bound of `id` its error is after `steps` steps
 */
function caught(id: OptimizerId, inject: Partial<OptimizerSpec>, steps: number): number {
  const right = optimizerSpec(id);
  const wrong = { ...right, ...inject };
  const exact = boundedUpdates(SPEC, right, startOf(SPEC));
  const tensors = copyParameters(startOf(SPEC), 'f64');
  const states = tensors.map(({ values }) => OPTIMIZER[wrong.id].init(values, wrong));
  const found = copyParameters(startOf(SPEC), 'f64');
  for (let step = 0; step < steps; step++) {
    exact.step(randomGradients(step));
    found.forEach(({ values }, t) => {
      const g = Float64Array.from(randomGradients(step)[t].values);
      OPTIMIZER[wrong.id].update(values, g, states[t], wrong);
    });
  }
  const measures = measureParameters({ candidate: found, reference: found }, exact.parameters, exact.errors);
  return Math.max(...measures.filter((m) => m.parameter.startsWith('W')).map((m) => m.usedOfBound));
}

test('the same optimizer in binary64 is within the bound: the comparison below is fair', () => {
  for (const id of RIGHT_IN_TFJS) expect(caught(id, {}, 3)).toBeLessThan(1);
});

test.each([
  ['a learning rate that differs by a thousandth', 'sgd', { learningRate: 0.2002 }, 1],
  ['missing momentum, at the second step,', 'momentum', { id: 'sgd' }, 2],
  ['nesterov instead of plain momentum', 'momentum', { id: 'nesterov' }, 1],
  ['another decay', 'rmsprop', { decay: 0.99 }, 1],
  ['another epsilon', 'adam', { epsilon: 1e-8 }, 1],
  ['another beta2', 'adam', { beta2: 0.99 }, 2],
] as const)('%s is caught', (_what, id, inject, steps) => {
  expect(caught(id, inject, steps)).toBeGreaterThan(10);
});

test('missing momentum does not show at the first step: that is why lockstep takes several', () => {
  expect(caught('momentum', { id: 'sgd' }, 1)).toBeLessThan(1);
});

test.each(OPTIMIZERS)('%s: gradients anywhere within their own bounds lead to updates within theirs', async (id) => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const rng = createRng(seed, 'off');
    const optimizer = optimizerSpec(id, { learningRate: 10 ** -rng.below(4) });
    const engine = await createEngine('vector', SPEC, optimizer);
    await engine.load(startOf(SPEC));
    const exact = boundedUpdates(SPEC, optimizer, startOf(SPEC));
    for (let step = 0; step < 10; step++) {
      const [right, off, errors] = [randomGradients(step), randomGradients(step), zeroParameters(SPEC, 'f64')];
      const bounds = namedTensors(errors);
      namedTensors(off).forEach(({ values }, t) => {
        values.forEach((g, i) => {
          bounds[t].values[i] = 10 ** -rng.below(13);
          const part = rng.uniform() < 0.5 ? 0.999 : 2 * rng.uniform() - 1;
          values[i] = g + (rng.uniform() < 0.5 ? -1 : 1) * part * bounds[t].values[i];
          bounds[t].values[i] += UNIT_ROUNDOFF.f32 * Math.abs(values[i]); // it was rounded
        });
      });
      exact.step(right, errors);
      await engine.applyGradients(off);
      expect(worst(await engine.parameters(), exact), `seed ${seed}, step ${step}`).toBeLessThanOrEqual(1);
    }
    await engine.dispose();
  }
});

test.each(OPTIMIZERS)('%s: if nothing is known of the gradient, every update is allowed', (id) => {
  for (const bound of [1e155, 1e308, Infinity]) {
    const exact = boundedUpdates(SPEC, optimizerSpec(id), startOf(SPEC));
    const unknown = zeroParameters(SPEC, 'f64');
    for (const { values } of namedTensors(unknown)) values.fill(bound);
    exact.step(zeroParameters(SPEC, 'f64'), unknown);
    const found = startOf(SPEC);
    denseLayers(found)[0].weights.data[0] += 1e30;
    expect(worst(found, exact)).toBeLessThanOrEqual(1);
    const [{ values }] = exact.errors;
    expect(values.some(Number.isNaN)).toBe(false);
  }
});
