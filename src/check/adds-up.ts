// Whether a batch is no more than its examples.
import { draws } from '../network/masks.ts';
import { layersOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';

/**
 * Whether the gradient of a batch is the sum of those of its examples, and nothing is drawn: all
 * experiments rest on that.
 */
export function addsUp(network: NetworkSpec): boolean {
  return !draws(network) && layersOf(network).every(({ page }) => page.batchGraph === undefined);
}
