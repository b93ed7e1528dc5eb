// Writes a scenario's task into a temporary folder, which is removed after the scenario.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstExamples } from '../../src/data/dataset.ts';
import type { Examples } from '../../src/data/dataset.ts';
import { loadMnist } from '../../src/data/mnist.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { namedTensors } from '../../src/network/parameters.ts';
import { createRng, permutation } from '../../src/numeric/rng.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { networkOf } from './scenarios.ts';
import type { Data, Scenario } from './scenarios.ts';
import { FILES } from './task.ts';
import type { Task } from './task.ts';

/** The order holds at least this many positions, so that a lap of a fast engine fits. */
const POSITIONS = 1_200_000;

export interface TaskFolder {
  readonly folder: string;
  readonly task: Task;
  /** The share of inputs that are not 0. */
  readonly density: number;
  remove(): void;
}

export function writeTask(scenario: Scenario, threads: number | null, seed: number): TaskFolder {
  const folder = mkdtempSync(join(tmpdir(), 'backproof-bench-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const examples = examplesOf(scenario.data, seed);
  const { optimizer, learningRate, batchSize } = scenario;
  const epochs = Math.ceil(POSITIONS / examples.count);
  const task: Task = {
    network: networkOf(scenario),
    optimizer: optimizerSpec(optimizer, { learningRate }),
    ...{ examples: examples.count, batchSize, steps: (epochs * examples.count) / batchSize, threads, seed },
  };
  const write = (file: string, numbers: NodeJS.ArrayBufferView | string): void =>
    writeFileSync(join(folder, file), numbers);
  write(FILES.examples, examples.values);
  write(FILES.labels, examples.labels);
  write(FILES.parameters, flat(task, seed));
  write(FILES.order, orderOf(examples.count, epochs, seed));
  write(FILES.task, JSON.stringify(task));
  return { folder, task, density: densityOf(examples.values), remove };
}

function flat({ network }: Task, seed: number): Float32Array {
  const tensors = namedTensors(initialParameters(network, 'glorot-uniform', seed));
  return Float32Array.from(tensors.flatMap(({ values }) => Array.from(values)));
}

/** Shuffled again in each epoch. */
function orderOf(count: number, epochs: number, seed: number): Uint32Array {
  const order = new Uint32Array(epochs * count);
  for (let e = 0; e < epochs; e++) order.set(permutation(createRng(seed, `bench epoch ${e}`), count), e * count);
  return order;
}

function examplesOf(data: Data, seed: number): Examples {
  if (data.kind === 'mnist') return firstExamples(loadMnist().train, data.examples);
  const { examples: count, inputs: width, classes, density } = data;
  const rng = createRng(seed, `bench random ${density}`);
  const values = Uint8Array.from({ length: count * width }, () => (rng.uniform() < density ? 1 + rng.below(255) : 0));
  return { count, width, values, labels: Uint8Array.from({ length: count }, () => rng.below(classes)) };
}

function densityOf(values: ArrayLike<number>): number {
  let nonZero = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) nonZero++;
  return nonZero / values.length;
}
