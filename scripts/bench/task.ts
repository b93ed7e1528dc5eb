// A task in a folder, which contenders in any language read: bytes, class numbers, initial parameters, and the order of the
// examples. All numbers are little-endian; inputs are byte / 255 in binary32.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { batchOf } from '../../src/data/batches.ts';
import type { Batches } from '../../src/data/batches.ts';
import type { Examples } from '../../src/data/dataset.ts';
import type { Scaling } from '../../src/data/scaling.ts';
import { namedTensors, zeroParameters } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { lastLayer } from '../../src/network/spec.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import type { OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';

/** task.json */
export interface Task {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly examples: number;
  readonly batchSize: number;
  /** The number of steps in the order. */
  readonly steps: number;
  /** null means each library's own choice. */
  readonly threads: number | null;
  readonly seed: number;
}

export const FILES = {
  task: 'task.json',
  examples: 'examples.u8',
  labels: 'labels.u8',
  parameters: 'parameters.f32',
  order: 'order.u32',
} as const;

export interface LoadedTask {
  readonly task: Task;
  readonly examples: Examples;
  readonly parameters: Parameters;
  /** (steps, B) positions. */
  readonly order: Uint32Array;
  readonly batches: Batches;
}

export function readTask(folder: string): LoadedTask {
  const read = (file: string): Uint8Array => new Uint8Array(readFileSync(join(folder, file)));
  const task = JSON.parse(readFileSync(join(folder, FILES.task), 'utf8')) as Task;
  const examples: Examples = {
    ...{ count: task.examples, width: task.network.inputs, values: read(FILES.examples) },
    labels: read(FILES.labels),
  };
  const parameters = zeroParameters(task.network, 'f32');
  const numbers = new Float32Array(read(FILES.parameters).buffer);
  let at = 0;
  for (const { values } of namedTensors(parameters)) {
    values.set(numbers.subarray(at, at + values.length));
    at += values.length;
  }
  const order = new Uint32Array(read(FILES.order).buffer);
  return { task, examples, parameters, order, batches: orderedBatches(task, examples, order) };
}

/** Batches in the order of the task. */
function orderedBatches({ network, batchSize, steps }: Task, examples: Examples, order: Uint32Array): Batches {
  const classes = lastLayer(network).units;
  const scaling: Scaling = { id: 'unit', mean: 0, deviation: 255 };
  const positions = (step: number): Uint32Array => {
    if (!(Number.isSafeInteger(step) && step >= 0 && step < steps)) throw new RangeError(`step ${step} of ${steps}`);
    return order.subarray(step * batchSize, (step + 1) * batchSize);
  };
  return {
    ...{ steps, examples, classes, scaling, positions },
    stepsPerEpoch: examples.count / batchSize,
    examplesSeen: steps * batchSize,
    batch: (step) => batchOf(examples, classes, scaling, positions(step)),
  };
}
