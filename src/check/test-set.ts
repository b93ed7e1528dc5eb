// What a trained engine makes of the test set.
import type { Examples } from '../data/dataset.ts';
import { batchOf } from '../data/batches.ts';
import type { Scaling } from '../data/scaling.ts';
import type { Engine } from '../engines/engine.ts';
import { lastLayer } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { argMax } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { countUniformRows } from './gradient-check.ts';

/** Examples to test with, their number of classes, and the scaling that was fitted to the training set. */
export interface TestSet {
  readonly examples: Examples;
  readonly classes: number;
  readonly scaling: Scaling;
}

/** How a trained network labels the test set. */
export interface Evaluation {
  /** Share of the test examples whose largest output is their class. */
  readonly accuracy: number;
  /** The class with the largest output, example by example. */
  readonly labels: Uint8Array;
  /** How often examples of class r (row) were labelled c (column): K rows of K counts. */
  readonly confusion: readonly (readonly number[])[];
  /** `ratio` output: examples whose scores are all 0; else null. */
  readonly allZero: number | null;
}

/** Examples predicted at once: bounds memory, and gives an event loop its turn. */
export const CHUNK = 500;

export async function evaluate(network: NetworkSpec, engine: Engine, test: TestSet): Promise<Evaluation> {
  const { examples } = test;
  const labels = new Uint8Array(examples.count);
  let [right, allZero] = [0, 0];
  for (let from = 0; from < examples.count; from += CHUNK) {
    const out = await engine.predict(testInputs(test, from, CHUNK));
    for (let r = 0; r < out.rows; r++) {
      labels[from + r] = argMax(out, r);
      if (labels[from + r] === examples.labels[from + r]) right++;
    }
    const uniform = engine.dtype === 'f32' ? Math.fround(1 / out.cols) : 1 / out.cols;
    allZero += countUniformRows(out.rows, out.cols, out.data, uniform);
  }
  const confusion = Array.from({ length: test.classes }, () => new Array<number>(test.classes).fill(0));
  for (let i = 0; i < examples.count; i++) confusion[examples.labels[i]][labels[i]]++;
  const isRatio = lastLayer(network).activation === 'ratio';
  return { accuracy: right / examples.count, labels, confusion, allZero: isRatio ? allZero : null };
}

/** Test examples from `from` on, at most `count`, scaled: (count, D). */
export function testInputs({ examples, classes, scaling }: TestSet, from: number, count: number): Matrix {
  const positions = Array.from({ length: Math.min(count, examples.count - from) }, (_, i) => from + i);
  return batchOf(examples, classes, scaling, positions).inputs;
}

export function countDifferent(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((count, label, i) => count + (label === b[i] ? 0 : 1), 0);
}
