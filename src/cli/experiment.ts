// Makes what a run needs from its options: data, network, optimizer, initial weights, batches.
import { CHUNK } from '../check/run/test-set.ts';
import { createBatches } from '../data/batches.ts';
import type { Batches } from '../data/batches.ts';
import { isRegression } from '../data/dataset.ts';
import type { Dataset } from '../data/dataset.ts';
import { fitScaling } from '../data/scaling.ts';
import type { Scaling } from '../data/scaling.ts';
import { UsageError } from '../errors.ts';
import { initialParameters } from '../network/initializers.ts';
import type { Parameters } from '../network/parameters.ts';
import { checkNetwork } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { ActivationId, LossId } from '../ops/registry.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import type { Settings } from '../report/report.ts';
import { DATASET_DEFAULTS, DEFAULTS } from './arguments/defaults.ts';
import { loadDataOf } from './data.ts';
import type { Options } from './options.ts';
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
): Experiment {
  const id = options.dataset ?? DEFAULTS.dataset;
  const seed = options.seed ?? DEFAULTS.seed;
  const dataset = loadDataOf(options);
  const network = adapt(networkOf(options, dataset));
  const optimizer = optimizerOf(options);
  const scale = options.scale ?? (dataset.mixedScales === true ? DEFAULTS.mixedScale : DEFAULTS.scale);
  const scaling = fitScaling(scale, dataset.train);
  const epochs = options.epochs ?? DATASET_DEFAULTS[id].epochs;
  const batchSize = options['batch-size'] ?? Math.min(DEFAULTS.batchSize, dataset.train.count);
  const batches = createBatches(dataset.train, dataset.classes, scaling, {
    batchSize,
    epochs,
    seed,
    ...(options.outputs === 1 && { outputs: 1 as const }),
  });
  const { steps } = batches;
  const graph = [options.engine, options.reference].includes('autograd');
  requireRoom(use, { network, batchSize, steps, tested: Math.min(CHUNK, dataset.test.count), graph });
  const initializer = options.initializer ?? DEFAULTS.initializer;
  return {
    dataset,
    scaling,
    network,
    optimizer,
    batches,
    initial: initialParameters(network, initializer, seed),
    settings: {
      dataset: dataset.name,
      trainSize: dataset.train.count,
      testSize: dataset.test.count,
      scale: scaling.id,
      network,
      initializer,
      optimizer,
      batchSize,
      epochs,
      steps,
      seed,
      fault: options.fault ?? null,
    },
  };
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

/** The penalties of --l2 and --l1. @throws UsageError where an option says what there is not */
function penaltiesOf(options: Options): Pick<NetworkSpec, 'penalties'> {
  const { l1, l2 } = options;
  if (options['l2-half'] === true && l2 === undefined) throw new UsageError('--l2-half needs --l2');
  const common = {
    ...(options['penalize-biases'] === true && { biases: true }),
    ...(options['penalty-over-batch'] === true && { overBatch: true }),
  };
  const penalties = [
    ...(l2 === undefined ? [] : [{ kind: 'l2', strength: l2, ...(options['l2-half'] && { half: true }), ...common }]),
    ...(l1 === undefined ? [] : [{ kind: 'l1', strength: l1, ...common }]),
  ];
  if (penalties.length > 0) return { penalties };
  const [alone] =
    Object.keys(common).length > 0
      ? ['penalize-biases', 'penalty-over-batch'].filter((name) => options[name as 'penalize-biases'])
      : [];
  if (alone !== undefined) throw new UsageError(`--${alone} needs --l2 or --l1`);
  return {};
}

function defaultLoss({ outputs }: Options, output: ActivationId): LossId {
  if (outputs === 1 && output === 'sigmoid') return 'binary-cross-entropy';
  return output === 'softmax' ? 'cross-entropy' : 'mse';
}

/** The output without --output: softmax for classes, sigmoid for one output, linear for targets. */
function defaultOutput({ outputs }: Options, dataset: Dataset): ActivationId {
  if (isRegression(dataset)) return DEFAULTS.regressionOutput;
  return outputs === 1 ? 'sigmoid' : DEFAULTS.output;
}

/**
 * Without --loss, the loss is cross-entropy for softmax, binary cross-entropy for one sigmoid
 * output, and mse for every other output.
 */
function networkOf(options: Options, dataset: Dataset): NetworkSpec {
  const { train, classes } = dataset;
  const hidden = options.hidden ?? DATASET_DEFAULTS[options.dataset ?? DEFAULTS.dataset].hidden;
  const activation = options.activation ?? DEFAULTS.activation;
  if (options.outputs === 1 && (classes !== 2 || isRegression(dataset)))
    throw new UsageError(
      isRegression(dataset)
        ? '--outputs 1: one output tells two classes apart, and the data set has targets'
        : `--outputs 1: one output tells two classes apart, and the data set has ${classes}`,
    );
  const output = options.output ?? defaultOutput(options, dataset);
  const network: NetworkSpec = {
    inputs: train.width,
    layers: [
      ...hidden.map((units) => ({ units, activation })),
      { units: options.outputs ?? classes, activation: output },
    ],
    loss: options.loss ?? defaultLoss(options, output),
    ...penaltiesOf(options),
  };
  checkNetwork(network);
  return network;
}
