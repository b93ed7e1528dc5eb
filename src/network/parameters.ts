// The numbers that are learnt, and checks on them.
import { DataError } from '../errors.ts';
import { newArray } from '../numeric/dtype.ts';
import type { Dtype, FloatArray } from '../numeric/dtype.ts';
import { firstNonFinite, zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { widthInto } from './spec.ts';
import type { NetworkSpec } from './spec.ts';

/** weights (inputs, units), row-major, as in TensorFlow.js; bias (units). Gradients have the same form. */
export interface LayerParameters {
  readonly weights: Matrix;
  readonly bias: FloatArray;
}

/** One entry a layer, from the input on. */
export type Parameters = readonly LayerParameters[];

/** One tensor of the parameters under the name reports use: W1, b1, W2 ..., layer 1 nearest the input. */
export interface NamedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: FloatArray;
}

/** The tensors in the order W1, b1, W2, b2 ...; the numbers are shared, not copied. */
export function namedTensors(parameters: Parameters): NamedTensor[] {
  return parameters.flatMap(({ weights, bias }, l) => [
    { name: `W${l + 1}`, shape: [weights.rows, weights.cols], values: weights.data },
    { name: `b${l + 1}`, shape: [bias.length], values: bias },
  ]);
}

/** Position of flat entry `at` in a tensor: [row, column] of weights, [unit] of a bias. */
export function indexOf(shape: readonly number[], at: number): number[] {
  const cols = shape[1];
  return cols === undefined ? [at] : [Math.floor(at / cols), at % cols];
}

/** Parameters of the shapes of this network, all 0. */
export function zeroParameters(network: NetworkSpec, dtype: Dtype): Parameters {
  return network.layers.map(({ units }, l) => ({
    weights: zeros(dtype, widthInto(network, l), units),
    bias: newArray(dtype, units),
  }));
}

/** A deep copy in the given precision. */
export function copyParameters(parameters: Parameters, dtype: Dtype): Parameters {
  const copy = (values: FloatArray): FloatArray => {
    const out = newArray(dtype, values.length);
    out.set(values);
    return out;
  };
  return parameters.map(({ weights, bias }) => ({
    weights: { rows: weights.rows, cols: weights.cols, data: copy(weights.data) },
    bias: copy(bias),
  }));
}

/** Copies values between parameters of one shape without allocating. */
export function assignParameters(target: Parameters, source: Parameters): void {
  target.forEach(({ weights, bias }, l) => {
    weights.data.set(source[l].weights.data);
    bias.set(source[l].bias);
  });
}

/** Refuses parameters (or gradients) whose shapes are not the network's.
 * @throws DataError naming tensor, expected and found shape. */
export function checkShapes(network: NetworkSpec, parameters: Parameters, what = 'parameters'): void {
  if (parameters.length !== network.layers.length) {
    throw new DataError(`${what}: ${network.layers.length} layers expected, ${parameters.length} found`);
  }
  parameters.forEach(({ weights, bias }, l) => {
    const [rows, cols] = [widthInto(network, l), (network.layers[l] as { units: number }).units];
    if (weights.rows !== rows || weights.cols !== cols || weights.data.length !== rows * cols) {
      throw new DataError(
        `${what} W${l + 1}: (${rows}, ${cols}) expected, (${weights.rows}, ${weights.cols}) found`,
        'weights are (inputs, units)',
      );
    }
    if (bias.length !== cols) throw new DataError(`${what} b${l + 1}: (${cols}) expected, (${bias.length}) found`);
  });
}

export function allFinite(parameters: Parameters): boolean {
  return namedTensors(parameters).every(({ values }) => firstNonFinite(values) < 0);
}

/** Refuses NaN and infinity.
 * @throws DataError naming tensor and entry. */
export function checkFinite(parameters: Parameters, what = 'parameters'): void {
  for (const { name, shape, values } of namedTensors(parameters)) {
    const at = firstNonFinite(values);
    if (at >= 0) throw new DataError(`${what} ${name} [${indexOf(shape, at).join(', ')}] is ${values[at]}`);
  }
}
