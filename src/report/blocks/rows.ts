// The table of a compare report, as data: terminal and Markdown show the same rows.
import type { CaseCheck } from '../../check/expected/case-check.ts';
import type { ExpectedTrainingCheck } from '../../check/expected/expected-check.ts';
import { MORE_UPDATES, UPDATES } from '../../check/update-check.ts';
import type { UpdateCheck } from '../../check/update-check.ts';
import type { TensorMeasure, Verdict, VerdictKind } from '../../check/verdict.ts';
import { describeNetwork } from '../../network/spec.ts';
import { baselineSentence, wasTrained } from '../words/sentences.ts';
import { formatCount, formatNumber, formatPercent, formatUsed } from '../words/numbers.ts';
import { formatPlace, shareOfBound } from '../words/findings.ts';
import type { QuestionName } from '../../check/verdict.ts';
import type { CompareReport, GradcheckReport, Settings } from '../report.ts';

export interface CheckRow {
  readonly check: string;
  readonly verdict: VerdictKind;
  readonly worst: string;
  readonly used: string;
  readonly relative: string;
}

function worstOf(measures: readonly (TensorMeasure | null)[]): TensorMeasure | null {
  let worst: TensorMeasure | null = null;
  for (const m of measures) if (m !== null && (worst === null || m.usedOfBound > worst.usedOfBound)) worst = m;
  return worst;
}

/** The verdict on some of a check's measures; a check that was cut short stays so. */
function verdictOn(measures: readonly (TensorMeasure | null)[], whole: Verdict): VerdictKind {
  if (measures.some((m) => m !== null && m.left !== null)) return 'disagree';
  if (whole.kind === 'inconclusive' || measures.some((m) => m?.outOfRange !== undefined)) return 'inconclusive';
  return measures.every((m) => m === null || m.identical) ? 'identical' : 'agree';
}

function checkRow(check: string, verdict: VerdictKind, measures: readonly (TensorMeasure | null)[]): CheckRow {
  const worst = worstOf(measures);
  if (worst === null) return { check, verdict, worst: '-', used: '-', relative: '-' };
  const when = worst.step === null ? '' : `, step ${worst.step}`;
  return {
    check,
    verdict,
    worst: `${formatPlace(worst)}${when}`,
    used: shareOfBound(worst),
    relative: formatNumber(Math.max(...measures.map((m) => m?.relativeDifference ?? 0)), 2),
  };
}

/** One row a check; the relative difference is ‖a - b‖ / max(‖a‖, ‖b‖), the worst tensor's. */
export function checkRows({ gradientCheck: g, lockstep: l, freeRun: f }: CompareReport): CheckRow[] {
  const gradients = [g.loss, g.outputs, ...g.parameters, ...g.questions.flatMap(({ measures }) => measures)];
  const at = `at ${l.steps.length} ${l.steps.length === 1 ? 'step' : 'steps'}`;
  const [before, after] = [
    [l.loss, l.outputs, ...l.gradients],
    [...l.trainSteps, ...l.updates],
  ];
  const both = Math.min(f.loss.candidate.length, f.loss.reference.length);
  const { gap, step } = f.largestGap;
  const apart = gap === 0 ? 'losses the same' : `losses ${formatNumber(gap, 2)} apart, step ${step}`;
  const all = Math.max(f.loss.candidate.length, f.loss.reference.length);
  const compared = both < all ? `, ${formatCount(both)} taken by both` : '';
  const free = both === 0 ? '-' : Number.isFinite(gap) ? `${apart}${compared}` : `a loss is no number, step ${step}`;
  return [
    checkRow(`gradients of ${formatCount(g.entries)} parameters`, g.verdict.kind, gradients),
    checkRow(`lockstep ${at}: gradients`, verdictOn(before, l.verdict), before),
    checkRow(`lockstep ${at}: updates`, verdictOn(after, l.verdict), after),
    {
      check: `free run of ${formatCount(all)} steps`,
      verdict: f.verdict.kind,
      worst: free,
      used: f.verdict.kind === 'agree' ? formatUsed(f.verdict.usedOfBound) : '-',
      relative: '-',
    },
  ];
}

/** One row a tensor of the given batch, and one each for what was asked after it. */
export function tensorRows(check: NonNullable<GradcheckReport['gradientCheck']>): CheckRow[] {
  const { loss, outputs, parameters } = check;
  const given = [loss, outputs, ...parameters].map((measure) => {
    const { parameter, shape } = measure;
    const name = shape.length === 0 ? parameter : `${parameter} (${shape.join(', ')})`;
    return checkRow(name, verdictOn([measure], { kind: 'identical' }), [measure]);
  });
  const further = FURTHER.flatMap(({ name, questions }) => {
    const asked = check.questions.filter(({ question }) => questions.includes(question));
    const measures = asked.flatMap((one) => one.measures);
    return asked.length === 0 ? [] : [checkRow(name, verdictOn(measures, { kind: 'identical' }), measures)];
  });
  return [...given, ...further];
}

const FURTHER: readonly { name: string; questions: readonly QuestionName[] }[] = [
  { name: 'another batch, then this one again', questions: ['repeated', 'other', 'again'] },
  { name: 'random weights and biases', questions: ['real', 'random', 'one'] },
];

/** The updates and the training step, each in one row. */
export function updateRows({ updates, trainSteps, verdict }: UpdateCheck): CheckRow[] {
  return [
    checkRow(`${UPDATES + MORE_UPDATES} updates with the same gradients`, verdictOn(updates, verdict), updates),
    checkRow('a training step', verdictOn(trainSteps, verdict), trainSteps),
  ];
}

/** How the exact gradients were checked themselves. */
export function oracleLine({ oracleCheck }: NonNullable<GradcheckReport['gradientCheck']>): string | null {
  if (oracleCheck === null) return null;
  const entries = oracleCheck.centralDifferences.reduce((sum, m) => sum + m.entries, 0);
  const order = oracleCheck.taylorOrder === null ? 'too straight to tell' : formatNumber(oracleCheck.taylorOrder, 3);
  const apart = formatNumber(oracleCheck.slopesApart, 2);
  const graph =
    oracleCheck.graphApart === null ? '' : `; a graph of scalars is ${formatNumber(oracleCheck.graphApart, 2)} apart`;
  return `Exact gradients: ${entries} entries checked by finite differences, ${apart} apart (relative)${graph}; Taylor order ${order}.`;
}

/** What the expected values of a case came to: "expected values (PyTorch ...): agree; after 5 steps of adam: ..." */
export function expectedLines({ expected }: CaseCheck): string[] {
  if (expected === null) return [];
  const { decimals = null } = expected;
  const judged = decimals === null ? '' : `, judged by the ${decimals} decimals that are given`;
  const lines = [`expected values (${expected.source}): ${expected.verdict.kind}${judged}`];
  if (expected.training !== null) lines.push(`parameters after ${trainingPhrase(expected.training)}`);
  return lines;
}

function trainingPhrase({ steps, parameters, differs }: ExpectedTrainingCheck): string {
  const apart = formatNumber(Math.max(...parameters.map((m) => m.relativeDifference)), 2);
  const other =
    differs === null ? '' : `, computed here with the other definition, ${differs.mistake}: ${differs.reason}`;
  return `${steps} training step${steps === 1 ? '' : 's'}: ${apart} apart (relative)${other}`;
}

export interface CaseRow {
  readonly name: string;
  readonly verdict: VerdictKind;
  readonly used: string;
  readonly expected: string;
}

export function caseRows(cases: readonly CaseCheck[]): CaseRow[] {
  return cases.map(({ name, verdict, gradientCheck: g, updateCheck, expected }) => {
    const worst = worstOf([g.loss, g.outputs, ...g.parameters, ...(updateCheck?.updates ?? [])]);
    const measures = expected === null ? [] : [...expected.parameters, ...(expected.training?.parameters ?? [])];
    const apart = formatNumber(Math.max(0, ...measures.map((m) => m.relativeDifference)), 2);
    const other = expected?.training?.differs ?? null;
    const differs = other === null ? '' : `, as ${other.mistake}`;
    return {
      name,
      verdict: verdict.kind,
      used: worst === null ? '-' : `${formatUsed(worst.usedOfBound)}${worst.usedOfBound > 1 ? '' : ' of'} the bound`,
      expected: expected === null ? 'none' : `${apart} apart (${expected.source})${differs}`,
    };
  });
}

export interface OutcomeRow {
  readonly what: string;
  readonly candidate: string;
  readonly reference: string;
  readonly note: string;
}

/** None where nothing was trained. */
export function outcomeRows({ freeRun: f, timing }: CompareReport): OutcomeRow[] {
  if (!wasTrained(f)) return [];
  const rows: OutcomeRow[] = [
    {
      what: 'test accuracy',
      candidate: formatPercent(f.accuracy.candidate),
      reference: formatPercent(f.accuracy.reference),
      note:
        f.labelledDifferently === null
          ? ''
          : `${formatCount(f.labelledDifferently)} of ${formatCount(f.testSize)} labelled differently`,
    },
    {
      what: 'final loss',
      candidate: f.loss.candidate.length === 0 ? '-' : formatNumber(f.finalLoss.candidate),
      reference: f.loss.reference.length === 0 ? '-' : formatNumber(f.finalLoss.reference),
      note: 'mean of the last tenth of the steps',
    },
  ];
  if (f.allZeroExamples.candidate !== null || f.allZeroExamples.reference !== null) {
    rows.push({
      what: 'all scores 0',
      candidate: String(f.allZeroExamples.candidate ?? '-'),
      reference: String(f.allZeroExamples.reference ?? '-'),
      note: 'test examples whose output is 1/K everywhere',
    });
  }
  if (timing.samplesPerSecond !== undefined) {
    rows.push({
      what: 'training speed',
      candidate: `${formatCount(Math.round(timing.samplesPerSecond.candidate))}/s`,
      reference: `${formatCount(Math.round(timing.samplesPerSecond.reference))}/s`,
      note: 'examples a second, on this machine',
    });
  }
  return rows;
}

/** "784-128-10, relu, softmax, cross-entropy; sgd, learning rate 0.2; ..." */
export function describeSettings(s: Settings): string {
  const epochs = `${s.epochs} epoch${s.epochs > 1 ? 's' : ''}`;
  const parts = [
    describeNetwork(s.network),
    `${s.optimizer.id}, learning rate ${s.optimizer.learningRate}`,
    `${epochs} of ${formatCount(s.trainSize)} ${s.dataset} examples, batch ${s.batchSize}`,
    `seed ${s.seed}`,
  ];
  if (s.fault !== null) parts.push(`FAULT INJECTED: ${s.fault}`);
  return parts.join('; ');
}

export function baselineLines({ baseline }: CompareReport): string[] {
  if (baseline === null) return [];
  if (!baseline.regressed) return [`No regression against ${baseline.file}.`];
  return baseline.figures
    .filter((f) => f.regressed)
    .map((f) => `REGRESSED against ${baseline.file}: ${baselineSentence(f)}.`);
}

/** The same for one batch. */
export function describeBatch(s: Settings): string {
  const fault = s.fault === null ? '' : `; FAULT INJECTED: ${s.fault}`;
  return `${describeNetwork(s.network)}; a batch of ${s.batchSize} ${s.dataset} examples, before training; seed ${s.seed}${fault}`;
}

/** "tfjs node (tfjs 4.22.0, tensorflow 2.21.0)" */
export function describeEngine({ label, versions }: CompareReport['candidate']): string {
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return known.length === 0 ? label : `${label} (${known.join(', ')})`;
}
