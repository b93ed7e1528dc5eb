// Measures the distance of two engines' numbers from the exact ones, entry by entry.
import { indexOf, namedTensors } from '../network/parameters.ts';
import type { ParameterTensor, Parameters } from '../network/parameters.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import { difference } from '../numeric/difference.ts';
import type { BoundedGradients } from '../bounds/gradients.ts';
import { mapPair } from './pair.ts';
import type { Pair } from './pair.ts';
import { usedOfBound, worstUse, worstUseBeside } from './uses.ts';
import type { Compare } from './uses.ts';
import type { BesideStoring, CheckName, Compared, Culprit, Finding, QuestionName, TensorMeasure } from './verdict.ts';

export { usedOfBound } from './uses.ts';
export type { Compare } from './uses.ts';

/** A compared tensor that belongs to a parameter. */
export interface TensorCompare extends Compare, Pick<ParameterTensor, 'layer' | 'role'> {}

/** The use of the bound by both sides at entry i, and the bound on the side of the larger error. */
export function useAt({ candidate, reference, exact, bounds, shifts }: Compare, i: number) {
  const shift = shifts?.[i] ?? 0;
  const byCandidate = usedOfBound(candidate[i], exact[i], bounds[i], shift);
  const byReference = usedOfBound(reference[i], exact[i], bounds[i], shift);
  const worse = byCandidate >= byReference ? candidate[i] : reference[i];
  const bound = (worse - exact[i]) * shift < 0 ? Math.max(0, bounds[i] - 2 * Math.abs(shift)) : bounds[i];
  return { byCandidate, byReference, used: Math.max(byCandidate, byReference), bound };
}

export function measure(c: Compare): TensorMeasure {
  const { candidate, reference, exact } = c;
  if (candidate.length !== exact.length || reference.length !== exact.length) {
    throw new RangeError(
      `${c.parameter}: ${exact.length} entries expected, ${candidate.length} and ${reference.length} found`,
    );
  }
  const { worst, at, candidateUsed, referenceUsed } = worstUse(c);
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
  const { worst, at } = worstUseBeside(c, storing);
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
  const all = comparisons(found, gradients, errors, step, shifts);
  return all.filter((_, t) => gradients[t].trained !== false); // the others have no gradient
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
