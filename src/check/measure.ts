// Measures the distance of two engines' numbers from the exact ones, entry by entry.
import { indexOf, namedTensors } from '../network/parameters.ts';
import type { ParameterTensor, Parameters } from '../network/parameters.ts';
import { BLOCK, blockReader } from '../numeric/blocks.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import { difference } from '../numeric/difference.ts';
import type { BoundedGradients } from '../bounds/gradients.ts';
import { mapPair } from './pair.ts';
import type { Pair } from './pair.ts';
import type { BesideStoring, CheckName, Compared, Culprit, Finding, QuestionName, TensorMeasure } from './verdict.ts';

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

/** A compared tensor that belongs to a parameter. */
export interface TensorCompare extends Compare, Pick<ParameterTensor, 'layer' | 'role'> {}

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

/** The use of the bound by both sides at entry i, and the bound on the side of the larger error. */
export function useAt({ candidate, reference, exact, bounds, shifts }: Compare, i: number) {
  const shift = shifts?.[i] ?? 0;
  const byCandidate = usedOfBound(candidate[i], exact[i], bounds[i], shift);
  const byReference = usedOfBound(reference[i], exact[i], bounds[i], shift);
  const worse = byCandidate >= byReference ? candidate[i] : reference[i];
  const bound = (worse - exact[i]) * shift < 0 ? Math.max(0, bounds[i] - 2 * Math.abs(shift)) : bounds[i];
  return { byCandidate, byReference, used: Math.max(byCandidate, byReference), bound };
}

/** The use of the bound by both sides, for the entries from `from` on. */
export interface Uses extends Pair<Float64Array> {
  readonly from: number;
  readonly count: number;
}

const READ = { candidate: blockReader(), reference: blockReader() };
const [readExact, readBounds, readMore] = [blockReader(), blockReader(), blockReader()];

/** The uses of all entries, block by block; a block's arrays are valid until the next. */
export function* usesOf({ candidate, reference, exact, bounds, shifts }: Compare): Generator<Uses> {
  const room = (): Float64Array => new Float64Array(Math.min(BLOCK, exact.length));
  const byCandidate = room();
  const byReference = reference === candidate ? byCandidate : room();
  for (let from = 0; from < exact.length; from += BLOCK) {
    const count = Math.min(BLOCK, exact.length - from);
    const right = [readExact(exact, from), readBounds(bounds, from), shifts && readMore(shifts, from)] as const;
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
  shifts: Float64Array | undefined,
): void {
  for (let i = 0; i < count; i++) {
    const distance = Math.abs(values[i] - exact[i]);
    const shift = shifts === undefined ? 0 : shifts[i];
    const isUsual = distance < Infinity && bounds[i] > 0 && shift === 0; // then usedOfBound is the quotient
    uses[i] = isUsual ? distance / bounds[i] : usedOfBound(values[i], exact[i], bounds[i], shift);
  }
}

export function measure(c: Compare): TensorMeasure {
  const { candidate, reference, exact } = c;
  if (candidate.length !== exact.length || reference.length !== exact.length) {
    throw new RangeError(
      `${c.parameter}: ${exact.length} entries expected, ${candidate.length} and ${reference.length} found`,
    );
  }
  let [worst, at, candidateUsed, referenceUsed] = [-1, 0, 0, 0];
  for (const uses of usesOf(c)) {
    for (let i = 0; i < uses.count; i++) {
      const byCandidate = uses.candidate[i];
      const byReference = uses.reference[i];
      if (byCandidate > candidateUsed) candidateUsed = byCandidate;
      if (byReference > referenceUsed) referenceUsed = byReference;
      if (byCandidate > worst || byReference > worst) {
        worst = Math.max(byCandidate, byReference);
        at = uses.from + i;
      }
    }
  }
  const { identical, relative } = difference(candidate, reference);
  return {
    parameter: c.parameter,
    shape: c.shape,
    entries: exact.length,
    identical,
    relativeDifference: relative,
    index: c.shape.length === 0 ? [] : indexOf(c.shape, at),
    candidate: candidate[at],
    reference: reference[at],
    oracle: exact[at],
    bound: useAt(c, at).bound,
    usedOfBound: worst,
    left: culpritOf(candidateUsed, referenceUsed),
    step: c.step ?? null,
  };
}

/**
 * The worst entry of updated weights without the rounding of the stored weights: a weight stored in
 * binary32 is off by up to u·|w|, however exact its update was.
 * @param storing how far storing alone can move each entry; part of its bound
 */
export function besideStoring(c: Compare, storing: FloatArray): BesideStoring {
  let [worst, at] = [-1, 0];
  for (let from = 0; from < c.exact.length; from += BLOCK) {
    const [candidate, reference] = [READ.candidate(c.candidate, from), READ.reference(c.reference, from)];
    const [exact, bounds, stored] = [readExact(c.exact, from), readBounds(c.bounds, from), readMore(storing, from)];
    const count = Math.min(BLOCK, c.exact.length - from);
    for (let i = 0; i < count; i++) {
      const off = Math.max(Math.abs(candidate[i] - exact[i]), Math.abs(reference[i] - exact[i]));
      const rest = Math.max(0, off - stored[i]);
      const allowed = bounds[i] - stored[i];
      const isUsual = rest < Infinity && allowed > 0; // then usedOfBound is the quotient
      const used = isUsual ? rest / allowed : rest === 0 ? 0 : usedOfBound(rest, 0, allowed);
      if (used > worst) {
        worst = used;
        at = from + i;
      }
    }
  }
  return { used: worst, index: c.shape.length === 0 ? [] : indexOf(c.shape, at) };
}

/**
 * Measures only the entries that the candidate states (the others are NaN); null if it states none.
 */
export function measureStated(c: Compare): TensorMeasure | null {
  const stated = Array.from(c.candidate.keys()).filter((i) => !Number.isNaN(c.candidate[i]));
  if (stated.length === c.candidate.length) return measure(c);
  if (stated.length === 0) return null;
  const only = (values: FloatArray): Float64Array => Float64Array.from(stated, (i) => values[i]);
  const numbers = {
    candidate: only(c.candidate),
    reference: only(c.reference),
    exact: only(c.exact),
    bounds: only(c.bounds),
    shifts: c.shifts && only(c.shifts),
  };
  const m = measure({ ...c, ...numbers, shape: [stated.length] });
  return { ...m, shape: c.shape, index: indexOf(c.shape, stated[m.index[0]]) };
}

function culpritOf(candidateUsed: number, referenceUsed: number): Culprit | null {
  if (candidateUsed <= 1) return referenceUsed <= 1 ? null : 'reference';
  return referenceUsed <= 1 ? 'candidate' : 'both';
}

/** One comparison per tensor: W1, b1, W2 ... */
export function comparisons(
  found: Pair<Parameters>,
  exact: Parameters,
  bounds: Parameters,
  step?: number,
  shifts: Parameters | null = null,
): TensorCompare[] {
  return namedTensors(exact).map(({ name, layer, role, shape, values }, t) => ({
    parameter: name,
    layer,
    role,
    shape,
    exact: values,
    ...mapPair(found, (parameters) => parameters[t].values),
    bounds: bounds[t].values,
    ...(step !== undefined && { step }),
    shifts: shifts?.[t].values,
  }));
}

/** The gradients of two engines with the exact ones. */
export function gradientComparisons(
  found: Pair<Parameters>,
  { gradients, errors, shifts }: Pick<BoundedGradients, 'gradients' | 'errors' | 'shifts'>,
  step?: number,
): TensorCompare[] {
  return comparisons(found, gradients, errors, step, shifts);
}

/** One measure per tensor: W1, b1, W2 ... */
export function measureParameters(
  found: Pair<Parameters>,
  exact: Parameters,
  bounds: Parameters,
  step?: number,
): TensorMeasure[] {
  return comparisons(found, exact, bounds, step).map(measure);
}

export function measureNumber(
  parameter: string,
  found: Pair<number>,
  { value, error }: { value: number; error: number },
  step?: number,
): TensorMeasure {
  const one = (x: number): Float64Array => Float64Array.of(x);
  const numbers = { ...mapPair(found, one), exact: one(value), bounds: one(error) };
  return measure({ parameter, shape: [], ...numbers, ...(step !== undefined && { step }) });
}

/**
 * The measures beyond their bounds, as findings.
 * @param question what was asked, if it was not the given batch
 */
export function findingsOf(
  check: CheckName,
  what: Compared,
  measures: readonly TensorMeasure[],
  question: QuestionName = 'given',
): Finding[] {
  const place = question === 'given' ? {} : { question };
  return measures.flatMap((m) =>
    m.left === null ? [] : [{ kind: 'beyond-bound', check, what, measure: m, ...place }],
  );
}

/**
 * For several measures of the same tensors (at several steps): the worst of each, in order of first
 * appearance.
 */
export function worstOfEach(measures: readonly TensorMeasure[]): TensorMeasure[] {
  const worst = new Map<string, TensorMeasure>();
  for (const m of measures) {
    const before = worst.get(m.parameter);
    if (before === undefined) {
      worst.set(m.parameter, m);
      continue;
    }
    const blamed = Number(m.left !== null) - Number(before.left !== null);
    const larger = blamed > 0 || (blamed === 0 && m.usedOfBound > before.usedOfBound) ? m : before;
    const beside = largerOf(before.besideStoring, m.besideStoring);
    worst.set(m.parameter, {
      ...larger,
      ...(beside !== undefined && { besideStoring: beside }),
      entries: before.entries + m.entries,
      identical: before.identical && m.identical,
      relativeDifference: Math.max(before.relativeDifference, m.relativeDifference),
    });
  }
  return [...worst.values()];
}

function largerOf(a: BesideStoring | undefined, b: BesideStoring | undefined): BesideStoring | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.used > a.used ? b : a;
}
