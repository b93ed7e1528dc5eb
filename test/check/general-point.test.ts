// The general point: the same each time, whatever was done to the numbers given out before.
import { describe, expect, test } from 'vitest';
import { freshGradients, generalPoint, randomBatch, randomParameters } from '../../src/check/slopes/general-point.ts';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { lossOf } from '../../src/ops/registry.ts';
import { zeroParameters } from '../../src/network/parameters.ts';
import { rowLayer } from '../../src/network/spec.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';

const network: NetworkSpec = {
  inputs: 3,
  layers: [
    { units: 4, activation: 'relu' },
    { units: 2, activation: 'softmax' },
  ],
  loss: 'cross-entropy',
};

test('is the same each time, even if its numbers are changed', () => {
  const first = generalPoint(network, 5, true);
  const [parameters, inputs] = [first.parameters[0].values.slice(), first.batch.inputs.data.slice()];
  const { loss } = first.exact();
  first.parameters[0].values.fill(7);
  first.batch.inputs.data.fill(7);
  const second = generalPoint(network, 5, true);
  expect(second.parameters[0].values).toEqual(parameters);
  expect(second.batch.inputs.data).toEqual(inputs);
  expect(second.exact().loss).toEqual(loss);
});

test('depends on the batch size, the targets and the network', () => {
  const point = generalPoint(network, 5, true);
  expect(generalPoint(network, 7, true).batch.inputs.rows).toBe(7);
  const mse: NetworkSpec = { ...network, loss: 'mse' };
  expect(generalPoint(mse, 5, false).batch.targets).not.toEqual(point.batch.targets);
  expect(generalPoint(mse, 5, true).exact().loss).not.toEqual(point.exact().loss);
});

test('gradients of tensors that are not trained are 0, and no norm counts them', () => {
  const layers = [...network.layers.slice(0, 1), rowLayer({ kind: 'batch-norm' }), ...network.layers.slice(1)];
  const normalized: NetworkSpec = { ...network, layers };
  const start = zeroParameters(normalized, 'f32');
  for (const { values, trained } of freshGradients(normalized, start)(0))
    expect(values.every((x) => x === 0)).toBe(trained === false);
});

const LOSSES = ['hinge', 'squared-hinge', 'huber', 'huber:0.2', 'huber:3', 'mean-absolute-error'] as const;

describe.each([
  ['small', 3, 4],
  ['large', 200, 120], // one point alone is drawn
])('%s: every formula of a loss is in use', (_size, inputs, units) => {
  const of = (loss: string, K: number): NetworkSpec => ({
    ...{ inputs, loss: loss as NetworkSpec['loss'] },
    layers: [
      { units, activation: 'tanh' },
      { units: K, activation: 'linear' },
    ],
  });
  const sidesOf = (
    spec: NetworkSpec,
    { outputs }: { outputs: { value: { data: ArrayLike<number> } } },
    t: number[],
  ) => {
    const { changes = () => NaN } = lossOf(spec.loss);
    return new Set(Array.from(outputs.value.data, (p, i) => Math.sign(changes(p, t[i]))));
  };

  test.each(LOSSES)('%s', (loss) => {
    for (const K of [1, 3]) {
      const spec = of(loss, K);
      const { batch, exact } = generalPoint(spec, 7, true);
      expect(sidesOf(spec, exact(), Array.from(batch.targets.data))).toEqual(new Set([-1, 1]));
    }
  });
});

test('at weights of the usual size, one formula of a loss may be in use alone', () => {
  const layers = [{ units: 120, activation: 'tanh' } as const, { units: 1, activation: 'linear' } as const];
  const spec: NetworkSpec = { inputs: 200, layers, loss: 'huber:3' };
  const batch = randomBatch(spec, 7, 7_000_001, true);
  const { outputs } = boundedGradients(spec, randomParameters(spec, 7_000_001), batch);
  const errors = Array.from(outputs.value.data, (p, i) => Math.abs(p - batch.targets.data[i]));
  expect(Math.max(...errors)).toBeLessThan(3);
});
