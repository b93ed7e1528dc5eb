// The verdict of a report and what belongs to it, as sentences: made here for every format alike.
import type { Kink } from '../../bounds/gradients.ts';
import type { EngineInfo } from '../../check/engine-info.ts';
import { formatConventions } from '../../check/diagnosis/conventions.ts';
import type { FreeRun } from '../../check/run/free-run.ts';
import type { Cause } from '../../check/run/trajectory.ts';
import type { Verdict } from '../../check/verdict.ts';
import { formatApart, formatCount, formatNumber, formatPercents, formatUsed } from './numbers.ts';
import type { BaselineFigure, CompareReport, Report } from '../report.ts';
import { formatPlace, findingSentence, missingSentence, whoIs } from './findings.ts';
import type { Sides } from './findings.ts';

const KINKS_NAMED = 2;

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
      return `inconclusive: ${inconclusiveReason(verdict)}.`;
  }
}

/** Why nothing can be said. */
export function inconclusiveReason(verdict: Extract<Verdict, { kind: 'inconclusive' }>): string {
  if (verdict.reason !== 'out-of-range')
    return verdict.reason === 'interrupted'
      ? 'the run was interrupted; what is reported is what there was'
      : 'the check did not get to run';
  const { name, size, step } = verdict;
  const when = step === null ? '' : ` at step ${step}`;
  if (Number.isNaN(size)) return `${name}${when} is not a number (0/0, or infinity less infinity), whoever computes it`;
  const [far, limit, less] = size < 1 ? ['below', 'smallest', 'larger'] : ['beyond', 'largest', 'smaller'];
  return `${name}${when} reaches ${formatNumber(size, 3)}, ${far} the ${limit} number of the precision, so what comes out is no evidence for or against either side; try ${less} weights, targets or learning rate`;
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
  const lines = [
    precisionLine(report.candidate),
    filledInLine(report.candidate),
    report.kind === 'compare' ? notTrainedLine(report) : null,
  ];
  return lines.filter((line) => line !== null);
}

function precisionLine({ label, dtypeFrom }: EngineInfo): string | null {
  if (dtypeFrom === undefined) return null;
  return `${label} declares no dtype: its answers are single-precision numbers, so it is judged as one that computes in single precision.`;
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

/** Whether the run got worse than the committed one, and by which figures. */
export function baselineLines({ baseline }: CompareReport): string[] {
  if (baseline === null) return [];
  if (!baseline.regressed) return [`No regression against ${baseline.file}.`];
  return baseline.figures
    .filter((f) => f.regressed)
    .map((f) => `REGRESSED against ${baseline.file}: ${baselineSentence(f)}.`);
}

export function baselineSentence(f: BaselineFigure): string {
  const numbers = [f.baseline, f.limit, ...(f.value === null ? [] : [f.value])];
  const [before, allowed, value = 'missing'] =
    f.figure === 'accuracy' ? formatPercents(numbers) : formatApart(numbers, 5);
  const name = f.figure === 'accuracy' ? 'test accuracy' : 'final loss';
  const limit = f.figure === 'accuracy' ? 'at least' : 'at most';
  return `${name} of the ${f.side} ${value}, baseline ${before} (${limit} ${allowed} allowed)`;
}
