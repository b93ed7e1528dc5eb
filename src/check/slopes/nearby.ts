// Where slopes are measured: a few examples, and parameters close to those of the run.
import type { Batch } from '../../network/batch.ts';
import { copyParameters, namedTensors } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Matrix } from '../../numeric/matrix.ts';

const NUDGE = 0.01;

/**
 * A place close by where no score is exactly at a kink. Zero biases above a layer that is all off give scores of exactly 0, and there a slope
 * is a matter of definition (relu'(0) = 0), not of measurement.
 */
export function nudged(parameters: Parameters, moves: (name: string) => boolean, draw: () => number): Parameters {
  const out = copyParameters(parameters, 'f64');
  for (const { name, values } of namedTensors(out))
    for (let i = 0; i < values.length && moves(name); i++) values[i] += NUDGE * draw();
  return out;
}

/** Whether a tensor is one that is learnt: a network without biases has them all the same, at 0. */
export function isLearnt(network: NetworkSpec): (tensor: string) => boolean {
  return (tensor) => network.biases !== false || tensor.startsWith('W');
}

/** At most `count` of them, from the first on. */
export function firstExamples({ inputs, targets }: Batch, count: number): Batch {
  return { inputs: firstRows(inputs, count), targets: firstRows(targets, count) };
}

function firstRows({ rows, cols, data }: Matrix, count: number): Matrix {
  const kept = Math.min(rows, count);
  return { rows: kept, cols, data: data.slice(0, kept * cols) };
}
