// What options are where they are not given: used by the commands, shown by --help.
import type { DatasetId } from '../../data/names.ts';
import type { EngineId } from '../../engines/engine.ts';
import { optimizerPages } from '../../ops/optimizers/registry.ts';

/** A day. Timers of Node that are longer than 24 days fire at once. */
export const MOST_SECONDS = 86_400;

export const DEFAULTS = {
  dataset: 'mnist',
  scale: 'unit',
  mixedScale: 'columns',
  activation: 'relu',
  output: 'softmax',
  regressionOutput: 'linear',
  optimizer: 'sgd',
  batchSize: 64,
  seed: 1,
  initializer: 'glorot-uniform',
  engine: 'vector',
  reference: 'tfjs',
  backend: 'auto',
  out: 'results',
  baseline: 'results/baseline.json',
  port: 4173,
} as const satisfies Readonly<Record<string, string | number>> & { engine: EngineId; reference: EngineId };

/** Defaults that depend on the data set. MNIST's are those of the run that the README shows. */
export const DATASET_DEFAULTS: Record<DatasetId, { hidden: number[]; epochs: number }> = {
  mnist: { hidden: [128], epochs: 1 },
  xor: { hidden: [16], epochs: 20 },
  moons: { hidden: [16], epochs: 20 },
  spirals: { hidden: [32, 32], epochs: 20 },
  sine: { hidden: [32], epochs: 20 },
  housing: { hidden: [32], epochs: 20 },
};

/** `128 for mnist; 16 for xor, moons; 32,32 for spirals` */
export function datasetDefaults(of: (defaults: { hidden: number[]; epochs: number }) => string | number): string {
  return grouped(Object.entries(DATASET_DEFAULTS).map(([id, defaults]) => [id, String(of(defaults))]));
}

/**
 * Passes over MNIST for a network that predict trains: 96 % of the digits right, in a few seconds.
 */
export const PREDICT_EPOCHS_ON_MNIST = 3;

/** Where predict's defaults differ. */
export const PREDICT_DEFAULTS = {
  epochs: grouped(
    Object.entries(DATASET_DEFAULTS).map(([id, { epochs }]) => [
      id,
      String(id === 'mnist' ? PREDICT_EPOCHS_ON_MNIST : epochs),
    ]),
  ),
  load: 'parameters.json in --out, if it is of the same data set',
};

/** `0.01 for sgd, momentum; 0.001 for adam` */
export function learningRates(): string {
  return grouped(optimizerPages().map(({ id, learningRate }) => [id, String(learningRate)]));
}

/** The names that share a value, after that value. */
function grouped(pairs: readonly (readonly [name: string, value: string])[]): string {
  const values = [...new Set(pairs.map(([, value]) => value))];
  const namesOf = (value: string): string[] => pairs.filter((pair) => pair[1] === value).map(([name]) => name);
  return values.map((value) => `${value} for ${namesOf(value).join(', ')}`).join('; ');
}
