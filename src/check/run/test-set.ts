// Evaluates a trained engine on the test set.
import type { Examples } from '../../data/dataset.ts';
import { batchOf } from '../../data/batches.ts';
import type { Scaling } from '../../data/scaling.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Batch } from '../../network/batch.ts';
import type { Parameters } from '../../network/parameters.ts';
import { uniformWhereNoneIsPositive } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Dtype } from '../../numeric/dtype.ts';
import { classOf } from '../../network/batch.ts';
import { toF64 } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { LossPage } from '../../ops/losses/page.ts';
import { lossOf } from '../../ops/registry.ts';
import { boundedOutputs } from '../../bounds/forward.ts';
import type { Predicted } from '../../bounds/forward.ts';
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

/** How a trained network labels the test set; of regression, how large its loss is there. */
export interface Evaluation {
  /** Share of the test examples whose largest output is their class; null without classes. */
  readonly accuracy: number | null;
  /** The class with the largest output, one per example; null without classes. */
  readonly labels: Uint8Array | null;
  /**
   * How often examples of class r (row) were labelled c (column): K rows of K counts; null without
   * classes.
   */
  readonly confusion: readonly (readonly number[])[] | null;
  /**
   * Mean loss over the test set where the examples have targets in place of classes; null for a
   * loss that is not computed from outputs.
   */
  readonly loss?: number | null;
  /** `ratio` output: examples whose scores are all 0; else null. */
  readonly allZero: number | null;
  /** All outputs against the exact ones of these parameters; null if that was not requested. */
  readonly outputs: TensorMeasure | null;
}

/** Exact outputs of these parameters with their bounds, for inputs (B, D). */
export type OutputBounds = (parameters: Parameters, inputs: Matrix) => Predicted | Promise<Predicted>;

/** Examples predicted at once: limits memory, and lets the event loop run. */
export const CHUNK = 500;

/**
 * @param parameters those that the engine holds, if its outputs are to be judged: this shows a
 *   `predict` that is not the trained network
 * @param boundsOf what they are judged by; default: computed here
 */
export async function evaluate(
  network: NetworkSpec,
  engine: Engine,
  test: TestSet,
  parameters: Parameters | null = null,
  boundsOf: OutputBounds = (own, inputs) => boundedOutputs(network, own, inputs),
): Promise<Evaluation> {
  const { examples } = test;
  const chunks: TensorMeasure[] = [];
  const answers = examples.targets === undefined ? new Labels(network, test) : new TestLoss(network, test);
  let allZero = 0;
  for (let from = 0; from < examples.count; from += CHUNK) {
    const inputs = testInputs(test, from, CHUNK);
    const out = await engine.predict(inputs);
    if (parameters !== null)
      chunks.push(judged(await boundsOf(parameters, inputs), out, engine.dtype, from, examples.count));
    answers.add(out, from);
    const uniform = engine.dtype === 'f32' ? Math.fround(1 / out.cols) : 1 / out.cols;
    allZero += countUniformRows(out, uniform);
  }
  const outputs = worstOfEach(chunks)[0] ?? null;
  return {
    ...answers.result(),
    allZero: uniformWhereNoneIsPositive(network) ? allZero : null,
    outputs,
  };
}

type Answers = Pick<Evaluation, 'accuracy' | 'labels' | 'confusion' | 'loss'>;

/** Takes the class with the largest output; of one output, the side of its threshold. */
class Labels {
  readonly #network: NetworkSpec;
  readonly #test: TestSet;
  readonly #labels: Uint8Array;
  constructor(network: NetworkSpec, test: TestSet) {
    this.#network = network;
    this.#test = test;
    this.#labels = new Uint8Array(test.examples.count);
  }

  add(out: Matrix, from: number): void {
    for (let r = 0; r < out.rows; r++) this.#labels[from + r] = classOf(this.#network, out, r);
  }

  result(): Answers {
    const { examples, classes } = this.#test;
    const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
    for (let i = 0; i < examples.count; i++) confusion[examples.labels[i]][this.#labels[i]]++;
    const right = confusion.reduce((sum, row, k) => sum + row[k], 0);
    return { accuracy: right / examples.count, labels: this.#labels, confusion };
  }
}

/** Sums up the loss, in binary64. */
class TestLoss {
  readonly #test: TestSet;
  readonly #loss: LossPage;
  #sum = 0;
  constructor({ loss }: NetworkSpec, test: TestSet) {
    this.#test = test;
    this.#loss = lossOf(loss);
  }

  add(out: Matrix, from: number): void {
    if (this.#loss.from !== 'outputs') return;
    const p = toF64(out);
    this.#sum += this.#loss.forward(p, p, toF64(testBatch(this.#test, from, out.rows).targets)) * out.rows;
  }

  result(): Answers {
    const loss = this.#loss.from === 'outputs' ? this.#sum / this.#test.examples.count : null;
    return { accuracy: null, labels: null, confusion: null, loss };
  }
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
export function testInputs(test: TestSet, from: number, count: number): Matrix {
  return testBatch(test, from, count).inputs;
}

function testBatch({ examples, classes, scaling }: TestSet, from: number, count: number): Batch {
  const positions = Array.from({ length: Math.min(count, examples.count - from) }, (_, i) => from + i);
  return batchOf(examples, classes, scaling, positions);
}

export function countDifferent({ candidate, reference }: Pair<Uint8Array>): number {
  return candidate.reduce((count, label, i) => count + (label === reference[i] ? 0 : 1), 0);
}
