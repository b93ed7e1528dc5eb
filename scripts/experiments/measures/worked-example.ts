// The mean squared error of two outputs, worked out number by number as on paper, and compared with the project's own loss.
import { oneHot } from '../../../src/data/batches.ts';
import { asDtype, matrixOf } from '../../../src/numeric/matrix.ts';
import type { Matrix } from '../../../src/numeric/matrix.ts';
import { meanSquaredErrorForward } from '../../../src/ops/losses/mean-squared-error.ts';

/** The digit both examples show. Classes are counted from 0, so digit 3 is the fourth of the ten outputs. */
export const RIGHT = 3;

/** Outputs for the digits 0 to 9. The first gives the right digit 0; the second is nearly right. */
export const OUTPUTS: readonly (readonly number[])[] = [
  [0.1, 0.2, 0.7, 0, 0, 0, 0, 0, 0, 0],
  [0, 0.1, 0, 0.6, 0, 0.2, 0, 0, 0.1, 0],
];

export interface Entry {
  readonly digit: number;
  readonly output: number;
  readonly target: number;
  /** target - output */
  readonly difference: number;
  readonly square: number;
}

export interface WorkedExample {
  readonly entries: readonly Entry[];
  /** Mean over the classes. */
  readonly mean: number;
}

export interface Worked {
  readonly examples: readonly WorkedExample[];
  /** The mean over the examples of these means. */
  readonly loss: number;
  /** The same, computed at once by the project's own operation. */
  readonly lossByOperation: number;
}

/** @param right class index of every example */
export function workOut(outputs: readonly (readonly number[])[], right: number): Worked {
  const targets = targetsOf(outputs, right);
  const examples = outputs.map((row, b) => {
    const entries = row.map((output, digit) => {
      const target = targets.data[b * targets.cols + digit];
      const difference = target - output;
      return { digit, output, target, difference, square: difference ** 2 };
    });
    return { entries, mean: entries.reduce((sum, { square }) => sum + square, 0) / entries.length };
  });
  return {
    examples,
    loss: examples.reduce((sum, { mean }) => sum + mean, 0) / examples.length,
    lossByOperation: meanSquaredErrorForward(matrixOf(outputs, 'f64'), targets),
  };
}

/** (B, K): 1 at `right`, 0 elsewhere. */
export function targetsOf(outputs: readonly (readonly number[])[], right: number): Matrix {
  const targets = oneHot(
    outputs.map(() => right),
    outputs[0].length,
  );
  return { ...targets, data: asDtype(targets.data, 'f64') };
}
