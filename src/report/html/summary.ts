// What the list of reports says of each, and what is needed to lay two of them side by side.
import type { VerdictKind } from '../../check/verdict.ts';
import type { CompareReport, Report, Settings } from '../report.ts';
import { formatCount } from '../words/numbers.ts';
import { describeBatch, describeSettings } from '../words/settings.ts';
import { answerOf } from '../answer/answer.ts';
import type { KeptSteps } from './thinned.ts';

type Sides<T> = Readonly<Record<'candidate' | 'reference', T>>;

export interface Summary {
  /** Of the page, in the folder of the list. */
  readonly file: string;
  readonly kind: Report['kind'];
  readonly startedAt: string;
  readonly verdict: VerdictKind;
  readonly sentence: string;
  /** What to do about it; null if nothing is known or wrong, and where each case has its own. */
  readonly fix: string | null;
  readonly run: string;
  /** null for case files, which bring their own networks. */
  readonly settings: Settings | null;
  readonly command: string;
  readonly label: Sides<string>;
  /** null where nothing was trained. */
  readonly training: TrainingSummary | null;
  /** Of the worst number; null where nothing was compared to the end, or the bits are the same. */
  readonly usedOfBound: number | null;
  readonly versions: Readonly<Record<string, string>>;
}

export interface TrainingSummary {
  readonly accuracy: Sides<number | null>;
  /** Of regression, over the test set; missing in pages of classes. */
  readonly testLoss?: Sides<number | null> | undefined;
  readonly finalLoss: Sides<number>;
  readonly largestGap: number;
  readonly labelledDifferently: number | null;
  readonly samplesPerSecond: Sides<number> | null;
  /** Losses of the candidate at some steps: [step, loss]. */
  readonly loss: readonly (readonly [number, number])[];
}

/** Points of a loss curve that are kept. */
const POINTS = 200;

/** @param steps whose losses the report has; null: all */
export function summaryOf(report: Report, file: string, steps: KeptSteps = null): Summary {
  const { kind, verdict, settings, timing, environment, candidate, reference, command } = report;
  const { headline, lines } = answerOf(report);
  return {
    file,
    kind,
    startedAt: timing.startedAt,
    verdict: verdict.kind,
    sentence: headline,
    fix: lines.find((line) => /^(Fix|Look at|Next)\b/.test(line)) ?? null,
    run: runOf(report),
    settings,
    command,
    label: { candidate: candidate.label, reference: reference.label },
    training: report.kind === 'compare' ? trainingOf(report, steps) : null,
    usedOfBound: verdict.kind === 'agree' ? verdict.usedOfBound : null,
    versions: {
      backproof: environment.backproof,
      node: environment.node,
      ...candidate.versions,
      ...reference.versions,
    },
  };
}

function runOf(report: Report): string {
  if (report.kind === 'compare') return describeSettings(report.settings);
  if (report.settings !== null) return describeBatch(report.settings);
  const { cases } = report;
  return `${formatCount(cases.length)} case ${cases.length === 1 ? 'file' : 'files'}`;
}

function trainingOf({ freeRun, timing }: CompareReport, steps: KeptSteps): TrainingSummary {
  const losses = freeRun.loss.candidate;
  const kept = Math.min(POINTS, losses.length);
  const at = Array.from({ length: kept }, (_, i) => Math.round((i * (losses.length - 1)) / Math.max(1, kept - 1)));
  return {
    accuracy: freeRun.accuracy,
    ...(freeRun.testLoss !== undefined && { testLoss: freeRun.testLoss }),
    finalLoss: freeRun.finalLoss,
    largestGap: freeRun.largestGap.gap,
    labelledDifferently: freeRun.labelledDifferently,
    samplesPerSecond: timing.samplesPerSecond ?? null,
    loss: at.map((i) => [steps?.[i] ?? i, losses[i]]),
  };
}
