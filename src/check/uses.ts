// How much of its bound each number of two engines uses. Every loop over entries is a function of
// its own that sees arrays in binary64 alone: then it is compiled early, and once.
import { BLOCK, blockReader } from '../numeric/blocks.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import type { Pair } from './pair.ts';

/** One tensor of both engines, with the exact values and their bounds. */
export interface Compare extends Pair<FloatArray> {
  readonly parameter: string;
  readonly shape: readonly number[];
  readonly exact: FloatArray;
  readonly bounds: FloatArray;
  /** As in BoundedGradients. */
  readonly shifts?: FloatArray | undefined;
  readonly step?: number;
}

/**
 * |value - exact| as a share of the bound: 0 if equal, above 1 beyond it, Infinity for NaN and
 * infinity.
 * @param shift distance from the exact value to the middle of all right values. On that side the
 *   whole bound applies; on the other it is 2|shift| smaller.
 */
export function usedOfBound(value: number, exact: number, bound: number, shift = 0): number {
  if (!Number.isFinite(value) || !Number.isFinite(exact)) return Infinity;
  const distance = Math.abs(value - exact);
  if (distance === 0) return 0;
  const allowed = (value - exact) * shift >= 0 ? bound : bound - 2 * Math.abs(shift);
  return allowed > 0 ? distance / allowed : Infinity;
}

/** The use of the bound by both sides, for the entries from `from` on. */
export interface Uses extends Pair<Float64Array> {
  readonly from: number;
  readonly count: number;
}

const READ = { candidate: blockReader(), reference: blockReader() };
const [readExact, readBounds, readMore] = [blockReader(), blockReader(), blockReader()];

const ZEROS = new Float64Array(BLOCK);

/** What the uses are computed from. */
type Numbers = Pick<Compare, 'candidate' | 'reference' | 'exact' | 'bounds' | 'shifts'>;

/** The uses of all entries, block by block; a block's arrays are valid until the next. */
export function* usesOf({ candidate, reference, exact, bounds, shifts }: Numbers): Generator<Uses> {
  const room = (): Float64Array => new Float64Array(Math.min(BLOCK, exact.length));
  const byCandidate = room();
  const byReference = reference === candidate ? byCandidate : room();
  for (let from = 0; from < exact.length; from += BLOCK) {
    const count = Math.min(BLOCK, exact.length - from);
    const moved = shifts === undefined ? ZEROS : readMore(shifts, from);
    const right = [readExact(exact, from), readBounds(bounds, from), moved] as const;
    fillUses(byCandidate, READ.candidate(candidate, from), count, ...right);
    if (reference !== candidate) fillUses(byReference, READ.reference(reference, from), count, ...right);
    yield { from, count, candidate: byCandidate, reference: byReference };
  }
}

function fillUses(
  uses: Float64Array,
  values: Float64Array,
  count: number,
  exact: Float64Array,
  bounds: Float64Array,
  shifts: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const distance = Math.abs(values[i] - exact[i]);
    const isUsual = distance < Infinity && bounds[i] > 0 && shifts[i] === 0; // then usedOfBound is the quotient
    uses[i] = isUsual ? distance / bounds[i] : usedOfBound(values[i], exact[i], bounds[i], shifts[i]);
  }
}

/** The largest use so far, and the first entry that has it. */
interface Largest {
  used: number;
  at: number;
}

/**
 * A use is divided out only if it is not smaller than the largest by more than rounding. NORMAL
 * changes only distances so small that the product beside them may have lost digits.
 */
const [SURELY_SMALLER, NORMAL] = [1 - 1e-12, 1e-290];

/** Goes on with a block from entry `from` on. */
function raise(
  largest: Largest,
  from: number,
  values: Float64Array,
  count: number,
  exact: Float64Array,
  bounds: Float64Array,
  shifts: Float64Array,
): void {
  let { used, at } = largest;
  let floor = used * SURELY_SMALLER;
  for (let i = 0; i < count; i++) {
    const distance = Math.abs(values[i] - exact[i]);
    const least = bounds[i] - 2 * Math.abs(shifts[i]); // of what usedOfBound allows on either side
    if (distance + NORMAL < floor * least || distance === 0) continue;
    const own = usedOfBound(values[i], exact[i], bounds[i], shifts[i]);
    if (!(own > used)) continue;
    used = own;
    at = from + i;
    floor = own * SURELY_SMALLER;
  }
  largest.used = used;
  largest.at = at;
}

/** Whether every value is finite and within its bound. */
export function isWithinBounds(values: FloatArray, exact: FloatArray, bounds: FloatArray): boolean {
  const { candidateUsed } = worstUse({ candidate: values, reference: values, exact, bounds });
  return candidateUsed <= 1;
}

/** The worst entry, and the largest use by each side. */
export function worstUse({ candidate, reference, exact, bounds, shifts }: Numbers): {
  readonly worst: number;
  readonly at: number;
  readonly candidateUsed: number;
  readonly referenceUsed: number;
} {
  const [own, other]: Largest[] = [
    { used: 0, at: 0 },
    { used: 0, at: 0 },
  ];
  for (let from = 0; from < exact.length; from += BLOCK) {
    const count = Math.min(BLOCK, exact.length - from);
    const moved = shifts === undefined ? ZEROS : readMore(shifts, from);
    const right = [readExact(exact, from), readBounds(bounds, from), moved] as const;
    raise(own, from, READ.candidate(candidate, from), count, ...right);
    if (reference !== candidate) raise(other, from, READ.reference(reference, from), count, ...right);
  }
  const theirs = reference === candidate ? own : other;
  const isFirst = theirs.used > own.used || (theirs.used === own.used && theirs.at < own.at);
  const { used: worst, at } = isFirst ? theirs : own;
  return { worst, at, candidateUsed: own.used, referenceUsed: theirs.used };
}

/** The worst entry of stored weights, without the part of the distances and bounds from storing. */
export function worstUseBeside(c: Compare, storing: FloatArray): { worst: number; at: number } {
  const largest: Largest = { used: 0, at: 0 };
  const room = (): Float64Array => new Float64Array(Math.min(BLOCK, c.exact.length));
  const [rest, allowed] = [room(), room()];
  for (let from = 0; from < c.exact.length; from += BLOCK) {
    const [candidate, reference] = [READ.candidate(c.candidate, from), READ.reference(c.reference, from)];
    const count = Math.min(BLOCK, c.exact.length - from);
    const [exact, bounds, stored] = [readExact(c.exact, from), readBounds(c.bounds, from), readMore(storing, from)];
    takeOff(rest, allowed, stored, count, candidate, reference, exact, bounds);
    raise(largest, from, rest, count, ZEROS, allowed, ZEROS);
  }
  return { worst: largest.used, at: largest.at };
}

/** Distances of the worse side, and bounds, without what is stored. */
function takeOff(
  rest: Float64Array,
  allowed: Float64Array,
  stored: Float64Array,
  count: number,
  candidate: Float64Array,
  reference: Float64Array,
  exact: Float64Array,
  bounds: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const off = Math.max(Math.abs(candidate[i] - exact[i]), Math.abs(reference[i] - exact[i]));
    rest[i] = Math.max(0, off - stored[i]);
    allowed[i] = bounds[i] - stored[i];
  }
}
