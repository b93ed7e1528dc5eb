// Where slopes are measured: a few examples, and parameters close to those of the run.
import type { Batch } from '../../network/batch.ts';
import { mapBatch } from '../../network/masks.ts';
import { assignParameters, copyParameters, isAlwaysZero } from '../../network/parameters.ts';
import type { ParameterTensor, Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { Rng } from '../../numeric/rng.ts';

export const NUDGE = 0.01;

/** Numbers that are drawn at a time. */
const SOME = 1024;

/** Whether a tensor may be moved. */
export type Moves = (tensor: Pick<ParameterTensor, 'layer' | 'role' | 'trained'>) => boolean;

/**
 * A point nearby where no score is exactly at a kink. Zero biases above a layer that is all off
 * give scores of exactly 0; there a slope is a matter of definition (relu'(0) = 0), not of
 * measurement.
 */
export function nudged(parameters: Parameters, moves: Moves, rng: Rng): Parameters {
  const out = copyParameters(parameters, 'f64');
  const some = new Float64Array(SOME);
  for (const { values } of out.filter(moves)) {
    for (let from = 0; from < values.length; from += SOME) {
      const by = some.subarray(0, values.length - from);
      rng.fillNormal(by, NUDGE);
      for (let i = 0; i < by.length; i++) values[from + i] += by[i];
    }
  }
  return out;
}

/** Whether a tensor is learnt: a network without biases keeps its bias tensors at 0. */
export function isLearnt(network: NetworkSpec): Moves {
  return (tensor) => tensor.trained !== false && !isAlwaysZero(network, tensor);
}

/** parameters + t · direction, in binary64 */
export function along(parameters: Parameters, direction: Parameters, t: number): Parameters {
  return moveAlong(copyParameters(parameters, 'f64'), parameters, direction, t);
}

/** The same, written to `out`. */
export function moveAlong(out: Parameters, parameters: Parameters, direction: Parameters, t: number): Parameters {
  assignParameters(out, parameters);
  out.forEach(({ values }, n) => {
    for (let i = 0; i < values.length; i++) values[i] += t * direction[n].values[i];
  });
  return out;
}

/** The first `count` examples, or all if there are fewer. */
export function firstExamples(batch: Batch, count: number): Batch {
  return mapBatch(batch, (m) => firstRows(m, count));
}

function firstRows({ rows, cols, data }: Matrix, count: number): Matrix {
  const kept = Math.min(rows, count);
  return { rows: kept, cols, data: data.slice(0, kept * cols) };
}
