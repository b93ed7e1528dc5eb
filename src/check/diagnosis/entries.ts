// Picks single entries of a compared tensor for reports: the worst ones, and a sample to draw.
import { indexOf } from '../../network/parameters.ts';
import type { Compare } from '../measure.ts';
import { useAt } from '../measure.ts';
import { mapPair } from '../pair.ts';
import type { Pair } from '../pair.ts';
import { usesOf } from '../uses.ts';
import type { Culprit, Entry, TensorMeasure } from '../verdict.ts';

/** One tensor at one checked step. */
export interface Cell {
  readonly step: number;
  readonly what: 'gradient' | 'update' | 'train-step';
  readonly parameter: string;
  readonly usedOfBound: number;
  readonly left: Culprit | null;
  /** The entries that used most of their bounds, worst first. */
  readonly worst: readonly Entry[];
}

/** Entries of one tensor in columns, to draw against the exact values. */
export interface Scatter extends Pair<readonly number[]> {
  readonly parameter: string;
  readonly shape: readonly number[];
  /**
   * Positions in row-major order, ascending: all entries that are not 0 everywhere, thinned out
   * evenly if there are many.
   */
  readonly at: readonly number[];
  readonly oracle: readonly number[];
}

/** Worst entries kept per cell. */
const WORST = 5;
/** Points drawn per tensor. */
const POINTS = 240;

/** @param worst by default, the measure's own entry alone */
export function cellOf(
  what: Cell['what'],
  step: number,
  m: TensorMeasure,
  worst: readonly Entry[] = [entryOf(m)],
): Cell {
  const { parameter, left, usedOfBound: used } = m;
  return { step, what, parameter, usedOfBound: used, left, worst };
}

/** The entries that used most of their bounds, worst first. */
export function worstEntries(c: Compare): Entry[] {
  return worstPlaces(c).map((place) => entryAt(c, place));
}

function entryOf({ index, candidate, reference, oracle, bound, usedOfBound: used }: Entry): Entry {
  return { index, candidate, reference, oracle, bound, usedOfBound: used };
}

export function scatterOf(c: Compare): Scatter {
  const chosen = new Set(spreadOver(c));
  for (const { at } of worstPlaces(c)) chosen.add(at);
  const at = [...chosen].sort((a, b) => a - b);
  const column = (values: ArrayLike<number>): number[] => at.map((i) => values[i]);
  const { parameter, shape, exact } = c;
  return { parameter, shape, at, ...mapPair(c, column), oracle: column(exact) };
}

/** Up to POINTS positions, evenly spread over the entries that are not 0 everywhere. */
function spreadOver({ exact, candidate, reference }: Compare): number[] {
  const moves = (at: number): boolean => exact[at] !== 0 || candidate[at] !== 0 || reference[at] !== 0;
  let moving = 0;
  for (let at = 0; at < exact.length; at++) if (moves(at)) moving++;
  const kept = Math.min(POINTS, moving);
  const chosen: number[] = [];
  for (let [at, n] = [0, 0]; chosen.length < kept; at++) {
    if (moves(at) && n++ === Math.floor((chosen.length * moving) / kept)) chosen.push(at);
  }
  return chosen;
}

interface Place {
  readonly at: number;
  readonly used: number;
}

/**
 * The entries that used most of their bounds, worst first; ties in their original order. Entries
 * that are exact on both sides are left out; if all are, the first one is kept.
 */
function worstPlaces(c: Compare): Place[] {
  const worst: Place[] = [];
  let least = 0; // what an entry must exceed to be kept
  for (const { from, count, candidate, reference } of usesOf(c)) {
    for (let i = 0; i < count; i++) {
      if (!(candidate[i] > least || reference[i] > least)) continue;
      const used = Math.max(candidate[i], reference[i]);
      const place = worst.findIndex((other) => other.used < used);
      worst.splice(place < 0 ? worst.length : place, 0, { at: from + i, used });
      if (worst.length > WORST) worst.pop();
      if (worst.length === WORST) least = worst[WORST - 1].used;
    }
  }
  return worst.length === 0 ? [{ at: 0, used: 0 }] : worst;
}

function entryAt(c: Compare, { at, used }: Place): Entry {
  const { shape, exact } = c;
  const index = shape.length === 0 ? [] : indexOf(shape, at);
  const numbers = { ...mapPair(c, (values) => values[at]), oracle: exact[at], bound: useAt(c, at).bound };
  return { index, ...numbers, usedOfBound: used };
}
