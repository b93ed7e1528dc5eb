// An engine's answer to a batch beside the right one.
import type { Batch } from '../../../network/batch.ts';
import type { Parameters } from '../../../network/parameters.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { randomBatch, randomParameters } from '../../slopes/general-point.ts';
import type { Asker } from '../asker.ts';
import { namedValues, passes } from '../pass/pass.ts';
import type { Values } from '../pass/pass.ts';

/** Both by names: loss, dW1, db1 ... */
export interface Answer {
  readonly batch: Batch;
  readonly whole: Values;
  readonly right: Values;
}

/** An answer, and the parameters that it was given at. */
export interface Shown extends Answer {
  readonly parameters: Parameters;
}

/** Who may be asked further, and what was answered so far: batches and single examples. */
export interface Asked {
  readonly network: NetworkSpec;
  readonly asker: Asker;
  /** Whether each row of targets is one class. */
  readonly oneHot: boolean;
  readonly answers: readonly Answer[];
}

/** The answer to B fresh examples at fresh parameters. Throws ENOUGH. */
export async function freshAnswer(
  { network, asker, oneHot }: Omit<Asked, 'answers'>,
  B: number,
  seed: number,
): Promise<Shown> {
  const [parameters, batch] = [randomParameters(network, seed), randomBatch(network, B, seed, oneHot)];
  const { loss, gradients } = await asker.gradients(parameters, batch);
  return { parameters, batch, whole: namedValues(loss, gradients), right: passes(network, parameters, batch).values };
}
