// The accuracy baseline: the figures of an earlier run, and how much worse a later run may be
// before the build fails.
import * as z from 'zod';
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
  accuracy: sides,
  finalLoss: sides,
  /** How much lower the accuracy, and how much higher the final loss, may be. */
  allowed: z.object({ accuracy: z.number().min(0), finalLoss: z.number().min(0) }),
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
  const figures = (['candidate', 'reference'] as const).flatMap((side): BaselineFigure[] => {
    const [accuracy, loss] = [freeRun.accuracy[side], freeRun.finalLoss[side]];
    const lowest = baseline.accuracy[side] - baseline.allowed.accuracy;
    const highest = baseline.finalLoss[side] + baseline.allowed.finalLoss;
    const [accurate, low] = [accuracy !== null && accuracy >= lowest, Number.isFinite(loss) && loss <= highest];
    return [
      {
        figure: 'accuracy',
        side,
        value: accuracy,
        baseline: baseline.accuracy[side],
        limit: lowest,
        regressed: !accurate,
      },
      { figure: 'finalLoss', side, value: loss, baseline: baseline.finalLoss[side], limit: highest, regressed: !low },
    ];
  });
  return { file, regressed: figures.some((f) => f.regressed), figures };
}

/**
 * The baseline of a run. It allows one standard error of each figure: for the accuracy p on n test
 * examples √(p(1-p)/n) (binomial), for the final loss the standard error of the mean of the step
 * losses it is made of. A change that is worse by more would, more likely than not, be worse on
 * another sample too.
 */
export function baselineOf({ settings, freeRun, command }: CompareReport): Baseline {
  const { accuracy, finalLoss, loss } = freeRun;
  if (accuracy.candidate === null || accuracy.reference === null) {
    throw new UsageError('this run did not reach its test set, so it cannot become the baseline');
  }
  const p = accuracy.candidate;
  return {
    format: 'backproof-baseline/1',
    dataset: settings.dataset,
    testSize: settings.testSize,
    loss: settings.network.loss,
    run: `${describeNetwork(settings.network)}; ${command}`,
    accuracy: { candidate: p, reference: accuracy.reference },
    finalLoss: { ...finalLoss },
    allowed: {
      accuracy: Math.sqrt((p * (1 - p)) / settings.testSize),
      finalLoss: standardErrorOfTail(loss.candidate, finalLoss.candidate),
    },
  };
}

function standardErrorOfTail(losses: readonly number[], mean: number): number {
  const tail = lastTenth(losses);
  const variance = tail.reduce((sum, x) => sum + square(x - mean), 0) / Math.max(1, tail.length - 1);
  return Math.sqrt(variance / tail.length);
}
