// Run by Jest: every test here is wrong and must fail.
import { expect, test } from '@jest/globals';
import { exactGradients } from '../../../src/jest.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { by, myNetwork, spoilt } from '../../matchers/implementations.ts';

const network: NetworkSpec = {
  inputs: 2,
  layers: [
    { units: 3, activation: 'tanh' },
    { units: 2, activation: 'softmax' },
  ],
  loss: 'cross-entropy',
};

test('a bias that is not summed', async () => {
  await expect(spoilt({ db: (dz, layer) => (layer === 0 ? dz[0] : by.sums(dz)) })).toBackpropagate(network);
});

test('a right implementation, expected to be wrong', async () => {
  await expect(myNetwork).not.toBackpropagate(network);
});

test('an implementation that throws', async () => {
  await expect(() => {
    throw new TypeError('not written yet');
  }).toBackpropagate(network);
});

test('gradients with the sign flipped', () => {
  const parameters = [{ weights: [[0.5, -0.25], [1, 0.125]], bias: [0.1, 0] }]; // prettier-ignore
  const batch = { inputs: [[1, -0.5], [0.25, 2]], targets: [[1, 0], [0, 1]] }; // prettier-ignore
  const one: NetworkSpec = { inputs: 2, layers: [{ units: 2, activation: 'softmax' }], loss: 'cross-entropy' };
  const { gradients } = spoilt({ start: (dz) => dz.map((row) => row.map((d) => -d)) })({
    network: one,
    parameters,
    ...batch,
  });
  expect(gradients).toAgreeWith(exactGradients(one, parameters, batch));
});
