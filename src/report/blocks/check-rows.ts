// The tables of checks, as data: one row per check or per tensor. Every format shows the same rows.
import { COMPARED_STEPS } from '../../check/steps/counts.ts';
import type { UpdateCheck } from '../../check/update-check.ts';
import { MORE_UPDATES, UPDATES } from '../../check/update-sequences.ts';
import type { QuestionName, TensorMeasure, Verdict, VerdictKind } from '../../check/verdict.ts';
import { formatPlace, shareOfBound } from '../words/findings.ts';
import { missingGradients } from '../words/flaws.ts';
import { formatCount, formatNumber, formatUsed } from '../words/numbers.ts';
import { wasTrained } from '../words/sentences.ts';
import type { CompareReport, GradcheckReport } from '../report.ts';
import type { Block } from './block.ts';

export interface CheckRow {
  readonly check: string;
  readonly verdict: VerdictKind;
  readonly worst: string;
  readonly used: string;
  readonly relative: string;
}

/** The measure that used most of its bound. */
export function worstOf(measures: readonly (TensorMeasure | null)[]): TensorMeasure | null {
  let worst: TensorMeasure | null = null;
  for (const m of measures) if (m !== null && (worst === null || m.usedOfBound > worst.usedOfBound)) worst = m;
  return worst;
}

/** The verdict on some of a check's measures; a check that was cut short stays inconclusive. */
function verdictOn(measures: readonly (TensorMeasure | null)[], whole: Verdict): VerdictKind {
  if (measures.some((m) => m !== null && m.left !== null)) return 'disagree';
  if (whole.kind === 'inconclusive' || measures.some((m) => m?.outOfRange !== undefined)) return 'inconclusive';
  return measures.every((m) => m === null || m.identical) ? 'identical' : 'agree';
}

function checkRow(
  check: string,
  verdict: VerdictKind,
  measures: readonly (TensorMeasure | null)[],
  missing: ReadonlySet<string> = new Set(),
): CheckRow {
  const there = measures.filter((m) => m === null || !missing.has(m.parameter));
  const isMissing = there.length < measures.length && there.every((m) => m === null || m.left === null);
  if (isMissing) return { check, verdict, worst: 'missing', used: '-', relative: '-' };
  const worst = worstOf(there);
  if (worst === null) return { check, verdict, worst: '-', used: '-', relative: '-' };
  const when = worst.step === null ? '' : `, step ${worst.step}`;
  return {
    check,
    verdict,
    worst: `${formatPlace(worst)}${when}`,
    used: shareOfBound(worst),
    relative: formatNumber(Math.max(...there.map((m) => m?.relativeDifference ?? 0)), 2),
  };
}

/**
 * The row of updated parameters. Storing a weight in single precision may use nearly all of its
 * bound, so if nothing is wrong the row shows how much of the rest is used.
 */
function updatedRow(check: string, verdict: VerdictKind, measures: readonly (TensorMeasure | null)[]): CheckRow {
  const row = checkRow(check, verdict, measures);
  const known = measures.filter((m) => m?.besideStoring !== undefined);
  if (verdict === 'disagree' || verdict === 'inconclusive' || known.length === 0) return row;
  const worst = known.reduce((a, b) => (shareBeside(b) > shareBeside(a) ? b : a));
  const index = worst?.besideStoring?.index ?? [];
  return {
    ...row,
    worst: formatPlace({ parameter: worst?.parameter ?? '', index }),
    used: formatUsed(shareBeside(worst)),
  };
}

function shareBeside(m: TensorMeasure | null): number {
  return m?.besideStoring?.used ?? 0;
}

/** A note on what the rows of updates leave out; none if no update agrees. */
export function storing(updated: readonly TensorMeasure[]): Block[] {
  if (!updated.some((m) => m.left === null && m.besideStoring !== undefined)) return [];
  const text = 'Updates: the last rounding of each stored weight, which can use nearly all of its bound, is left out.';
  return [{ kind: 'note', text }];
}

/** One row per check; the relative difference is ‖a - b‖ / max(‖a‖, ‖b‖) of the worst tensor. */
export function checkRows({ gradientCheck: g, lockstep: l, freeRun: f }: CompareReport): CheckRow[] {
  const gradients = [g.loss, g.outputs, ...g.parameters, ...g.questions.flatMap(({ measures }) => measures)];
  const at = `at ${l.steps.length} ${l.steps.length === 1 ? 'step' : 'steps'}`;
  const [before, after] = [
    [l.loss, l.outputs, ...l.gradients],
    [...l.trainSteps, ...l.updates],
  ];
  const both = Math.min(f.loss.candidate.length, f.loss.reference.length);
  const { gap, step } = f.largestGap;
  const apart = gap === 0 ? 'no difference in loss' : `losses ${formatNumber(gap, 2)} apart, step ${step}`;
  const all = Math.max(f.loss.candidate.length, f.loss.reference.length);
  const compared = both < all ? `, ${formatCount(both)} steps on both sides` : '';
  const free = both === 0 ? '-' : Number.isFinite(gap) ? `${apart}${compared}` : `a loss is not a number, step ${step}`;
  const first = checkRow(`gradients of ${formatCount(g.entries)} parameters`, g.verdict.kind, gradients, missingIn(g));
  if (!wasTrained(f) && l.steps.length === 0) return [first]; // the rest was not run
  return [
    first,
    checkRow(`lockstep ${at}: gradients`, verdictOn(before, l.verdict), before),
    updatedRow(`lockstep ${at}: updates`, verdictOn(after, l.verdict), after),
    {
      check: `free run of ${formatCount(all)} ${all === 1 ? 'step' : 'steps'}`,
      verdict: f.verdict.kind,
      worst: free,
      used: f.verdict.kind === 'agree' ? formatUsed(f.verdict.usedOfBound) : '-',
      relative: '-',
    },
  ];
}

/** One row per tensor of the given batch, and one per group of further questions. */
export function tensorRows(check: NonNullable<GradcheckReport['gradientCheck']>): CheckRow[] {
  const { loss, outputs, parameters } = check;
  const missing = missingIn(check);
  const given = [loss, outputs, ...parameters].map((measure) => {
    const { parameter, shape } = measure;
    const name = shape.length === 0 ? parameter : `${parameter} (${shape.join(', ')})`;
    return checkRow(name, verdictOn([measure], { kind: 'identical' }), [measure], missing);
  });
  const further = FURTHER.flatMap(({ name, questions }) => {
    const asked = check.questions.filter(({ question }) => questions.includes(question));
    const measures = asked.flatMap((one) => one.measures);
    return asked.length === 0 ? [] : [checkRow(name, verdictOn(measures, { kind: 'identical' }), measures, missing)];
  });
  return [...given, ...further];
}

/** The gradients that the candidate did not return: their numbers stand for nothing. */
function missingIn({ verdict }: NonNullable<GradcheckReport['gradientCheck']>): ReadonlySet<string> {
  return new Set(verdict.kind === 'disagree' ? missingGradients(verdict.findings).map((m) => m.parameter) : []);
}

const FURTHER: readonly { name: string; questions: readonly QuestionName[] }[] = [
  { name: 'another batch, then the first again', questions: ['repeated', 'other', 'again'] },
  { name: 'random weights and biases', questions: ['real', 'random', 'one'] },
];

/** One row for the updates, one for the training step. */
export function updateRows({ updates, trainSteps, verdict, training }: UpdateCheck): CheckRow[] {
  if (updates.length === 0 && trainSteps.length > 0)
    return [updatedRow(`${training ?? COMPARED_STEPS} training steps`, verdictOn(trainSteps, verdict), trainSteps)];
  return [
    updatedRow(
      `${training ?? UPDATES + MORE_UPDATES} updates with the same gradients`,
      verdictOn(updates, verdict),
      updates,
    ),
    updatedRow(
      (training ?? 1) > 1 ? `${training} training steps` : 'a training step',
      verdictOn(trainSteps, verdict),
      trainSteps,
    ),
  ];
}
