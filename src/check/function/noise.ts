// How exactly a function can be computed at all: the noise of its values along a line. Single
// precision, iterative solvers and rough sums are recognised, not declared.
import { UNIT_ROUNDOFF } from '../../numeric/dtype.ts';
import { ofTable } from '../slopes/noise.ts';
import type { Line } from './line.ts';

/** The noise of a function. */
export interface Noise {
  /** Standard deviation of the error of one value. */
  readonly sigma: number;
  /** All values that were seen are binary32 numbers. */
  readonly single: boolean;
  /** Half the distance from 1 to the next number of that precision. */
  readonly unit: number;
}

const POINTS = 9;
/**
 * Steps in units of the direction, which is as long as the parameters. No powers of 2: their
 * rounding errors come in a row.
 */
const FIRST = 1.3 * 2 ** -24; // few kinks are as near; in binary64 the third difference is noise
/** For a second estimate. */
export const OTHER_FIRST = 1.9 * 2 ** -22;
const LARGER = [1.3 * 2 ** -16, 1.3 * 2 ** -10, 1.3 * 2 ** -6];
/** An unclear estimate is too large, or by chance too small by as much. */
const UNCLEAR = 4;
const SMALLER = [1.3 * 2 ** -32, 1.3 * 2 ** -40];

/** Rounded to binary32, values are hardly ever as near to a line, as a share of the value. */
const SUSPICIOUS = 2 ** -27;

/**
 * What rounding the parameters themselves does, as a share of a slope along a line as long as they
 * are.
 */
const ROUNDED = 0.5;

/**
 * ECnoise (Moré & Wild 2011, Estimating computational noise, SIAM J. Sci. Comput. 33(3), section
 * 3), at the first step that gives a clear estimate: larger ones where most values are the same,
 * smaller ones where differences still tell of f itself. Never below the rounding of the value, and
 * of the parameters: over nine points rounding errors may by chance be in a row.
 * Where no step is clear, the smallest of the unclear estimates, which are all too large.
 */
export async function noiseAlong({ phi, value }: Line, first = FIRST): Promise<Noise> {
  let unclear = Infinity;
  let largest: number | null = null;
  let again = false;
  let steepest = 0;
  const seen = [value];
  const floor = (estimate: number): Noise => {
    const sigma = Math.min(estimate, UNCLEAR * unclear); // kinks of larger steps look like noise
    const single = isSingle(seen);
    const unit = UNIT_ROUNDOFF[single ? 'f32' : 'f64'];
    // the same value everywhere: how roughly it was computed is not known
    const size = steepest === 0 ? Math.max(1, Math.abs(value)) : Math.abs(value);
    return { sigma: Math.max(sigma, size * unit, ROUNDED * steepest * unit), single, unit };
  };
  const steps = [first, ...LARGER];
  for (let h = steps.shift(); h !== undefined; h = steps.shift()) {
    const values: number[] = [];
    for (let i = 0; i < POINTS; i++) {
      const t = (i - (POINTS - 1) / 2) * h;
      values.push(t === 0 ? value : await phi(t));
    }
    if (!values.every(Number.isFinite)) {
      if (h === first) steps.splice(0, steps.length, ...SMALLER);
      continue;
    }
    seen.push(...values);
    steepest = Math.max(steepest, Math.abs(values[POINTS - 1] - values[0]) / ((POINTS - 1) * h));
    if (new Set(values).size <= POINTS / 2) continue;
    const { clear, bound } = ofTable(withoutKink(values));
    if (clear !== null) {
      largest = Math.max(largest ?? 0, clear);
      // rounded numbers that are few may by chance be in a row: binary32 is asked at another step
      if (again || !isSingle(seen) || clear > Math.abs(value) * SUSPICIOUS) return floor(largest);
      again = true;
      steps.unshift(4 * h); // there are fewer kinks than at much larger ones
      continue;
    }
    unclear = Math.min(unclear, bound);
    if (largest !== null) return floor(largest);
    if (h === first) steps.splice(0, steps.length, ...SMALLER);
  }
  return floor(largest ?? (unclear === Infinity ? 0 : unclear));
}

/** A kink at the point itself would look like noise: the middle second difference stands out. */
const STANDS_OUT = 16;

/** The values without a kink at their middle. */
function withoutKink(values: readonly number[]): readonly number[] {
  const middle = (POINTS - 1) / 2;
  const second = values.slice(2).map((x, i) => x - 2 * values[i + 1] + values[i]);
  const others = Math.max(...second.filter((_, i) => i !== middle - 1).map(Math.abs));
  if (!(Math.abs(second[middle - 1]) > STANDS_OUT * others)) return values;
  return values.map((x, i) => x - (Math.abs(i - middle) * second[middle - 1]) / 2);
}

/**
 * Whether no number needs more than 24 bits. Whole numbers tell nothing, unless nothing else is
 * known: then the coarser precision is the careful answer.
 */
function isSingle(values: readonly number[]): boolean {
  const telling = values.filter((x) => !Number.isInteger(x));
  if (telling.length === 0) return new Set(values).size === 1;
  return telling.every((x) => Math.fround(x) === x);
}
