// Cross-entropy of a softmax, computed from its scores; forward and backward are in
// cross-entropy-itself.ts. Letters: B examples, K classes, z scores, t
// targets.
import { u as oneRounding } from '../../numeric/bounds/arithmetic.ts';
import { underflow } from '../../numeric/bounds/error-bound.ts';
import { expError } from '../../numeric/bounds/function-errors.ts';
import { logSumExp, shareError, softmaxMixes } from '../../numeric/bounds/rows.ts';
import { elementaryOf } from '../../numeric/elementary.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { total } from '../../numeric/scalar.ts';
import { softmax } from '../outputs/softmax.ts';
import { afterLoss } from '../piece-fault.ts';
import { softmaxCrossEntropyBackward, softmaxCrossEntropyForward } from './cross-entropy-itself.ts';
import { VARIANTS, variantFaults } from './cross-entropy-variants.ts';
import { loss } from './page.ts';

export { softmaxCrossEntropyBackward, softmaxCrossEntropyForward };

export const crossEntropy = loss({
  id: 'cross-entropy',
  formula: {
    forward: '(1/B) Σ_b -Σ_k target·log softmax(z)_k',
    start: (z) => `(softmax(${z})·Σ_j target_j - target) / B`,
  },
  from: 'scores',
  on: [softmax.id],
  targetsSumTo1: true,
  known: { id: 'cross-entropy' },

  forward: softmaxCrossEntropyForward,
  backward: softmaxCrossEntropyBackward,
  bound: {
    // -Σ_k t_k log p_k and dz = (p Σ_j t_j - t) / B: rounded targets may sum to nearly 1
    row(dz, z, t, B, fresh) {
      const u = fresh.rounding * oneRounding;
      const all = logSumExp(z, fresh);
      let [value, error, size, sum] = [0, 0, 0, 0];
      for (let k = 0; k < t.length; k++) sum += t[k];
      for (let k = 0; k < t.length; k++) {
        const logp = z.value[k] - all.value;
        const elogp = all.carried[k] + all.computed + u * Math.abs(logp);
        value -= t[k] * logp;
        size += Math.abs(t[k] * logp);
        error += Math.abs(t[k]) * elogp;
        const p = all.shares[k];
        const ep = shareError(p, elogp + fresh.functions * expError(Math.abs(logp)));
        dz.value[k] = (p * sum - t[k]) / B;
        dz.error[k] = (ep * sum + p * Math.abs(sum - 1)) / B + 3 * u * Math.abs(dz.value[k]) + underflow(1);
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
  plain: 'if (t[k] !== 0) sum -= t[k]‹!› * (z[k]‹!› - logSumExp(z));',
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
    ...variantFaults({ smoothing: 0, weights: null }),
  },
  family: VARIANTS,
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
