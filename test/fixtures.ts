// Small networks and seeded batches that tests share.
import { initialParameters } from '../src/network/initializers.ts';
import type { Batch } from '../src/network/batch.ts';
import { drawMasks } from '../src/network/masks.ts';
import { denseLayers, namedTensors } from '../src/network/parameters.ts';
import type { Parameters } from '../src/network/parameters.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../src/ops/registry.ts';
import { outputs } from '../src/network/spec.ts';
import type { ActivationId, LossId } from '../src/ops/registry.ts';
import type { NetworkSpec } from '../src/network/spec.ts';
import { zeros } from '../src/numeric/matrix.ts';
import { OPTIMIZERS } from '../src/ops/optimizers/optimizer.ts';
import { createRng } from '../src/numeric/rng.ts';

/**
 * The optimizers that are right in TensorFlow.js; the other two exist because they are wrong there.
 */
export const RIGHT_IN_TFJS = OPTIMIZERS.filter((id) => id !== 'rmsprop-centered' && id !== 'adadelta');

/** 4 inputs, 3 tanh units, 3 classes. */
export const NETWORK: NetworkSpec = network(4, [3], 'tanh', 3, 'softmax', 'cross-entropy');

export function network(
  inputs: number,
  hidden: readonly number[],
  activation: ActivationId,
  K: number,
  output: ActivationId,
  loss: LossId,
): NetworkSpec {
  return {
    inputs,
    layers: [...hidden.map((units) => ({ units, activation })), { units: K, activation: output }],
    loss,
  };
}

/** Every output with every loss that is defined for it. */
export const HEADS = [
  ['softmax', 'cross-entropy'],
  ['softmax', 'mse'],
  ['ratio', 'mse'],
  ...ELEMENTWISE_ACTIVATIONS.map((id) => [id, 'mse'] as const),
  ['sigmoid', 'binary-cross-entropy'],
  ['tanh', 'half-squared-error'],
  ['linear', 'mean-absolute-error'],
  ['linear', 'huber'],
  ['elu:0.5', 'huber:0.3'],
  ['linear', 'hinge'],
  ['leaky-relu:0.01', 'squared-hinge'],
  ['softmax', 'cross-entropy:0.1'],
] as const;

/** Seeded weights, small biases that are not 0, and scales that are not 1. */
export function startOf(spec: NetworkSpec, seed = 1): Parameters {
  const rng = createRng(seed, 'test biases');
  const parameters = initialParameters(spec, 'he-normal', seed);
  for (const { bias } of denseLayers(parameters)) bias.forEach((_, i) => (bias[i] = 0.1 * rng.normal()));
  for (const { role, values } of parameters)
    if (role === 'gamma') values.forEach((_, i) => (values[i] = 1 + 0.3 * rng.normal()));
  return parameters;
}

/** Normal inputs, a third of them 0, one-hot targets, and masks where there is dropout. */
export function randomBatch(spec: NetworkSpec, B: number, seed = 0, scale = 1): Batch {
  const rng = createRng(seed, 'test batch');
  const inputs = zeros('f32', B, spec.inputs);
  const targets = zeros('f32', B, outputs(spec));
  inputs.data.forEach((_, i) => (inputs.data[i] = rng.uniform() < 1 / 3 ? 0 : scale * rng.normal()));
  for (let r = 0; r < B; r++) targets.data[r * targets.cols + rng.below(targets.cols)] = 1;
  return { inputs, targets, ...drawMasks(spec, B, rng) };
}

export function flat(parameters: Parameters): number[] {
  return namedTensors(parameters).flatMap(({ values }) => Array.from(values));
}
