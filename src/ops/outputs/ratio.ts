// Shares in proportion to relu(z). Letters: B examples, K classes.
//
// The order of operations is TensorFlow.js's, op by op; every line that ends in `round` is one
// op there.
import { u as oneRounding } from '../../numeric/bounds/arithmetic.ts';
import type { Tensor2D } from '@tensorflow/tfjs';
import { eitherSideOf0 } from '../../numeric/bounds/branches.ts';
import { underflow } from '../../numeric/bounds/error-bound.ts';
import type { Extreme } from '../../numeric/bounds/extremes.ts';
import { UNKNOWN, row } from '../../numeric/bounds/rows.ts';
import type { Fresh, Row } from '../../numeric/bounds/rows.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { square } from '../../numeric/elementary.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { total } from '../../numeric/scalar.ts';
import type { Tf } from '../twin.ts';
import { output } from './page.ts';

/** Σ_k relu(z_k) of row r: the total that `ratio` divides by. */
export function ratioTotal(z: Matrix, r: number): number {
  let sum = 0;
  for (let k = r * z.cols; k < (r + 1) * z.cols; k++) sum += Math.max(0, z.data[k]);
  return roundingOf(z.data)(sum);
}

export const ratio = output({
  id: 'ratio',
  formula: {
    forward: 'r_k / Σ_j r_j with r = max(0, z); 1/K where all r are 0',
    backward: '(da_k - Σ_j da_j p_j) / Σ_j r_j where z_k > 0, else 0',
  },
  kink: 0,
  uniformWhereNoneIsPositive: true,
  targets: [0, 1],

  // a = relu(z), p_k = a_k / Σ_j a_j. If all a_j are 0, there is nothing to share: p_k = 1/K.
  forward(p, z) {
    const K = z.cols;
    for (let r = 0; r < z.rows; r++) {
      const sum = ratioTotal(z, r);
      for (let k = r * K; k < (r + 1) * K; k++) p.data[k] = sum > 0 ? Math.max(0, z.data[k]) / sum : 1 / K;
    }
  },
  // da_k = dp_k / S - Σ_j dp_j a_j / S², because dp_j/da_k = [j = k] / S - a_j / S²; relu'(0) = 0;
  // gradient 0 where S = 0
  backward(dz, dp, z) {
    const [K, round] = [z.cols, roundingOf(z.data)];
    for (let r = 0; r < z.rows; r++) {
      const S = ratioTotal(z, r);
      if (!(S > 0)) {
        dz.data.fill(0, r * K, (r + 1) * K);
        continue;
      }
      let sum = 0;
      for (let k = r * K; k < (r + 1) * K; k++) sum += round(dp.data[k] * Math.max(0, z.data[k]));
      const shared = -round(round(sum) / round(S * S));
      for (let k = r * K; k < (r + 1) * K; k++) {
        const da = round(round(dp.data[k] / S) + shared);
        dz.data[k] = da * (z.data[k] > 0 ? 1 : 0);
      }
    }
  },
  bound: {
    // If binary32 does not decide whether S is 0, anything from 0 to 1 is right.
    forward(p, z, fresh) {
      const u = fresh.rounding * oneRounding;
      const { a, S, eS } = scoresAndTotal(z, fresh);
      const undecided = eS > 0 && S <= eS;
      for (let k = 0; k < a.value.length; k++) {
        p.value[k] = S > 0 ? a.value[k] / S : 1 / a.value.length;
        p.error[k] = undecided
          ? 1
          : S > 0
            ? (a.error[k] + p.value[k] * eS) / (S - eS) + 2 * u * p.value[k]
            : u * p.value[k];
      }
    },
    // a = relu(z), da_k = dp_k / S - Σ_j dp_j a_j / S². dz_k = da_k where z_k > 0; where that is
    // undecided, anything from 0 to da_k.
    backward(dz, dp, z, _p, open, fresh) {
      const u = fresh.rounding * oneRounding;
      const K = z.value.length;
      const { a, S, eS } = scoresAndTotal(z, fresh);
      dz.value.fill(0);
      dz.error.fill(0);
      if (S === 0 && eS === 0) return;
      const low = S - eS; // the smallest possible S
      let [dot, size, eDot] = [0, 0, 0];
      for (let k = 0; k < K; k++) {
        const term = dp.value[k] * a.value[k];
        dot += term;
        size += Math.abs(term);
        eDot += dp.error[k] * (a.value[k] + a.error[k]) + Math.abs(dp.value[k]) * a.error[k];
      }
      eDot += (fresh.sum(K) + u) * size;
      const shared = S > 0 ? dot / (S * S) : 0;
      const eShared =
        low > 0 ? (eDot + Math.abs(shared) * (2 * S + eS) * eS) / (low * low) + 3 * u * Math.abs(shared) : UNKNOWN;
      for (let k = 0; k < K; k++) {
        const own = S > 0 ? dp.value[k] / S : 0;
        const da = own - shared;
        const eOwn = low > 0 ? (dp.error[k] + Math.abs(own) * eS) / low + u * Math.abs(own) : UNKNOWN;
        const eda = eOwn + eShared + u * Math.abs(da) + underflow(2);
        dz.value[k] = z.value[k] > 0 ? da : 0;
        if (open(k)) {
          dz.error[k] = eda + Math.abs(da) / 2;
          dz.shift[k] = da / 2 - dz.value[k];
        } else if (z.value[k] > 0) {
          dz.error[k] = eda;
        }
      }
    },
    undecided: eitherSideOf0,
    extremes: totals,
  },

  graph(z) {
    const a = z.map((v) => v.relu());
    const sum = total(a);
    return sum.data > 0 ? a.map((v) => v.over(sum)) : a.map((v) => v.constant(1 / a.length));
  },
  tfjs: { whole: (tf, z) => shareOut(tf, tf.relu(z)), layer: 'relu', rest: shareOut },
});

/**
 * a / Σa; 1/K where the total is 0. `none` is 1 there and 0 elsewhere, so nothing is divided by 0
 * (where() would let 0/0 through as NaN in the gradient) and nothing else changes.
 * relu'(z <= 0) = 0 then makes the gradient of such an example 0.
 */
function shareOut(tf: Tf, a: Tensor2D): Tensor2D {
  const sum = tf.sum(a, 1, true);
  const none = tf.sub(1, tf.step(sum));
  return tf.add(tf.div(a, tf.add(sum, none)), tf.div(none, a.shape[1]));
}

function scoresAndTotal(z: Row, { sum }: Fresh): { a: Row; S: number; eS: number } {
  const a = row(z.value.length);
  let [S, eS] = [0, 0];
  z.value.forEach((x, k) => {
    a.value[k] = Math.max(0, x);
    a.error[k] = x + z.error[k] <= 0 ? 0 : z.error[k];
    S += a.value[k];
    eS += a.error[k];
  });
  return { a, S, eS: eS + sum(z.value.length) * S };
}

/** The sums S of the scores, and S², which the backward pass divides by. */
function totals(z: Matrix, layer: number): Extreme[] {
  const all = Array.from({ length: z.rows }, (_, r) => ratioTotal(z, r)).filter((S) => S > 0);
  const [most, least] = [Math.max(0, ...all), Math.min(Infinity, ...all)];
  return [
    { stage: 'forward', layer, name: `Σa${layer}`, size: most },
    { stage: 'backward', layer, name: `(Σa${layer})²`, size: square(most) },
    { stage: 'backward', layer, name: `(Σa${layer})²`, size: square(least), divides: true },
  ];
}
