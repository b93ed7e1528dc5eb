// Why divide by 255: the same trainings on raw, divided and standardised pixels, at many
// learning rates.
import { finalLoss } from '../../../src/check/run/training.ts';
import type { Trajectory } from '../../../src/check/run/training.ts';
import { copyParameters, namedTensors } from '../../../src/network/parameters.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { formatCount, formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import { barChart } from '../charts/bar.ts';
import { lineChart } from '../charts/line.ts';
import type { Answer, Experiment, Lab } from '../experiment.ts';
import { mean, mlp, norm, openEngine, prepare, sgd, smoothed, trainOnce } from '../training.ts';

export const scaling: Experiment = { name: 'scaling', question: 'Why divide by 255?', run };

const NETWORK = mlp();
const TRIED = ['none', 'unit', 'standard'] as const;
type Tried = (typeof TRIED)[number];
const NAME: Record<Tried, string> = { none: 'raw, 0 to 255', unit: 'divided by 255', standard: 'standardised' };
/**
 * A network counts as trained if at least this share of the test images is right after one epoch.
 * Chance is a tenth.
 */
const TRAINS = 0.5;
/**
 * The learning rates tried, with a constant ratio between neighbours. Bisection then refines the
 * last rate that trains, in this many halvings.
 */
const [LOWEST, HIGHEST, RATIO, HALVINGS] = [1e-7, 10, Math.sqrt(10), 4];

interface Point {
  readonly learningRate: number;
  readonly accuracy: number;
  readonly finalLoss: number;
}

interface OfScale {
  /** The mean absolute pixel, as the network gets it. */
  readonly meanInput: number;
  /** ‖dW‖ of the first batch, before training, by tensor. */
  readonly gradientNorms: Readonly<Record<string, number>>;
  readonly points: readonly Point[];
  readonly largestThatTrains: number;
  readonly best: Point;
  readonly finalLossAtDefaultRate: number;
  /** [step, loss] at the default learning rate, and at the best. */
  readonly curves: { readonly default: [number, number][]; readonly best: [number, number][] };
}

async function run(lab: Lab): Promise<Answer> {
  const trainSize = lab.quick ? 4000 : 20000;
  const dataset = lab.mnist(trainSize, lab.quick ? 500 : 2000);
  const rates = grid(lab.quick ? 10 : RATIO);
  const halvings = lab.quick ? 1 : HALVINGS;
  const defaultRate = optimizerSpec('sgd').learningRate;
  let done = 0;
  const at = async (scale: Tried, learningRate: number): Promise<Point & { losses: readonly number[] }> => {
    const trained = await trainOnce(lab, { network: NETWORK, dataset, scale, optimizer: sgd(learningRate) });
    lab.progress(++done, TRIED.length * (rates.length + halvings + 2));
    return {
      learningRate,
      accuracy: accuracyOf(trained),
      finalLoss: finalLoss(trained.losses),
      losses: trained.losses,
    };
  };

  const scales = {} as Record<Tried, OfScale>;
  for (const scale of TRIED) {
    const points: Point[] = [];
    const measured = async (learningRate: number): Promise<Point> => {
      const { losses: _, ...point } = await at(scale, learningRate);
      points.push(point);
      return point;
    };
    for (const rate of rates) await measured(rate);
    const largestThatTrains = await refine(points, measured, halvings);
    const best = points.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
    const usual = await at(scale, defaultRate);
    scales[scale] = {
      ...(await firstGradient(lab, scale, trainSize)),
      points: points.sort((a, b) => a.learningRate - b.learningRate),
      largestThatTrains,
      best,
      finalLossAtDefaultRate: usual.finalLoss,
      curves: {
        default: smoothed(usual.losses, 60),
        best: smoothed((await at(scale, best.learningRate)).losses, 60),
      },
    };
  }
  const sameAsDivided = await sameRunOnRawPixels(lab, trainSize, defaultRate);
  return answer({ trainSize, countsAsTraining: TRAINS, defaultRate, scales, sameAsDivided });
}

/** Learning rates from the lowest to the highest. */
function grid(ratio: number): number[] {
  const count = Math.round(Math.log(HIGHEST / LOWEST) / Math.log(ratio));
  return Array.from({ length: count + 1 }, (_, i) => Number((LOWEST * ratio ** i).toPrecision(4)));
}

/**
 * Bisects (on a logarithmic scale) between the largest rate that trains and the next rate tried.
 */
async function refine(
  points: readonly Point[],
  measured: (learningRate: number) => Promise<Point>,
  halvings: number,
): Promise<number> {
  const last = points.findLastIndex(({ accuracy }) => accuracy >= TRAINS);
  if (last < 0) return NaN;
  if (last === points.length - 1) return points[last].learningRate;
  let [trains, fails] = [points[last].learningRate, points[last + 1].learningRate];
  for (let i = 0; i < halvings; i++) {
    const between = Number(Math.sqrt(trains * fails).toPrecision(4));
    if ((await measured(between)).accuracy >= TRAINS) trains = between;
    else fails = between;
  }
  return trains;
}

async function firstGradient(
  lab: Lab,
  scale: Tried,
  trainSize: number,
): Promise<Pick<OfScale, 'meanInput' | 'gradientNorms'>> {
  const { initial, batches } = prepare(lab, { network: NETWORK, dataset: lab.mnist(trainSize), scale });
  const engine = await openEngine(NETWORK, sgd(0), 'vector');
  await engine.load(initial);
  const batch = batches.batch(0);
  const { gradients } = await engine.lossAndGradients(batch);
  await engine.dispose();
  return {
    meanInput: mean(Array.from(batch.inputs.data, Math.abs)),
    gradientNorms: Object.fromEntries(namedTensors(gradients).map(({ name, values }) => [name, norm(values)])),
  };
}

/** 0 if training overflowed, because then nothing is predicted. */
function accuracyOf({ evaluation }: Trajectory): number {
  return evaluation?.accuracy ?? 0;
}

/**
 * Compares a run on divided pixels with a run on raw pixels. The latter has W1 divided by 255 and
 * the learning rate of W1 divided by 255², so W1 x is the same in every step.
 */
async function sameRunOnRawPixels(lab: Lab, trainSize: number, learningRate: number): Promise<SameRun> {
  const plan = { network: NETWORK, dataset: lab.mnist(trainSize) };
  const { initial, batches } = prepare(lab, plan);
  const raw = prepare(lab, { ...plan, scale: 'none' }).batches;
  const [divided, other] = [
    await openEngine(NETWORK, sgd(learningRate), 'vector', 'f64'),
    await openEngine(NETWORK, sgd(learningRate), 'vector', 'f64'),
  ];
  await divided.load(initial);
  await other.load(firstWeightsTimes(copyParameters(initial, 'f64'), 1 / 255));
  const steps = lab.quick ? 10 : 60;
  let apart = 0;
  for (let step = 0; step < steps && !lab.signal.aborted; step++) {
    const { loss, gradients } = await other.lossAndGradients(raw.batch(step));
    await other.applyGradients(firstWeightsTimes(gradients, 1 / 255 ** 2));
    apart = Math.max(apart, Math.abs(loss - (await divided.trainStep(batches.batch(step)))));
  }
  return { steps, largestLossDifference: apart };
}

interface SameRun {
  readonly steps: number;
  readonly largestLossDifference: number;
}

function firstWeightsTimes([first, ...rest]: Parameters, factor: number): Parameters {
  return [{ ...first, values: first.values.map((w) => factor * w) }, ...rest];
}

function answer(measured: {
  readonly trainSize: number;
  readonly countsAsTraining: number;
  readonly defaultRate: number;
  readonly scales: Readonly<Record<Tried, OfScale>>;
  readonly sameAsDivided: SameRun;
}): Answer {
  const { trainSize, defaultRate, scales } = measured;
  const { none, unit, standard } = scales;
  const comparison = {
    gradientOfW1RawToUnit: none.gradientNorms['W1'] / unit.gradientNorms['W1'],
    gradientOfW2RawToUnit: none.gradientNorms['W2'] / unit.gradientNorms['W2'],
    largestRateUnitToRaw: unit.largestThatTrains / none.largestThatTrains,
  };
  const order = ['none', 'unit', 'standard'] as const;
  const rate = (x: number): string => formatNumber(x, 2);
  const times = (x: number): string => formatCount(Number(x.toPrecision(2)));
  const x = { name: 'learning rate', scale: 'log' } as const;
  const lossAxes = { x: { name: 'step' }, y: { name: 'loss', scale: 'log' } } as const;
  return {
    numbers: { ...measured, comparison },
    sentences: [
      'The starting weights and the usual learning rates suit inputs of about 1; raw pixels go up to 255.',
      `With pixels divided by 255, the network trains up to a learning rate of ${rate(unit.largestThatTrains)}; with standardised pixels, up to ${rate(standard.largestThatTrains)}. With raw pixels, it trains only up to ${rate(none.largestThatTrains)}, which is ${times(comparison.largestRateUnitToRaw)} times smaller than with divided pixels. A network counts as trained if at least half of the test images are right after one epoch of ${formatCount(trainSize)} images.`,
      `A pixel is a factor in the gradient of its weights. Through the scores, it is also a factor in what comes after. In the first batch, raw pixels make the norm of the gradient of W1 ${times(comparison.gradientOfW1RawToUnit)} times as large as divided pixels do, and that of W2 ${times(comparison.gradientOfW2RawToUnit)} times as large.`,
      `Even at the best rate for each, the accuracy is ${formatPercent(none.best.accuracy)} with raw pixels, ${formatPercent(unit.best.accuracy)} with divided pixels and ${formatPercent(standard.best.accuracy)} with standardised pixels. One rate has to serve all layers. Raw pixels train as divided pixels do if W1 is divided by 255, and the rate of W1 alone by 255². Divided pixels are rounded, so the two runs differ slightly: in ${measured.sameAsDivided.steps} steps of double precision, no loss differs by more than ${formatNumber(measured.sameAsDivided.largestLossDifference, 2)}.`,
    ],
    figures: [
      {
        name: 'rates',
        caption: 'Test accuracy after one epoch at each learning rate. A training that overflows counts as 0 %.',
        alternative: `Three curves that rise and then drop sharply: raw pixels at ${rate(none.largestThatTrains)}, standardised pixels at ${rate(standard.largestThatTrains)}, divided pixels at ${rate(unit.largestThatTrains)}.`,
        svg: lineChart({
          x,
          y: { name: 'test accuracy', min: 0, max: 1, format: (v) => `${Math.round(100 * v)} %` },
          series: order.map((s) => ({
            name: NAME[s],
            points: scales[s].points.map((p) => [p.learningRate, p.accuracy]),
          })),
          marks: [{ axis: 'y', at: TRAINS, name: 'counts as trained', nameAt: 'start' }],
        }),
      },
      {
        name: 'default',
        caption: `Loss of the training batches at the usual learning rate of ${defaultRate}. Each point is the mean of several steps. A network that gives every class the same share has a loss of ${formatNumber(Math.log(10), 3)}.`,
        alternative: `Line chart. Loss at the end: ${order.map((s) => `${NAME[s]}: ${formatNumber(scales[s].finalLossAtDefaultRate, 2)}`).join('; ')}.`,
        svg: lineChart({
          ...lossAxes,
          series: order.map((s) => ({ name: NAME[s], points: scales[s].curves.default })),
        }),
      },
      {
        name: 'best',
        caption:
          'The same at the best learning rate for each. If most images are right, a loss above 2.3 comes from few mistakes, made with great certainty.',
        alternative: `Line chart; all lines fall. Loss at the end: ${order.map((s) => `${NAME[s]}: ${formatNumber(scales[s].best.finalLoss, 2)}`).join('; ')}.`,
        svg: lineChart({
          ...lossAxes,
          series: order.map((s) => ({
            name: `${NAME[s]}, rate ${rate(scales[s].best.learningRate)}`,
            points: scales[s].curves.best,
          })),
        }),
      },
      {
        name: 'gradients',
        caption: 'Norm of the gradient of each layer, for the first batch before training.',
        alternative: `Bar chart. Norm for W1: ${order.map((s) => `${NAME[s]}: ${formatNumber(scales[s].gradientNorms['W1'], 2)}`).join('; ')}.`,
        svg: barChart({
          categories: ['W1', 'W2'],
          series: order.map((s) => ({ name: NAME[s], values: ['W1', 'W2'].map((w) => scales[s].gradientNorms[w]) })),
          x: { name: 'norm of the gradient', scale: 'log' },
          label: (v) => formatNumber(v, 3),
        }),
      },
    ],
    tables: [
      {
        caption: 'The scalings compared',
        head: [
          '',
          'mean absolute input',
          'norm of dW1',
          'norm of dW2',
          'largest rate that trains',
          'best rate',
          'accuracy at the best rate',
        ],
        rows: order.map((s) => {
          const { meanInput, gradientNorms, largestThatTrains, best } = scales[s];
          return [
            NAME[s],
            formatNumber(meanInput, 3),
            formatNumber(gradientNorms['W1'], 3),
            formatNumber(gradientNorms['W2'], 3),
            rate(largestThatTrains),
            rate(best.learningRate),
            formatPercent(best.accuracy),
          ];
        }),
      },
    ],
  };
}
