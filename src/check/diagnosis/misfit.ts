// How well the numbers of a known mistake fit those that were found: gradients as norms, updates
// entry by entry.
import { nameOf } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { square } from '../../numeric/elementary.ts';
import { distance, norm } from '../../numeric/norms.ts';

/**
 * A mistake must be this many times nearer to the numbers found than the right gradient is; else it
 * explains nothing.
 */
const NEARER = 10;

/**
 * Distance of the tensors found from the mistaken ones, as a share of the allowed error; at most 1
 * is an explanation, Infinity is none. The allowed error is the bound of the right gradient, as a
 * norm. It grows in proportion where the mistake made a tensor larger: most mistakes scale or
 * rearrange what was computed, and its rounding with it. A tensor whose right gradient is 0 takes
 * the proportion of all tensors together.
 */
export function gradientMisfit(
  inject: Parameters,
  found: Parameters,
  right: Parameters,
  errors: Parameters,
  missing: ReadonlySet<string>,
): number {
  const all = tensorMisfits(inject, found, right, errors, missing);
  let worst = 0;
  for (const misfit of all.toReversed()) {
    worst = Math.max(worst, misfit()); // the last layers first: they are small, and most often off
    if (!(worst <= 1)) return Infinity;
  }
  return worst;
}

/** The same of each tensor (W1, b1 ...), on request; 0 for one that is missing. */
export function tensorMisfits(
  inject: Parameters,
  found: Parameters,
  right: Parameters,
  errors: Parameters,
  missing: ReadonlySet<string>,
): (() => number)[] {
  const whole = (): number => lengthOf(errors) / lengthOf(right);
  return inject.map((tensor, t) => () => {
    if (missing.has(nameOf(tensor))) return 0;
    return misfitOf(tensor.values, found[t].values, right[t].values, norm(errors[t].values), whole);
  });
}

/** @param whole the bound of all tensors together, relative to them */
function misfitOf(
  inject: FloatArray,
  found: FloatArray,
  right: FloatArray,
  bound: number,
  whole: () => number,
): number {
  const [size, rightSize] = [norm(inject), norm(right)];
  const grown = rightSize > 0 ? bound * Math.max(1, size / rightSize) : bound + size * finite(whole());
  const [apart, off] = [distance([inject], [found]), distance([right], [found])];
  if (!(apart <= grown)) return Infinity;
  if (off > bound && !(NEARER * apart <= off)) return Infinity;
  return apart > 0 ? apart / grown : 0;
}

const finite = (x: number): number => (Number.isFinite(x) ? x : 0);

export function lengthOf(parameters: Parameters): number {
  return norm(...parameters.map(({ values }) => values));
}

/** What the parameters should be after a step, with bounds. */
export interface Expected {
  readonly parameters: Parameters;
  readonly errors: Parameters;
}

/**
 * Whether a mistake explains updated parameters, entry by entry. Each entry must be within its
 * bound of the mistaken one; the bound grows in proportion where the mistaken step is the longer
 * one, and is doubled, because a mistake may add one rounding. NaN must be NaN in both. Over the
 * entries in which the right parameters are ruled out, the mistaken ones must be nearer.
 */
export function explainsUpdate(inject: Parameters, found: Parameters, start: Parameters, expected: Expected): boolean {
  const [f, s, w, e] = [found, start, expected.parameters, expected.errors];
  const moved = w.map(({ values }, t) => distance([values], [s[t].values]));
  const whole = lengthOf(expected.errors) / norm(moved);
  let [fromMistaken, fromRight] = [0, 0];
  const fits = inject.every(({ values: m }, t) => {
    const own = norm(e[t].values) / moved[t];
    const relative = Number.isFinite(own) ? own : Number.isFinite(whole) ? whole : 0;
    return m.every((value, i) => {
      const [from, to, error, there] = [s[t].values[i], w[t].values[i], e[t].values[i], f[t].values[i]];
      if (Number.isNaN(value) || Number.isNaN(there)) return Number.isNaN(value) && Number.isNaN(there);
      const [step, right] = [Math.abs(value - from), Math.abs(to - from)];
      // An entry that should not move has almost no bound: use the tensor's.
      const allowed = right > 0 ? error * Math.max(1, step / right) : error + step * relative;
      if (!(Math.abs(there - to) <= error)) {
        fromMistaken += square(there - value);
        fromRight += square(there - to);
      }
      return Math.abs(value - there) <= 2 * allowed;
    });
  });
  return fits && 4 * fromMistaken <= fromRight;
}
