// Turns the measurements of questions/all-zero.ts into sentences, charts and tables.
import { formatCount, formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import type { ActivationId } from '../../../src/ops/registry.ts';
import { lineChart } from '../charts/line.ts';
import { matrixChart } from '../charts/matrix.ts';
import type { Answer, Figure } from '../experiment.ts';

export type Start = 'zeros' | 'a tenth of Glorot' | 'Glorot' | 'He';

/** One training, with the shares of test images whose scores are all 0. */
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
  /** Of the images that were all 0 at the worst moment, the share still all 0 at the end. */
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
  /** Per output, the share of all-zero images after one epoch: [start][rate]. */
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
      'Relu sets scores below 0 to 0, so all scores of an image are 0 when all 10 lie below 0.',
      `Before training, this happens to ${percent(atStart.mean)} of the test images (mean of ${atStart.seeds} seeds; ${percent(atStart.most)} for the worst). In a training with score over total at a learning rate of ${usual.rate}, it happens to up to ${percent(usual.atMost)}. If the weights start at 0, it happens to all images, forever.`,
      `Score over total would then be 0/0. A guard sets the output to ${formatNumber(guard.largestOutput, 2)} for each digit. The gradient is then ${formatNumber(guard.gradientNorm)}. For comparison, the gradient of the same number of other images has a norm of ${formatNumber(guard.gradientNormOfOthers, 2)}. All-zero images teach nothing, and recover only when other images move the weights. Of those at the worst moment, ${percent(usual.stillAtEnd)} have not recovered at the end.`,
      `With relu alone, without the division by the total, all outputs die for good at a large learning rate. At a rate of ${dead.rate}, they are all 0 for ${percent(dead.atEnd)} of the images at the end. The accuracy is then ${percent(dead.accuracy)}, because the answer is always the digit 0. The cures are a rate of ${small.rate} (all 0 for ${percent(small.atEnd)} of the images), the division by the total (${percent(large.atEnd)}, accuracy ${percent(large.accuracy)}) and leaky-relu (accuracy ${percent(leaky.accuracy)}). Output biases that start at ${biased.outputBias} do not help (${percent(biased.atEnd)}).`,
    ],
    figures: [gridFigure('ratio', numbers), gridFigure('relu', numbers), ...timeFigures(numbers)],
    tables: [
      {
        caption: `What helps: one epoch of ${formatCount(trainImages)} images, from the starting weights of Glorot & Bengio`,
        head: [
          'output',
          'learning rate',
          'initial output bias',
          'all 0: at most',
          'all 0: at the end',
          'dead hidden units',
          'dead outputs',
          'accuracy',
        ],
        rows: courses.map((c) => {
          const last = c.points.at(-1) as Course['points'][number];
          return [
            OUTPUT_NAME[c.output] ?? c.output,
            String(c.rate),
            String(c.outputBias),
            percent(c.atMost),
            percent(c.atEnd),
            String(last.deadHidden),
            OUTPUT_CUT.has(c.output) ? String(last.deadOutputs) : '-',
            percent(c.accuracy),
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
    caption: `Share of the test images whose scores are all 0 after one epoch, by starting weights and learning rate (means of ${seeds} seeds): ${OUTPUT_NAME[output]}.`,
    alternative: `A table of shares. With weights that start at zero, the share is ${formatPercent(grid[output][0][0])}. With the other starts, it is at most ${formatPercent(largest)}.`,
    svg: matrixChart({
      rows: starts,
      cols: rates.map(String),
      rowTitle: 'start',
      colTitle: 'learning rate',
      values: grid[output],
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
      caption: 'Share of the test images whose scores are all 0, during training.',
      alternative: `Lines, with their shares at the end: ${cut.map((c) => `${name(c)}: ${formatPercent(c.atEnd)}`).join('; ')}.`,
      svg: lineChart({
        x: { name: 'step' },
        y: { name: 'images with all scores 0', min: 0, max: 1, format: (v) => `${Math.round(100 * v)} %` },
        series: cut.map((c) => ({ name: name(c), points: c.points.map(({ step, allZero }) => [step, allZero]) })),
      }),
    },
    {
      name: 'dead-units',
      caption:
        'Hidden units that are 0 for every test image. They are dead: none of these images gives them a gradient.',
      alternative: `Line chart. Of 128 hidden units, these are dead at the end: ${dead.join(', ')}.`,
      svg: lineChart({
        x: { name: 'step' },
        y: { name: 'dead hidden units', min: 0 },
        series: cut.map((c) => ({ name: name(c), points: c.points.map(({ step, deadHidden }) => [step, deadHidden]) })),
      }),
    },
  ];
}
