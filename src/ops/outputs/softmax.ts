// Shares in proportion to e^z. Letters: B examples, K classes.
//
// The order of operations is TensorFlow.js's, op by op; every line that ends in `round` is one
// op there.
import { u as oneRounding } from '../../numeric/bounds/arithmetic.ts';
import { never } from '../../numeric/bounds/branches.ts';
import { underflow } from '../../numeric/bounds/error-bound.ts';
import { expError } from '../../numeric/bounds/function-errors.ts';
import { logSumExp, shareError, softmaxMixes } from '../../numeric/bounds/rows.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { elementaryOf } from '../../numeric/elementary.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { total } from '../../numeric/scalar.ts';
import { sigmoid } from '../activations/sigmoid.ts';
import { insteadOfActivation } from '../piece-fault.ts';
import { output } from './page.ts';

/**
 * The largest score of row r, subtracted before exp so that e^z cannot overflow. It cancels in the
 * quotient.
 */
export function rowMax(z: Matrix, r: number): number {
  let max = -Infinity;
  for (let k = 0; k < z.cols; k++) max = Math.max(max, z.data[r * z.cols + k]);
  return max;
}

export const softmax = output({
  id: 'softmax',
  formula: { forward: 'exp(z_k) / Σ_j exp(z_j)', backward: 'p_k (da_k - Σ_j da_j p_j)' },
  kink: null,
  targets: [0, 1],

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
  // dz_k = p_k (dp_k - Σ_j dp_j p_j), because dp_j/dz_k = p_j ([j = k] - p_k): every score moves
  // every share
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
  bound: {
    forward(p, z, fresh) {
      const { value, computed, shares, carried } = logSumExp(z, fresh);
      shares.forEach((s, k) => {
        p.value[k] = s;
        p.error[k] = shareError(
          s,
          carried[k] + computed + 2 * fresh.functions * expError(Math.abs(z.value[k] - value)),
        );
      });
    },
    // dz_k = p_k dp_k - p_k Σ_j p_j dp_j
    backward(dz, dp, _z, p, _open, fresh) {
      const u = fresh.rounding * oneRounding;
      const K = p.value.length;
      let [sum, size, eSum] = [0, 0, 0];
      const product = (k: number): number =>
        p.error[k] * Math.abs(dp.value[k]) + (p.value[k] + p.error[k]) * dp.error[k];
      for (let k = 0; k < K; k++) {
        const term = p.value[k] * dp.value[k];
        sum += term;
        size += Math.abs(term);
        eSum += product(k);
      }
      eSum += (fresh.sum(K) + u) * size;
      for (let k = 0; k < K; k++) {
        const [first, second] = [p.value[k] * dp.value[k], p.value[k] * sum];
        dz.value[k] = first - second;
        const carried = product(k) + p.error[k] * Math.abs(sum) + (p.value[k] + p.error[k]) * eSum;
        dz.error[k] = carried + 2 * u * (Math.abs(first) + Math.abs(second)) + underflow(2);
      }
    },
    undecided: never,
    mixes: softmaxMixes,
  },

  // the largest score is subtracted first: this changes no result but keeps e^z finite
  graph(z) {
    const shift = z[0].constant(Math.max(...z.map((v) => v.data)));
    const e = z.map((v) => v.minus(shift).exp());
    const sum = total(e);
    return e.map((v) => v.over(sum));
  },
  tfjs: { whole: (tf, z) => tf.softmax(z), layer: 'softmax' },
  plain: `return z.map((row) => {
  const largest = Math.max(...row); // subtracted, so that no exponential overflows
  const e = row.map((value) => Math.exp(value - largest));
  const total = e.reduce((sum, value) => sum + value, 0);
  return e.map((value) => value / total);
});`,
  faults: {
    'softmax-elementwise': {
      description: 'softmax is treated as if each output depended only on its own score: dz = dp · p (1 - p)',
      remedy: 'dz_k = p_k (dp_k - Σ_j dp_j p_j), because every score changes every output',
      formula: 'dz_k = dp_k · p_k (1 - p_k)',
      recipe: insteadOfActivation((dz, dp, z, p) => sigmoid.backward(dz.data, dp.data, z.data, p.data)),
    },
  },
});
