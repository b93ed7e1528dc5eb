// Adds the gradients of penalties to those of a layer.
import { dtypeOf, newArray } from '../../numeric/dtype.ts';
import type { PenaltyStep } from '../piece-fault.ts';

/**
 * dw += Σ c R'(w) for every tensor that has penalties. Several on one tensor are summed first, the
 * last one first, as TensorFlow.js goes back through a loss that adds them in their order.
 */
export function addPenalties({ dp, p, penalties }: PenaltyStep): void {
  for (const role of new Set(penalties.map((one) => one.role))) {
    const [{ values: w }, { values: dw }] = [p[role], dp[role]];
    const [sum, own] = [newArray(dtypeOf(w), w.length), newArray(dtypeOf(w), w.length)];
    const here = penalties.filter((one) => one.role === role).toReversed();
    here.forEach(({ page, factor }, n) => {
      page.backward(n === 0 ? sum : own, w, factor);
      if (n > 0) for (let i = 0; i < w.length; i++) sum[i] += own[i];
    });
    for (let i = 0; i < w.length; i++) dw[i] += sum[i];
  }
}
