// Other losses than mse and cross-entropy, and activations with numbers in their names, for random
// problems.
import type { LayerSpec, NetworkSpec } from '../network/spec.ts';
import { power } from '../numeric/elementary.ts';
import type { Rng } from '../numeric/rng.ts';
import { ELEMENTWISE_ACTIVATIONS, isRowActivation } from '../ops/registry.ts';
import type { ActivationId, LossId } from '../ops/registry.ts';
import { pick } from './random-head.ts';

/** Two of five problems get other losses, and activations with numbers in their names. */
export function withOtherPieces(network: NetworkSpec, rng: Rng): NetworkSpec {
  if (rng.uniform() < 0.6) return network;
  const number = (least: number, most: number): number =>
    Number((least * power(most / least, rng.uniform())).toPrecision(3));
  const layers = network.layers.map((layer): LayerSpec => {
    const kind = rng.uniform();
    if (isRowActivation(layer.activation) || kind < 0.5) return layer;
    const activation = kind < 0.8 ? (`leaky-relu:${number(1e-3, 0.9)}` as const) : (`elu:${number(0.1, 4)}` as const);
    return { ...layer, activation };
  });
  const units = layers[layers.length - 1].units;
  const weights = Array.from({ length: units }, () => number(0.1, 10)).join(',');
  const [output, loss] = pick<[ActivationId, LossId]>(rng, [
    ['sigmoid', 'binary-cross-entropy'],
    ['sigmoid', 'binary-cross-entropy'],
    ['softmax', `cross-entropy:${number(0.01, 0.5)}`],
    ['softmax', `cross-entropy:weights=${weights}`],
    ['softmax', `cross-entropy:${number(0.01, 0.5)}:weights=${weights}`],
    [pick(rng, ELEMENTWISE_ACTIVATIONS), 'half-squared-error'],
    [pick(rng, ELEMENTWISE_ACTIVATIONS), 'mean-absolute-error'],
    [pick(rng, ELEMENTWISE_ACTIVATIONS), `huber:${number(0.1, 3)}`],
    [pick(rng, ELEMENTWISE_ACTIVATIONS), 'hinge'],
    [pick(rng, ELEMENTWISE_ACTIVATIONS), 'squared-hinge'],
  ]);
  return { ...network, layers: [...layers.slice(0, -1), { units, activation: output }], loss };
}
