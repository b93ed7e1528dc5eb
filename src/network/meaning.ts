// What a loss and its gradients are a mean or a sum of: right either way, as long as it is said.
import { lossOf } from '../ops/registry.ts';
import { outputs } from './spec.ts';
import type { NetworkSpec } from './spec.ts';

/** What holds of a loss and its gradients. */
export interface Meaning {
  /** Over the examples of the batch. */
  readonly gradients: 'mean' | 'sum';
  /** Over the examples of the batch. */
  readonly loss: 'mean' | 'sum';
  /** mse (and losses that are averaged over the outputs like it), its loss and its gradients: the squared differences of an example are averaged over the outputs, added up, or added up and halved. */
  readonly squaredError: 'mean' | 'sum' | 'half-sum';
}

/** The choices, the one of this project first. */
export const MEANINGS = {
  gradients: ['mean', 'sum'],
  loss: ['mean', 'sum'],
  squaredError: ['mean', 'sum', 'half-sum'],
} as const satisfies { readonly [K in keyof Meaning]: readonly Meaning[K][] };

export const MEANS: Meaning = { gradients: 'mean', loss: 'mean', squaredError: 'mean' };

/** How many times the numbers of this project a loss and gradients of that meaning are, for a batch of B examples. */
export function timesTheMean(meaning: Meaning, network: NetworkSpec, B: number): { loss: number; gradients: number } {
  const examples = { mean: 1, sum: B };
  const each = timesPerExample(meaning.squaredError, network);
  return { loss: examples[meaning.loss] * each, gradients: examples[meaning.gradients] * each };
}

/** How many times the loss of an example it is where its outputs are not averaged. */
export function timesPerExample(squaredError: Meaning['squaredError'], network: NetworkSpec): number {
  return lossOf(network.loss).perExample?.[squaredError](outputs(network)) ?? 1;
}

/** Whether the loss is averaged over the outputs of an example, so that somebody may have it as a sum. */
export function averagesOutputs(network: NetworkSpec): boolean {
  return lossOf(network.loss).perExample !== undefined;
}
