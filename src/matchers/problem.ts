// The problem that toBackpropagate checks an implementation on: random with a seed, or the user's
// own numbers.
import { randomBatch, randomParameters } from '../check/slopes/general-point.ts';
import type { Conventions, DeclaredConventions } from '../candidates/conventions/conventions.ts';
import { UsageError, unknownName } from '../errors.ts';
import type { Batch } from '../network/batch.ts';
import { MOST_STEPS } from '../network/steps.ts';
import { mapBatch } from '../network/masks.ts';
import { copyParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { describeNetwork, outputs } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { asDtype } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { OptimizerId, OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { batchFrom, parametersFrom } from './forms.ts';
import type { BatchLike, ParametersLike } from './forms.ts';

/** The problem to check the implementation on. All options are optional. */
export interface BackpropagationOptions {
  /** The seed of the random parameters and examples. Default: 1. */
  readonly seed?: number;
  /**
   * The number of examples. Default: 5 (6 for a network with 5 outputs, to tell a missing mean over
   * the examples from a missing mean over the outputs).
   */
  readonly batchSize?: number;
  /**
   * Used instead of random parameters. Always in backproof's layout, (inputs, units), whatever the
   * implementation declares. Rounded to single precision.
   */
  readonly parameters?: ParametersLike;
  /** Used instead of random examples. Rounded to single precision. */
  readonly batch?: BatchLike;
  /** The optimizer for applyGradients, if the implementation has it. Default: sgd. */
  readonly optimizer?: OptimizerId | OptimizerSpec;
  /**
   * Updates and training steps from the parameters, 1 to 100. Default: 3 updates and one training
   * step, and 5 updates elsewhere.
   */
  readonly steps?: number;
  /** Added to those that the implementation declares itself. */
  readonly conventions?: DeclaredConventions;
}

const OPTIONS = ['seed', 'batchSize', 'parameters', 'batch', 'optimizer', 'steps', 'conventions'];

export interface Problem {
  readonly parameters: Parameters;
  readonly batch: Batch;
  /** A line that says how to get the same numbers again. */
  readonly repeat: string;
}

/**
 * All numbers are rounded to binary32, so that every precision starts from the same ones.
 * @throws UsageError or DataError
 */
export function problemOf(network: NetworkSpec, by: Conventions, options: BackpropagationOptions): Problem {
  const alien = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (alien !== undefined) throw unknownName('option', alien, OPTIONS);
  const { steps, seed = 1, batchSize = outputs(network) === 5 ? 6 : 5 } = options;
  if (!Number.isSafeInteger(seed)) throw new UsageError(`seed: expected a whole number, got ${seed}`);
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new UsageError(`batchSize: expected a whole number of at least 1, got ${batchSize}`);
  if (steps !== undefined && !(Number.isSafeInteger(steps) && steps >= 1 && steps <= MOST_STEPS))
    throw new UsageError(`steps: expected a whole number from 1 to ${MOST_STEPS}, got ${steps}`);
  const own = options.batch === undefined ? null : batchFrom(network, options.batch);
  const said = [`seed: ${seed}`, own === null ? `batchSize: ${batchSize}` : 'batch'];
  if (options.parameters !== undefined) said.push('parameters');
  if (steps !== undefined) said.push(`steps: ${steps}`);
  return {
    parameters:
      options.parameters === undefined
        ? randomParameters(network, seed)
        : copyParameters(parametersFrom(network, options.parameters), 'f32'),
    batch: own === null ? randomBatch(network, batchSize, seed, by.targets === 'classes') : mapBatch(own, single),
    repeat: `Repeat: toBackpropagate(network, { ${said.join(', ')} }); the network is ${describeNetwork(network)}.`,
  };
}

function single(m: Matrix): Matrix {
  return { ...m, data: asDtype(m.data, 'f32') };
}
