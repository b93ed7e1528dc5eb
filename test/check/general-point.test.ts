// The general point: the same each time, whatever was done to the numbers given out before.
import { expect, test } from 'vitest';
import { freshGradients, generalPoint } from '../../src/check/slopes/general-point.ts';
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
