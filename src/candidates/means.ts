// What conventions make of the means over a batch.
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

/**
 * How many times the means the sums over all requests of a batch are: each is one batch, or one
 * example.
 */
export function timesTheMeans(
  network: NetworkSpec,
  conventions: Conventions,
  B: number,
): { loss: number; gradients: number } {
  const each = { mean: conventions.examples === 'one' ? B : 1, sum: B };
  const square = timesPerExample(conventions.squaredError, network);
  return { loss: each[conventions.loss] * square, gradients: each[conventions.gradients] * square };
}
