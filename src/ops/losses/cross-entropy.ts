// Cross-entropy of a softmax, computed from its scores. Letters: B examples, K classes, z scores, t
// targets.
import { underflow } from '../../numeric/bounds/error-bound.ts';
import { FUNCTION_ERROR } from '../../numeric/bounds/function-errors.ts';
import { logSumExp, shareError, softmaxMixes } from '../../numeric/bounds/rows.ts';
import { UNIT_ROUNDOFF, roundingOf } from '../../numeric/dtype.ts';
import { elementaryOf } from '../../numeric/elementary.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { total } from '../../numeric/scalar.ts';
import { rowMax, softmax } from '../outputs/softmax.ts';
import { afterLoss } from '../piece-fault.ts';
import { loss } from './page.ts';

/**
 * L = -(1/B) Σ_b Σ_k t_bk · log p_bk with p = softmax(z)         z (B, K)   t (B, K)   logp (B, K)
 * logp is filled in. log p = z - log Σ_j e^z_j: nothing is divided and nothing overflows
 * (log-sum-exp).
 */
export function softmaxCrossEntropyForward(logp: Matrix, z: Matrix, t: Matrix): number {
  const [K, round, { exp, log }] = [z.cols, roundingOf(z.data), elementaryOf(z.data)];
  let sumOfLosses = 0;
  for (let r = 0; r < z.rows; r++) {
    const max = rowMax(z, r);
    let sum = 0;
    for (let k = r * K; k < (r + 1) * K; k++) sum += round(exp(round(z.data[k] - max)));
    const logSum = round(max + round(log(round(sum))));
    let own = 0;
    for (let k = r * K; k < (r + 1) * K; k++) {
      logp.data[k] = z.data[k] - logSum;
      own -= round(logp.data[k] * t.data[k]);
    }
    sumOfLosses += round(own);
  }
  return round(round(sumOfLosses) / z.rows);
}

/**
 * dz = (p - t) / B                        dz (B, K)
 * log p_j moves with z_k by [j = k] - p_k, and the targets sum to 1.
 */
export function softmaxCrossEntropyBackward(dz: Matrix, logp: Matrix, t: Matrix): void {
  const [round, { exp }] = [roundingOf(logp.data), elementaryOf(logp.data)];
  const share = round(1 / logp.rows);
  for (let i = 0; i < dz.data.length; i++) dz.data[i] = share * round(round(exp(logp.data[i])) - t.data[i]);
}

export const crossEntropy = loss({
  id: 'cross-entropy',
  formula: {
    forward: '(1/B) Σ_b -Σ_k target·log softmax(z)_k',
    start: (z) => `(softmax(${z})·Σ_j target_j - target) / B`,
  },
  from: 'scores',
  on: [softmax.id],
  targetsSumTo1: true,

  forward: softmaxCrossEntropyForward,
  backward: softmaxCrossEntropyBackward,
  bound: {
    // -Σ_k t_k log p_k and dz = (p - t) / B
    row(dz, z, t, B, fresh) {
      const u = fresh.rounding * UNIT_ROUNDOFF.f32;
      const all = logSumExp(z, fresh);
      let [value, error, size] = [0, 0, 0];
      for (let k = 0; k < t.length; k++) {
        const logp = z.value[k] - all.value;
        const elogp = all.carried[k] + all.computed + u * Math.abs(logp);
        value -= t[k] * logp;
        size += Math.abs(t[k] * logp);
        error += Math.abs(t[k]) * elogp;
        const p = all.shares[k];
        const ep = shareError(p, elogp + fresh.functions * FUNCTION_ERROR.exp);
        dz.value[k] = (p - t[k]) / B;
        dz.error[k] = ep / B + 3 * u * Math.abs(dz.value[k]) + underflow(1);
      }
      return { value, error: error + fresh.sum(t.length + 1) * size };
    },
    mixes: softmaxMixes,
    averages: 'examples',
  },

  // -Σ t_k log p_k with log p_k = z_k - log Σ e^z_j
  graph(z, t) {
    const shift = z[0].constant(Math.max(...z.map((v) => v.data)));
    const logTotal = total(z.map((v) => v.minus(shift).exp()))
      .log()
      .plus(shift);
    return total(z.map((v, k) => logTotal.minus(v).times(v.constant(t[k]))));
  },
  tfjs: (tf, t, z) => tf.losses.softmaxCrossEntropy(t, z),
  plain: 'if (t[k] !== 0) sum -= t[k]‹!› * Math.log(p[k]‹!›);',
  faults: {
    'clipped-probabilities': {
      description:
        'cross-entropy is computed from probabilities clipped to [1e-7, 1 - 1e-7]: where the network is confident and wrong, the gradient is 0',
      remedy:
        'compute cross-entropy from the scores: log p = z - log Σ e^z, with the gradient p - t (in TensorFlow.js: tf.losses.softmaxCrossEntropy)',
      formula: 'loss = -Σ_k t_k·log(min(max(p_k, 1e-7), 1 - 1e-7))',
      recipe: afterLoss((dz, logp, t) => {
        for (let r = 0; r < dz.rows; r++) clipRow(dz, logp, t, r);
      }),
    },
  },
});

const CLIP = 1e-7;

/**
 * dz_k = (p_k·Σ_j t_j - t_k) / B, where targets count only for classes whose probability is not
 * clipped.
 */
function clipRow(dz: Matrix, logp: Matrix, t: Matrix, r: number): void {
  const { exp } = elementaryOf(logp.data);
  const counts = (i: number): number => {
    const p = exp(logp.data[i]);
    return p >= CLIP && p <= 1 - CLIP ? t.data[i] : 0;
  };
  const [from, to] = [r * dz.cols, (r + 1) * dz.cols];
  let counted = 0;
  for (let i = from; i < to; i++) counted += counts(i);
  for (let i = from; i < to; i++) dz.data[i] = (exp(logp.data[i]) * counted - counts(i)) / dz.rows;
}
