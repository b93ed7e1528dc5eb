// The figures of the question "score over total, or softmax?".
import { formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import { lineChart } from '../charts/line.ts';
import type { Figure } from '../experiment.ts';
import type { HeadRun } from '../measures/race-of-heads.ts';
import { HEADS } from '../measures/score-gradient.ts';
import { OTHERS } from '../measures/slide.ts';
import type { Shares } from '../measures/slide.ts';

const [LOW, HIGH] = [-2, 3];

/** The share of the third class against its score. */
export function slideFigure(slide: readonly Shares[]): Figure {
  const pole = -OTHERS.reduce((sum, score) => sum + score, 0);
  const line = (name: string, of: (shares: Shares) => readonly number[]) => ({
    name,
    points: slide.map((shares) => {
      const share = of(shares)[OTHERS.length];
      return [shares.scores[OTHERS.length], share >= LOW && share <= HIGH ? share : NaN] as const;
    }),
  });
  return {
    name: 'slide',
    svg: lineChart({
      x: { name: 'score of the third class' },
      y: { name: 'its share', min: LOW, max: HIGH },
      series: [
        line('score over total without relu', ({ plain }) => plain),
        line('score over total with relu', ({ ratio }) => ratio),
        line('softmax', ({ softmax }) => softmax),
      ],
      marks: [{ axis: 'x', at: pole, name: 'total 0' }],
    }),
    caption: `Three classes. The scores of the first two stay ${OTHERS.join(' and ')}. Without relu, score over total has no bounds near a total of 0; the chart cuts it off at ${LOW} and ${HIGH}. With relu, it is flat below 0. Softmax rises everywhere.`,
    alternative: `Share of a class against its score. Without relu, score over total runs beyond ${LOW} and ${HIGH} near ${formatNumber(pole, 2)}, where the total is 0. With relu, it is 0 for all scores below 0, then rises. Softmax rises everywhere and stays between 0 and 1.`,
  };
}

export function curveFigure(best: readonly HeadRun[]): Figure {
  return {
    name: 'accuracy',
    svg: lineChart({
      x: { name: 'step' },
      y: { name: 'test accuracy', min: 0, max: 1, format: (x) => `${Math.round(100 * x)} %` },
      series: best.map(({ head, learningRate, curve }) => ({
        name: `${HEADS[head].name}, lr ${learningRate}`,
        points: curve.map(({ step, accuracy }) => [step, accuracy] as const),
      })),
    }),
    caption: 'All runs have the same start and batches, and each has the best of its learning rates.',
    alternative: `Test accuracy against steps. Means of the last quarter: ${best.map((run) => `${HEADS[run.head].name} ${formatPercent(run.accuracy)}, largest fall from ${formatPercent(run.fall.from)} to ${formatPercent(run.fall.to)} at step ${run.fall.step}`).join('; ')}.`,
  };
}
