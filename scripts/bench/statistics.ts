// Median, quartiles and ratios of measurements taken round by round.

export interface Summary {
  readonly median: number;
  readonly q1: number;
  readonly q3: number;
  readonly min: number;
  readonly max: number;
}

/** Quantile q of sorted values, interpolated linearly (Hyndman & Fan 1996, definition 7). NaN for no values. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return NaN;
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** @throws RangeError for no values, or a value that is not a finite number */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0 || !values.every(Number.isFinite))
    throw new RangeError(`no summary of [${values.join(', ')}]`);
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    q1: quantile(sorted, 0.25),
    q3: quantile(sorted, 0.75),
    min: sorted[0],
    max: sorted[sorted.length - 1],
  };
}

/**
 * How many times faster `a` is than `b`: the median of the ratios of the rounds that both took part in. The two laps of a round
 * are close in time, so a machine that changes its speed affects both.
 */
export function ratio(a: readonly number[], b: readonly number[]): Summary | null {
  const both = Math.min(a.length, b.length);
  return both === 0 ? null : summarize(Array.from({ length: both }, (_, round) => a[round] / b[round]));
}
