// Measures two engines' numbers against the exact ones, entry by entry.
import { indexOf, namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import { difference } from '../numeric/difference.ts';
import type { QuestionName } from './protocol.ts';
import type { CheckName, Compared, Finding, Left, TensorMeasure } from './verdict.ts';

/** One tensor as both engines gave it, with the exact values and their bounds. */
export interface Compare {
  readonly parameter: string;
  readonly shape: readonly number[];
  readonly candidate: FloatArray;
  readonly reference: FloatArray;
  readonly oracle: FloatArray;
  readonly bounds: FloatArray;
  readonly step?: number;
}

/** |value - oracle| as a share of the bound: 0 where equal, above 1 beyond it, Infinity for NaN and infinity. */
export function usedOfBound(value: number, oracle: number, bound: number): number {
  if (!Number.isFinite(value) || !Number.isFinite(oracle)) return Infinity;
  const distance = Math.abs(value - oracle);
  if (distance === 0) return 0;
  return bound > 0 ? distance / bound : Infinity;
}

export function measure(c: Compare): TensorMeasure {
  const { candidate, reference, oracle, bounds } = c;
  if (candidate.length !== oracle.length || reference.length !== oracle.length) {
    throw new RangeError(
      `${c.parameter}: ${oracle.length} entries expected, ${candidate.length} and ${reference.length} found`,
    );
  }
  let [worst, at, candidateUsed, referenceUsed] = [-1, 0, 0, 0];
  for (let i = 0; i < oracle.length; i++) {
    const usedByCandidate = usedOfBound(candidate[i], oracle[i], bounds[i]);
    const usedByReference = usedOfBound(reference[i], oracle[i], bounds[i]);
    const used = Math.max(usedByCandidate, usedByReference);
    if (used > worst) [worst, at] = [used, i];
    candidateUsed = Math.max(candidateUsed, usedByCandidate);
    referenceUsed = Math.max(referenceUsed, usedByReference);
  }
  const { identical, relative } = difference(candidate, reference);
  return {
    parameter: c.parameter,
    shape: c.shape,
    entries: oracle.length,
    identical,
    relativeDifference: relative,
    index: c.shape.length === 0 ? [] : indexOf(c.shape, at),
    ...{ candidate: candidate[at], reference: reference[at], oracle: oracle[at], bound: bounds[at] },
    usedOfBound: worst,
    left: whoLeft(candidateUsed, referenceUsed),
    step: c.step ?? null,
  };
}

function whoLeft(candidateUsed: number, referenceUsed: number): Left | null {
  if (candidateUsed <= 1) return referenceUsed <= 1 ? null : 'reference';
  return referenceUsed <= 1 ? 'candidate' : 'both';
}

/** One of W1, b1, W2 ... each. */
export function comparisons(
  candidate: Parameters,
  reference: Parameters,
  oracle: Parameters,
  bounds: Parameters,
  step?: number,
): Compare[] {
  const [c, r, b] = [namedTensors(candidate), namedTensors(reference), namedTensors(bounds)];
  return namedTensors(oracle).map(({ name, shape, values }, n) => ({
    ...{ parameter: name, shape, oracle: values },
    ...{ candidate: c[n].values, reference: r[n].values, bounds: b[n].values, ...(step !== undefined && { step }) },
  }));
}

/** One measure for each of W1, b1, W2 ... */
export function measureParameters(
  candidate: Parameters,
  reference: Parameters,
  oracle: Parameters,
  bounds: Parameters,
  step?: number,
): TensorMeasure[] {
  return comparisons(candidate, reference, oracle, bounds, step).map(measure);
}

export function measureNumber(
  parameter: string,
  candidate: number,
  reference: number,
  { value, error }: { value: number; error: number },
  step?: number,
): TensorMeasure {
  const one = (x: number): Float64Array => Float64Array.of(x);
  const numbers = { candidate: one(candidate), reference: one(reference), oracle: one(value), bounds: one(error) };
  return measure({ parameter, shape: [], ...numbers, ...(step !== undefined && { step }) });
}

/** The measures that are beyond their bounds, as findings.
 * @param question what was asked, if it was not the batch that was given */
export function findingsOf(
  check: CheckName,
  what: Compared,
  measures: readonly TensorMeasure[],
  question: QuestionName = 'given',
): Finding[] {
  const place = question === 'given' ? {} : { question };
  return measures.flatMap((m) =>
    m.usedOfBound <= 1 ? [] : [{ kind: 'beyond-bound', check, what, measure: m, ...place }],
  );
}

/** Of several measures of the same tensors (at several steps), the worst of each, in order of first appearance. */
export function worstOfEach(measures: readonly TensorMeasure[]): TensorMeasure[] {
  const worst = new Map<string, TensorMeasure>();
  for (const m of measures) {
    const before = worst.get(m.parameter);
    if (before === undefined) {
      worst.set(m.parameter, m);
      continue;
    }
    const larger = m.usedOfBound > before.usedOfBound ? m : before;
    worst.set(m.parameter, {
      ...larger,
      entries: before.entries + m.entries,
      identical: before.identical && m.identical,
      relativeDifference: Math.max(before.relativeDifference, m.relativeDifference),
    });
  }
  return [...worst.values()];
}
