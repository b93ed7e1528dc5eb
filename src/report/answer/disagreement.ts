// The answer for "disagree": what is wrong, where, and what to do. The first wrong place in the
// order of computation leads.
import type { FirstWrong } from '../../check/diagnosis/first-wrong.ts';
import type { Side } from '../../check/pair.ts';
import type { Finding, Verdict } from '../../check/verdict.ts';
import { LOOK_FOR, missingGradients, missingSentence } from '../words/flaws.ts';
import { WHERE, findingSentence, formatPlace, whatAndWhere, whoIs } from '../words/findings.ts';
import { formatApart, formatBeside, formatUsed } from '../words/numbers.ts';
import { causeOf, erraticOf, erraticSentences, fixOf, probedOf } from './causes.ts';
import type { Checked } from './checked.ts';
import { readingSentences } from './readings.ts';
import { nextToWrite, sortTensors, tensorsSentence, whereToLook } from './tensors.ts';
import type { Sorted } from './tensors.ts';
import { withStop } from './told.ts';
import type { Answer, Trouble } from './trouble.ts';

type Disagree = Extract<Verdict, { kind: 'disagree' }>;
type Beyond = Extract<Finding, { kind: 'beyond-bound' }>;

/** The first wrong place, and its headline. */
interface Wrong extends Pick<Trouble, 'who' | 'side' | 'place' | 'where' | 'values'> {
  /** Whether it is computed on the way to the gradients; an updated parameter is not. */
  readonly isIntermediate: boolean;
  readonly headline: string;
}

export function disagreement({ findings }: Disagree, checked: Checked): Answer {
  const [first] = findings;
  const form = findings.find((f) => f.kind === 'answer' && f.flaw.kind !== 'missing');
  const missing = missingGradients(findings);
  const said = first.kind === 'oracle' || first.kind === 'taylor' || first.kind === 'graph' ? first : form;
  const wrong = wrongPlace(findings, checked);
  const sorted =
    checked.gradients === null
      ? null
      : sortTensors(checked.gradients, wrong?.side ?? 'candidate', checked.candidate.filledIn);
  const trouble = wrong === null ? null : troubleOf(wrong, sorted, checked);
  if (said?.kind === 'answer' && (said.flaw.kind === 'unsteady' || said.flaw.kind === 'changed'))
    return erratic(said, trouble, checked);
  const lines = linesOf(trouble, sorted, checked);
  if (said !== undefined) return { kind: 'disagree', headline: findingSentence(said, checked), lines, trouble };
  if (wrong === null && missing.length > 0) return nothingWrongYet(findings, sorted, checked);
  if (wrong === null) return { kind: 'disagree', headline: findingSentence(first, checked), lines, trouble };
  return { kind: 'disagree', headline: wrong.headline, lines, trouble };
}

/** The engine changes its answers or its arguments: its numbers mean nothing. */
function erratic(said: Extract<Finding, { kind: 'answer' }>, trouble: Trouble | null, checked: Checked): Answer {
  const probed = erraticOf(checked, said.engine);
  const lines = erraticSentences(probed, said.engine);
  const sentence = findingSentence(said, checked);
  const headline = lines.length === 0 ? sentence : sentence.replace(LOOK_FOR, ''); // it is found
  return { kind: 'disagree', headline, lines, trouble: trouble && { ...trouble, probed } };
}

/**
 * Gradients are missing, and those returned are right: says how far the candidate has come, and
 * what is next.
 */
function nothingWrongYet(findings: readonly Finding[], sorted: Sorted | null, checked: Checked): Answer {
  const { candidate, reference, network } = checked;
  const headline = missingSentence(findings, whoIs('candidate', candidate, reference)) ?? '';
  if (sorted === null) return { kind: 'disagree', headline, lines: [], trouble: null };
  const next = nextToWrite(sorted, network);
  const write = next === null ? [] : [`Next: ${next.formula ?? next.name}.`];
  const right = sorted.right.length === 0 ? [] : [tensorsSentence({ ...sorted, missing: [] })];
  const lines = [...fixOf(null, checked), ...write, ...right];
  return { kind: 'disagree', headline, lines, trouble: null };
}

function troubleOf(wrong: Wrong, sorted: Sorted | null, checked: Checked): Trouble {
  const { who, side, place, where, values } = wrong;
  const look = wrong.isIntermediate && sorted !== null ? whereToLook(place.name, sorted, checked.network) : null;
  const { right = [], wrong: others = [], missing = [] } = sorted ?? {};
  const causes = { ...causeOf(checked, side), probed: probedOf(checked, side) };
  return { who, side, place, where, values, ...causes, look, right, wrong: others, missing };
}

/** The fix first, then what is right and wrong, then what else was found. */
function linesOf(trouble: Trouble | null, sorted: Sorted | null, checked: Checked): string[] {
  const { expected } = checked;
  const tensors = sorted === null || sorted.wrong.length === 0 ? [] : [tensorsSentence(sorted)];
  const readings = expected === null ? [] : readingSentences(expected);
  const also = [...aboutReference(checked, trouble), ...thrown(checked)];
  return [...fixOf(trouble, checked), ...readings, ...tensors, ...also];
}

/** The error of a candidate that was wrong before: "Later it gave no answer: ...". */
function thrown({ gradients }: Checked): string[] {
  const threw = gradients?.threw;
  if (threw === undefined) return [];
  return [withStop(`Later it gave no answer: ${threw.message}${threw.hint === null ? '' : `; ${threw.hint}`}`)];
}

/** Says that the reference is wrong as well, or that it alone is. */
function aboutReference(checked: Checked, trouble: Trouble | null): string[] {
  const { candidate, reference } = checked.gradients?.firstWrong ?? { candidate: null, reference: null };
  if (candidate !== null && reference !== null) {
    const where = WHERE[checked.gradients?.firstWrongQuestion ?? 'given'];
    return [`The reference is wrong too: ${wrongIntermediate('reference', reference, where, checked).headline}.`];
  }
  const alone =
    trouble !== null &&
    checked.reference !== null &&
    trouble.who === whoIs('reference', checked.candidate, checked.reference);
  return alone && checked.reference.engine === 'tfjs' ? ['TensorFlow.js is wrong here, the candidate is right.'] : [];
}

/**
 * The first wrong intermediate value of the gradient check, then of the run; otherwise the first
 * number beyond its bound.
 */
function wrongPlace(findings: readonly Finding[], checked: Checked): Wrong | null {
  const { gradients, lockstep } = checked;
  const beyond = findings.find((f): f is Beyond => f.kind === 'beyond-bound');
  const question = gradients?.firstWrongQuestion ?? 'given';
  for (const side of ['candidate', 'reference'] as const) {
    const place = gradients?.firstWrong[side] ?? null;
    if (place !== null) return wrongIntermediate(side, place, WHERE[question], checked);
  }
  if (beyond === undefined || beyond.check === 'expected' || beyond.check === 'update-check')
    return beyond === undefined ? null : wrongFinding(beyond, checked);
  for (const side of ['candidate', 'reference'] as const) {
    const place = lockstep?.firstWrong[side] ?? null;
    if (place !== null) return wrongIntermediate(side, place, ` at step ${place.step} of the run`, checked);
  }
  return wrongFinding(beyond, checked);
}

function wrongIntermediate(side: Side, place: FirstWrong, where: string, checked: Checked): Wrong {
  const { name, index, found, exact, other } = place;
  const who = whoIs(side, checked.candidate, checked.reference);
  const what = `${name === 'loss' ? 'the loss' : formatPlace({ parameter: name, index })} of ${who} is wrong${where}`;
  const values = { found, other, exact };
  const headline = `${what}: ${valuesOf(values, side, checked)}${farOff(place.usedOfBound, exact)}`;
  return { side, isIntermediate: true, who, place: { name, index }, where, values, headline };
}

function wrongFinding(finding: Beyond, checked: Checked): Wrong {
  const { measure: m, check } = finding;
  const side = m.left === 'reference' ? 'reference' : 'candidate';
  const isReference = side === 'reference';
  const who = check === 'expected' ? 'the case' : whoIs(m.left ?? 'both', checked.candidate, checked.reference);
  const [found, other] = isReference ? [m.reference, m.candidate] : [m.candidate, m.reference];
  const values = { found, other: checked.reference === null ? null : other, exact: m.oracle };
  const isGradient = finding.what === 'gradient' || finding.what === 'again';
  const place = { name: isGradient ? `d${m.parameter}` : m.parameter, index: m.index };
  const isIntermediate = check !== 'expected' && finding.what !== 'update' && finding.what !== 'train-step';
  const what = whatAndWhere(finding);
  const headline =
    check === 'expected'
      ? `${what} is not what the case expects: ${expectedValues(values)}`
      : `${what} is wrong in ${who}: ${valuesOf(values, side, checked)}${farOff(m.usedOfBound, m.oracle)}`;
  return { side, isIntermediate, who, place, where: '', values, headline };
}

function expectedValues({ found, exact }: Trouble['values']): string {
  const [one, two] = formatApart([found, exact]);
  return `expected ${one}, exact ${two}`;
}

/** "; 92,200 times the allowed error"; empty if that is not finite. */
function farOff(usedOfBound: number, exact: number): string {
  return Number.isFinite(usedOfBound) && exact !== 0 ? `; ${formatUsed(usedOfBound)} the allowed error` : '';
}

/** "-0.00152, exact 0.045 (tfjs wasm 0.045)" */
function valuesOf({ found, other, exact }: Trouble['values'], side: Side, { candidate, reference }: Checked): string {
  const [one, two, ...rest] = formatBeside([found, exact], other === null ? [] : [other]);
  const label = side === 'candidate' ? reference?.label : candidate.label;
  return `${one}, exact ${two}${rest.length === 0 || label === undefined ? '' : ` (${label} ${rest[0]})`}`;
}
