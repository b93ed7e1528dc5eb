// Counts the arithmetic of a training step: two operations (multiply, add) per term of its matrix products.
import { widthInto } from '../../src/network/spec.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';

export interface Flops {
  /** All terms. */
  readonly dense: number;
  /** Without the terms of the first layer whose input is 0: the least that must be computed. */
  readonly nonZero: number;
}

/**
 * The operations of a training step per sample. Each layer has three products of inputs × units terms: z = x W, dW = xᵀ dz,
 * dx = dz Wᵀ; the first layer has no dx. Activations, loss and optimizer are not counted.
 * @param density share of the inputs that is not 0
 */
export function flopsPerSample(network: NetworkSpec, density: number): Flops {
  let [first, others] = [0, 0];
  network.layers.forEach(({ units }, l) => {
    const terms = widthInto(network, l) * units;
    if (l === 0) first = 2 * 2 * terms;
    else others += 3 * 2 * terms;
  });
  return { dense: first + others, nonZero: density * first + others };
}
