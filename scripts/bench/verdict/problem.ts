// The batch and the network of a gradcheck, in a folder that gradient checks in any language can
// read: problem.json, and numbers in little-endian.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBatches } from '../../../src/data/batches.ts';
import type { Dataset } from '../../../src/data/dataset.ts';
import { loadDataset } from '../../../src/data/load.ts';
import type { DatasetId } from '../../../src/data/names.ts';
import { fitScaling } from '../../../src/data/scaling.ts';
import type { Batch } from '../../../src/network/batch.ts';
import { initialParameters } from '../../../src/network/initializers.ts';
import { namedTensors, zeroParameters } from '../../../src/network/parameters.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import { lastLayer } from '../../../src/network/spec.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { reluNetwork } from '../scenarios.ts';
import { SEED } from './tasks.ts';
import type { Problem } from './tasks.ts';

/** problem.json */
interface Description {
  readonly network: NetworkSpec;
  /** Examples of the batch. */
  readonly examples: number;
  /** Parameters to try with two evaluations each. */
  readonly sample: number | null;
}

const FILES = {
  problem: 'problem.json',
  inputs: 'inputs.f32', // (B, D)
  targets: 'targets.f32', // (B, K), one-hot
  parameters: 'parameters.f32', // W1 (I, O), b1 (O), W2 ...
} as const;

export interface LoadedProblem {
  readonly network: NetworkSpec;
  readonly batch: Batch;
  readonly parameters: Parameters;
  readonly sample: number | null;
}

/** Writes what gradcheck checks: its first batch and its initial parameters. */
export type ProblemWriter = (folder: string, problem: Problem) => void;

/** Loads each data set once. */
export function createProblemWriter(): ProblemWriter {
  const datasets = new Map<DatasetId, Dataset>();
  return (folder, { dataset: id, hidden, batchSize, sample }) => {
    const dataset = datasets.get(id) ?? loadDataset({ dataset: id, seed: SEED });
    datasets.set(id, dataset);
    const { train, classes } = dataset;
    const network = reluNetwork(train.width, hidden, classes);
    const batches = createBatches(train, classes, fitScaling('unit', train), { batchSize, epochs: 1, seed: SEED });
    const { inputs, targets } = batches.batch(0);
    const description: Description = { network, examples: batchSize, sample };
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, FILES.problem), JSON.stringify(description));
    writeFileSync(join(folder, FILES.inputs), Float32Array.from(inputs.data));
    writeFileSync(join(folder, FILES.targets), Float32Array.from(targets.data));
    writeFileSync(join(folder, FILES.parameters), flat(initialParameters(network, 'glorot-uniform', SEED)));
  };
}

function flat(parameters: Parameters): Float32Array {
  const tensors = namedTensors(parameters);
  const all = new Float32Array(tensors.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const { values } of tensors) {
    all.set(values, at);
    at += values.length;
  }
  return all;
}

/** In binary64, in which differences are taken. */
export function readProblem(folder: string): LoadedProblem {
  const { network, examples, sample } = JSON.parse(readFileSync(join(folder, FILES.problem), 'utf8')) as Description;
  const numbers = (file: string): Float64Array =>
    Float64Array.from(new Float32Array(new Uint8Array(readFileSync(join(folder, file))).buffer));
  const parameters = zeroParameters(network, 'f64');
  const all = numbers(FILES.parameters);
  let at = 0;
  for (const { values } of namedTensors(parameters)) {
    values.set(all.subarray(at, at + values.length));
    at += values.length;
  }
  const inputs = { rows: examples, cols: network.inputs, data: numbers(FILES.inputs) };
  const targets = { rows: examples, cols: lastLayer(network).units, data: numbers(FILES.targets) };
  return { network, batch: { inputs, targets }, parameters, sample };
}
