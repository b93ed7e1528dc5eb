// Compares the predicted and the measured effect of a step: the gradient g predicts that the loss of a batch changes by
// -lr · ‖g‖²; the measured change is that after the step w ← w - lr · g.
import type { Engine } from '../../../src/engines/engine.ts';
import type { Batch } from '../../../src/network/batch.ts';
import { namedTensors } from '../../../src/network/parameters.ts';
import type { Parameters } from '../../../src/network/parameters.ts';

/** One step of one length. */
export interface StepPoint {
  readonly learningRate: number;
  /** The predicted change of the loss: -lr · ‖g‖². */
  readonly predicted: number;
  /** The measured change of the loss of the same batch. */
  readonly measured: number;
  /** measured / predicted: 1 if the prediction is exact, below 0 if the loss rises. */
  readonly ratio: number;
}

/** The line through the parameters along their gradient. */
export interface Line {
  /** Loss before the step. */
  readonly loss: number;
  /** ‖g‖², g the gradient that is followed. */
  readonly squaredNorm: number;
  step(learningRate: number): Promise<StepPoint>;
}

/**
 * @param engine computes the losses; in f64, because small steps would be lost in rounding
 * @param gradients the direction, if it is not the gradient of the batch itself
 */
export async function lineOf(engine: Engine, at: Parameters, batch: Batch, gradients?: Parameters): Promise<Line> {
  await engine.load(at);
  const start = await engine.lossAndGradients(batch);
  const followed = gradients ?? start.gradients;
  const squaredNorm = sumOfSquares(followed);
  return {
    loss: start.loss,
    squaredNorm,
    async step(learningRate) {
      await engine.load(moved(at, followed, -learningRate));
      const measured = (await engine.lossAndGradients(batch)).loss - start.loss;
      const predicted = -learningRate * squaredNorm;
      return { learningRate, predicted, measured, ratio: measured / predicted };
    },
  };
}

/** `perDecade` rates to each power of ten, from 10^from to 10^to. */
export function rates(from: number, to: number, perDecade: number): number[] {
  return Array.from({ length: (to - from) * perDecade + 1 }, (_, i) => 10 ** (from + i / perDecade));
}

/**
 * The learning rate at which the ratio falls below `level`: bisection between the first point below it and its neighbour, to 1 %.
 * null if no point is below, or if the first one is.
 */
export async function whereRatioFalls(
  line: Line,
  points: readonly StepPoint[],
  level: number,
): Promise<StepPoint | null> {
  const first = points.findIndex(({ ratio }) => !(ratio >= level));
  if (first <= 0) return null;
  let [low, high] = [points[first - 1], points[first]];
  while (high.learningRate / low.learningRate > 1.01) {
    const middle = await line.step(Math.sqrt(low.learningRate * high.learningRate));
    if (middle.ratio >= level) low = middle;
    else high = middle;
  }
  return low;
}

/** The step that lowers the loss most: golden-section search (Kiefer 1953) between the neighbours of the best point, to 1 %. */
export async function bestStep(line: Line, points: readonly StepPoint[]): Promise<StepPoint> {
  const at = points.reduce((best, { measured }, i) => (measured < points[best].measured ? i : best), 0);
  const share = (Math.sqrt(5) - 1) / 2;
  const place = (low: number, high: number, part: number): Promise<StepPoint> => line.step(low * (high / low) ** part);
  let [low, high] = [
    points[Math.max(0, at - 1)].learningRate,
    points[Math.min(points.length - 1, at + 1)].learningRate,
  ];
  let [left, right] = [await place(low, high, 1 - share), await place(low, high, share)];
  let best = points[at];
  while (high / low > 1.01) {
    for (const point of [left, right]) if (point.measured < best.measured) best = point;
    if (left.measured < right.measured) {
      [high, right] = [right.learningRate, left];
      left = await place(low, high, 1 - share);
    } else {
      [low, left] = [left.learningRate, right];
      right = await place(low, high, share);
    }
  }
  return best;
}

/** w + factor · g, in binary64. */
export function moved(w: Parameters, g: Parameters, factor: number): Parameters {
  const shift = (values: ArrayLike<number>, by: ArrayLike<number>): Float64Array =>
    Float64Array.from(values, (value, i) => value + factor * by[i]);
  return w.map((tensor, t) => ({ ...tensor, values: shift(tensor.values, g[t].values) }));
}

/** ‖g‖², over all parameters. */
export function sumOfSquares(g: Parameters): number {
  let sum = 0;
  for (const { values } of namedTensors(g)) for (const x of values) sum += x * x;
  return sum;
}
