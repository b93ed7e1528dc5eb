// Outputs and losses of random networks.
import type { Rng } from '../numeric/rng.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../ops/registry.ts';
import type { ActivationId, LossId } from '../ops/registry.ts';

export function pick<T>(rng: Rng, from: readonly T[]): T {
  return from[rng.below(from.length)];
}

/** The activation of the last layer, with a loss that goes with it. */
export function randomHead(rng: Rng): [ActivationId, LossId] {
  const kind = rng.uniform();
  if (kind < 0.4) return ['softmax', 'cross-entropy'];
  if (kind < 0.55) return ['softmax', 'mse'];
  if (kind < 0.65) return ['ratio', 'mse'];
  return [pick(rng, ELEMENTWISE_ACTIVATIONS), 'mse'];
}
