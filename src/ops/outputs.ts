// Outputs that turn the K scores of one example into K shares of 1. Letters: B examples, K classes.
//
// The order of operations is TensorFlow.js's, op by op; every line that ends in `round` is one op there.
import { roundingOf } from '../numeric/dtype.ts';
import { elementaryOf } from '../numeric/elementary.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { RowActivationId } from '../network/spec.ts';

/** An output over the K scores of each example, and its derivative. */
export interface RowActivation {
  /** p (B, K) from z (B, K). */
  forward(p: Matrix, z: Matrix): void;
  /** dz (B, K) from dp (B, K), z and p. */
  backward(dz: Matrix, dp: Matrix, z: Matrix, p: Matrix): void;
}

/** Largest score of row r: subtracted before exp so that e^z cannot overflow; it cancels in the quotient. */
export function rowMax(z: Matrix, r: number): number {
  let max = -Infinity;
  for (let k = 0; k < z.cols; k++) max = Math.max(max, z.data[r * z.cols + k]);
  return max;
}

const softmax: RowActivation = {
  // p_k = e^z_k / Σ_j e^z_j
  forward(p, z) {
    const [K, round, { exp }] = [z.cols, roundingOf(z.data), elementaryOf(z.data)];
    for (let r = 0; r < z.rows; r++) {
      const max = rowMax(z, r);
      let sum = 0;
      for (let k = r * K; k < (r + 1) * K; k++) {
        p.data[k] = exp(round(z.data[k] - max));
        sum += p.data[k];
      }
      sum = round(sum);
      for (let k = r * K; k < (r + 1) * K; k++) p.data[k] /= sum;
    }
  },
  // dz_k = p_k (dp_k - Σ_j dp_j p_j), because dp_j/dz_k = p_j ([j = k] - p_k): every score moves every share
  backward(dz, dp, _z, p) {
    const [K, round] = [p.cols, roundingOf(p.data)];
    for (let r = 0; r < p.rows; r++) {
      let sum = 0;
      for (let k = r * K; k < (r + 1) * K; k++) {
        dz.data[k] = dp.data[k] * p.data[k];
        sum += dz.data[k];
      }
      sum = round(sum);
      for (let k = r * K; k < (r + 1) * K; k++) dz.data[k] -= round(sum * p.data[k]);
    }
  },
};

/** Σ_k relu(z_k) of row r: the total that `ratio` divides by. */
export function ratioTotal(z: Matrix, r: number): number {
  let sum = 0;
  for (let k = r * z.cols; k < (r + 1) * z.cols; k++) sum += Math.max(0, z.data[k]);
  return roundingOf(z.data)(sum);
}

const ratio: RowActivation = {
  // a = relu(z), p_k = a_k / Σ_j a_j; where all scores are 0 there is nothing to share out: p_k = 1/K
  forward(p, z) {
    const K = z.cols;
    for (let r = 0; r < z.rows; r++) {
      const total = ratioTotal(z, r);
      for (let k = r * K; k < (r + 1) * K; k++) p.data[k] = total > 0 ? Math.max(0, z.data[k]) / total : 1 / K;
    }
  },
  // da_k = dp_k / S - Σ_j dp_j a_j / S², because dp_j/da_k = [j = k] / S - a_j / S²; relu'(0) = 0; gradient 0 where S = 0
  backward(dz, dp, z) {
    const [K, round] = [z.cols, roundingOf(z.data)];
    for (let r = 0; r < z.rows; r++) {
      const total = ratioTotal(z, r);
      if (!(total > 0)) {
        dz.data.fill(0, r * K, (r + 1) * K);
        continue;
      }
      let sum = 0;
      for (let k = r * K; k < (r + 1) * K; k++) sum += round(dp.data[k] * Math.max(0, z.data[k]));
      const shared = -round(round(sum) / round(total * total));
      for (let k = r * K; k < (r + 1) * K; k++) {
        const da = round(round(dp.data[k] / total) + shared);
        dz.data[k] = da * (z.data[k] > 0 ? 1 : 0);
      }
    }
  },
};

/** Both outputs by name: softmax p_k = e^z_k / Σ e^z_j; ratio p_k = relu(z_k) / Σ relu(z_j), and 1/K where that sum is 0. */
export const ROW_ACTIVATION: Record<RowActivationId, RowActivation> = { softmax, ratio };

/** How many rows have no positive score: `ratio` then answers 1/K and learns nothing from the example. */
export function countAllZeroRows(z: Matrix): number {
  let count = 0;
  for (let r = 0; r < z.rows; r++) if (!(ratioTotal(z, r) > 0)) count++;
  return count;
}
