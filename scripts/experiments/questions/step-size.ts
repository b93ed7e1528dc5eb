// What the slope says besides the direction of a step: the predicted effect of a step, its measured
// effect, and where the prediction fails.
import { lineOf } from '../../../src/check/run/step-line.ts';
import type { Line, StepPoint } from '../../../src/check/run/step-line.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import { formatCount, formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import { lineChart } from '../charts/line.ts';
import type { Answer, Experiment, Figure, Lab, Table } from '../experiment.ts';
import { bestStep, rates, whereRatioFalls } from '../measures/step-size.ts';
import { mlp, prepare, sgd, trainOnce } from '../training.ts';

export const stepSize: Experiment = {
  name: 'step-size',
  question: 'How large is a step, and does it really lower the loss?',
  run,
};

/** Learning rates from 10^-7 to 10. */
const [LOWEST, HIGHEST] = [-7, 1];

/** One point in training, and steps of all lengths from it. */
interface Place {
  readonly name: string;
  /** Loss of the batch before the step. */
  readonly loss: number;
  readonly squaredNorm: number;
  readonly points: readonly StepPoint[];
  /** Per share of the prediction: the largest learning rate at which it holds, or null. */
  readonly kept: {
    readonly '0.99': StepPoint | null;
    readonly '0.9': StepPoint | null;
    readonly '0.5': StepPoint | null;
  };
  /** The longest step that still lowers the loss. */
  readonly helpsUpTo: StepPoint | null;
  readonly best: StepPoint;
  /** A step without a learning rate: lr = 1. */
  readonly one: StepPoint;
}

async function run(lab: Lab): Promise<Answer> {
  const [network, dataset] = [mlp(), lab.mnist(lab.quick ? 2000 : undefined, 100)];
  const batchSize = lab.quick ? 64 : 256;
  const { initial, batches } = prepare(lab, { network, dataset, batchSize });
  const trained = await trainOnce(lab, { network, dataset });
  lab.progress(1, 3);

  const engine = await createEngine('vector', network, sgd(0), { dtype: 'f64' });
  const placeOf = async (name: string, at: Parameters): Promise<Place> =>
    measure(name, await lineOf(engine, at, batches.batch(0)), rates(LOWEST, HIGHEST, lab.quick ? 1 : 8), lab.signal);
  const start = await placeOf('at the start', initial);
  lab.progress(2, 3);
  const later = await placeOf(`after ${formatCount(trained.losses.length)} steps`, trained.parameters);
  lab.progress(3, 3);
  await engine.dispose();

  const places = [start, later];
  return {
    sentences: sentencesOf(start, later, batchSize),
    figures: [ratioFigure(places, batchSize), lossFigure(places, batchSize)],
    tables: [placesTable(places), pointsTable(places)],
    numbers: {
      batchSize,
      stepsTrained: trained.losses.length,
      lossAfterBestStep: start.loss + start.best.measured,
      places,
    },
  };
}

async function measure(
  name: string,
  line: Line,
  learningRates: readonly number[],
  signal: AbortSignal,
): Promise<Place> {
  const points: StepPoint[] = [];
  for (const learningRate of learningRates) {
    if (signal.aborted && points.length > 0) break;
    points.push(await line.step(learningRate));
    await new Promise((resolve) => setTimeout(resolve, 0)); // lets Ctrl-C through
  }
  const fall = (level: number): Promise<StepPoint | null> => whereRatioFalls(line, points, level);
  return {
    name,
    loss: line.loss,
    squaredNorm: line.squaredNorm,
    points,
    kept: { '0.99': await fall(0.99), '0.9': await fall(0.9), '0.5': await fall(0.5) },
    helpsUpTo: await fall(0),
    best: await bestStep(line, points),
    one: await line.step(1),
  };
}

const three = (x: number): string => formatNumber(x, 3);
const one = (x: number): string => formatNumber(x, 1);
const rate = (point: StepPoint | null): string =>
  point === null ? `over ${10 ** HIGHEST}` : three(point.learningRate);

function sentencesOf(start: Place, later: Place, batchSize: number): string[] {
  const smallest = start.points[0];
  return [
    `A step of learning rate lr moves each weight by lr times its own slope. At the start of training, it really lowers the loss, up to lr = ${rate(start.helpsUpTo)}.`,
    `The slope also says how much: the loss should change by −lr·‖g‖². Here ‖g‖² is the sum of all squared slopes (${three(start.squaredNorm)} at the start). On the same ${batchSize} digits, ${formatPercent(smallest.ratio)} of this predicted change comes true at lr = ${one(smallest.learningRate)}, 90 % at ${rate(start.kept['0.9'])} and half at ${rate(start.kept['0.5'])}.`,
    `The loss falls most at lr = ${three(start.best.learningRate)}, from ${three(start.loss)} to ${three(start.loss + start.best.measured)}. Above lr = ${rate(start.helpsUpTo)}, the slope has changed on the way, and the loss rises.`,
    `At the start, a step without a learning rate (lr = 1) should change the loss by ${three(start.one.predicted)} and changes it by ${three(start.one.measured)}. The same step ${later.name} (‖g‖² = ${three(later.squaredNorm)}) should change the loss by ${three(later.one.predicted)} and changes it by ${three(later.one.measured)}. There, steps lower the loss only up to lr = ${rate(later.helpsUpTo)}.`,
  ];
}

function ratioFigure(places: readonly Place[], batchSize: number): Figure {
  return {
    name: 'promise',
    svg: lineChart({
      x: { name: 'learning rate lr', scale: 'log', format: one },
      y: { name: 'measured / predicted change', min: -1, max: 1.5 },
      series: places.map(({ name, points }) => ({
        name,
        points: points.filter(({ ratio }) => ratio >= -1).map((p) => [p.learningRate, p.ratio] as const),
      })),
      marks: [{ axis: 'y', at: 1, name: 'as predicted' }],
    }),
    caption: `The share of the predicted change −lr·‖g‖² that comes true on the same ${batchSize} digits. Below 0, the step raises the loss. Points below -1 are left out.`,
    alternative: `Measured change over predicted change, against the learning rate from ${one(10 ** LOWEST)} to ${10 ** HIGHEST}. The ratio ${places.map((p) => `${p.name}: 1 for small steps, 0.9 at ${rate(p.kept['0.9'])}, 0.5 at ${rate(p.kept['0.5'])}, 0 at ${rate(p.helpsUpTo)}`).join('; ')}.`,
  };
}

/** The smallest learning rate of the second figure: below it, nothing changes visibly. */
const VISIBLE = 1e-3;
const MOST = 1.4;

function lossFigure(places: readonly Place[], batchSize: number): Figure {
  return {
    name: 'loss',
    svg: lineChart({
      x: { name: 'learning rate lr', scale: 'log', min: VISIBLE, format: one },
      y: { name: 'loss after / before the step', min: 0.6, max: MOST },
      series: places.map(({ name, loss, points }) => ({
        name,
        points: points
          .map((p) => [p.learningRate, (loss + p.measured) / loss] as const)
          .filter(([lr, share]) => lr >= VISIBLE * 0.99 && share <= MOST),
      })),
      marks: [{ axis: 'y', at: 1, name: 'loss before', nameAt: 'start' }],
    }),
    caption: `The loss of the same ${batchSize} digits after one step, as a share of the loss before it. Shares above ${MOST} are left out.`,
    alternative: `Loss after one step over the loss before it, against the learning rate. The share ${places.map((p) => `${p.name}: lowest at ${three(p.best.learningRate)} with ${three((p.loss + p.best.measured) / p.loss)}, back at 1 at ${rate(p.helpsUpTo)}`).join('; ')}.`,
  };
}

function placesTable(places: readonly Place[]): Table {
  const row = (name: string, of: (place: Place) => string): string[] => [name, ...places.map(of)];
  return {
    caption: 'One step against the gradient of a batch, at two points in training.',
    head: ['', ...places.map(({ name }) => name)],
    rows: [
      row('loss before', ({ loss }) => three(loss)),
      row('‖g‖²', ({ squaredNorm }) => three(squaredNorm)),
      row('99 % of the predicted change up to lr', ({ kept }) => rate(kept['0.99'])),
      row('90 % up to lr', ({ kept }) => rate(kept['0.9'])),
      row('50 % up to lr', ({ kept }) => rate(kept['0.5'])),
      row('lr of the best step', ({ best }) => three(best.learningRate)),
      row('loss after the best step', ({ loss, best }) => three(loss + best.measured)),
      row('lowers the loss up to lr', ({ helpsUpTo }) => rate(helpsUpTo)),
      row('lr = 1: predicted change', ({ one }) => three(one.predicted)),
      row('lr = 1: measured change', ({ one }) => three(one.measured)),
    ],
  };
}

/** Only learning rates that are powers of ten. */
function pointsTable(places: readonly Place[]): Table {
  const isPower = ({ learningRate }: StepPoint): boolean => Math.abs(Math.log10(learningRate) % 1) < 1e-9;
  const [first, ...others] = places.map(({ points }) => points.filter(isPower));
  return {
    caption: 'Predicted and measured change of the loss, in double precision.',
    head: ['lr', ...places.flatMap(({ name }) => [`${name}: predicted`, 'measured', 'ratio'])],
    rows: first.map((point, i) => [
      one(point.learningRate),
      ...[point, ...others.map((points) => points[i])].flatMap(({ predicted, measured, ratio }) => [
        three(predicted),
        three(measured),
        formatNumber(ratio, 4),
      ]),
    ]),
  };
}
