// The learnt numbers as named tensors, and checks of them.
import { DataError } from '../errors.ts';
import { newArray } from '../numeric/dtype.ts';
import type { Dtype, FloatArray } from '../numeric/dtype.ts';
import { asDtype, firstNonFinite } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { distance } from '../numeric/norms.ts';
import { matrix } from '../ops/layers/dense.ts';
import type { ParameterShape, Tensors } from '../ops/layers/page.ts';
import { symbolOf } from '../ops/registry.ts';
import { hasAllBiases, hasBias, layersOf, sizeOf } from './spec.ts';
import type { NetworkSpec } from './spec.ts';

/** One tensor of a layer's parameters. Gradients, errors and steps have the same form. */
export interface ParameterTensor {
  /** Which layer, from 1; layer 1 is nearest the input. */
  readonly layer: number;
  /** Its role in that layer: weights, bias ... */
  readonly role: string;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: FloatArray;
  /** false: it is no parameter that a gradient changes, but a running mean or the like. */
  readonly trained?: false;
}

/** All tensors, from the input to the output; those of one layer in the order of its kind. */
export type Parameters = readonly ParameterTensor[];

/**
 * A tensor with the name that reports print: W1, b1, W2 ... Names are for people; code uses layer
 * and role.
 */
export interface NamedTensor extends ParameterTensor {
  readonly name: string;
}

/**
 * A tensor of the same place and shape. Spelled out: to copy whatever it has is many times slower.
 */
function withValues(of: Omit<ParameterTensor, 'values'>, values: FloatArray): ParameterTensor {
  const { layer, role, shape, trained } = of;
  return trained === false ? { layer, role, shape, values, trained } : { layer, role, shape, values };
}

/** W1, b1, W2 ... */
export function nameOf({ layer, role }: Pick<ParameterTensor, 'layer' | 'role'>): string {
  return symbolOf(role) + String(layer);
}

/** The tensors in the order W1, b1, W2, b2 ...; the numbers are shared, not copied. */
export function namedTensors(parameters: Parameters): NamedTensor[] {
  return parameters.map((tensor) => ({ ...withValues(tensor, tensor.values), name: nameOf(tensor) }));
}

/**
 * A dense layer's tensors: weights (inputs, units), row-major, as in TensorFlow.js; bias (units).
 */
export interface DenseParameters {
  readonly weights: Matrix;
  readonly bias: FloatArray;
}

/** The tensors of dense layers, one entry per layer; the numbers are shared, not copied. */
export function denseLayers(parameters: Parameters): readonly DenseParameters[] {
  return parameters
    .filter(({ role, shape }) => role === 'weights' && shape.length === 2)
    .map(({ layer, ...weights }) => {
      const { bias } = tensorsOf(parameters, layer - 1) as Partial<Tensors>;
      if (bias === undefined) throw new DataError(`layer ${layer} has weights but no bias`);
      return { weights: matrix(weights), bias: bias.values };
    });
}

/**
 * The tensors of dense layers, from the input to the output; the numbers are shared, not copied.
 */
export function fromDense(layers: readonly DenseParameters[]): Parameters {
  return layers.flatMap(({ weights: { rows, cols, data }, bias }, l) => [
    { layer: l + 1, role: 'weights', shape: [rows, cols], values: data },
    { layer: l + 1, role: 'bias', shape: [bias.length], values: bias },
  ]);
}

/** Position of flat entry `at` in a tensor: [row, column] of weights, [unit] of a bias. */
export function indexOf(shape: readonly number[], at: number): number[] {
  const index: number[] = [];
  for (let d = shape.length - 1, rest = at; d >= 0; d--) {
    index.unshift(d === 0 ? rest : rest % shape[d]);
    rest = Math.floor(rest / shape[d]);
  }
  return index;
}

/** Parameters of the shapes of this network, all 0. */
export function zeroParameters(network: NetworkSpec, dtype: Dtype): Parameters {
  return shapesOf(network).map((tensor) => withValues(tensor, newArray(dtype, sizeOf(tensor.shape))));
}

/** One tensor of a network, without its numbers. */
type NetworkTensor = ParameterShape & { readonly layer: number };

const shapes = new WeakMap<NetworkSpec, readonly NetworkTensor[]>();

/** Every tensor of the network, without its numbers. */
export function shapesOf(network: NetworkSpec): readonly NetworkTensor[] {
  let all = shapes.get(network);
  if (all === undefined) {
    all = layersOf(network).flatMap(({ parameters }, l) => parameters.map((tensor) => ({ layer: l + 1, ...tensor })));
    shapes.set(network, all);
  }
  return all;
}

/** The tensors of layer l (0-based) by role; the numbers are shared, not copied. */
export function tensorsOf(parameters: Parameters, l: number): Tensors {
  const own: Record<string, ParameterTensor> = {};
  for (const tensor of parameters) if (tensor.layer === l + 1) own[tensor.role] = tensor;
  return own;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, d) => n === b[d]);
}

/** A deep copy in the given precision. */
export function copyParameters(parameters: Parameters, dtype: Dtype): Parameters {
  return parameters.map((tensor) => {
    const values = newArray(dtype, tensor.values.length);
    values.set(tensor.values);
    return withValues(tensor, values);
  });
}

/** The parameters in the given precision; tensors that already have it are shared, not copied. */
export function inDtype(parameters: Parameters, dtype: Dtype): Parameters {
  return parameters.map((tensor) => withValues(tensor, asDtype(tensor.values, dtype)));
}

/** Whether a tensor stays at 0: the bias of a layer that has none. */
export function isAlwaysZero(network: NetworkSpec, { layer, role }: Pick<ParameterTensor, 'layer' | 'role'>): boolean {
  return role === 'bias' && !hasBias(network, layer - 1);
}

/** The parameters with 0 in the biases of layers that have none. */
export function withZeroBiases(network: NetworkSpec, parameters: Parameters): Parameters {
  if (hasAllBiases(network)) return parameters;
  return parameters.map((tensor) =>
    isAlwaysZero(network, tensor) ? { ...tensor, values: tensor.values.map(() => 0) } : tensor,
  );
}

/** ‖p - q‖₂ over all parameters. */
export function apart(p: Parameters, q: Parameters): number {
  return distance(
    p.map(({ values }) => values),
    q.map(({ values }) => values),
  );
}

/** Copies values between parameters of one shape without allocating. */
export function assignParameters(target: Parameters, source: Parameters): void {
  target.forEach(({ values }, t) => values.set(source[t].values));
}

/**
 * Refuses parameters (or gradients) whose shapes are not the network's.
 * @throws DataError that names the tensor, its expected and its found shape
 */
export function checkShapes(network: NetworkSpec, parameters: Parameters, what = 'parameters'): void {
  const all = shapesOf(network);
  if (parameters.length !== all.length) {
    const [wanted, found] = [all, parameters].map((tensors) => new Set(tensors.map(({ layer }) => layer)).size);
    if (found !== wanted) throw new DataError(`${what}: expected ${wanted} layers, got ${found}`);
    if (parameters.length > all.length)
      throw new DataError(`${what}: expected ${all.length} tensors, got ${parameters.length}`);
  }
  all.forEach((expected, t) => {
    const found = parameters[t] as ParameterTensor | undefined;
    const isIt = found?.layer === expected.layer && found.role === expected.role;
    if (!isIt) throw new DataError(`${what} ${nameOf(expected)}: expected (${expected.shape.join(', ')}), got nothing`);
    const isFit = sameShape(found.shape, expected.shape);
    if (isFit && found.values.length === sizeOf(expected.shape)) return;
    const got = isFit ? `${found.values.length} numbers` : `(${found.shape.join(', ')})`;
    throw new DataError(
      `${what} ${nameOf(expected)}: expected (${expected.shape.join(', ')}), got ${got}`,
      expected.hint,
    );
  });
}

export function allFinite(parameters: Parameters): boolean {
  return parameters.every(({ values }) => firstNonFinite(values) < 0);
}

/**
 * Refuses NaN and infinity.
 * @throws DataError that names the tensor and the entry
 */
export function checkFinite(parameters: Parameters, what = 'parameters'): void {
  for (const tensor of parameters) {
    const { shape, values } = tensor;
    const at = firstNonFinite(values);
    if (at >= 0) throw new DataError(`${what} ${nameOf(tensor)} [${indexOf(shape, at).join(', ')}] is ${values[at]}`);
  }
}
