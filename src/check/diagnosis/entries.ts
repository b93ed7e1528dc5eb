// Picks single entries of a compared tensor for reports: the worst ones, and a sample to draw.
import { indexOf } from '../../network/parameters.ts';
import type { Compare } from '../measure.ts';
import { useAt } from '../measure.ts';
import { mapPair } from '../pair.ts';
import type { Pair } from '../pair.ts';
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
  const moving = Array.from(c.exact.keys()).filter(
    (at) => c.exact[at] !== 0 || c.candidate[at] !== 0 || c.reference[at] !== 0,
  );
  const kept = Math.min(POINTS, moving.length);
  const chosen = new Set(Array.from({ length: kept }, (_, i) => moving[Math.floor((i * moving.length) / kept)]));
  for (const { at } of worstPlaces(c)) chosen.add(at);
  const at = [...chosen].sort((a, b) => a - b);
  const column = (values: ArrayLike<number>): number[] => at.map((i) => values[i]);
  const { parameter, shape, exact } = c;
  return { parameter, shape, at, ...mapPair(c, column), oracle: column(exact) };
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
  for (let at = 0; at < c.exact.length; at++) {
    const { used } = useAt(c, at);
    if (used === 0 || (worst.length === WORST && used <= worst[WORST - 1].used)) continue;
    const place = worst.findIndex((other) => other.used < used);
    worst.splice(place < 0 ? worst.length : place, 0, { at, used });
    if (worst.length > WORST) worst.pop();
  }
  return worst.length === 0 ? [{ at: 0, used: 0 }] : worst;
}

function entryAt(c: Compare, { at, used }: Place): Entry {
  const { shape, exact } = c;
  const index = shape.length === 0 ? [] : indexOf(shape, at);
  const numbers = { ...mapPair(c, (values) => values[at]), oracle: exact[at], bound: useAt(c, at).bound };
  return { index, ...numbers, usedOfBound: used };
}
