// Cross-entropy of a softmax from its scores, forward and backward. The page is in
// cross-entropy.ts, its variants are in cross-entropy-variants.ts. Letters: B examples, K classes,
// z scores, t targets.
import { roundingOf } from '../../numeric/dtype.ts';
import { elementaryOf } from '../../numeric/elementary.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { rowMax } from '../outputs/softmax.ts';

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
