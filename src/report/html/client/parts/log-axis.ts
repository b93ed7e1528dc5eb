// A logarithmic axis on which 0 has a place of its own, one line below all else: positions are exponents of ten.

export interface LogAxis {
  /** Exponents: the lowest line is for 0. */
  readonly min: number;
  readonly max: number;
  /** Powers of ten between two lines. */
  readonly interval: number;
  /** Where a number lies; what is no number lies nowhere. */
  readonly place: (x: number | undefined) => number | null;
  /** What is written at a line: "1e-7", "0". */
  readonly label: (exponent: number) => string;
  /** The number at a place. */
  readonly value: (exponent: number) => number;
}

/** Lines that fit on a chart. */
const MOST_LINES = 9;

export function logAxis(values: readonly number[]): LogAxis {
  const exponents = values.filter((x) => x > 0 && Number.isFinite(x)).map((x) => Math.log10(x));
  const least = exponents.reduce((a, b) => Math.min(a, b), Infinity);
  const most = exponents.reduce((a, b) => Math.max(a, b), -Infinity);
  const top = Number.isFinite(most) ? Math.ceil(most) : -6;
  const span = top - (Number.isFinite(least) ? Math.floor(least) : -9);
  const interval = Math.max(1, Math.ceil((span + 1) / MOST_LINES));
  const min = top - interval * Math.ceil((span + 1) / interval);
  const isZero = (exponent: number): boolean => exponent <= min;
  return {
    ...{ min, max: top, interval },
    place: (x) => (x === undefined || !Number.isFinite(x) ? null : x === 0 ? min : Math.log10(x)),
    label: (exponent) => (isZero(exponent) ? '0' : exponent === 0 ? '1' : `1e${exponent}`),
    value: (exponent) => (isZero(exponent) ? 0 : 10 ** exponent),
  };
}
