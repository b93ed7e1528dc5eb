// The network and the batch that a check is made on, from what the reader chose: the same as
// `backproof gradcheck --dataset DATA --hidden ... --reference vector` makes of its options.
import { DATASET_DEFAULTS, DEFAULTS } from '../../cli/arguments/defaults.ts';
import { createBatches } from '../../data/batches.ts';
import type { Batches } from '../../data/batches.ts';
import type { Dataset } from '../../data/dataset.ts';
import { isRegression } from '../../data/dataset.ts';
import { REGRESSION, makeRegression } from '../../data/regression.ts';
import { fitScaling } from '../../data/scaling.ts';
import type { ScaleId, Scaling } from '../../data/scaling.ts';
import { SYNTHETIC, makeSynthetic } from '../../data/synthetic.ts';
import type { Batch } from '../../network/batch.ts';
import { initialParameters } from '../../network/initializers.ts';
import { draws } from '../../network/masks.ts';
import type { Parameters } from '../../network/parameters.ts';
import { checkNetwork } from '../../network/spec.ts';
import type { LayerSpec, NetworkSpec } from '../../network/spec.ts';
import type { OptimizerId, OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../ops/optimizers/registry.ts';
import type { Settings } from '../../report/report.ts';
import { settingsOf } from '../../report/settings.ts';

export const DATA = [...SYNTHETIC, ...REGRESSION] as const;
export type DataId = (typeof DATA)[number];

/** What the reader chose. null: what the command line takes where it is not given. */
export interface Chosen {
  readonly data: DataId;
  readonly hidden: readonly number[] | null;
  readonly activation: string | null;
  readonly output: string | null;
  readonly loss: string | null;
  readonly optimizer: string | null;
}

export const FIRST_CHOICE: Chosen = {
  data: 'xor',
  hidden: null,
  activation: null,
  output: null,
  loss: null,
  optimizer: null,
};

/** What a check needs of a problem. */
export interface Problem {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly scaling: Scaling;
  readonly start: Parameters;
  /** The first of the batches. */
  readonly batch: Batch;
  readonly batches: Batches;
  readonly settings: Settings;
}

/** Examples of a generated set, as on the command line. */
const SIZE = { train: 1000, test: 500 };

export function datasetOf(data: DataId): Dataset {
  const { seed } = DEFAULTS;
  return isOneOf(REGRESSION, data)
    ? makeRegression(data, SIZE.train, SIZE.test, seed)
    : makeSynthetic(data, SIZE.train, SIZE.test, seed);
}

/** @throws UsageError if the pieces do not go together */
export function networkOf(chosen: Chosen, dataset: Dataset): NetworkSpec {
  const output = chosen.output ?? (isRegression(dataset) ? DEFAULTS.regressionOutput : DEFAULTS.output);
  const activation = chosen.activation ?? DEFAULTS.activation;
  const hidden = chosen.hidden ?? DATASET_DEFAULTS[chosen.data].hidden;
  const network = {
    inputs: dataset.train.width,
    layers: [
      ...hidden.map((units) => ({ units, activation })),
      { units: dataset.classes, activation: output },
    ] as LayerSpec[],
    loss: chosen.loss ?? (output === 'softmax' ? 'cross-entropy' : 'mse'),
  } as NetworkSpec;
  checkNetwork(network);
  return network;
}

/**
 * @param adapt changes the network to one that a candidate can compute
 * @throws UsageError if the pieces do not go together
 */
export function problemOf(
  chosen: Chosen,
  adapt: (network: NetworkSpec) => NetworkSpec = (network) => network,
): Problem {
  const dataset = datasetOf(chosen.data);
  const network = adapt(networkOf(chosen, dataset));
  const optimizer = optimizerSpec((chosen.optimizer ?? DEFAULTS.optimizer) as OptimizerId, {});
  const scale = dataset.mixedScales === true ? DEFAULTS.mixedScale : DEFAULTS.scale;
  return problemWith({ dataset, network, optimizer, scale, epochs: DATASET_DEFAULTS[chosen.data].epochs });
}

/** What a problem is made of. */
export interface Made {
  readonly dataset: Dataset;
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly scale: ScaleId;
  readonly epochs: number;
}

/** A problem with the command line's seed, batch size and initial weights. */
export function problemWith({ dataset, network, optimizer, scale, epochs }: Made): Problem {
  const scaling = fitScaling(scale, dataset.train);
  const { seed, initializer } = DEFAULTS;
  const batchSize = Math.min(DEFAULTS.batchSize, dataset.train.count);
  const plan = { batchSize, epochs, seed, ...(draws(network) && { network }) };
  const batches = createBatches(dataset.train, dataset.classes, scaling, plan);
  return {
    network,
    optimizer,
    scaling,
    start: initialParameters(network, initializer, seed),
    batch: batches.batch(0),
    batches,
    settings: settingsOf({ dataset, scaling, network, optimizer, batches, plan, initializer, fault: null }),
  };
}

/** The options that the command line needs for this. */
export function optionsOf({ data, hidden, activation, output, loss, optimizer }: Chosen): string {
  const given = { hidden: hidden?.join(',') ?? null, activation, output, loss, optimizer };
  const others = Object.entries(given).flatMap(([name, value]) =>
    value === null ? [] : [`--${name} ${value === '' ? 'none' : value}`],
  );
  return [`--dataset ${data}`, ...others].join(' ');
}

/** Most units of a hidden layer, and hidden layers: more would take longer than a moment. */
const MOST = { units: 256, layers: 6 };

/** Reads what a link or the part itself kept; what is not sound is as at first. */
export function chosenIn(value: unknown): Chosen {
  const given = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const text = (name: string): string | null => {
    const found = given[name];
    return typeof found === 'string' && found.length < 60 ? found : null;
  };
  const data = DATA.find((id) => id === given['data']) ?? FIRST_CHOICE.data;
  return {
    data,
    hidden: hiddenIn(given['hidden']),
    activation: text('activation'),
    output: text('output'),
    loss: text('loss'),
    optimizer: text('optimizer'),
  };
}

function hiddenIn(value: unknown): number[] | null {
  const isUnits = (n: unknown): n is number => Number.isInteger(n) && (n as number) >= 1 && (n as number) <= MOST.units;
  return Array.isArray(value) && value.length <= MOST.layers && value.every(isUnits) ? value : null;
}

/** "16, 8" as the reader writes it; null if it is not a list of units. */
export function hiddenFrom(text: string): number[] | null {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  return hiddenIn(parts.map(Number));
}

function isOneOf<Id extends string>(names: readonly Id[], name: string): name is Id {
  return (names as readonly string[]).includes(name);
}
