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

const NO_SHIFTS = new Float64Array(BLOCK);

/** What the uses are computed from. */
type Numbers = Pick<Compare, 'candidate' | 'reference' | 'exact' | 'bounds' | 'shifts'>;

/** The uses of all entries, block by block; a block's arrays are valid until the next. */
export function* usesOf({ candidate, reference, exact, bounds, shifts }: Numbers): Generator<Uses> {
  const room = (): Float64Array => new Float64Array(Math.min(BLOCK, exact.length));
  const byCandidate = room();
  const byReference = reference === candidate ? byCandidate : room();
  for (let from = 0; from < exact.length; from += BLOCK) {
    const count = Math.min(BLOCK, exact.length - from);
    const moved = shifts === undefined ? NO_SHIFTS : readMore(shifts, from);
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

/** Whether every value is finite and within its bound. */
export function isWithinBounds(values: FloatArray, exact: FloatArray, bounds: FloatArray): boolean {
  for (const { candidate, count } of usesOf({ candidate: values, reference: values, exact, bounds }))
    if (!(largestOf(candidate, count) <= 1)) return false;
  return true;
}

/** The worst entry, and the largest use by each side. */
export function worstUse(c: Compare): { worst: number; at: number; candidateUsed: number; referenceUsed: number } {
  let [worst, at, candidateUsed, referenceUsed] = [-1, 0, 0, 0];
  for (const uses of usesOf(c)) {
    const byCandidate = largestOf(uses.candidate, uses.count);
    const byReference = largestOf(uses.reference, uses.count);
    candidateUsed = Math.max(candidateUsed, byCandidate);
    referenceUsed = Math.max(referenceUsed, byReference);
    const used = Math.max(byCandidate, byReference);
    if (used <= worst) continue;
    worst = used;
    at = uses.from + firstOf(used, uses);
  }
  return { worst, at, candidateUsed, referenceUsed };
}

/** The worst entry of stored weights, without the part of the distances and bounds from storing. */
export function worstUseBeside(c: Compare, storing: FloatArray): { worst: number; at: number } {
  let [worst, at] = [-1, 0];
  const uses = new Float64Array(Math.min(BLOCK, c.exact.length));
  for (let from = 0; from < c.exact.length; from += BLOCK) {
    const [candidate, reference] = [READ.candidate(c.candidate, from), READ.reference(c.reference, from)];
    const count = Math.min(BLOCK, c.exact.length - from);
    fillUsesBeside(
      uses,
      candidate,
      reference,
      count,
      readExact(c.exact, from),
      readBounds(c.bounds, from),
      readMore(storing, from),
    );
    const used = largestOf(uses, count);
    if (used <= worst) continue;
    worst = used;
    at = from + firstOf(used, { from, count, candidate: uses, reference: uses });
  }
  return { worst, at };
}

function largestOf(uses: Float64Array, count: number): number {
  let largest = 0;
  for (let i = 0; i < count; i++) if (uses[i] > largest) largest = uses[i];
  return largest;
}

function firstOf(used: number, { candidate, reference }: Uses): number {
  let i = 0;
  while (candidate[i] !== used && reference[i] !== used) i++;
  return i;
}

function fillUsesBeside(
  uses: Float64Array,
  candidate: Float64Array,
  reference: Float64Array,
  count: number,
  exact: Float64Array,
  bounds: Float64Array,
  stored: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const off = Math.max(Math.abs(candidate[i] - exact[i]), Math.abs(reference[i] - exact[i]));
    const rest = Math.max(0, off - stored[i]);
    const allowed = bounds[i] - stored[i];
    const isUsual = rest < Infinity && allowed > 0; // then usedOfBound is the quotient
    uses[i] = isUsual ? rest / allowed : rest === 0 ? 0 : usedOfBound(rest, 0, allowed);
  }
}
