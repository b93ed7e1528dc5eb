// Compares the outputs of two engines with the same parameters for one example with the exact
// outputs.
import type { Engine } from '../engines/engine.ts';
import type { Parameters } from '../network/parameters.ts';
import { copyParameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { classOf } from '../network/batch.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { boundedOutputs } from '../bounds/forward.ts';
import { engineInfo } from './engine-info.ts';
import type { EngineInfo } from './engine-info.ts';
import { measure } from './measure.ts';
import { inTurn, mapPair } from './pair.ts';
import type { Pair } from './pair.ts';
import type { TensorMeasure } from './verdict.ts';

/** The outputs of two engines for one example, and whether rounding explains their difference. */
export interface Prediction extends Pair<EnginePrediction> {
  /** agree: each output of both engines is within its bound of the exact one. */
  readonly verdict: 'identical' | 'agree' | 'disagree';
  /**
   * The class with the largest |candidate - reference|; `bound` is twice the bound, because each
   * side may be off by it.
   */
  readonly largestDifference: { readonly class: number; readonly difference: number; readonly bound: number };
  /** The output that uses most of its bound. */
  readonly worst: TensorMeasure;
}

/** One engine's prediction. */
export interface EnginePrediction {
  readonly engine: EngineInfo;
  /** One output per class. */
  readonly outputs: readonly number[];
  /** The class with the largest output. */
  readonly predicted: number;
}

/**
 * Asks both engines for the outputs of one example.
 * @param inputs (1, D), scaled. Both engines get the parameters rounded to binary32, so that they
 *   compute the same network.
 */
export async function predictBoth(
  network: NetworkSpec,
  parameters: Parameters,
  inputs: Matrix,
  engines: Pair<Engine>,
): Promise<Prediction> {
  const rounded = copyParameters(parameters, 'f32');
  const outputs = await inTurn(engines, async (engine) => {
    await engine.load(copyParameters(rounded, engine.dtype));
    return engine.predict(inputs);
  });
  const { value, error } = boundedOutputs(network, rounded, inputs);
  const worst = measure({
    parameter: 'outputs',
    shape: [value.rows, value.cols],
    ...mapPair(outputs, ({ data }) => data),
    exact: value.data,
    bounds: error.data,
  });
  return {
    verdict: worst.usedOfBound <= 1 ? (worst.identical ? 'identical' : 'agree') : 'disagree',
    ...mapPair(outputs, (own, side) => ({
      engine: engineInfo(engines[side]),
      outputs: Array.from(own.data),
      predicted: classOf(network, own, 0),
    })),
    largestDifference: farthest(outputs, error),
    worst,
  };
}

/** A difference that is not finite counts as the largest. */
function farthest({ candidate, reference }: Pair<Matrix>, error: Matrix): Prediction['largestDifference'] {
  let [at, difference] = [0, -1];
  candidate.data.forEach((x, k) => {
    const y = reference.data[k];
    const apart = Number.isFinite(x) && Number.isFinite(y) ? Math.abs(x - y) : Infinity;
    if (apart > difference) [at, difference] = [k, apart];
  });
  return { class: at, difference, bound: 2 * error.data[at] };
}
