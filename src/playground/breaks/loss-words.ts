// What a loss curve says of a mistake, in a sentence.
import { formatNumber } from '../../report/words/numbers.ts';
import type { Trained } from './messages.ts';

/** Steps at the end whose losses are averaged: one batch is not like another. */
const LAST = 20;
/** Up to here two losses look the same on a chart. */
const ALIKE = 0.1;

export function meanOfLast(losses: readonly number[]): number {
  const last = losses.slice(-LAST);
  return last.reduce((sum, loss) => sum + loss, 0) / last.length;
}

export function lossWords({ right, broken }: Trained): string {
  const [r, b] = [meanOfLast(right), meanOfLast(broken)];
  if (!Number.isFinite(b)) return 'It shows: the loss is no longer a number.';
  if (right.every((loss, step) => loss === broken[step])) return 'Nothing: it is the same to the last bit.';
  const numbers = `it ends at ${formatNumber(b, 3)}, and at ${formatNumber(r, 3)} where all is right`;
  if (Math.abs(b - r) <= ALIKE * Math.abs(r)) return `Nothing that one would notice: ${numbers}.`;
  if (b < r) return `It is even lower: ${numbers}.`;
  const first = broken[0] ?? NaN;
  if (b < 0.8 * first) return `It falls, so one may well be content: ${numbers}.`;
  return `It shows: ${numbers}.`;
}
