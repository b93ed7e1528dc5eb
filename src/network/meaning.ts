// Whether a loss and its gradients are means or sums. Either is right, as long as it is declared.
import { lossOf } from '../ops/registry.ts';
import { outputs } from './spec.ts';
import type { NetworkSpec } from './spec.ts';

/** The meaning of a loss and its gradients. */
export interface Meaning {
  /** Over the examples of the batch. */
  readonly gradients: 'mean' | 'sum';
  /** Over the examples of the batch. */
  readonly loss: 'mean' | 'sum';
  /**
   * Over the outputs of an example, for mse and other losses that average over them: the squared
   * differences are averaged, summed, or summed and halved.
   */
  readonly squaredError: 'mean' | 'sum' | 'half-sum';
}

/** The choices; the one that backproof uses is first. */
export const MEANINGS = {
  gradients: ['mean', 'sum'],
  loss: ['mean', 'sum'],
  squaredError: ['mean', 'sum', 'half-sum'],
} as const satisfies { readonly [K in keyof Meaning]: readonly Meaning[K][] };

export const MEANS: Meaning = { gradients: 'mean', loss: 'mean', squaredError: 'mean' };

/**
 * Ratio of a loss and of gradients with this meaning to backproof's own, for a batch of B examples.
 */
export function timesTheMean(meaning: Meaning, network: NetworkSpec, B: number): { loss: number; gradients: number } {
  const examples = { mean: 1, sum: B };
  const each = timesPerExample(meaning.squaredError, network);
  return { loss: examples[meaning.loss] * each, gradients: examples[meaning.gradients] * each };
}

/** Ratio of the loss of one example with this meaning to the mean over its outputs. */
export function timesPerExample(squaredError: Meaning['squaredError'], network: NetworkSpec): number {
  return lossOf(network.loss).perExample?.[squaredError](outputs(network)) ?? 1;
}

/**
 * Whether the loss is averaged over the outputs of an example, so that a candidate may sum instead.
 */
export function averagesOutputs(network: NetworkSpec): boolean {
  return lossOf(network.loss).perExample !== undefined;
}
