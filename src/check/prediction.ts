// What two engines with the same parameters say of one example, held against the exact outputs.
import type { Engine } from '../engines/engine.ts';
import type { Parameters } from '../network/parameters.ts';
import { copyParameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { argMax } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { boundedOutputs } from '../bounds/gradients.ts';
import { engineInfo } from './compare.ts';
import type { EngineInfo } from './compare.ts';
import { measure } from './measure.ts';
import type { TensorMeasure } from './verdict.ts';

/** What two engines answer to one example, and whether rounding explains how they differ. */
export interface Prediction {
  /** agree: each output of both engines lies within its bound of the exact one. */
  readonly verdict: 'identical' | 'agree' | 'disagree';
  readonly candidate: EnginePrediction;
  readonly reference: EnginePrediction;
  /** Where the two are farthest apart: |candidate - reference|, and twice the bound, as each may be off by it. */
  readonly largestDifference: { readonly class: number; readonly difference: number; readonly bound: number };
  /** The output that uses most of its bound. */
  readonly worst: TensorMeasure;
}

/** What one engine answers. */
export interface EnginePrediction {
  readonly engine: EngineInfo;
  /** One for each class. */
  readonly outputs: readonly number[];
  /** The class with the largest output. */
  readonly predicted: number;
}

/** Asks both engines for the outputs of one example.
 * @param inputs (1, D), scaled. Both engines get the parameters rounded to binary32, so that they compute the same network. */
export async function predictBoth(
  network: NetworkSpec,
  parameters: Parameters,
  inputs: Matrix,
  candidate: Engine,
  reference: Engine,
): Promise<Prediction> {
  const rounded = copyParameters(parameters, 'f32');
  const outputsOf = async (engine: Engine): Promise<Matrix> => {
    await engine.load(copyParameters(rounded, engine.dtype));
    return engine.predict(inputs);
  };
  const [c, r] = [await outputsOf(candidate), await outputsOf(reference)];
  const { value, error } = boundedOutputs(network, rounded, inputs);
  const worst = measure({
    ...{ parameter: 'outputs', shape: [value.rows, value.cols] },
    ...{ candidate: c.data, reference: r.data, oracle: value.data, bounds: error.data },
  });
  return {
    verdict: worst.usedOfBound <= 1 ? (worst.identical ? 'identical' : 'agree') : 'disagree',
    candidate: { engine: engineInfo(candidate), outputs: Array.from(c.data), predicted: argMax(c, 0) },
    reference: { engine: engineInfo(reference), outputs: Array.from(r.data), predicted: argMax(r, 0) },
    largestDifference: farthest(c, r, error),
    worst,
  };
}

/** A difference that is not a number is the largest. */
function farthest(c: Matrix, r: Matrix, error: Matrix): Prediction['largestDifference'] {
  let [at, difference] = [0, -1];
  c.data.forEach((x, k) => {
    const apart = Number.isFinite(x) && Number.isFinite(r.data[k]) ? Math.abs(x - r.data[k]) : Infinity;
    if (apart > difference) [at, difference] = [k, apart];
  });
  return { class: at, difference, bound: 2 * error.data[at] };
}
