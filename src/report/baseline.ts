// The accuracy baseline: the figures of an earlier run, and how much worse a later run may be
// before the build fails.
import * as z from 'zod';
import type { Pair } from '../check/pair.ts';
import { lastTenth } from '../check/run/training.ts';
import { UsageError } from '../errors.ts';
import { parseAs, parseJson } from '../network/schema.ts';
import { describeNetwork } from '../network/spec.ts';
import { square } from '../numeric/elementary.ts';
import type { BaselineCheck, BaselineFigure, CompareReport, Settings } from './report.ts';

const sides = z.object({ candidate: z.number(), reference: z.number() });
const baselineSchema = z.object({
  format: z.literal('backproof-baseline/1'),
  /** The run of the figures: they cannot be compared with another data set, test set or loss. */
  dataset: z.string(),
  testSize: z.int().min(1),
  loss: z.string(),
  /** For the reader: which run it was. */
  run: z.string(),
  /** null: regression, which has none. */
  accuracy: sides.nullable(),
  finalLoss: sides,
  /** How much lower the accuracy, and how much higher the final loss, may be. */
  allowed: z.object({ accuracy: z.number().min(0).nullable(), finalLoss: z.number().min(0) }),
});
export type Baseline = z.infer<typeof baselineSchema>;

/** @throws DataError if the file is not a baseline. */
export function parseBaseline(text: string, file: string): Baseline {
  return parseAs(baselineSchema, parseJson(text, file), file);
}

/** @throws UsageError if the baseline is of another data set, test set or loss. */
export function requireComparable(baseline: Baseline, settings: Settings, file: string): void {
  const expected = { dataset: baseline.dataset, testSize: baseline.testSize, loss: baseline.loss };
  const found = { dataset: settings.dataset, testSize: settings.testSize, loss: settings.network.loss };
  for (const key of ['dataset', 'testSize', 'loss'] as const) {
    if (expected[key] === found[key]) continue;
    throw new UsageError(
      `${file}: this baseline is for ${key} ${expected[key]}, but this run has ${key} ${found[key]}`,
      'write a baseline for this run with --update-baseline --baseline FILE',
    );
  }
}

/** Figures that are missing (training overflowed) count as regressed. */
export function checkBaseline(baseline: Baseline, file: string, freeRun: CompareReport['freeRun']): BaselineCheck {
  const figures = (['candidate', 'reference'] as const).flatMap((side) => [
    ...accuracyFigure(baseline, side, freeRun.accuracy[side]),
    lossFigure(baseline, side, freeRun.finalLoss[side]),
  ]);
  return { file, regressed: figures.some((f) => f.regressed), figures };
}

type Side = BaselineFigure['side'];

/** None for regression. */
function accuracyFigure({ accuracy, allowed }: Baseline, side: Side, value: number | null): BaselineFigure[] {
  if (accuracy === null || allowed.accuracy === null) return [];
  const limit = accuracy[side] - allowed.accuracy;
  const fine = value !== null && value >= limit;
  return [{ figure: 'accuracy', side, value, baseline: accuracy[side], limit, regressed: !fine }];
}

function lossFigure({ finalLoss, allowed }: Baseline, side: Side, value: number): BaselineFigure {
  const limit = finalLoss[side] + allowed.finalLoss;
  const fine = Number.isFinite(value) && value <= limit;
  return { figure: 'finalLoss', side, value, baseline: finalLoss[side], limit, regressed: !fine };
}

/**
 * The baseline of a run. It allows one standard error of each figure: for the accuracy p on n test
 * examples √(p(1-p)/n) (binomial), for the final loss the standard error of the mean of the step
 * losses it is made of. A change that is worse by more would, more likely than not, be worse on
 * another sample too. Regression has no accuracy.
 */
export function baselineOf({ settings, freeRun, command }: CompareReport): Baseline {
  const { finalLoss, loss, testLoss, outputs } = freeRun;
  const accuracy = wholeOf(freeRun.accuracy);
  const reached = testLoss === undefined ? accuracy !== null : wholeOf(outputs) !== null;
  if (!reached) throw new UsageError('this run did not reach its test set, so it cannot become the baseline');
  const p = accuracy?.candidate ?? null;
  return {
    format: 'backproof-baseline/1',
    dataset: settings.dataset,
    testSize: settings.testSize,
    loss: settings.network.loss,
    run: `${describeNetwork(settings.network)}; ${command}`,
    accuracy,
    finalLoss: { ...finalLoss },
    allowed: {
      accuracy: p === null ? null : Math.sqrt((p * (1 - p)) / settings.testSize),
      finalLoss: standardErrorOfTail(loss.candidate, finalLoss.candidate),
    },
  };
}

/** The pair, if both sides have a value. */
function wholeOf<T>({ candidate, reference }: Pair<T | null>): Pair<T> | null {
  return candidate === null || reference === null ? null : { candidate, reference };
}

function standardErrorOfTail(losses: readonly number[], mean: number): number {
  const tail = lastTenth(losses);
  const variance = tail.reduce((sum, x) => sum + square(x - mean), 0) / Math.max(1, tail.length - 1);
  return Math.sqrt(variance / tail.length);
}
