// What the list of reports says of each, and what is needed to lay two of them side by side.
import type { VerdictKind } from '../../check/verdict.ts';
import type { CompareReport, Settings } from '../report.ts';
import { describeSettings } from '../words/settings.ts';
import { answerOf } from '../answer/answer.ts';

type Sides<T> = Readonly<Record<'candidate' | 'reference', T>>;

export interface Summary {
  /** Of the page, in the folder of the list. */
  readonly file: string;
  readonly startedAt: string;
  readonly verdict: VerdictKind;
  readonly sentence: string;
  readonly run: string;
  readonly settings: Settings;
  readonly command: string;
  readonly label: Sides<string>;
  readonly accuracy: Sides<number | null>;
  readonly finalLoss: Sides<number>;
  readonly largestGap: number;
  readonly labelledDifferently: number | null;
  /** Of the worst number; null where nothing was compared to the end, or the bits are the same. */
  readonly usedOfBound: number | null;
  readonly samplesPerSecond: Sides<number> | null;
  readonly versions: Readonly<Record<string, string>>;
  /** Losses of the candidate at some steps: [step, loss]. */
  readonly loss: readonly (readonly [number, number])[];
}

/** Points of a loss curve that are kept. */
const POINTS = 200;

export function summaryOf(report: CompareReport, file: string): Summary {
  const { verdict, freeRun, settings, timing, environment, candidate, reference } = report;
  const losses = freeRun.loss.candidate;
  const kept = Math.min(POINTS, losses.length);
  const steps = Array.from({ length: kept }, (_, i) => Math.round((i * (losses.length - 1)) / Math.max(1, kept - 1)));
  return {
    ...{ file, settings, startedAt: timing.startedAt, verdict: verdict.kind, command: report.command },
    sentence: answerOf(report).headline,
    run: describeSettings(settings),
    label: { candidate: candidate.label, reference: reference.label },
    accuracy: freeRun.accuracy,
    finalLoss: freeRun.finalLoss,
    largestGap: freeRun.largestGap.gap,
    labelledDifferently: freeRun.labelledDifferently,
    usedOfBound: verdict.kind === 'agree' ? verdict.usedOfBound : null,
    samplesPerSecond: timing.samplesPerSecond ?? null,
    versions: {
      backproof: environment.backproof,
      node: environment.node,
      ...candidate.versions,
      ...reference.versions,
    },
    loss: steps.map((step) => [step, losses[step]]),
  };
}
