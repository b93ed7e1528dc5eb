// The results of training on both sides, as data: accuracy, loss, speed.
import { formatCount, formatLoss, formatNumber, formatPercent } from '../words/numbers.ts';
import { wasTrained } from '../words/sentences.ts';
import type { CompareReport } from '../report.ts';

export interface OutcomeRow {
  readonly what: string;
  readonly candidate: string;
  readonly reference: string;
  readonly note: string;
}

/** Empty if nothing was trained. */
export function outcomeRows({ freeRun: f, timing }: CompareReport): OutcomeRow[] {
  if (!wasTrained(f)) return [];
  const rows: OutcomeRow[] = [
    f.testLoss === undefined ? accuracyRow(f) : testLossRow(f, f.testLoss),
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
      candidate: perSecond(timing.samplesPerSecond.candidate),
      reference: perSecond(timing.samplesPerSecond.reference),
      note: 'examples per second, on this machine',
    });
  }
  return rows;
}

function accuracyRow(f: CompareReport['freeRun']): OutcomeRow {
  return {
    what: 'test accuracy',
    candidate: formatPercent(f.accuracy.candidate),
    reference: formatPercent(f.accuracy.reference),
    note:
      f.labelledDifferently === null
        ? ''
        : `${formatCount(f.labelledDifferently)} of ${formatCount(f.testSize)} labelled differently`,
  };
}

function testLossRow({ testSize }: CompareReport['freeRun'], { candidate, reference }: TestLoss): OutcomeRow {
  return {
    what: 'test loss',
    candidate: formatLoss(candidate),
    reference: formatLoss(reference),
    note: `mean over ${formatCount(testSize)} test examples`,
  };
}

type TestLoss = NonNullable<CompareReport['freeRun']['testLoss']>;

/** A side that did not begin has no speed. */
function perSecond(samples: number): string {
  return samples > 0 ? `${formatCount(Math.round(samples))}/s` : '-';
}
