// Evaluates a trained engine on the test set.
import type { Examples } from '../../data/dataset.ts';
import { batchOf } from '../../data/batches.ts';
import type { Scaling } from '../../data/scaling.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Parameters } from '../../network/parameters.ts';
import { uniformWhereNoneIsPositive } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Dtype } from '../../numeric/dtype.ts';
import { classOf } from '../../network/batch.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { boundedOutputs } from '../../bounds/gradients.ts';
import { countUniformRows } from '../gradients/uniform-rows.ts';
import { measure, worstOfEach } from '../measure.ts';
import { excused } from '../out-of-range.ts';
import type { Pair } from '../pair.ts';
import type { TensorMeasure } from '../verdict.ts';

/**
 * Examples to test with, their number of classes, and the scaling that was fitted to the
 * training set.
 */
export interface TestSet {
  readonly examples: Examples;
  readonly classes: number;
  readonly scaling: Scaling;
}

/** How a trained network labels the test set. */
export interface Evaluation {
  /** Share of the test examples whose largest output is their class. */
  readonly accuracy: number;
  /** The class with the largest output, one per example. */
  readonly labels: Uint8Array;
  /** How often examples of class r (row) were labelled c (column): K rows of K counts. */
  readonly confusion: readonly (readonly number[])[];
  /** `ratio` output: examples whose scores are all 0; else null. */
  readonly allZero: number | null;
  /** All outputs against the exact ones of these parameters; null if that was not requested. */
  readonly outputs: TensorMeasure | null;
}

/** Examples predicted at once: limits memory, and lets the event loop run. */
export const CHUNK = 500;

/**
 * @param parameters those that the engine holds, if its outputs are to be judged: this shows a
 *   `predict` that is not the trained network
 */
export async function evaluate(
  network: NetworkSpec,
  engine: Engine,
  test: TestSet,
  parameters: Parameters | null = null,
): Promise<Evaluation> {
  const { examples } = test;
  const chunks: TensorMeasure[] = [];
  const labels = new Uint8Array(examples.count);
  let [right, allZero] = [0, 0];
  for (let from = 0; from < examples.count; from += CHUNK) {
    const inputs = testInputs(test, from, CHUNK);
    const out = await engine.predict(inputs);
    if (parameters !== null)
      chunks.push(judged(boundedOutputs(network, parameters, inputs), out, engine.dtype, from, examples.count));
    for (let r = 0; r < out.rows; r++) {
      labels[from + r] = classOf(network, out, r);
      if (labels[from + r] === examples.labels[from + r]) right++;
    }
    const uniform = engine.dtype === 'f32' ? Math.fround(1 / out.cols) : 1 / out.cols;
    allZero += countUniformRows(out, uniform);
  }
  const confusion = Array.from({ length: test.classes }, () => new Array<number>(test.classes).fill(0));
  for (let i = 0; i < examples.count; i++) confusion[examples.labels[i]][labels[i]]++;
  const outputs = worstOfEach(chunks)[0] ?? null;
  return {
    accuracy: right / examples.count,
    labels,
    confusion,
    allZero: uniformWhereNoneIsPositive(network) ? allZero : null,
    outputs,
  };
}

/** @param from the position of the first of these examples among all `count` */
function judged(
  { value, error, extremes }: ReturnType<typeof boundedOutputs>,
  { data }: Matrix,
  dtype: Dtype,
  from: number,
  count: number,
): TensorMeasure {
  const measured = measure({
    parameter: 'outputs',
    shape: [value.rows, value.cols],
    candidate: data,
    reference: value.data,
    exact: value.data,
    bounds: error.data,
  });
  const [row, col] = measured.index;
  const dtypes: Pair<Dtype> = { candidate: dtype, reference: 'f64' };
  return {
    ...excused(measured, { what: 'outputs' }, extremes, dtypes),
    shape: [count, value.cols],
    index: [from + row, col],
  };
}

/** Up to `count` test examples, starting at `from`, scaled: (count, D). */
export function testInputs({ examples, classes, scaling }: TestSet, from: number, count: number): Matrix {
  const positions = Array.from({ length: Math.min(count, examples.count - from) }, (_, i) => from + i);
  return batchOf(examples, classes, scaling, positions).inputs;
}

export function countDifferent({ candidate, reference }: Pair<Uint8Array>): number {
  return candidate.reduce((count, label, i) => count + (label === reference[i] ? 0 : 1), 0);
}
