// The two losses, each with its gradient. Letters: B examples, K outputs, t targets.
import { roundingOf } from '../numeric/dtype.ts';
import { elementaryOf } from '../numeric/elementary.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { rowMax } from './outputs.ts';

/** L = (1/(B·K)) Σ_b Σ_k (t - p)²         p (B, K)   t (B, K) */
export function meanSquaredErrorForward(p: Matrix, t: Matrix): number {
  const [n, round] = [p.data.length, roundingOf(p.data)];
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const d = t.data[i] - p.data[i];
    sum += round(d * d);
  }
  return round(round(sum) / n);
}

/** dp = 2 (p - t) / (B·K)                 dp (B, K): the square gives the 2, the two means give B and K */
export function meanSquaredErrorBackward(dp: Matrix, p: Matrix, t: Matrix): void {
  const [n, round] = [p.data.length, roundingOf(p.data)];
  const share = round(1 / n);
  for (let i = 0; i < n; i++) dp.data[i] = share * round(2 * round(p.data[i] - t.data[i]));
}

/**
 * L = -(1/B) Σ_b Σ_k t_bk · log p_bk with p = softmax(z)         z (B, K)   t (B, K)   logp (B, K), filled in
 * log p = z - log Σ_j e^z_j, so that nothing is divided and nothing overflows (log-sum-exp).
 */
export function softmaxCrossEntropyForward(logp: Matrix, z: Matrix, t: Matrix): number {
  const [K, round, { exp, log }] = [z.cols, roundingOf(z.data), elementaryOf(z.data)];
  let total = 0;
  for (let r = 0; r < z.rows; r++) {
    const max = rowMax(z, r);
    let sum = 0;
    for (let k = r * K; k < (r + 1) * K; k++) sum += round(exp(round(z.data[k] - max)));
    const logSumExp = round(max + round(log(round(sum))));
    let loss = 0;
    for (let k = r * K; k < (r + 1) * K; k++) {
      logp.data[k] = z.data[k] - logSumExp;
      loss -= round(logp.data[k] * t.data[k]);
    }
    total += round(loss);
  }
  return round(round(total) / z.rows);
}

/** dz = (p - t) / B                        dz (B, K): log p_j moves with z_k by [j = k] - p_k, and the targets sum to 1 */
export function softmaxCrossEntropyBackward(dz: Matrix, logp: Matrix, t: Matrix): void {
  const [round, { exp }] = [roundingOf(logp.data), elementaryOf(logp.data)];
  const share = round(1 / logp.rows);
  for (let i = 0; i < dz.data.length; i++) dz.data[i] = share * round(round(exp(logp.data[i])) - t.data[i]);
}
