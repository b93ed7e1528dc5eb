// One finding as a sentence: what was found, where, and who is wrong. Formats show it, whatever they look like.
import type { EngineInfo } from '../../check/engine-info.ts';
import type { AnswerFlaw } from '../../candidates/engine.ts';
import type { QuestionName } from '../../check/verdict.ts';
import type { Compared, Culprit, Finding, TensorMeasure } from '../../check/verdict.ts';
import { formatApart, formatNumber, formatUsed } from './numbers.ts';

export type Side = Pick<EngineInfo, 'engine' | 'label'>;

/** Who is compared. The reference is null where the exact values themselves are all there is beside the candidate. */
export interface Sides {
  readonly candidate: Side;
  readonly reference: Side | null;
}

/** Whether every engine has exactly this number, and so any other one is wrong. */
function hasNoBound({ candidate, reference, bound, usedOfBound }: TensorMeasure): boolean {
  return usedOfBound === Infinity && bound === 0 && Number.isFinite(candidate) && Number.isFinite(reference);
}

/** "3.2 %", "840 times", and where the bound is 0 that. */
export function shareOfBound(m: TensorMeasure): string {
  return hasNoBound(m) ? 'the bound is 0' : formatUsed(m.usedOfBound);
}

/** "840 times the bound 1.2e-7" */
export function timesTheBound(m: TensorMeasure): string {
  const { usedOfBound, bound } = m;
  if (usedOfBound === Infinity) return hasNoBound(m) ? 'no rounding explains any difference' : 'not a number';
  return `${formatUsed(usedOfBound)} the bound ${formatNumber(bound, 3)}`;
}

/** "W1 [402, 17]" */
export function formatPlace({ parameter, index }: Pick<TensorMeasure, 'parameter' | 'index'>): string {
  return index.length === 0 ? parameter : `${parameter} [${index.join(', ')}]`;
}

const WHAT: Record<Compared, (m: TensorMeasure) => string> = {
  loss: () => 'the loss',
  outputs: (m) => `the output of example ${m.index[0]}, unit ${m.index[1]}`,
  gradient: (m) => `the gradient of ${formatPlace(m)} (layer ${layerOf(m)})`,
  again: (m) => `the second gradient of ${formatPlace(m)} (layer ${layerOf(m)}), for the same batch after another one`,
  update: (m) => `${formatPlace(m)} (layer ${layerOf(m)}) after update ${m.update ?? 1} with the same gradients`,
  'train-step': (m) =>
    m.parameter === 'losses'
      ? `the loss of training step ${m.index[0]}`
      : `${formatPlace(m)} (layer ${layerOf(m)}) after a training step`,
};

/** Where a question was asked, behind what was found there. */
export const WHERE: Record<QuestionName, string> = {
  given: '',
  repeated: ', asked the same question again',
  other: ', for another batch of the same size',
  again: '',
  real: ', at random weights and biases',
  random: ', at random weights, biases and inputs',
  one: ', at random weights, biases and inputs, for one example',
};

/** Which call it was: a step of the run, or another question. */
function placeOf({ check, measure: m, question }: Extract<Finding, { kind: 'beyond-bound' }>): string {
  const when = m.step === null || check === 'update-check' ? '' : ` at step ${m.step} of the run`;
  return `${when}${WHERE[question ?? 'given']}`;
}

/** Findings say of a parameter only what it is called: here alone the name is taken apart, W2 and b2 are of layer 2. */
function layerOf({ parameter }: Pick<TensorMeasure, 'parameter'>): string {
  return parameter.replace(/^\D+/, '');
}

/** "the gradient of W1 [0, 2]" for a parameter, "outputs [0, 2]" for anything else that is answered. */
function answered({ parameter }: AnswerFlaw, place: string): string {
  return /^[Wb]\d/.test(parameter) ? `the gradient of ${place}` : place;
}

/** Candidate, reference and exact value: whoever is blamed is told from the exact value, however many digits it takes. */
function besideExact({ candidate, reference, oracle, left }: TensorMeasure): string[] {
  const [own, ofCandidate] = formatApart([oracle, left === 'reference' ? oracle : candidate]);
  const [other, ofReference] = formatApart([oracle, left === 'candidate' ? oracle : reference]);
  const exact = own.length > other.length ? own : other;
  return [
    left === 'reference' ? formatNumber(candidate, 8) : ofCandidate,
    left === 'candidate' ? formatNumber(reference, 8) : ofReference,
    exact,
  ];
}

/** The three numbers side by side, and who is wrong. */
export function findingSentence(finding: Finding, { candidate, reference }: Sides): string {
  const name = (left: Culprit): string => whoIs(left, candidate, reference);
  switch (finding.kind) {
    case 'beyond-bound': {
      const { measure: m, what, check } = finding;
      const when = placeOf(finding);
      if (reference === null) {
        const [found, exact] = formatApart([m.candidate, m.oracle]);
        return `${WHAT[what](m)}${when}: ${candidate.label} ${found}, exact ${exact}; ${timesTheBound(m)}`;
      }
      const [one, two] = check === 'expected' ? ['expected', 'computed'] : [candidate.label, reference.label];
      const [first, second, exact] = besideExact(m);
      const values = `${one} ${first}, ${two} ${second}, exact ${exact}`;
      const who =
        check === 'expected' ? 'the expected value is off' : whoIsWrong(m.left ?? 'both', candidate, reference);
      return `${WHAT[what](m)}${when}: ${values}; ${timesTheBound(m)}; ${who}`;
    }
    case 'oracle': {
      const [derived, measured] = formatApart([finding.derived, finding.measured]);
      return `the hand-written derivation is wrong: its gradient of ${finding.parameter} [${finding.index.join(', ')}] (layer ${layerOf(finding)}) is ${derived} in double precision, its own loss has the slope ${measured} ± ${formatNumber(finding.error, 2)} there`;
    }
    case 'graph': {
      const [derived, ofGraph] = formatApart([finding.measure.oracle, finding.measure.candidate]);
      return `the hand-written derivation is wrong: its gradient of ${formatPlace(finding.measure)} (layer ${layerOf(finding.measure)}) is ${derived} in double precision, a graph of scalars gives ${ofGraph}`;
    }
    case 'taylor':
      return `the hand-written derivation is wrong: along a random direction its loss leaves the predicted slope with order ${formatNumber(finding.order, 3)}, a right gradient has order 2`;
    case 'answer':
      return flawSentence(finding.flaw, name(finding.engine));
    case 'non-finite':
      return `${name(finding.engine)}: the loss is ${finding.loss} at step ${finding.step}; the numbers overflowed, try a smaller learning rate${Number.isNaN(Number(finding.loss)) ? ' (or, if none was large, one is not defined: 0/0, or the root of a negative one)' : ''}`;
    case 'trajectory':
      return `${name(finding.engine)} leaves the exact run at step ${finding.step}: its loss is off by ${formatNumber(finding.gap, 3)}, single precision explains up to ${formatNumber(finding.allowed, 3)}, and no undecided unit is the cause`;
  }
}

/** What is missing, in one sentence: it is the first thing that somebody sees who begins. */
export function missingSentence(findings: readonly Finding[], who: (side: Culprit) => string): string | null {
  const missing = findings.flatMap((f) => (f.kind === 'answer' && f.flaw.kind === 'missing' ? [f] : []));
  if (missing.length < 2) return null;
  const list = missing.map(({ flaw }) => ('shape' in flaw ? `${flaw.parameter} ${formatShape(flaw.shape)}` : ''));
  return `${who(missing[0].engine)} does not answer the gradients of ${list.join(', ')} yet`;
}

export function formatShape(shape: readonly number[] | null): string {
  return shape === null ? 'no array of numbers, or one with rows of different lengths,' : `(${shape.join(', ')})`;
}

function isTranspose({ expected, found }: Extract<AnswerFlaw, { kind: 'shape' }>): boolean {
  return found?.length === 2 && found[0] === expected[1] && found[1] === expected[0];
}

function flawSentence(flaw: AnswerFlaw, who: string): string {
  const what = answered(flaw, flaw.parameter);
  switch (flaw.kind) {
    case 'missing':
      return flaw.shape.length === 0
        ? `${who} answers no ${what}`
        : `${who} does not answer ${what} ${formatShape(flaw.shape)} yet`;
    case 'shape':
      return `${what} of ${who}: ${flaw.expected.length === 0 ? 'a number' : formatShape(flaw.expected)} expected, ${formatShape(flaw.found)} found${isTranspose(flaw) ? ': that is the transpose' : ''}`;
    case 'changed': {
      const [before, after] = formatApart([flaw.before, flaw.after ?? NaN]);
      return `${who} changes what it is given: ${flaw.parameter} [${flaw.index.join(', ')}] was ${before} and is ${flaw.after === null ? 'not a number' : after} after the call; it must change only arrays of its own`;
    }
    case 'unsteady':
      return `${who} answers the same question differently: ${unsteadyValues(flaw)}; is there chance in it (such as dropout), or something kept from call to call?`;
  }
}

export function unsteadyValues(flaw: Extract<AnswerFlaw, { kind: 'unsteady' }>): string {
  const what = answered(flaw, formatPlace(flaw));
  return `${what} is ${formatApart([flaw.first, flaw.second]).join(' and then ')}`;
}

/** The first finding of each kind and place; what repeats at later steps and in later checks is left out. */
export function distinctFindings(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter((f) => {
    const key = f.kind === 'beyond-bound' ? `${f.what} ${f.measure.parameter}` : JSON.stringify(f);
    return !seen.has(key) && seen.add(key);
  });
}

export function whoIs(left: Culprit, candidate: Side, reference: Side | null): string {
  if (reference === null) return candidate.label;
  if (left === 'both') return `both ${candidate.label} and ${reference.label}`;
  return left === 'candidate' ? `${candidate.label} (candidate)` : `${reference.label} (reference)`;
}

/** "tfjs node (reference) is wrong here" where it alone is. */
export function whoIsWrong(left: Culprit, candidate: Side, reference: Side): string {
  const wrong = left === 'both' ? null : left === 'candidate' ? candidate : reference;
  const name = whoIs(left, candidate, reference);
  return wrong?.engine === 'tfjs' ? `${name} left the exact value: tfjs is wrong here` : `${name} left the exact value`;
}
