// Run by Jest: every test here must pass.
import { expect, test } from '@jest/globals';
import { exactGradients } from '../../../src/jest.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { myNetwork, spoilt } from '../../matchers/implementations.ts';

const network: NetworkSpec = {
  inputs: 2,
  layers: [
    { units: 3, activation: 'tanh' },
    { units: 1, activation: 'linear' },
  ],
  loss: 'mse',
};
const parameters = [
  { weights: [[0.5, -0.25, 0.75], [1, 0.125, -0.5]], bias: [0.1, 0, -0.1] }, // prettier-ignore
  { weights: [[0.3], [-0.6], [0.9]], bias: [0.2] },
];
const batch = { inputs: [[1, -0.5], [0.25, 2]], targets: [[1], [-1]] }; // prettier-ignore

test('a right implementation', async () => {
  await expect(myNetwork).toBackpropagate(network);
});

test('a wrong implementation, expected to be wrong', async () => {
  await expect(spoilt({ dW: (x) => x[0].map(() => [0, 0, 0]) })).not.toBackpropagate(network);
});

test('gradients', () => {
  const { gradients } = myNetwork({ network, parameters, ...batch });
  expect(gradients).toAgreeWith(exactGradients(network, parameters, batch));
  expect([0.1 + 0.2, 1]).toAgreeWith([0.3, 1]);
  expect([0.1, 1]).not.toAgreeWith([0.3, 1]);
});
