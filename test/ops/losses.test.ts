// The two losses: values by definition, gradients by central differences, and saturated scores.
import { describe, expect, it } from 'vitest';
import { matrixOf } from '../../src/numeric/matrix.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { meanSquaredErrorBackward, meanSquaredErrorForward } from '../../src/ops/losses/mean-squared-error.ts';
import { softmaxCrossEntropyBackward, softmaxCrossEntropyForward } from '../../src/ops/losses/cross-entropy.ts';
import { ROW_ACTIVATION } from '../../src/ops/registry.ts';
import { unwritten } from '../tfjs-cpu.ts';
import { centralDifference, gridMatrix, tolerance } from './central-difference.ts';

const rows = (...values: number[][]): Matrix => matrixOf(values, 'f64');
const [B, K] = [6, 5];
const u = 2 ** -53;

function mseGradient(p: Matrix, t: Matrix): Matrix {
  const dp = unwritten(p.rows, p.cols, 'f64');
  meanSquaredErrorBackward(dp, p, t);
  return dp;
}

function crossEntropy(z: Matrix, t: Matrix): { loss: number; dz: Matrix; logp: Matrix } {
  const logp = unwritten(z.rows, z.cols, 'f64');
  const dz = unwritten(z.rows, z.cols, 'f64');
  const loss = softmaxCrossEntropyForward(logp, z, t);
  softmaxCrossEntropyBackward(dz, logp, t);
  return { loss, dz, logp };
}

describe('mean squared error', () => {
  it('is the mean over the batch and over the outputs', () => {
    // squares 1, 4, 9, 0, 0, 16 over 2·3 entries
    const [p, t] = [rows([1, 2, 3], [4, 5, 6]), rows([2, 0, 0], [4, 5, 2])];
    expect(meanSquaredErrorForward(p, t)).toBe(5);
    // 2 (p - t) / 6, with 1/6 rounded first: the error of 1/6 is at most u/6, that of the product u
    [-1, 2, 3, 0, 0, 4].forEach((d, i) => {
      expect(Math.abs(mseGradient(p, t).data[i] - d / 3)).toBeLessThanOrEqual((3 * u * Math.abs(d)) / 3);
    });
  });

  it('has the gradient that central differences find', () => {
    const [p, t] = [gridMatrix(1, B, K), gridMatrix(2, B, K)];
    const dp = mseGradient(p, t);
    const loss = (): number => meanSquaredErrorForward(p, t);
    // a parabola in each entry: no third derivative; |p - t|² <= 16², 3 operations per entry, then
    // divided by B·K
    const allowed = tolerance({ third: 0, size: 16 ** 2, operations: 3 });
    for (let i = 0; i < B * K; i++) {
      const slope = centralDifference(loss, p.data, i);
      expect(Math.abs(dp.data[i] - slope)).toBeLessThanOrEqual(allowed);
      if (Math.abs(slope) < 0.01) continue; // smaller slopes cannot show the errors below
      for (const wrong of [-dp.data[i], dp.data[i] / 2, dp.data[i] * K, dp.data[i] * 1.0001]) {
        expect(Math.abs(wrong - slope)).toBeGreaterThan(allowed);
      }
    }
  });
});

describe('cross-entropy', () => {
  const t = rows(
    ...Array.from({ length: B }, (_, b) =>
      b < 3 ? [0, 1, 2, 3, 4].map((k) => +(k === b)) : [0.5, 0.25, 0.125, 0.125, 0],
    ),
  );

  it('is minus the log of the share of the right class, averaged over the batch', () => {
    // shares of scores (0, log 3) are 1/4 and 3/4; -(log(3/4) + log(1/4)) / 2
    const z = rows([0, Math.log(3)], [0, Math.log(3)]);
    const { loss, dz } = crossEntropy(z, rows([0, 1], [1, 0]));
    // numbers below 2, a dozen operations
    expect(Math.abs(loss - (Math.log(4 / 3) + Math.log(4)) / 2)).toBeLessThan(12 * 2 * u);
    [0.25, -0.25, -0.75, 0.75].forEach((d, i) => expect(Math.abs(dz.data[i] - d / 2)).toBeLessThan(12 * u));
  });

  it('has the gradient that central differences find', () => {
    const z = gridMatrix(1, B, K);
    const { dz } = crossEntropy(z, t);
    // log-sum-exp has the third derivative p(1-p)(1-2p) <= 1/(6√3) in one score; losses below 32, 6
    // operations per entry, and B of them added
    const allowed = tolerance({ third: 1 / (6 * Math.sqrt(3)), size: 32, operations: 6 * K + B });
    for (let i = 0; i < B * K; i++) {
      const slope = centralDifference(() => crossEntropy(z, t).loss, z.data, i);
      expect(Math.abs(dz.data[i] - slope)).toBeLessThanOrEqual(allowed);
      if (Math.abs(slope) < 0.01) continue;
      for (const wrong of [-dz.data[i], dz.data[i] * B, dz.data[i] * 1.0001]) {
        expect(Math.abs(wrong - slope)).toBeGreaterThan(allowed);
      }
    }
  });

  it('keeps the logarithms of softmax', () => {
    const z = gridMatrix(3, B, K);
    const p = unwritten(B, K, 'f64');
    ROW_ACTIVATION.softmax.forward(p, z);
    // |z| <= 8, so |log p| < 18; a dozen operations each
    crossEntropy(z, t).logp.data.forEach((logp, i) =>
      expect(Math.abs(logp - Math.log(p.data[i]))).toBeLessThan(12 * 18 * u),
    );
  });

  it('has a gradient where softmax is saturated: [20, 0, -20] with label 2', () => {
    const { loss, dz } = crossEntropy(rows([20, 0, -20]), rows([0, 0, 1]));
    const total = 1 + Math.exp(-20) + Math.exp(-40); // log-sum-exp is 20 + log of this
    expect(Math.abs(loss - (40 + Math.log(total)))).toBeLessThan(4 * 40 * u);
    // softmax - target; log p has the error of 4 roundings of numbers up to 40
    const exact = [1 / total, Math.exp(-20) / total, Math.exp(-40) / total - 1];
    exact.forEach((d, i) => expect(Math.abs(dz.data[i] - d)).toBeLessThan(4 * 40 * u * Math.abs(d)));
    expect(exact[1]).toBeGreaterThan(2e-9); // and it is not 0, as in the clipped formula
  });

  it('is finite at scores of 1000 and -1000', () => {
    const { loss, dz } = crossEntropy(rows([1000, -1000], [-1000, -1000]), rows([0, 1], [1, 0]));
    expect(Math.abs(loss - (2000 + Math.log(2)) / 2)).toBeLessThan(4 * 2000 * u);
    [0.5, -0.5, -0.25, 0.25].forEach((d, i) => expect(Math.abs(dz.data[i] - d)).toBeLessThan(4 * 1000 * u));
  });
});
