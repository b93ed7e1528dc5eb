// Whether a rule gives the numbers of an engine, entry by entry, to within rounding.
import { UNIT_ROUNDOFF } from '../../../numeric/dtype.ts';
import type { Dtype } from '../../../numeric/dtype.ts';
import type { Observed } from './histories.ts';
import type { Rule } from './rule.ts';
import type { Noise } from './running.ts';
import { simulate } from './simulate.ts';
import type { Step } from './simulate.ts';

/** What a rule is compared with. */
export interface Suspect {
  readonly observed: Observed;
  readonly lr: number;
  readonly dtype: Dtype;
  /** Whether a cell must be explained; others are only gone along with. */
  readonly counts: (tensor: number) => boolean;
}

/** Roundings of one step: of products, sums, a root and a quotient. */
const ROUNDINGS = 32;
/** A first look lets this much of a step pass: 1 - β₂ has few right digits. */
const LOOSE: Record<Dtype, number> = { f32: 1e-3, f64: 1e-9 };
/** Which number of a rule is moved, by how many roundings. */
const NOISES: readonly (readonly [keyof Noise, number])[] = [
  ['memory1', 2],
  ['fresh1', 2],
  ['memory2', 2],
  ['fresh2', 2],
  ['square', 4],
  ['one1', 2],
  ['one2', 2],
  ['epsilon', 4],
];

/** The rounding of the weights: the stored one, and the one that was started from. */
export function storing(before: number, after: number, dtype: Dtype): number {
  return 2 * UNIT_ROUNDOFF[dtype] * (Math.abs(before) + Math.abs(after));
}

const isSame = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));

/**
 * The factor by which the rule's steps would have to be multiplied, step by step; null where no
 * factor fits. Only a first look: rounding is judged loosely.
 */
export function factorsOf(rule: Rule, { observed, lr, dtype, counts }: Suspect): number[] | null {
  const factors: number[] = [];
  const { cells, before, after } = observed;
  const largest = new Float64Array(cells.at.length);
  let fits = true;
  simulate(rule, lr, observed, ({ step, scaled, unscaled }) => {
    let [sharpest, factor] = [0, 1];
    for (let c = 0; c < scaled.length; c++) {
      if (!counts(cells.tensor[c])) continue;
      const [w, found] = [before[step][c], after[step][c]];
      const sharp = Math.abs(scaled[c]) / (storing(w, found, dtype) + LOOSE[dtype] * Math.abs(scaled[c]) + 1e-300);
      if (!(sharp > sharpest) || !Number.isFinite(found)) continue;
      [sharpest, factor] = [sharp, (w - found - unscaled[c]) / scaled[c]];
    }
    factors.push(factor);
    for (let c = 0; c < scaled.length && fits; c++) {
      if (!counts(cells.tensor[c])) continue;
      const [w, found, move] = [before[step][c], after[step][c], factor * scaled[c] + unscaled[c]];
      largest[c] = Math.max(largest[c], Math.abs(move));
      const allowed = storing(w, found, dtype) + LOOSE[dtype] * largest[c];
      fits = Math.abs(w - move - found) <= allowed || isSame(w - move, found);
    }
    return fits;
  });
  return fits ? factors : null;
}

/** The steps of a rule, up to this one: [step][cell]. */
export function movesOf(
  rule: Rule,
  { observed, lr }: Pick<Suspect, 'observed' | 'lr'>,
  noise?: Noise,
  last = Infinity,
): Float64Array[] {
  const moves: Float64Array[] = [];
  const keep = ({ step, scaled, unscaled }: Step): boolean => {
    const all = scaled.slice();
    for (let c = 0; c < all.length; c++) all[c] += unscaled[c];
    moves.push(all);
    return step < last;
  };
  simulate(rule, lr, observed, keep, noise);
  return moves;
}

/** Whether a rule gives the engine's numbers of all tensors that count. */
export function fits(rule: Rule, suspect: Suspect, noises = NOISES): boolean {
  const given = explainedBy(rule, suspect, noises);
  return given.every((right, t) => right || !suspect.counts(t));
}

/**
 * Tensors whose numbers a rule gives. Allowed is the rounding of the stored weights, ROUNDINGS of
 * the largest step so far, and what the rule's step changes when its numbers (β, 1 - β, g², ε) are
 * rounded; but no more of a step than LOOSE: a rule whose step is all rounding explains nothing.
 * @param noises the numbers of a rule whose rounding is allowed for
 */
export function explainedBy(rule: Rule, suspect: Suspect, noises = NOISES): boolean[] {
  const { observed, dtype, counts } = suspect;
  const moves = movesOf(rule, suspect);
  const u = UNIT_ROUNDOFF[dtype];
  const loosely = tensorsWithin(moves, suspect, () => Infinity);
  if (!loosely.some((right, t) => right && counts(t))) return loosely;
  const noisy = noises.map(([which, roundings]) => movesOf(rule, suspect, { [which]: roundings * u }));
  return tensorsWithin(moves, { observed, dtype }, (k, c, largest) => {
    let rounding = ROUNDINGS * u * largest;
    for (const other of noisy) rounding += Math.abs(other[k][c] - moves[k][c]);
    return rounding;
  });
}

/** Tensors of which all steps are within the rounding of the weights, and that of the steps. */
function tensorsWithin(
  moves: readonly Float64Array[],
  { observed, dtype }: Pick<Suspect, 'observed' | 'dtype'>,
  roundingOf: (step: number, cell: number, largest: number) => number,
): boolean[] {
  const { cells, tensors, before, after } = observed;
  const right = tensors.map(() => true);
  for (let c = 0; c < cells.at.length; c++) {
    let largest = 0;
    for (let k = 0; k < moves.length && right[cells.tensor[c]]; k++) {
      const [w, found, move] = [before[k][c], after[k][c], moves[k][c]];
      if (isSame(w - move, found)) continue;
      largest = Math.max(largest, Math.abs(move));
      const allowed = storing(w, found, dtype) + Math.min(roundingOf(k, c, largest), LOOSE[dtype] * largest);
      right[cells.tensor[c]] = Math.abs(w - move - found) <= allowed;
    }
  }
  return right;
}
