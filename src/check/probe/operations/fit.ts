// Whether a formula gives the numbers that an engine used, up to one factor for all examples.
import { dot } from '../../../numeric/norms.ts';
import { areClose } from '../close.ts';

/** What was seen in one example, and what a formula says about it. */
export interface Pair {
  readonly found: Float64Array;
  readonly wanted: Float64Array;
}

/** The factor c with found = c · wanted in all examples; null if there is none. */
export function factorOf(pairs: readonly Pair[]): number | null {
  const size = pairs.reduce((sum, { wanted }) => sum + dot(wanted, wanted), 0);
  if (!(size > 0) || !Number.isFinite(size)) return null;
  const c = pairs.reduce((sum, { found, wanted }) => sum + dot(found, wanted), 0) / size;
  const factor = Math.abs(c - 1) <= SAME ? 1 : c;
  if (!(Math.abs(factor) > 0)) return null;
  const fits = pairs.every(({ found, wanted }) =>
    areClose(
      found,
      wanted.map((value) => factor * value),
    ),
  );
  return fits ? factor : null;
}

/** Factors nearer to 1 than this are 1. */
const SAME = 1e-5;

/** Whether a formula gives enough numbers of different size, or zeros, to be told from others. */
export function isTelling(pairs: readonly Pair[]): boolean {
  const sizes = new Set<string>();
  let [zeros, others] = [0, 0];
  for (const { wanted } of pairs) {
    for (const x of wanted) {
      if (x === 0) zeros++;
      else others++;
      if (Number.isFinite(x) && x !== 0) sizes.add(Math.abs(x).toPrecision(4));
      if (sizes.size >= ENOUGH || Math.min(zeros, others) >= 2 * ENOUGH) return true;
    }
  }
  return false;
}

/** Different numbers from which a coincidence is out of the question. */
const ENOUGH = 4;

/** What a factor is likely to be. K outputs, `units` of the layer and of the one above. */
export function meaningOf(c: number, sizes: { readonly K: number; readonly units: number }): string | null {
  const known: [number, string][] = [
    [-1, 'the sign is wrong'],
    [2, 'a factor 2 too much'],
    [0.5, 'a factor 2 is missing'],
    [sizes.K, `${sizes.K} is the number of outputs`],
    [1 / sizes.K, `${sizes.K} is the number of outputs`],
    [sizes.units, `${sizes.units} is the number of units`],
    [1 / sizes.units, `${sizes.units} is the number of units`],
    [Math.LN2, 'ln 2: a logarithm to base 2'],
    [Math.LOG2E, '1 / ln 2: a logarithm to base 2'],
    [Math.LOG10E, '1 / ln 10: a logarithm to base 10'],
    [Math.LN10, 'ln 10: a logarithm to base 10'],
  ];
  const fitting = known.filter(([value]) => value !== 1 && Math.abs(c / value - 1) <= SAME);
  return fitting.length === 0 ? null : fitting[0][1];
}

/** 2, 1/3, 2/3, 0.75, -0.7213 */
export function formatNumber(c: number): string {
  const near = (value: number): boolean => Math.abs(c / value - 1) < 1e-5;
  if (c === 0) return '0';
  const whole = Math.round(c);
  if (whole !== 0 && near(whole)) return String(whole);
  const part = Math.round(1 / c);
  if (Math.abs(part) > 1 && near(1 / part)) return part < 0 ? `-1/${-part}` : `1/${part}`;
  const short = Number(c.toPrecision(4));
  const of =
    near(short) && String(short).length <= 4
      ? undefined
      : DIVISORS.find((d) => Math.abs(c * d) < LARGEST_NUMERATOR && near(Math.round(c * d) / d));
  return of === undefined ? String(short) : `${Math.round(c * of)}/${of}`;
}

/** With larger ones, some fraction is near any number. */
const LARGEST_NUMERATOR = 30;

/** Of fractions that have no short decimals. */
const DIVISORS = [3, 6, 7, 9, 11, 12, 13];
