// One finding as a sentence: what is wrong, where, and by how much. Every format shows the same
// sentence.
import type { EngineInfo } from '../../check/engine-info.ts';
import type { Compared, Culprit, Finding, QuestionName, TensorMeasure } from '../../check/verdict.ts';
import { flawSentence } from './flaws.ts';
import { formatApart, formatBeside, formatNumber, formatUsed } from './numbers.ts';

export type Side = Pick<EngineInfo, 'engine' | 'label'> & Partial<Pick<EngineInfo, 'filledIn'>>;

/**
 * The two sides. The reference is null if the candidate is compared with the exact values alone.
 */
export interface Sides {
  readonly candidate: Side;
  readonly reference: Side | null;
}

/** Whether every engine computes exactly this number, so that any other number is wrong. */
function hasNoBound({ candidate, reference, bound, usedOfBound }: TensorMeasure): boolean {
  return usedOfBound === Infinity && bound === 0 && Number.isFinite(candidate) && Number.isFinite(reference);
}

/** "3.2 %", "840 times", "the bound is 0" */
export function shareOfBound(m: TensorMeasure): string {
  return hasNoBound(m) ? 'the bound is 0' : formatUsed(m.usedOfBound);
}

/** "840 times the allowed error (1.2e-7)" */
export function timesTheBound(m: TensorMeasure): string {
  const { usedOfBound, bound } = m;
  if (usedOfBound === Infinity) return hasNoBound(m) ? 'no rounding error is possible here' : 'not a number';
  return `${formatUsed(usedOfBound)} the allowed error (${formatNumber(bound, 3)})`;
}

/** "W1[402,17]" */
export function formatPlace({ parameter, index }: Pick<TensorMeasure, 'parameter' | 'index'>): string {
  return index.length === 0 ? parameter : `${parameter}[${index.join(',')}]`;
}

const WHAT: Record<Compared, (m: TensorMeasure) => string> = {
  loss: () => 'the loss',
  outputs: (m) => `the output of example ${m.index[0]}, unit ${m.index[1]}`,
  gradient: (m) => `the gradient of ${formatPlace(m)}`,
  again: (m) => `the gradient of ${formatPlace(m)}`,
  update: (m) => `${formatPlace(m)} after update ${m.update ?? 1} with the same gradients`,
  'train-step': (m) =>
    m.parameter === 'losses'
      ? `the loss of training step ${m.index[0]}`
      : `${formatPlace(m)} after ${m.update === undefined ? 'a training step' : `training step ${m.update}`}`,
};

/** The question that was asked, as a suffix to the name of what was found. */
export const WHERE: Record<QuestionName, string> = {
  given: '',
  repeated: ' when the same batch is given a second time',
  other: ' for another batch of the same size',
  again: ' for the same batch after another one',
  real: ' at random weights and biases',
  random: ' at random weights, biases and inputs',
  one: ' at random weights, biases and inputs, for one example',
};

/** "the gradient of W1[4,7] at step 12 of the run" */
export function whatAndWhere({
  check,
  what,
  measure: m,
  question,
}: Extract<Finding, { kind: 'beyond-bound' }>): string {
  const when = m.step === null || check === 'update-check' ? '' : ` at step ${m.step} of the run`;
  return `${WHAT[what](m)}${when}${WHERE[question ?? 'given']}`;
}

/**
 * Candidate, reference and exact value, with the digits that tell the wrong one from the exact one.
 */
function threeNumbers({ candidate, reference, oracle, left }: TensorMeasure): [string, string, string] {
  if (left === 'both') {
    const [exact, one, two] = formatApart([oracle, candidate, reference]);
    return [one, two, exact];
  }
  const wrong = left === 'reference' ? reference : candidate;
  const [exact, ofWrong, ofOther] = formatBeside([oracle, wrong], [left === 'reference' ? candidate : reference]);
  return left === 'reference' ? [ofOther, ofWrong, exact] : [ofWrong, ofOther, exact];
}

/** A finding as a clause without a full stop. */
export function findingSentence(finding: Finding, { candidate, reference }: Sides): string {
  const name = (left: Culprit): string => whoIs(left, candidate, reference);
  switch (finding.kind) {
    case 'beyond-bound':
      return beyondBoundSentence(finding, { candidate, reference });
    case 'oracle': {
      const [derived, measured] = formatApart([finding.derived, finding.measured]);
      const error = formatNumber(finding.error, 2);
      return `the hand-written derivation is wrong: in double precision its gradient of ${formatPlace(finding)} is ${derived}, but the slope of its own loss is ${measured} ± ${error}`;
    }
    case 'graph': {
      const [derived, ofGraph] = formatApart([finding.measure.oracle, finding.measure.candidate]);
      return `the hand-written derivation is wrong: in double precision its gradient of ${formatPlace(finding.measure)} is ${derived}, but a graph of scalars gives ${ofGraph}`;
    }
    case 'taylor':
      return `the hand-written derivation is wrong: its Taylor remainder along a random direction has order ${formatNumber(finding.order, 3)}; with a right gradient the order is 2`;
    case 'answer':
      return flawSentence(finding.flaw, name(finding.engine));
    case 'non-finite':
      return nonFiniteSentence(finding, name(finding.engine));
    case 'trajectory': {
      const [gap, allowed] = formatApart([finding.gap, finding.allowed]);
      return `${name(finding.engine)} diverges from the exact run at step ${finding.step}: its loss is off by ${gap} (allowed: ${allowed}), and no undecided unit is the cause`;
    }
  }
}

function beyondBoundSentence(
  finding: Extract<Finding, { kind: 'beyond-bound' }>,
  { candidate, reference }: Sides,
): string {
  const { measure: m, check } = finding;
  const what = whatAndWhere(finding);
  if (reference === null) {
    const [found, exact] = formatApart([m.candidate, m.oracle]);
    return `${what}: ${candidate.label} ${found}, exact ${exact}; ${timesTheBound(m)}`;
  }
  const [one, two] = check === 'expected' ? ['expected', 'computed'] : [candidate.label, reference.label];
  const [first, second, exact] = threeNumbers(m);
  const who = check === 'expected' ? 'the expected value is wrong' : whoIsWrong(m.left ?? 'both', candidate, reference);
  return `${what}: ${one} ${first}, ${two} ${second}, exact ${exact}; ${timesTheBound(m)}; ${who}`;
}

function nonFiniteSentence({ loss, step }: Extract<Finding, { kind: 'non-finite' }>, who: string): string {
  const undefinedNumber = Number.isNaN(Number(loss)) ? ', or look for 0/0 and the root of a negative number' : '';
  return `the loss of ${who} is ${loss} at step ${step}: the numbers overflowed; try a smaller learning rate${undefinedNumber}`;
}

/** The first finding of each kind and tensor; later steps and later checks are dropped. */
export function distinctFindings(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter((f) => {
    const key = f.kind === 'beyond-bound' ? `${f.what} ${f.measure.parameter}` : JSON.stringify(f);
    return !seen.has(key) && seen.add(key);
  });
}

/** "vector f32 (candidate)" */
export function whoIs(left: Culprit, candidate: Side, reference: Side | null): string {
  if (reference === null) return candidate.label;
  if (left === 'both') return `both ${candidate.label} and ${reference.label}`;
  return left === 'candidate' ? `${candidate.label} (candidate)` : `${reference.label} (reference)`;
}

/** "vector f32 (candidate) is wrong" */
export function whoIsWrong(left: Culprit, candidate: Side, reference: Side): string {
  return `${whoIs(left, candidate, reference)} ${left === 'both' ? 'are' : 'is'} wrong`;
}
