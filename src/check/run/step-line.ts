// The predicted and the measured effect of a step. The gradient g predicts that the loss of a batch
// changes by -lr · ‖g‖². The measured change is that after the step w ← w - lr · g.
import type { Engine } from '../../engines/engine.ts';
import type { Batch } from '../../network/batch.ts';
import type { Parameters } from '../../network/parameters.ts';

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
  /** ‖g‖² of the gradient that the line follows. */
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

/** w + factor · g, in binary64. */
export function moved(w: Parameters, g: Parameters, factor: number): Parameters {
  const shift = (values: ArrayLike<number>, by: ArrayLike<number>): Float64Array =>
    Float64Array.from(values, (value, i) => value + factor * by[i]);
  return w.map((tensor, t) => ({ ...tensor, values: shift(tensor.values, g[t].values) }));
}

/** ‖g‖², over all parameters. */
export function sumOfSquares(g: Parameters): number {
  let sum = 0;
  for (const { values } of g) for (const x of values) sum += x * x;
  return sum;
}
