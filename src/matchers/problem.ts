// A problem to try an implementation on: seeded and random, or the user's own numbers.
import { randomBatch, randomParameters } from '../check/slopes/general-point.ts';
import type { Conventions, DeclaredConventions } from '../candidates/conventions/conventions.ts';
import { UsageError, unknownName } from '../errors.ts';
import type { Batch } from '../network/batch.ts';
import { copyParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { describeNetwork, outputs } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { asDtype } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { OptimizerId, OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { batchFrom, parametersFrom } from './forms.ts';
import type { BatchLike, ParametersLike } from './forms.ts';

/** All of them optional: what the implementation is tried on. */
export interface BackpropagationOptions {
  /** Of the random parameters and examples. Default: 1. */
  readonly seed?: number;
  /** Examples. Default: 5 (6 where the network has 5 outputs, so that a missing mean over one is not taken for one over the other). */
  readonly batchSize?: number;
  /** In place of random ones, in backproof's layout, (inputs, units), whatever the implementation declares. Rounded to single precision. */
  readonly parameters?: ParametersLike;
  /** In place of random examples. Rounded to single precision. */
  readonly batch?: BatchLike;
  /** Of applyGradients, where there is one. Default: sgd. */
  readonly optimizer?: OptimizerId | OptimizerSpec;
  /** Together with those that the implementation declares itself. */
  readonly conventions?: DeclaredConventions;
}

const OPTIONS = ['seed', 'batchSize', 'parameters', 'batch', 'optimizer', 'conventions'];

export interface Problem {
  readonly parameters: Parameters;
  readonly batch: Batch;
  /** How to get the same numbers again. */
  readonly repeat: string;
}

/** Numbers that binary32 holds, so that every precision starts from the same. @throws UsageError or DataError */
export function problemOf(network: NetworkSpec, by: Conventions, options: BackpropagationOptions): Problem {
  const alien = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (alien !== undefined) throw unknownName('option', alien, OPTIONS);
  const { seed = 1, batchSize = outputs(network) === 5 ? 6 : 5 } = options;
  if (!Number.isSafeInteger(seed)) throw new UsageError(`seed: a whole number expected, ${seed} found`);
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new UsageError(`batchSize: a whole number of at least 1 expected, ${batchSize} found`);
  const own = options.batch === undefined ? null : batchFrom(network, options.batch);
  const said = [`seed: ${seed}`, own === null ? `batchSize: ${batchSize}` : 'batch'];
  if (options.parameters !== undefined) said.push('parameters');
  return {
    parameters:
      options.parameters === undefined
        ? randomParameters(network, seed)
        : copyParameters(parametersFrom(network, options.parameters), 'f32'),
    batch:
      own === null
        ? randomBatch(network, batchSize, seed, by.targets === 'classes')
        : { inputs: single(own.inputs), targets: single(own.targets) },
    repeat: `Repeat: toBackpropagate(network, { ${said.join(', ')} }); the network is ${describeNetwork(network)}.`,
  };
}

function single(m: Matrix): Matrix {
  return { ...m, data: asDtype(m.data, 'f32') };
}
