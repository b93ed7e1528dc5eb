// Makes what a run needs from its options: data, network, optimizer, initial weights, batches.
import { CHUNK } from '../check/run/test-set.ts';
import { createBatches, heldBatches } from '../data/batches.ts';
import type { BatchPlan, Batches } from '../data/batches.ts';
import type { Dataset } from '../data/dataset.ts';
import { fitScaling } from '../data/scaling.ts';
import type { Scaling } from '../data/scaling.ts';
import { draws } from '../network/masks.ts';
import { heldParameters } from '../network/held.ts';
import { initialParameters } from '../network/initializers.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import type { Settings } from '../report/report.ts';
import { settingsOf } from '../report/settings.ts';
import { DATASET_DEFAULTS, DEFAULTS } from './arguments/defaults.ts';
import { loadDataOf } from './data.ts';
import type { Options } from './options.ts';
import type { Bits } from '../engines/tfjs/backends.ts';
import { judged } from './engines.ts';
import { networkOf } from './network.ts';
import { requireRoom } from './room.ts';
import type { Use } from './room.ts';

export interface Experiment {
  readonly dataset: Dataset;
  readonly scaling: Scaling;
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly initial: Parameters;
  readonly batches: Batches;
  readonly settings: Settings;
}

/**
 * @param use what the network is for
 * @param adapt changes the network to one that a candidate can compute
 * @throws UsageError or DataError before anything is computed
 */
export function createExperiment(
  options: Options,
  use: Use,
  adapt: (network: NetworkSpec) => NetworkSpec = (network) => network,
  bits: Bits = 32,
): Experiment {
  const id = options.dataset ?? DEFAULTS.dataset;
  const seed = options.seed ?? DEFAULTS.seed;
  const dataset = loadDataOf(options);
  const chosen = adapt(networkOf(options, dataset));
  const network = use === 'train' ? chosen : judged(chosen, options, bits); // a file of parameters has no judge
  const optimizer = optimizerOf(options);
  const scale = options.scale ?? (dataset.mixedScales === true ? DEFAULTS.mixedScale : DEFAULTS.scale);
  const scaling = fitScaling(scale, dataset.train);
  const epochs = options.epochs ?? DATASET_DEFAULTS[id].epochs;
  const batchSize = options['batch-size'] ?? Math.min(DEFAULTS.batchSize, dataset.train.count);
  const plan: BatchPlan = {
    batchSize,
    epochs,
    seed,
    ...(options.outputs === 1 && { outputs: 1 as const }),
    ...(draws(network) && { network }),
  };
  const batches = heldBatches(network, createBatches(dataset.train, dataset.classes, scaling, plan));
  const graph = [options.engine, options.reference].includes('autograd');
  requireRoom(use, { network, batchSize, steps: batches.steps, tested: Math.min(CHUNK, dataset.test.count), graph });
  const initializer = options.initializer ?? DEFAULTS.initializer;
  const initial = heldParameters(network, initialParameters(network, initializer, seed));
  const made = { dataset, scaling, network, optimizer, batches };
  return { ...made, initial, settings: settingsOf({ ...made, plan, initializer, fault: options.fault ?? null }) };
}

export function optimizerOf(options: Options): OptimizerSpec {
  const { 'learning-rate': learningRate, 'weight-decay': weightDecay, schedule } = options;
  const { 'clip-norm': clipNorm, 'clip-value': clipValue } = options;
  return optimizerSpec(options.optimizer ?? DEFAULTS.optimizer, {
    ...(learningRate !== undefined && { learningRate }),
    ...(weightDecay !== undefined && { weightDecay }),
    ...(clipNorm !== undefined && { clipNorm }),
    ...(clipValue !== undefined && { clipValue }),
    ...(schedule !== undefined && { schedule }),
  });
}
