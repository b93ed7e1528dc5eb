// Findings and verdicts as sentences: the one place where prose is made, for every format alike.
import type { Kink } from '../check/bounded-backprop.ts';
import type { EngineInfo } from '../check/compare.ts';
import type { GradientCheck } from '../check/gradient-check.ts';
import type { AnswerFlaw } from '../engines/engine.ts';
import { formatConventions } from '../check/conventions.ts';
import type { OtherConventions } from '../check/conventions.ts';
import type { ExpectedTrainingCheck } from '../check/case-check.ts';
import type { Diagnosis } from '../check/diagnose.ts';
import type { FirstWrong } from '../check/first-wrong.ts';
import type { FreeRun } from '../check/free-run.ts';
import type { Cause } from '../check/trajectory.ts';
import type { QuestionName } from '../check/protocol.ts';
import type { UpdateCheck } from '../check/update-check.ts';
import type { Compared, Finding, Left, TensorMeasure, Verdict } from '../check/verdict.ts';
import type { BaselineFigure, CompareReport, Report } from './report.ts';

const KINKS_NAMED = 2;

type Side = Pick<EngineInfo, 'engine' | 'label'>;

/** Who is compared. The reference is null where the exact values themselves are all there is beside the candidate. */
export interface Sides {
  readonly candidate: Side;
  readonly reference: Side | null;
}

/** 0.0123457, 1.2e-7, NaN */
export function formatNumber(x: number, digits = 6): string {
  if (!Number.isFinite(x)) return String(x);
  if (x === 0) return '0';
  const size = Math.abs(x);
  return size >= 1e-4 && size < 1e6 ? String(Number(x.toPrecision(digits))) : x.toExponential(Math.min(digits - 1, 3));
}

/** 101,770 whatever the locale */
export function formatCount(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share of the bound: "3.2 %", "840 times" */
export function formatUsed(used: number): string {
  if (!Number.isFinite(used)) return 'not a number';
  if (used > 1) return `${formatNumber(used, 3)} times`;
  return `${formatNumber(100 * used, 2)} %`;
}

export function formatPercent(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(2)} %`;
}

/** "840 times the bound 1.2e-7" */
export function timesTheBound({ usedOfBound, bound }: TensorMeasure): string {
  if (usedOfBound === Infinity) return bound === 0 ? 'no rounding explains any difference' : 'not a number';
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
const WHERE: Record<QuestionName, string> = {
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

function layerOf({ parameter }: TensorMeasure): string {
  return parameter.replace(/^\D+/, '');
}

/** The three numbers side by side, and who is wrong. */
export function findingSentence(finding: Finding, { candidate, reference }: Sides): string {
  const name = (left: Left): string => whoIs(left, candidate, reference);
  switch (finding.kind) {
    case 'beyond-bound': {
      const { measure: m, what, check } = finding;
      const when = placeOf(finding);
      const exact = `exact ${formatNumber(m.oracle, 8)}`;
      if (reference === null)
        return `${WHAT[what](m)}${when}: ${candidate.label} ${formatNumber(m.candidate, 8)}, ${exact}; ${timesTheBound(m)}`;
      const [one, two] = check === 'expected' ? ['expected', 'computed'] : [candidate.label, reference.label];
      const values = `${one} ${formatNumber(m.candidate, 8)}, ${two} ${formatNumber(m.reference, 8)}, ${exact}`;
      const who =
        check === 'expected' ? 'the expected value is off' : whoIsWrong(m.left ?? 'both', candidate, reference);
      return `${WHAT[what](m)}${when}: ${values}; ${timesTheBound(m)}; ${who}`;
    }
    case 'oracle':
      return `the hand-written derivation is wrong: its gradient of ${finding.parameter} [${finding.index.join(', ')}] (layer ${finding.parameter.replace(/^\D+/, '')}) is ${formatNumber(finding.derived, 8)} in double precision, its own loss has the slope ${formatNumber(finding.measured, 8)} ± ${formatNumber(finding.error, 2)} there`;
    case 'graph':
      return `the hand-written derivation is wrong: its gradient of ${formatPlace(finding.measure)} (layer ${layerOf(finding.measure)}) is ${formatNumber(finding.measure.oracle, 8)} in double precision, a graph of scalars gives ${formatNumber(finding.measure.candidate, 8)}`;
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
function missingSentence(findings: readonly Finding[], who: (side: Left) => string): string | null {
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
  const what = /^[Wb]\d/.test(flaw.parameter) ? `the gradient of ${flaw.parameter}` : flaw.parameter;
  switch (flaw.kind) {
    case 'missing':
      return flaw.shape.length === 0
        ? `${who} answers no ${what}`
        : `${who} does not answer ${what} ${formatShape(flaw.shape)} yet`;
    case 'shape':
      return `${what} of ${who}: ${flaw.expected.length === 0 ? 'a number' : formatShape(flaw.expected)} expected, ${formatShape(flaw.found)} found${isTranspose(flaw) ? ': that is the transpose' : ''}`;
    case 'changed':
      return `${who} changes what it is given: ${flaw.parameter} [${flaw.index.join(', ')}] was ${formatNumber(flaw.before, 8)} and is ${flaw.after === null ? 'no number' : formatNumber(flaw.after, 8)} after the call; it must change only arrays of its own`;
    case 'unsteady':
      return `${who} answers the same question differently: ${unsteadyValues(flaw)}; is there chance in it (such as dropout), or something kept from call to call?`;
  }
}

function unsteadyValues(flaw: Extract<AnswerFlaw, { kind: 'unsteady' }>): string {
  const what = /^[Wb]\d/.test(flaw.parameter) ? `the gradient of ${formatPlace(flaw)}` : formatPlace(flaw);
  return `${what} is ${formatNumber(flaw.first, 8)} and then ${formatNumber(flaw.second, 8)}`;
}

/** That two answers differ by rounding alone: nothing is wrong, and it is worth knowing. */
function differsSentences({ differs, verdict }: GradientCheck, { candidate }: Sides): string[] {
  if (differs === null || verdict.kind === 'disagree') return [];
  return [
    `${candidate.label} answers the same question differently, within rounding error: ${unsteadyValues(differs)}.`,
  ];
}

/** Where an engine first left the exact values: the first wrong intermediate. */
function firstWrongSentences(
  of: Readonly<Record<'candidate' | 'reference', FirstWrong | null>>,
  sides: Sides,
  question: QuestionName = 'given',
): string[] {
  return (['candidate', 'reference'] as const).flatMap((side) => {
    const place = of[side];
    if (place === null || sides[side] === null) return [];
    const at = place.index.length === 0 ? '' : ` [${place.index.join(', ')}]`;
    const values = `${formatNumber(place.found, 8)}, exact ${formatNumber(place.exact, 8)}`;
    const order = `in the order of computation${WHERE[question]}`;
    return [`First wrong ${order}: ${place.name}${at} of ${whoIs(side, sides.candidate, sides.reference)}: ${values}.`];
  });
}

/** Whether the calculus is wrong, or the loss is another one: as much as the measured slopes carry. */
function ownLossSentences({ ownLoss, loss }: GradientCheck, { candidate }: Sides): string[] {
  if (ownLoss === null) return [];
  const { entries, decided } = ownLoss;
  const counted = `${formatCount(decided)} of ${formatCount(entries)} entries decided by finite differences`;
  switch (ownLoss.kind) {
    case 'undecided':
      return [`Whether its gradient is the slope of its own loss is undecided: ${counted}.`];
    case 'not-slope': {
      const { first } = ownLoss;
      const slope = `${formatNumber(first.measured, 8)} ± ${formatNumber(first.error, 2)}`;
      return [
        `It is not the slope of its own loss either: near these parameters ${formatPlace(first)} of ${candidate.label} is ${formatNumber(first.derived, 8)}, the slope of its loss is ${slope} (${counted}).`,
      ];
    }
    case 'slope': {
      const values = `${formatNumber(loss.candidate, 8)}, expected ${formatNumber(loss.oracle, 8)}`;
      const other = loss.usedOfBound <= 1 ? '' : `; that loss is not the expected one (${values})`;
      return [`Its gradient is the slope of its own loss, ${counted}${other}.`];
    }
  }
}

/** Where it only does otherwise what may be done otherwise. */
function conventionSentences(looksLike: readonly OtherConventions[], { candidate }: Sides): string[] {
  if (looksLike.length === 0) return [];
  const ways = looksLike.map(formatConventions).join(', or ');
  return [
    `Looks like another convention: ${candidate.label} agrees if it declares ${ways}. If that is what you mean, declare it; if not, it is the mistake.`,
  ];
}

/** What mistake it is and how to mend it; null where nothing is wrong. */
function diagnosisSentences(diagnosis: Diagnosis | null, what: string, sides: Sides): string[] {
  if (diagnosis === null) return [];
  const { engine, mistakes } = diagnosis;
  const who = whoIs(engine, sides.candidate, sides.reference);
  if (mistakes.length === 0) return [`Diagnosis: ${what} of ${who} are wrong, but not by any one known mistake alone.`];
  const intro = mistakes.length === 1 ? 'Diagnosis' : 'Diagnosis (these come to the same here)';
  return mistakes.map((m) => {
    const at = m.layer === null ? '' : m.layer === 'every' ? ' at every layer' : ` at layer ${m.layer}`;
    return `${intro}: ${m.fault}${at} of ${who}: ${m.description}. Mend: ${m.remedy}.`;
  });
}

/** Where it first went wrong and why, from all checks of a report; what several checks say alike is said once. */
export function diagnoses(report: Report): string[] {
  const gradients: GradientCheck[] = report.gradientCheck === null ? [] : [report.gradientCheck];
  const updates: (UpdateCheck | null)[] = [];
  const lines: string[] = [];
  if (report.kind === 'gradcheck') {
    gradients.push(...report.cases.map((c) => c.gradientCheck));
    updates.push(report.updateCheck, ...report.cases.map((c) => c.updateCheck));
  }
  lines.push(...checkDiagnoses(gradients, updates, report));
  if (report.kind === 'compare') {
    if (lines.length === 0) lines.push(...firstWrongSentences(report.lockstep.firstWrong, report));
    lines.push(...diagnosisSentences(report.lockstep.diagnosis, 'the updates', report));
  } else {
    for (const { expected } of report.cases) lines.push(...expectedExplained(expected?.training ?? null));
  }
  return [...new Set(lines)];
}

/** The same of some checks: first wrong places, other conventions, known mistakes. */
export function checkDiagnoses(
  gradients: readonly GradientCheck[],
  updates: readonly (UpdateCheck | null)[],
  sides: Sides,
): string[] {
  const lines: string[] = [];
  for (const check of gradients) {
    lines.push(...firstWrongSentences(check.firstWrong, sides, check.firstWrongQuestion ?? 'given'));
    lines.push(...differsSentences(check, sides));
    lines.push(...conventionSentences(check.looksLike, sides));
    lines.push(...ownLossSentences(check, sides));
    const explained = check.looksLike.length > 0 && check.diagnosis?.mistakes.length === 0;
    if (!explained) lines.push(...diagnosisSentences(check.diagnosis, 'the gradients', sides));
  }
  for (const check of updates) lines.push(...diagnosisSentences(check?.diagnosis ?? null, 'the updates', sides));
  return lines;
}

function expectedExplained(training: ExpectedTrainingCheck | null): string[] {
  const explained = training?.explained ?? [];
  return explained.map(
    (m) => `Diagnosis: the expected training is that of ${m.fault}: ${m.description}. Mend: ${m.remedy}.`,
  );
}

/** The first finding of each kind and place; what repeats at later steps and in later checks is left out. */
export function distinctFindings(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter((f) => {
    const key = f.kind === 'beyond-bound' ? `${f.what} ${f.measure.parameter}` : JSON.stringify(f);
    return !seen.has(key) && seen.add(key);
  });
}

function whoIs(left: Left, candidate: Side, reference: Side | null): string {
  if (reference === null) return candidate.label;
  if (left === 'both') return `both ${candidate.label} and ${reference.label}`;
  return left === 'candidate' ? `${candidate.label} (candidate)` : `${reference.label} (reference)`;
}

/** "tfjs node (reference) is wrong here" where it alone is. */
export function whoIsWrong(left: Left, candidate: Side, reference: Side): string {
  const wrong = left === 'both' ? null : left === 'candidate' ? candidate : reference;
  const name = whoIs(left, candidate, reference);
  return wrong?.engine === 'tfjs' ? `${name} left the exact value: tfjs is wrong here` : `${name} left the exact value`;
}

/** The verdict in a sentence; for a disagreement the first finding, which is the first place in the order of the checks. */
export function verdictSentence(verdict: Verdict, report: Sides): string {
  const { candidate, reference } = report;
  const pair = reference === null ? candidate.label : `${candidate.label} and ${reference.label}`;
  switch (verdict.kind) {
    case 'identical':
      return reference === null
        ? `${pair} gives the exact values, to the last bit.`
        : `${pair} are identical to the last bit.`;
    case 'agree':
      return `${pair} ${reference === null ? 'agrees with the exact values' : 'agree'}: every difference is within what rounding explains (at most ${formatUsed(verdict.usedOfBound)} of the bound).`;
    case 'disagree': {
      const missing = missingSentence(verdict.findings, (side) => whoIs(side, report.candidate, report.reference));
      if (missing !== null) return reference === null ? `${missing}.` : `${pair} cannot agree: ${missing}.`;
      const more = verdict.findings.length - 1;
      const others = more === 0 ? '' : ` (and ${formatCount(more)} more finding${more > 1 ? 's' : ''})`;
      const [first] = verdict.findings;
      if (first.kind === 'beyond-bound' && first.check === 'expected') {
        return `the expected values are not what the network computes: ${findingSentence(first, report)}${others}.`;
      }
      const apart = reference === null ? 'disagrees with the exact values' : 'disagree';
      const what = first.kind === 'non-finite' ? 'no agreement is possible' : apart;
      return `${pair}${first.kind === 'non-finite' ? ':' : ''} ${what}: ${findingSentence(first, report)}${others}.`;
    }
    case 'inconclusive':
      return verdict.reason === 'interrupted'
        ? `inconclusive: the run was interrupted; what is reported is what there was.`
        : `inconclusive: the check did not get to run.`;
  }
}

/** The verdict's sentence with a capital letter, but for the names that others gave; and what it looks like. */
export function headline(report: Report): string {
  const sentence = verdictSentence(report.verdict, report);
  const named = report.candidate.engine === 'external' && sentence.startsWith(report.candidate.label);
  const looksLike = report.gradientCheck?.looksLike ?? [];
  const other = looksLike.length === 0 ? '' : ` It looks like ${looksLike.map(formatConventions).join(', or ')}.`;
  return `${named ? sentence : sentence.charAt(0).toUpperCase() + sentence.slice(1)}${other}${whatIsRight(report)}`;
}

/** Where gradients are still to be written: how far one has come. */
function whatIsRight({ gradientCheck, verdict }: Report): string {
  if (gradientCheck === null || verdict.kind !== 'disagree') return '';
  const missing = verdict.findings.some((f) => f.kind === 'answer' && f.flaw.kind === 'missing');
  if (!missing) return '';
  const right = [gradientCheck.loss, ...gradientCheck.parameters].filter(({ left }) => left === null);
  return right.length === 0 ? '' : ` Right so far: ${right.map(({ parameter }) => parameter).join(', ')}.`;
}

/** What a reader of the tables should know. */
export function notes(report: Report): string[] {
  const lines = [filledInLine(report.candidate), report.kind === 'compare' ? notTrainedLine(report) : null];
  return lines.filter((line) => line !== null);
}

/** What somebody else's program does not have, and was done for it. */
function filledInLine({ label, filledIn = [] }: EngineInfo): string | null {
  const parts = {
    applyGradients: 'the updates (it has no applyGradients)',
    predict: 'the outputs (it has no predict)',
  };
  if (filledIn.length === 0) return null;
  return `Made by backproof from what ${label} answers: ${filledIn.map((part) => parts[part]).join(', ')}. They prove nothing about it.`;
}

/** Whether training was begun at all. */
export function wasTrained({ verdict }: FreeRun): boolean {
  return verdict.kind !== 'inconclusive' || verdict.reason !== 'not-run';
}

/** Why there was no training. */
function notTrainedLine({ freeRun, candidate }: CompareReport): string | null {
  if (wasTrained(freeRun)) return null;
  return `Nothing was trained: first the gradients of ${candidate.label} must be right.`;
}

export function partingSentence(freeRun: FreeRun, report: Sides): string | null {
  const p = freeRun.parted;
  if (p === null) return null;
  return `${whoIs(p.engine, report.candidate, report.reference)} goes another way than the exact run from step ${p.partedAt} on: at step ${p.step} ${causePhrase(p)}.`;
}

function causePhrase(cause: Cause): string {
  if (cause.cause === 'kink') return `${kinkPhrase(cause)} took the other branch, which single precision cannot decide`;
  return `rounding decides most, in the update of ${formatPlace(cause)}; it is fed back and grows, and every single step is right for where the run was`;
}

/** How many units single precision does not decide, and the first few of them. */
export function kinkLines({ count, first }: { count: number; first: readonly (Kink & { step?: number })[] }): string[] {
  if (count === 0) return [];
  const some = first
    .slice(0, KINKS_NAMED)
    .map((kink) => `${kinkPhrase(kink)}${kink.step === undefined ? '' : `, step ${kink.step}`}`);
  const more = count > some.length ? `; and ${formatCount(count - some.length)} more` : '';
  return [`Undecided in single precision, and allowed for: ${some.join('; ')}${more}.`];
}

export function kinkPhrase({ layer, example, unit }: Kink): string {
  return `unit ${unit} of layer ${layer} (example ${example} of the batch)`;
}

export function baselineSentence(f: BaselineFigure): string {
  const show = (x: number | null): string => {
    if (x === null) return 'missing';
    return f.figure === 'accuracy' ? formatPercent(x) : formatNumber(x, 5);
  };
  const name = f.figure === 'accuracy' ? 'test accuracy' : 'final loss';
  const limit = f.figure === 'accuracy' ? 'at least' : 'at most';
  return `${name} of the ${f.side} ${show(f.value)}, baseline ${show(f.baseline)} (${limit} ${show(f.limit)} allowed)`;
}
