// What the slope says besides the direction: the predicted effect of a step, its measured effect, and where the prediction fails.
import { createEngine } from '../../../src/engines/registry.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import { formatCount, formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import { lineChart } from '../charts/line.ts';
import type { Answer, Experiment, Figure, Lab, Table } from '../experiment.ts';
import { bestStep, lineOf, rates, whereRatioFalls } from '../measures/step-size.ts';
import type { Line, StepPoint } from '../measures/step-size.ts';
import { mlp, prepare, sgd, trainOnce } from '../training.ts';

export const stepSize: Experiment = {
  name: 'step-size',
  question: 'The slope only says which way: how does it say how much, and does the step really lower the loss?',
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
  /** The learning rates up to which given shares of the prediction hold, or null if they always do. */
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
    ...{ name, loss: line.loss, squaredNorm: line.squaredNorm, points },
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
    `The slope also says how much: a step of learning rate lr moves each weight by lr times its own slope, and the loss should change by −lr·‖g‖², where ‖g‖² is the sum of all squared slopes (${three(start.squaredNorm)} at the start); on the same ${batchSize} digits ${formatPercent(smallest.ratio)} of that comes true at lr = ${one(smallest.learningRate)}, 90 % at ${rate(start.kept['0.9'])} and half at ${rate(start.kept['0.5'])}.`,
    `The step really lowers the loss, up to lr = ${rate(start.helpsUpTo)}: most at ${three(start.best.learningRate)}, from ${three(start.loss)} to ${three(start.loss + start.best.measured)}; beyond that the slope has changed on the way, and the loss rises.`,
    `Without a learning rate (lr = 1) the promised ${three(start.one.predicted)} becomes ${three(start.one.measured)} at the start; ${later.name} (‖g‖² = ${three(later.squaredNorm)}) the promised ${three(later.one.predicted)} becomes ${three(later.one.measured)}, and steps help only up to ${rate(later.helpsUpTo)}.`,
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
    caption: `How much of the predicted change −lr·‖g‖² comes true for the same ${batchSize} digits. Below 0 the step does harm; points below -1 are left out.`,
    alternative: `Measured over predicted change against the learning rate, from ${one(10 ** LOWEST)} to ${10 ** HIGHEST}: ${places.map((p) => `${p.name} 1 for small steps, 0.9 at ${rate(p.kept['0.9'])}, 0.5 at ${rate(p.kept['0.5'])}, 0 at ${rate(p.helpsUpTo)}`).join('; ')}.`,
  };
}

/** The start of the second figure; below it nothing visible changes. */
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
    caption: `The loss of the same ${batchSize} digits after one step, as a share of the loss before. Shares above ${MOST} are left out.`,
    alternative: `Loss after over loss before one step against the learning rate: ${places.map((p) => `${p.name} lowest at ${three(p.best.learningRate)} with ${three((p.loss + p.best.measured) / p.loss)}, back at 1 at ${rate(p.helpsUpTo)}`).join('; ')}.`,
  };
}

function placesTable(places: readonly Place[]): Table {
  const row = (name: string, of: (place: Place) => string): string[] => [name, ...places.map(of)];
  return {
    caption: 'One step along the gradient of a batch, at two places of the training.',
    head: ['', ...places.map(({ name }) => name)],
    rows: [
      row('loss before', ({ loss }) => three(loss)),
      row('‖g‖²', ({ squaredNorm }) => three(squaredNorm)),
      row('99 % of the promise kept up to lr', ({ kept }) => rate(kept['0.99'])),
      row('90 % up to', ({ kept }) => rate(kept['0.9'])),
      row('50 % up to', ({ kept }) => rate(kept['0.5'])),
      row('best step: lr', ({ best }) => three(best.learningRate)),
      row('loss after the best step', ({ loss, best }) => three(loss + best.measured)),
      row('helps up to lr', ({ helpsUpTo }) => rate(helpsUpTo)),
      row('lr = 1: predicted change', ({ one }) => three(one.predicted)),
      row('lr = 1: measured change', ({ one }) => three(one.measured)),
    ],
  };
}

/** Whole powers of ten only. */
function pointsTable(places: readonly Place[]): Table {
  const isPower = ({ learningRate }: StepPoint): boolean => Math.abs(Math.log10(learningRate) % 1) < 1e-9;
  const [first, ...others] = places.map(({ points }) => points.filter(isPower));
  return {
    caption: 'Predicted and measured change of the loss, in double precision.',
    head: ['lr', ...places.flatMap(({ name }) => [`${name}: predicted`, 'measured', 'ratio'])],
    rows: first.map((point, i) => [
      one(point.learningRate),
      ...[point, ...others.map((points) => points[i])].flatMap(({ predicted, measured, ratio }) => [
        ...[three(predicted), three(measured), formatNumber(ratio, 4)],
      ]),
    ]),
  };
}
