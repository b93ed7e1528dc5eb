// Which conventions leave a training step what it is.
import type { Conventions } from './conventions/conventions.ts';
import { timesPerExample } from '../network/meaning.ts';
import type { NetworkSpec } from '../network/spec.ts';

/**
 * Whether a step of the candidate is one of the mean over the batch: not if it steps after each
 * example, or by a gradient that is a sum.
 */
export function stepsAreComparable(network: NetworkSpec, conventions: Conventions): boolean {
  const { examples, gradients, squaredError } = conventions;
  return examples !== 'one' && gradients === 'mean' && timesPerExample(squaredError, network) === 1;
}
