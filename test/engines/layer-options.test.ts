// What each layer may say for itself: no bias, another activation. All engines agree, and a layer
// without bias keeps it at 0.
import { expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { EngineOptions } from '../../src/engines/engine-options.ts';
import type { EngineId } from '../../src/engines/engine.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { isAlwaysZero } from '../../src/network/parameters.ts';
import { networkSchema, parseAs } from '../../src/network/schema.ts';
import { describeNetwork } from '../../src/network/spec.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { randomBatch } from '../fixtures.ts';

const SPEC: NetworkSpec = {
  inputs: 4,
  layers: [
    { units: 5, activation: 'leaky-relu:0.01', bias: false, initializer: 'orthogonal' },
    { units: 4, activation: 'tanh' },
    { units: 3, activation: 'softmax', bias: false },
  ],
  loss: 'cross-entropy',
};

test('files may say it, and reports do', () => {
  expect(parseAs(networkSchema, JSON.parse(JSON.stringify(SPEC)), 'case.json')).toEqual(SPEC);
  expect(describeNetwork(SPEC)).toBe('4-5-4-3, leaky-relu:0.01/tanh, softmax, cross-entropy, no bias in layer 1, 3');
  expect(describeNetwork({ ...SPEC, biases: false })).toMatch(/cross-entropy, no biases$/);
});

test.each<[EngineId, EngineOptions]>([
  ['vector', {}],
  ['vector', { dtype: 'f64' }],
  ['autograd', {}],
  ['tfjs', { backend: 'cpu' }],
])('%s %o keeps those biases at 0, learns the other, and its gradients agree', async (id, options) => {
  const adam = optimizerSpec('adam', { learningRate: 0.05 });
  const start = initialParameters(SPEC, 'he-normal', 1);
  const batch = randomBatch(SPEC, 8, 1);
  const engine = await createEngine(id, SPEC, adam, options);
  const reference = await createEngine('vector', SPEC, adam, { dtype: 'f64' });
  const { verdict } = await gradientCheck(SPEC, start, batch, { candidate: engine, reference });
  expect(['agree', 'identical']).toContain(verdict.kind);
  await engine.load(start);
  const before = (await engine.lossAndGradients(batch)).loss;
  for (let step = 0; step < 20; step++) await engine.trainStep(batch);
  expect((await engine.lossAndGradients(batch)).loss).toBeLessThan(0.7 * before);
  for (const tensor of await engine.parameters()) {
    const isZero = tensor.values.every((x) => x === 0);
    expect(isZero, `layer ${tensor.layer} ${tensor.role}`).toBe(isAlwaysZero(SPEC, tensor));
  }
  await engine.dispose();
});

test('their exact gradients are 0 with a bound of 0', () => {
  const { gradients, errors } = boundedGradients(
    SPEC,
    initialParameters(SPEC, 'he-normal', 1),
    randomBatch(SPEC, 8, 1),
  );
  gradients.forEach((tensor, t) => {
    if (isAlwaysZero(SPEC, tensor)) expect([...tensor.values, ...errors[t].values].every((x) => x === 0)).toBe(true);
    else expect(errors[t].values.every((x) => x > 0)).toBe(true);
  });
});
