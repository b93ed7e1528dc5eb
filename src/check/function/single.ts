// Finds a single wrong unit among many: weights that grow along the units make its place a ratio of
// two slopes.
import type { Measured } from './place.ts';

/** How exactly a weighted slope is measured: a share of the mistake, or in errors of the whole. */
const SHARE = 1 / 64;
const ERRORS = 2;
/** The same of the sum over the units that are left. */
const ENOUGH = 1 / 6;
/** A slope that leaves a larger share of the units is not worth its evaluations: halves do that. */
const SHRINK = 0.6;

/** From -1 to 1 along the units from..to-1, 0 elsewhere. */
export type Weights = (at: number) => number;

/**
 * Where the wrong unit is, if it is one. To be confirmed: of several, this is some place in
 * between. Its slopes are a few where the mistake is clear.
 * @param n the number of units
 * @param measure the slope of the units from..to-1, each moved by its weight times as far as in
 *   `whole`, beside what the gradient says
 * @param whole the same of all units unweighted, which are known to be wrong together
 * @returns null where it is not one, or noise does not tell
 */
export async function searchSingle(
  n: number,
  measure: (from: number, to: number, weightOf: Weights, enough: number) => Promise<Measured>,
  { residual, error }: Measured,
): Promise<number | null> {
  const mistake = Math.abs(residual);
  let [from, to] = [0, n];
  while (to - from > 1) {
    const [first, last] = [from, to - 1];
    const middle = (first + last) / 2;
    const half = (last - first) / 2;
    const enough = Math.max(mistake * SHARE, ERRORS * error);
    const weighted = await measure(from, to, (at) => (at - middle) / half, enough);
    const place = weighted.residual / residual;
    const around = (weighted.error + Math.abs(place) * error) / mistake;
    from = Math.max(first, Math.ceil(middle + half * (place - around)));
    to = Math.min(last, Math.floor(middle + half * (place + around))) + 1;
    if (!(to > from) || (to - from > 1 && to - from > SHRINK * (last - first + 1))) return null;
    if (last - first + 1 < n) continue;
    const left = await measure(from, to, () => 1, mistake * ENOUGH);
    if (!(Math.abs(left.residual - residual) <= left.error + error)) return null;
  }
  return from;
}
