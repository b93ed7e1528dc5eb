// expect(gradients).toAgreeWith(expected): passes if every entry is within rounding error;
// otherwise says which entries are wrong, and what the wrong numbers look like.
import { measure } from '../check/measure.ts';
import type { TensorMeasure } from '../check/verdict.ts';
import { DataError } from '../errors.ts';
import { formatApart } from '../report/words/numbers.ts';
import { formatNumber, formatUsed } from '../report/words/numbers.ts';
import { formatPlace, timesTheBound } from '../report/words/findings.ts';
import type { Outcome } from './backpropagates.ts';
import { shapeSentence } from './forms.ts';
import { relationOf } from './relations.ts';
import type { FoundTensor } from './relations.ts';
import { SINGLE, pairedUp } from './tensors.ts';
import type { Paired } from './tensors.ts';

/** @throws DataError if the two cannot be compared at all */
export function agrees(found: unknown, expected: unknown): Outcome {
  const paired = pairedUp(found, expected);
  const { pairs, flaws, exact } = paired;
  const measures = pairs.map(measured);
  const wrong = measures.filter(({ usedOfBound }) => !(usedOfBound <= 1));
  const what = exact ? 'the exact gradients' : 'the expected numbers';
  if (flaws.length === 0 && wrong.length === 0) {
    const used = Math.max(...measures.map(({ usedOfBound }) => usedOfBound));
    return {
      pass: true,
      message: `Expected these numbers not to agree with ${what}, but they do (worst: ${formatUsed(used)} of the allowed error).`,
    };
  }
  const unread = new Set(flaws.map(({ parameter }) => parameter));
  const read = wrong.filter((m) => !unread.has(m.parameter || SINGLE) || Number.isFinite(m.candidate));
  const lines = [
    `These numbers do not agree with ${what}.`,
    ...flaws.map((flaw) => `${shapeSentence(flaw)}.`),
    ...read.slice(0, 1).map((m) => entrySentence(read.find((x) => Number.isNaN(x.candidate)) ?? m, exact)),
    ...(pairs.length > 1 && read.length > 0 ? [`${whichAreWrong(read, measures)}`] : []),
    ...looksLike(found, expected, paired, new Set(wrong.map(({ parameter }) => parameter))),
    ...(exact ? [] : [NO_BOUND]),
  ];
  return { pass: false, message: lines.join('\n') };
}

const NO_BOUND =
  'The allowed error for plain numbers is a general estimate; exactGradients(network, parameters, batch) gives the bound of every entry.';

function measured({ name, shape, found, expected, bounds }: FoundTensor): TensorMeasure {
  return measure({ parameter: name, shape, candidate: found, reference: expected, exact: expected, bounds });
}

function entrySentence(m: TensorMeasure, exact: boolean): string {
  const place =
    m.parameter === '' && m.index.length > 0 ? `entry [${m.index.join(', ')}]` : formatPlace(m) || 'the number';
  const right = exact ? 'exact' : 'expected';
  const [found, other] = formatApart([m.candidate, m.oracle]);
  const apart = `${right} ${other}`;
  if (!Number.isFinite(m.candidate)) return `${place} is ${formatNumber(m.candidate)}, ${apart}.`;
  if (!Number.isFinite(m.oracle)) return `${place} is ${found}, ${right} ${formatNumber(m.oracle)}.`;
  return `${place} is ${found}, ${apart}: ${timesTheBound(m)}.`;
}

function whichAreWrong(wrong: readonly TensorMeasure[], all: readonly TensorMeasure[]): string {
  const names = (some: readonly TensorMeasure[]): string => some.map(({ parameter }) => parameter).join(', ');
  const right = all.filter((m) => m.usedOfBound <= 1);
  return `Wrong: ${names(wrong)}.${right.length === 0 ? '' : ` Right: ${names(right)}.`}`;
}

/**
 * One sentence if one explanation fits all tensors; otherwise one with the explanation of each
 * tensor that has one.
 */
function looksLike(
  found: unknown,
  expected: unknown,
  { pairs, batchSize }: Paired,
  wrong: ReadonlySet<string>,
): string[] {
  if (pairs.some(({ name }) => name === 'W2') && inReverse(found, expected))
    return ['Looks like: the layers are in reverse order, last layer first.'];
  const explained = pairs
    .filter(({ name }) => wrong.has(name))
    .map((pair) => ({ name: pair.name, says: relationOf(pair, batchSize) }));
  const telling = pairs.filter(({ name, expected: e }) => name !== 'loss' && e.some((x) => x !== 0)).length;
  const ofGradients = explained.filter(({ name }) => name !== 'loss');
  const [first] = ofGradients;
  const alike = ofGradients.length > 1 && ofGradients.every(({ says }) => says !== null && says === first.says);
  if (alike && ofGradients.length === telling) return [`Looks like: every tensor ${first.says}.`];
  const parts = explained.flatMap(({ name, says }) => (says === null ? [] : [`${name || SINGLE} ${says}`]));
  return parts.length === 0 ? [] : [`Looks like: ${parts.join('; ')}.`];
}

function inReverse(found: unknown, expected: unknown): boolean {
  try {
    const { pairs, flaws } = pairedUp(found, expected, true);
    return flaws.length === 0 && pairs.every((pair) => pair.name === 'loss' || measured(pair).usedOfBound <= 1);
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}
