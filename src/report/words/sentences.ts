// Sentences about a report that every format shares: the verdict, notes, kinks, the baseline.
import type { Kink } from '../../bounds/gradients.ts';
import type { EngineInfo } from '../../check/engine-info.ts';
import type { FreeRun } from '../../check/run/free-run.ts';
import type { Cause } from '../../check/run/checked-run.ts';
import type { Verdict } from '../../check/verdict.ts';
import { listed } from '../../text.ts';
import { formatApart, formatCount, formatNumber, formatPercents } from './numbers.ts';
import type { BaselineFigure, CompareReport, Report } from '../report.ts';
import { formatPlace, findingSentence, whoIs } from './findings.ts';
import { unsteadyValues } from './flaws.ts';
import type { Sides } from './findings.ts';

const KINKS_NAMED = 2;

/**
 * The verdict as a clause, for lists; for "disagree" the first finding. The full answer of a report
 * is made in ../answer/.
 */
export function verdictSentence(verdict: Verdict, sides: Sides): string {
  const { candidate, reference } = sides;
  const pair = reference === null ? candidate.label : `${candidate.label} and ${reference.label}`;
  switch (verdict.kind) {
    case 'identical':
      return reference === null
        ? `${pair} gives the exact values, to the last bit`
        : `${pair} are identical to the last bit`;
    case 'agree':
      return reference === null
        ? `${pair} agrees with the exact values, within rounding error`
        : `${pair} agree, within rounding error`;
    case 'disagree':
      return findingSentence(verdict.findings[0], sides);
    case 'inconclusive':
      return inconclusiveReason(verdict);
  }
}

/** Why the check is inconclusive. */
export function inconclusiveReason(verdict: Extract<Verdict, { kind: 'inconclusive' }>): string {
  if (verdict.reason !== 'out-of-range')
    return verdict.reason === 'interrupted'
      ? 'the run was interrupted; the report covers what was done before'
      : 'the check was not run';
  const { name, size, step } = verdict;
  const when = step === null ? '' : ` at step ${step}`;
  if (Number.isNaN(size)) return `${name}${when} is not a number on either side (0/0, or infinity minus infinity)`;
  const [far, limit, less] = size < 1 ? ['below', 'smallest', 'larger'] : ['beyond', 'largest', 'smaller'];
  return `${name}${when} reaches ${formatNumber(size, 3)}, ${far} the ${limit} number of the precision: the results say nothing about either side; try ${less} weights, targets or learning rate`;
}

/** Notes that readers of the tables need. */
export function notes(report: Report): string[] {
  const lines = [
    precisionLine(report.candidate),
    recoveredLine(report.candidate),
    filledInLine(report.candidate),
    report.kind === 'compare' ? notTrainedLine(report) : null,
    differsLine(report),
  ];
  return lines.filter((line) => line !== null);
}

function precisionLine({ label, dtypeFrom }: EngineInfo): string | null {
  if (dtypeFrom === undefined) return null;
  return `${label} declares no dtype; all its numbers are single-precision numbers, so it is judged as single precision.`;
}

/** A candidate without gradients. */
function recoveredLine({ label, gradientsFrom }: EngineInfo): string | null {
  if (gradientsFrom === undefined) return null;
  return `Gradients of ${label} are recovered from updates, (before - after) / rate with plain SGD; the allowed error includes the rounding of the stored parameters.`;
}

/** The parts of a candidate that backproof computed, because the candidate lacks them. */
function filledInLine({ label, filledIn = [], gradientsFrom }: EngineInfo): string | null {
  const parts = {
    applyGradients:
      gradientsFrom === undefined
        ? 'the updates (it has no applyGradients)'
        : 'the updates (its own steps are not those of a mean over the batch)',
    predict: 'the outputs (it has no predict)',
    loss: 'the loss (it returns none)',
    averages: 'the running averages (it has no trainStep)',
  };
  if (filledIn.length === 0) return null;
  return `backproof computed ${listed(filledIn.map((part) => parts[part]))} for ${label}: they prove nothing about it.`;
}

/** Different answers to the same question that differ only by rounding. */
function differsLine({ gradientCheck, candidate }: Report): string | null {
  if (gradientCheck === null || gradientCheck.differs === null || gradientCheck.verdict.kind === 'disagree')
    return null;
  return `${candidate.label} gives slightly different answers to the same question, within rounding error: ${unsteadyValues(gradientCheck.differs)}.`;
}

/** Whether any training was done. */
export function wasTrained({ verdict }: FreeRun): boolean {
  return verdict.kind !== 'inconclusive' || verdict.reason !== 'not-run';
}

function notTrainedLine({ freeRun, candidate }: CompareReport): string | null {
  if (wasTrained(freeRun)) return null;
  return `No training: the gradients of ${candidate.label} must be right first.`;
}

export function partingSentence(freeRun: FreeRun, report: Sides): string | null {
  const p = freeRun.parted;
  if (p === null) return null;
  return `${whoIs(p.engine, report.candidate, report.reference)} diverges from the exact run at step ${p.partedAt}: at step ${p.step} ${causePhrase(p)}.`;
}

function causePhrase(cause: Cause): string {
  if (cause.cause === 'kink')
    return `${kinkPhrase(cause)} took the other branch of its kink, which single precision does not decide`;
  return `rounding decides the update of ${formatPlace(cause)}; the difference is fed back and grows, though every single step is right`;
}

/** The units whose branch single precision does not decide: the first few, and how many more. */
export function kinkLines({ count, first }: { count: number; first: readonly (Kink & { step?: number })[] }): string[] {
  if (count === 0) return [];
  const some = first
    .slice(0, KINKS_NAMED)
    .map((kink) => `${kinkPhrase(kink)}${kink.step === undefined ? '' : `, step ${kink.step}`}`);
  const more = count > some.length ? `; and ${formatCount(count - some.length)} more` : '';
  return [`Too close to a kink for single precision, so either branch counts as right: ${some.join('; ')}${more}.`];
}

export function kinkPhrase({ layer, example, unit }: Kink): string {
  return `unit ${unit} of layer ${layer} (example ${example} of the batch)`;
}

/** Whether the run is worse than the baseline, and by which figures. */
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
