// The tables of the question "score over total, or softmax?".
import { formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import type { Table } from '../experiment.ts';
import type { HeadRun, Watched } from '../measures/race-of-heads.ts';
import { HEADS, HEAD_IDS } from '../measures/score-gradient.ts';
import type { HeadId, Scored } from '../measures/score-gradient.ts';
import type { Shares } from '../measures/slide.ts';
import { RIGHT } from '../measures/worked-example.ts';
import type { Worked } from '../measures/worked-example.ts';

const four = (x: number): string => formatNumber(x, 4);
const three = (x: number): string => formatNumber(x, 3);

export function workedTable({ examples, loss }: Worked): Table {
  const blank = examples.slice(1).flatMap(() => ['', '', '']);
  return {
    caption: `Mean squared error by hand: two examples, and digit ${RIGHT} is right in both. Classes are the digits 0 to 9, so ${RIGHT} is the fourth output.`,
    head: ['digit', 'target', ...examples.flatMap((_, b) => [`output ${b + 1}`, 'target - output', 'square'])],
    rows: [
      ...examples[0].entries.map(({ digit, target }) => [
        ...[String(digit), String(target)],
        ...examples.flatMap(({ entries }) => {
          const { output, difference, square } = entries[digit];
          return [four(output), four(difference), four(square)];
        }),
      ]),
      ['mean over the classes', '', ...examples.flatMap(({ mean }) => ['', '', four(mean)])],
      ['mean over the examples: the loss', '', '', '', four(loss), ...blank],
    ],
  };
}

/** The table of one example. */
export function gradientTable(scores: readonly number[], byHead: Readonly<Record<HeadId, Scored>>): Table {
  return {
    caption: `Example 1 again, its outputs now taken as scores: how the loss changes with each score. A step lowers a score where this is above 0 and raises it where it is below.`,
    head: ['digit', 'score', ...HEAD_IDS.map((head) => HEADS[head].name)],
    rows: scores.map((score, k) => [
      ...[k === RIGHT ? `${k} (right)` : String(k), four(score)],
      ...HEAD_IDS.map((head) => three(byHead[head].dz.data[k])),
    ]),
  };
}

export function sharesTable(cases: readonly Shares[]): Table {
  const row = (values: readonly number[]): string => values.map(three).join(', ');
  return {
    caption: 'Shares of three classes from their scores.',
    head: ['scores', 'score over total as it stands', 'with relu before', 'softmax'],
    rows: cases.map(({ scores, plain, ratio, softmax }) => [row(scores), row(plain), row(ratio), row(softmax)]),
  };
}

export function headTable(best: readonly Watched[]): Table {
  const share = (part: number, all: number): string => formatPercent(all === 0 ? null : part / all);
  return {
    caption:
      'The best of each. Without gradient: that of the right class’s score is exactly 0, so these digits do nothing to raise it.',
    head: ['', 'size of a gradient at the start', 'wrong digits without gradient: at the start', 'at the end'],
    rows: best.map(({ head, atStart, atEnd }) => [
      ...[HEADS[head].name, three(atStart.size)],
      ...[share(atStart.wrongWithout, atStart.wrong), share(atEnd.wrongWithout, atEnd.wrong)],
    ]),
  };
}

export function runTable(runs: readonly HeadRun[]): Table {
  return {
    caption:
      'One epoch from the same start. The accuracy is the mean over the checks of the test digits in its last quarter: the accuracy at one step alone is chance.',
    head: ['', 'learning rate', 'test accuracy'],
    rows: runs.map(({ head, learningRate, accuracy }) => [
      ...[HEADS[head].name, String(learningRate), formatPercent(accuracy)],
    ]),
  };
}
