// Turns the measurements of questions/all-zero.ts into sentences, charts and tables.
import { formatCount, formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import type { ActivationId } from '../../../src/ops/registry.ts';
import { lineChart } from '../charts/line.ts';
import { matrixChart } from '../charts/matrix.ts';
import type { Answer, Figure } from '../experiment.ts';

export type Start = 'zeros' | 'a tenth of Glorot' | 'Glorot' | 'He';

/** A training, and the shares of test images whose scores are all 0. */
export interface Course {
  readonly output: ActivationId;
  readonly start: Start;
  readonly rate: number;
  readonly outputBias: number;
  readonly points: readonly {
    readonly step: number;
    readonly allZero: number;
    readonly deadHidden: number;
    readonly deadOutputs: number;
  }[];
  readonly accuracy: number;
  readonly atMost: number;
  readonly atEnd: number;
  /** The share still all 0 at the end, of the images that were all 0 at the worst moment. */
  readonly stillAtEnd: number;
}

export interface Guard {
  readonly seed: number;
  readonly images: number;
  readonly smallestOutput: number;
  readonly largestOutput: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly gradientNormOfOthers: number;
}

export interface AllZero {
  readonly [name: string]: unknown;
  readonly trainImages: number;
  readonly images: number;
  readonly seeds: number;
  readonly starts: readonly Start[];
  readonly rates: readonly number[];
  /** Per output, the share of all-zero images after an epoch, [start][rate]. */
  readonly grid: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly courses: readonly Course[];
  readonly atStart: { readonly seeds: number; readonly mean: number; readonly most: number };
  readonly guard: Guard;
}

export function allZeroAnswer(numbers: AllZero): Answer {
  const { atStart, guard, courses, trainImages } = numbers;
  const find = (output: ActivationId, rate: number, bias = 0): Course =>
    courses.find((c) => c.output === output && c.rate === rate && c.outputBias === bias) as Course;
  const [usual, large] = [find('ratio', 0.2), find('ratio', 3)];
  const [small, dead, biased, leaky] = [find('relu', 0.2), find('relu', 3), find('relu', 3, 1), find('leaky-relu', 3)];
  const percent = formatPercent;
  return {
    numbers: { ...numbers, byChance: 2 ** -10 },
    sentences: [
      `All scores of an image are 0 when all 10 lie below 0, where relu cuts them off: before training that happens to ${percent(atStart.mean)} of the test images (mean of ${atStart.seeds} seeds; ${percent(atStart.most)} with the worst), during training with score over total at a learning rate of ${usual.rate} to up to ${percent(usual.atMost)}, and to all images forever if the weights start at 0.`,
      `Score over total would then be 0/0, so a guard answers ${formatNumber(guard.largestOutput, 2)} for each digit, with a gradient of ${formatNumber(guard.gradientNorm)} (that of as many other images has the norm ${formatNumber(guard.gradientNormOfOthers, 2)}): such images teach nothing and come back only as others move the weights, and ${percent(usual.stillAtEnd)} of those at the worst moment have not come back at the end.`,
      `All outputs die for good where relu stands without the division at a large learning rate: at ${dead.rate} those of ${percent(dead.atEnd)} of the images (accuracy ${percent(dead.accuracy)}, as the answer is always the digit 0); what cures it is a rate of ${small.rate} (${percent(small.atEnd)}), the division by the total (${percent(large.atEnd)}, accuracy ${percent(large.accuracy)}) or leaky-relu (accuracy ${percent(leaky.accuracy)}), but not output biases that start at ${biased.outputBias} (${percent(biased.atEnd)}).`,
    ],
    figures: [gridFigure('ratio', numbers), gridFigure('relu', numbers), ...timeFigures(numbers)],
    tables: [
      {
        caption: `What helps: an epoch of ${formatCount(trainImages)} images, weights start as Glorot & Bengio say`,
        head: [
          'output',
          'learning rate',
          'output bias starts at',
          'all 0, at most',
          'at the end',
          'dead hidden units',
          'dead outputs',
          'accuracy',
        ],
        rows: courses.map((c) => {
          const last = c.points.at(-1) as Course['points'][number];
          return [
            ...[
              OUTPUT_NAME[c.output] ?? c.output,
              String(c.rate),
              String(c.outputBias),
              percent(c.atMost),
              percent(c.atEnd),
            ],
            ...[
              String(last.deadHidden),
              OUTPUT_CUT.has(c.output) ? String(last.deadOutputs) : '-',
              percent(c.accuracy),
            ],
          ];
        }),
      },
    ],
  };
}

const OUTPUT_NAME: Partial<Record<ActivationId, string>> = { ratio: 'score over total', relu: 'relu alone' };
const OUTPUT_CUT: ReadonlySet<ActivationId> = new Set(['ratio', 'relu']);

function gridFigure(output: 'ratio' | 'relu', { grid, starts, rates, seeds }: AllZero): Figure {
  const largest = Math.max(...grid[output].slice(1).flat());
  return {
    name: output,
    caption: `Share of the test images whose scores are all 0 after an epoch, by starting weights and learning rate (means of ${seeds} seeds): ${OUTPUT_NAME[output]}.`,
    alternative: `A table. From zeros it is ${formatPercent(grid[output][0][0])}, from the other starts at most ${formatPercent(largest)}.`,
    svg: matrixChart({
      ...{ rows: starts, cols: rates.map(String), rowTitle: 'start', colTitle: 'learning rate', values: grid[output] },
      shade: (share) => share,
      label: (share) => `${(100 * share).toFixed(1)} %`,
      title: OUTPUT_NAME[output] ?? output,
    }),
  };
}

function timeFigures({ courses }: AllZero): Figure[] {
  const cut = courses.filter((c) => OUTPUT_CUT.has(c.output) && c.outputBias === 0);
  const name = (c: Course): string => `${OUTPUT_NAME[c.output]}, rate ${c.rate}`;
  const dead = cut.map((c) => `${c.points.at(-1)?.deadHidden ?? 0} (${name(c)})`);
  return [
    {
      name: 'share',
      caption: 'Share of the test images whose scores are all 0, in the course of training.',
      alternative: `Lines: ${cut.map((c) => `${name(c)} ends at ${formatPercent(c.atEnd)}`).join(', ')}.`,
      svg: lineChart({
        x: { name: 'step' },
        y: { name: 'images with all scores 0', min: 0, max: 1, format: (v) => `${Math.round(100 * v)} %` },
        series: cut.map((c) => ({ name: name(c), points: c.points.map(({ step, allZero }) => [step, allZero]) })),
      }),
    },
    {
      name: 'dead-units',
      caption:
        'Hidden units that are 0 for every test image. They are dead, because they get no gradient from any of these.',
      alternative: `Lines. At the end of 128 hidden units are dead: ${dead.join(', ')}.`,
      svg: lineChart({
        x: { name: 'step' },
        y: { name: 'dead hidden units', min: 0 },
        series: cut.map((c) => ({ name: name(c), points: c.points.map(({ step, deadHidden }) => [step, deadHidden]) })),
      }),
    },
  ];
}
