// Runs one batch of scores z through an output and a loss, forward and backward, with the project's own operations: the shares p,
// the loss, and its gradient with respect to the scores. Letters: B examples, K classes.
import { zeros } from '../../../src/numeric/matrix.ts';
import type { Matrix } from '../../../src/numeric/matrix.ts';
import { meanSquaredErrorForward } from '../../../src/ops/losses/mean-squared-error.ts';
import { softmaxCrossEntropyForward } from '../../../src/ops/losses/cross-entropy.ts';
import { BACKWARD } from '../../../src/ops/backward-rules.ts';
import { ROW_ACTIVATION } from '../../../src/ops/registry.ts';

/** The output and loss after the scores. */
export const HEADS = {
  ratio: { output: 'ratio', loss: 'mse', name: 'score over total, squared error' },
  softmaxSquared: { output: 'softmax', loss: 'mse', name: 'softmax, squared error' },
  softmaxCrossEntropy: { output: 'softmax', loss: 'cross-entropy', name: 'softmax, cross-entropy' },
} as const;
export type HeadId = keyof typeof HEADS;
export const HEAD_IDS = Object.keys(HEADS) as HeadId[];

export interface Scored {
  readonly p: Matrix; // (B, K)
  readonly loss: number;
  readonly dz: Matrix; // (B, K), d loss / d z
}

/** In binary64. @param z (B, K)  @param t (B, K) */
export function scored(head: HeadId, z: Matrix, t: Matrix): Scored {
  const { output, loss } = HEADS[head];
  const [p, dz] = [zeros('f64', z.rows, z.cols), zeros('f64', z.rows, z.cols)];
  ROW_ACTIVATION[output].forward(p, z);
  if (loss === 'cross-entropy') {
    const logp = zeros('f64', z.rows, z.cols);
    const value = softmaxCrossEntropyForward(logp, z, t);
    BACKWARD.loss(0, loss, dz, logp, t);
    return { p, loss: value, dz };
  }
  const dp = zeros('f64', z.rows, z.cols);
  const value = meanSquaredErrorForward(p, t);
  BACKWARD.loss(0, loss, dp, p, t);
  BACKWARD.activation(0, output, dz, dp, z, p);
  return { p, loss: value, dz };
}

/** Score over total without relu: z_k / Σ z_j. */
export function plainShares(z: readonly number[]): number[] {
  const total = z.reduce((sum, x) => sum + x, 0);
  return z.map((x) => x / total);
}
