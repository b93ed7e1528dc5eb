// Why flatten 28×28, and what is lost: trainings on pixels in another order, and shifted
// test images.
import { countDifferent, evaluate } from '../../../src/check/run/test-set.ts';
import type { Trajectory } from '../../../src/check/run/training.ts';
import type { Dataset } from '../../../src/data/dataset.ts';
import { fitScaling } from '../../../src/data/scaling.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { denseLayers } from '../../../src/network/parameters.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import { createRng, permutation } from '../../../src/numeric/rng.ts';
import { formatCount, formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import { barChart } from '../charts/bar.ts';
import { lineChart } from '../charts/line.ts';
import { pictureGrid } from '../charts/pictures.ts';
import type { Picture } from '../charts/pictures.ts';
import type { Answer, Experiment, Lab } from '../experiment.ts';
import { accuracyByInk, movedRight, permutedAlike, permutedEach } from '../pixels.ts';
import { mean, mlp, prepare, trainOnce } from '../training.ts';
import type { Plan } from '../training.ts';

export const flatten: Experiment = { name: 'flatten', question: 'Why flatten 28×28, and what is lost?', run };

const NETWORK = mlp();
const [SIDE, UNITS_SHOWN, MOVES] = [28, 5, [0, 1, 2, 3, 4, 5, 6]];
/** The number of steps in double precision, which is slow. */
const EXACT_STEPS = 150;

async function run(lab: Lab): Promise<Answer> {
  const plain = lab.quick ? lab.mnist(4000, 1000) : lab.mnist();
  const order = permutation(createRng(lab.seed, 'pixel order'), SIDE * SIDE);
  const data = {
    'in place': plain,
    'one other order': permutedAlike(plain, order),
    'an order for each image': permutedEach(plain, createRng(lab.seed, 'pixel order of each image')),
  };
  const seeds = Array.from({ length: lab.quick ? 2 : 5 }, (_, i) => lab.seed + i);
  let done = 0;
  const trained = async (dataset: Dataset, more: Partial<Plan>): Promise<Trajectory> => {
    const trajectory = await trainOnce(lab, { network: NETWORK, dataset, ...more });
    lab.progress(++done, 3 * seeds.length + 4);
    return trajectory;
  };

  const accuracy: Record<string, number[]> = {};
  for (const [name, dataset] of Object.entries(data)) {
    accuracy[name] = [];
    for (const seed of seeds) accuracy[name].push((await trained(dataset, { seed })).evaluation?.accuracy ?? NaN);
  }
  const moved: { pixels: number; accuracy: number }[] = [];
  const after = async (engine: Engine): Promise<void> => void moved.push(...(await accuracyWhenMoved(engine, plain)));
  const original = await trained(plain, { after });
  const { initial } = prepare(lab, { network: NETWORK, dataset: plain });
  const alike = await trained(data['one other order'], { initial: rowsPermuted(initial, order) });

  const exact = { engine: 'vector', dtype: 'f64', steps: lab.quick ? 20 : EXACT_STEPS } as const;
  const [originalExact, alikeExact] = [
    await trained(plain, exact),
    await trained(data['one other order'], { ...exact, initial: rowsPermuted(initial, order) }),
  ];

  return answer(
    lab,
    {
      seeds: seeds.length,
      testImages: plain.test.count,
      accuracy,
      accuracyWhenMovedRight: moved,
      meanAccuracy: Object.fromEntries(Object.entries(accuracy).map(([name, values]) => [name, mean(values)])),
      seedsApart: Math.max(...accuracy['in place']) - Math.min(...accuracy['in place']),
      sameRun: compareRuns(original, alike, order),
      sameRunInBinary64: compareRuns(originalExact, alikeExact, order),
      accuracyByInkAlone: accuracyByInk(plain),
    },
    [
      {
        name: 'weights',
        caption: `The weights of ${UNITS_SHOWN} hidden units as pictures: black is negative, white is positive. First row: trained on images in place. Second row: trained on shuffled pixels, from a W1 whose rows were shuffled in the same order. Third row: the second row, with each weight put back to its pixel.`,
        alternative:
          'Three rows of pictures. The first and third rows look the same: strokes and spots. The second row looks like noise.',
        svg: await pictureGrid({ columns: UNITS_SHOWN, pictures: weightPictures(original, alike, order) }),
      },
      {
        name: 'images',
        caption: 'One training image in three pixel orders. For the network, the second is as good as the first.',
        alternative: 'A digit, and two pictures of its pixels in other orders. Both look like noise.',
        svg: await pictureGrid({
          columns: 3,
          pictures: Object.entries(data).map(([caption, { train }]) => ({
            caption,
            values: train.values.subarray(0, train.width),
            range: [0, 255] as const,
          })),
        }),
      },
    ],
  );
}

interface Measured {
  readonly [name: string]: unknown;
  readonly seeds: number;
  readonly testImages: number;
  readonly accuracy: Readonly<Record<string, readonly number[]>>;
  readonly meanAccuracy: Readonly<Record<string, number>>;
  readonly seedsApart: number;
  readonly accuracyWhenMovedRight: readonly { pixels: number; accuracy: number }[];
  readonly sameRun: SameRun;
  readonly sameRunInBinary64: SameRun;
  readonly accuracyByInkAlone: number;
}

function answer(lab: Lab, numbers: Measured, pictures: Answer['figures']): Answer {
  const { seeds, meanAccuracy, seedsApart, accuracyWhenMovedRight: moved, sameRun, sameRunInBinary64: exact } = numbers;
  const [inPlace, one, own] = Object.values(meanAccuracy).map(formatPercent);
  const [still, , two, , four] = moved.map((m) => ({ pixels: m.pixels, accuracy: formatPercent(m.accuracy) }));
  const row = (name: string, of: (run: SameRun) => string): string[] => [name, of(sameRun), of(exact)];
  return {
    numbers,
    sentences: [
      'Flattening 28×28 may put the 784 pixels in any order, as long as the order is the same for every image.',
      `The test accuracy is ${inPlace} with the pixels in place and ${one} with all pixels shuffled in one order. Each value is the mean of ${seeds} seeds; with the pixels in place, the seeds differ by up to ${(100 * seedsApart).toFixed(2)} percentage points. If each image has an order of its own, the accuracy is ${own}. A guess by the amount of ink alone gives ${formatPercent(numbers.accuracyByInkAlone)}.`,
      `Each unit of a dense layer has one weight per pixel and does not know which pixels are neighbours. If the rows of W1 are shuffled in the same order as the pixels, training is even the same run, except for rounding: the sums are added in another order. In ${formatCount(sameRun.steps)} steps of single precision, no loss differs by more than ${formatNumber(sameRun.largestLossDifference, 2)}. In ${formatCount(exact.steps)} steps of double precision, no loss differs by more than ${formatNumber(exact.largestLossDifference, 2)}.`,
      `Flattening loses the fact that a moved shape is still the same shape. The accuracy falls from ${still.accuracy} to ${two.accuracy} when all test images are moved right by ${two.pixels} pixels. It falls to ${four.accuracy} when they are moved by ${four.pixels} pixels.`,
    ],
    figures: [
      {
        name: 'accuracy',
        caption: 'Test accuracy after one epoch, for each order of the pixels.',
        alternative: `Bar chart of the test accuracy. The means are ${inPlace} with the pixels in place, ${one} with one other order, and ${own} with an order for each image.`,
        svg: barChart({
          categories: Object.keys(meanAccuracy),
          series: [0, 1].map((s) => ({
            name: `seed ${lab.seed + s}`,
            values: Object.values(numbers.accuracy).map((values) => values[s]),
          })),
          x: { name: 'test accuracy', min: 0, max: 1, format: wholePercent },
          label: formatPercent,
        }),
      },
      ...pictures,
      {
        name: 'moved',
        caption: 'Test accuracy when the test images are moved right. The training images were in place.',
        alternative: `A line that falls from ${still.accuracy} in place to ${formatPercent(moved.at(-1)?.accuracy ?? NaN)} at ${moved.at(-1)?.pixels ?? NaN} pixels.`,
        svg: lineChart({
          x: { name: 'moved right by (pixels)' },
          y: { name: 'test accuracy', min: 0, max: 1, format: wholePercent },
          series: [{ name: 'accuracy', points: moved.map(({ pixels, accuracy }) => [pixels, accuracy]) }],
        }),
      },
    ],
    tables: [
      {
        caption:
          'The run with pixels and rows of W1 shuffled in the same order, compared with the run on images in place',
        head: ['difference in', 'single precision', 'double precision'],
        rows: [
          row('the loss of the first step', (r) => formatNumber(r.firstLossDifference, 2)),
          row('the loss of any step (largest)', (r) => formatNumber(r.largestLossDifference, 2)),
          row('a trained weight of W1, put back (largest)', (r) => formatNumber(r.largestWeightDifference, 2)),
          row('test images labelled differently', (r) => formatCount(r.labelledDifferently)),
          row('steps', (r) => formatCount(r.steps)),
        ],
      },
    ],
  };
}

const wholePercent = (x: number): string => `${Math.round(100 * x)} %`;

async function accuracyWhenMoved(
  engine: Engine,
  { train, test, classes }: Dataset,
): Promise<Measured['accuracyWhenMovedRight']> {
  const found: { pixels: number; accuracy: number }[] = [];
  for (const pixels of MOVES) {
    const examples = movedRight(test, pixels, SIDE);
    const { accuracy } = await evaluate(NETWORK, engine, { examples, classes, scaling: fitScaling('unit', train) });
    found.push({ pixels, accuracy: accuracy ?? NaN }); // digits have classes
  }
  return found;
}

/** Row i of W1 becomes its row order[i], as pixel i becomes pixel order[i]. */
function rowsPermuted(parameters: Parameters, order: ArrayLike<number>): Parameters {
  const [W1, ...rest] = parameters;
  const [rows, cols] = W1.shape;
  const values = W1.values.slice();
  for (let i = 0; i < rows; i++) values.set(W1.values.subarray(order[i] * cols, (order[i] + 1) * cols), i * cols);
  return [{ ...W1, values }, ...rest];
}

interface SameRun {
  readonly steps: number;
  readonly firstLossDifference: number;
  readonly largestLossDifference: number;
  readonly largestWeightDifference: number;
  readonly labelledDifferently: number;
}

function compareRuns(a: Trajectory, b: Trajectory, order: ArrayLike<number>): SameRun {
  const apart = a.losses.map((loss, step) => Math.abs(loss - b.losses[step]));
  const [W, V] = [rowsPermuted(a.parameters, order)[0].values, b.parameters[0].values];
  const none = new Uint8Array(0);
  return {
    steps: a.losses.length,
    firstLossDifference: apart[0],
    largestLossDifference: largest(apart),
    largestWeightDifference: largest(Array.from(W, (w, i) => Math.abs(w - V[i]))),
    labelledDifferently: countDifferent({
      candidate: a.evaluation?.labels ?? none,
      reference: b.evaluation?.labels ?? none,
    }),
  };
}

const largest = (values: readonly number[]): number => values.reduce((most, x) => Math.max(most, x), 0);

/**
 * Three rows of pictures: weights trained on images in place, weights trained on shuffled pixels,
 * and these with each weight put back to its pixel.
 */
function weightPictures(original: Trajectory, alike: Trajectory, order: Uint32Array): Picture[] {
  const [W, V] = [original, alike].map(({ parameters }) => denseLayers(parameters)[0].weights);
  const place = new Uint32Array(order.length); // where pixel p went
  order.forEach((p, i) => (place[p] = i));
  const deviation = Math.sqrt(mean(Array.from(W.data, (w) => w * w)));
  const pictures = (caption: string, at: (pixel: number, unit: number) => number): Picture[] =>
    Array.from({ length: UNITS_SHOWN }, (_, unit) => ({
      caption: `${caption}, ${unit}`,
      range: [-3 * deviation, 3 * deviation] as const,
      values: Array.from(order, (_p, pixel) => at(pixel, unit)),
    }));
  return [
    ...pictures('in place', (p, u) => W.data[p * W.cols + u]),
    ...pictures('shuffled', (p, u) => V.data[p * V.cols + u]),
    ...pictures('put back', (p, u) => V.data[place[p] * V.cols + u]),
  ];
}
