// The loss of a batch with its bound, and the gradient with which the backward pass starts.
//
// Letters as in gradients.ts.
import { u, uInSum, uStored } from '../numeric/bounds/arithmetic.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { LAMBDA, PORTIONS, underflow } from '../numeric/bounds/error-bound.ts';
import { peakOf } from '../numeric/bounds/extremes.ts';
import type { Extreme } from '../numeric/bounds/extremes.ts';
import { boundOf, settle, tracked } from '../numeric/bounds/tracked.ts';
import type { Tracked } from '../numeric/bounds/tracked.ts';
import { square } from '../numeric/elementary.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { lossOf } from '../ops/registry.ts';
import { boundOfLoss } from './of-page.ts';
import { NOTHING_MIXED, inThreeParts, separate } from './row-errors.ts';

/** Scores and activations of a layer. */
interface Scored {
  readonly z: Tracked;
  readonly a: Tracked;
}

/** An output at which the gradient of the loss jumps: more than one gradient is right. */
interface Open {
  readonly example: number;
  readonly unit: number;
}

/**
 * The loss, and the gradient that starts the backward pass: dz of the last layer for a loss from
 * scores, da for a loss from outputs.
 */
export function lossPass(
  network: NetworkSpec,
  layers: readonly Scored[],
  targets: Matrix,
  alike: Float64Array,
  extremes: Extreme[],
): { loss: { value: number; error: number }; start: Tracked; open: Open[] } {
  const { z, a } = layers.at(-1) as Scored;
  const lossPage = lossOf(network.loss);
  const [{ from: startsFrom }, bound] = [lossPage, boundOfLoss(lossPage)];
  const from = startsFrom === 'scores' ? z : a;
  const [B, K] = [targets.rows, targets.cols];
  const start = tracked(B, K);
  const undecided: Open[] = [];
  let [value, size, worst, systematic, squares] = [0, 0, 0, 0, 0];
  for (let r = 0; r < B; r++) {
    const t = targets.data.subarray(r * K, (r + 1) * K) as Float64Array;
    const open = t.reduce<Set<number>>((all, target, k) => {
      const i = r * K + k;
      return bound.undecided?.(from.value.data[i], from.error.data[i], target) === true ? all.add(k) : all;
    }, new Set());
    for (const unit of open) undecided.push({ example: r, unit });
    const own: number[] = []; // error of this example's loss: systematic part, on their scale, worst case
    inThreeParts(start, r, [from], ([scores], gradient, fresh) => {
      const one = bound.row(gradient, scores, t, B, fresh, (k) => open.has(k));
      if (own.push(one.error) === 1) [value, size] = [value + one.value, size + Math.abs(one.value)];
    });
    separate(start, r, from, bound.mixes?.(from, r, a.value) ?? NOTHING_MIXED);
    systematic += own[0];
    squares += alike[r] * square((own[1] - own[0]) / LAMBDA);
    worst += own[2];
  }
  settle(start);
  const layer = layers.length;
  const overEntries = bound.averages === 'entries'; // summed before they are averaged
  extremes.push({ stage: 'loss', layer, name: 'loss', size: size * (overEntries ? K : 1) });
  extremes.push({
    stage: 'backward',
    layer,
    name: startsFrom === 'scores' ? `dz${layer}` : `da${layer}`,
    size: peakOf(start.value.data) * (overEntries ? B * K : 1),
  });
  // The terms have one sign and often one size, and any order is possible, so their roundings need
  // not be independent. On average a partial sum is half of the total.
  const terms = overEntries ? B * K : B;
  const summing = ((terms / 2) * uInSum + PORTIONS * uStored + 2 * u) * size; // 2u: 1/B, and the product with it
  const error = boundOf(worst, systematic, Math.sqrt(squares)) + summing;
  return { loss: { value: value / B, error: error / B + underflow(2) }, start, open: undecided };
}
