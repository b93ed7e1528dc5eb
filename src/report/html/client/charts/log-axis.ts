// A logarithmic axis on which 0 has a place of its own, one line below all others: positions are
// exponents of ten.
import type { Axis } from './scales.ts';

export interface LogAxis extends Axis {
  /** Where a number lies; what is not a number lies nowhere. */
  readonly place: (x: number | undefined) => number | null;
}

/** Lines that fit on a chart. */
const MOST_LINES = 7;

export function logAxis(values: readonly number[], name: string): LogAxis {
  const exponents = values.filter((x) => x > 0 && Number.isFinite(x)).map((x) => Math.log10(x));
  const least = exponents.reduce((a, b) => Math.min(a, b), Infinity);
  const most = exponents.reduce((a, b) => Math.max(a, b), -Infinity);
  const max = Number.isFinite(most) ? Math.ceil(most) : -6;
  const span = max - (Number.isFinite(least) ? Math.floor(least) : -9);
  const interval = Math.max(1, Math.ceil((span + 1) / MOST_LINES));
  const lines = Math.ceil((span + 1) / interval);
  const min = max - interval * lines;
  return {
    min,
    max,
    name,
    ticks: Array.from({ length: lines + 1 }, (_, i) => min + i * interval),
    label: (exponent) => (exponent <= min ? '0' : exponent === 0 ? '1' : `1e${exponent}`),
    place: (x) => (x === undefined || !Number.isFinite(x) ? null : x === 0 ? min : Math.log10(x)),
  };
}
