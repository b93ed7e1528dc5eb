// The whole forward and backward pass in binary64, and beside every value a bound on how far a binary32 engine may be from it.
// This is what "agree" means: not a tolerance, but what rounding can do, entry by entry.
//
// Letters: B examples, I inputs of a layer, O its units. e + a name is the bound on that value's error; u = 2⁻²⁴.
import type { Batch } from '../network/batch.ts';
import { copyParameters, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { isRowActivation } from '../network/spec.ts';
import type { ElementwiseActivationId, NetworkSpec } from '../network/spec.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { gamma, underflow } from '../numeric/error-bound.ts';
import { zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { multiply, multiplyTransposedLeft, multiplyTransposedRight } from '../numeric/products.ts';
import { ACTIVATION } from '../ops/activations.ts';
import { denseBackward, denseForward } from '../ops/dense.ts';
import { ACTIVATION_ERROR } from './activation-errors.ts';
import { lossRow, outputRow, outputRowBackward } from './output-errors.ts';
import type { Row } from './output-errors.ts';

const u = UNIT_ROUNDOFF.f32;

/** A matrix of values and the bounds on their errors. */
export interface Bounded {
  readonly value: Matrix;
  readonly error: Matrix;
}

/** A unit whose score has no decided sign in binary32: two right engines may take different branches there. */
export interface Kink {
  /** 1-based, as in W1. */
  readonly layer: number;
  readonly example: number;
  readonly unit: number;
}

export interface BoundedGradients {
  readonly loss: { readonly value: number; readonly error: number };
  readonly outputs: Bounded;
  /** Exact gradients (to ~1e-13), and per entry the bound for a binary32 engine. */
  readonly gradients: Parameters;
  readonly errors: Parameters;
  readonly kinks: readonly Kink[];
}

interface Layer {
  readonly z: Bounded;
  readonly a: Bounded;
}

/** @param parameters the numbers every engine was given, exact by definition */
export function boundedGradients(network: NetworkSpec, parameters: Parameters, batch: Batch): BoundedGradients {
  const exact = copyParameters(parameters, 'f64');
  const x: Bounded = { value: toF64(batch.inputs), error: zeros('f64', batch.inputs.rows, batch.inputs.cols) };
  const kinks: Kink[] = [];
  const layers = forward(network, exact, x);
  const { loss, start } = lossPass(network, layers, toF64(batch.targets));
  const errors = zeroParameters(network, 'f64');
  const gradients = zeroParameters(network, 'f64');
  backward(network, exact, { x, layers, start }, gradients, errors, kinks);
  return { loss, outputs: (layers.at(-1) as Layer).a, gradients, errors, kinks };
}

function forward(network: NetworkSpec, parameters: Parameters, inputs: Bounded): Layer[] {
  let x = inputs;
  return network.layers.map(({ activation, units }, l) => {
    const z = bounded(inputs.value.rows, units);
    const a = bounded(inputs.value.rows, units);
    denseForward(z.value, x.value, parameters[l].weights, parameters[l].bias);
    denseError(z.error, x, parameters[l].weights, parameters[l].bias, l > 0);
    if (isRowActivation(activation)) eachRow(a, (p, r) => outputRow(activation, p, rowOf(z, r)));
    else elementwise(a, z, activation);
    x = a;
    return { z, a };
  });
}

/** ez = γ(n)·(|x||W| + |b|) + ex |W|, n the number of terms that are not 0 */
function denseError(ez: Matrix, x: Bounded, W: Matrix, b: FloatArray, inputsMayBeOff: boolean): void {
  const sizes = absolute(x.value);
  const absW = absolute(W);
  multiply(ez, sizes, absW);
  const carried = inputsMayBeOff ? zeros('f64', ez.rows, ez.cols) : null;
  if (carried !== null) multiply(carried, x.error, absW);
  for (let r = 0; r < ez.rows; r++) {
    const terms = countNonZero(sizes.data, r * sizes.cols, sizes.cols, 1) + 1;
    const [relative, lost] = [gamma(terms), underflow(terms)];
    for (let o = 0, i = r * ez.cols; o < ez.cols; o++, i++) {
      ez.data[i] = relative * (ez.data[i] + Math.abs(b[o])) + lost;
      if (carried !== null) ez.data[i] += (1 + relative) * carried.data[i];
      else if (terms === 1 && b[o] === 0) ez.data[i] = 0; // nothing added to nothing: exactly 0 in every engine
    }
  }
}

function elementwise(a: Bounded, z: Bounded, activation: ElementwiseActivationId): void {
  ACTIVATION[activation].forward(a.value.data, z.value.data);
  const { forward } = ACTIVATION_ERROR[activation];
  for (let i = 0; i < a.value.data.length; i++) {
    a.error.data[i] = forward(z.value.data[i], z.error.data[i], a.value.data[i]);
  }
}

/** The loss, and the gradient it starts: dz of the last layer for cross-entropy, dp for mse. */
function lossPass(
  network: NetworkSpec,
  layers: readonly Layer[],
  targets: Matrix,
): { loss: { value: number; error: number }; start: Bounded } {
  const { z, a } = layers.at(-1) as Layer;
  const from = network.loss === 'cross-entropy' ? z : a;
  const [B, K] = [targets.rows, targets.cols];
  const start = bounded(B, K);
  let [value, error, size] = [0, 0, 0];
  eachRow(start, (gradient, r) => {
    const t = targets.data.subarray(r * K, (r + 1) * K) as Float64Array;
    const one = lossRow(network.loss, gradient, rowOf(from, r), t, B);
    value += one.value;
    error += one.error;
    size += Math.abs(one.value);
  });
  return { loss: { value: value / B, error: (error + (gamma(B) + 2 * u) * size) / B + underflow(2) }, start };
}

interface Passed {
  readonly x: Bounded;
  readonly layers: readonly Layer[];
  readonly start: Bounded;
}

function backward(
  network: NetworkSpec,
  parameters: Parameters,
  { x, layers, start }: Passed,
  gradients: Parameters,
  errors: Parameters,
  kinks: Kink[],
): void {
  let da = start;
  for (let l = layers.length - 1; l >= 0; l--) {
    const scoresDone = network.loss === 'cross-entropy' && l === layers.length - 1;
    const dz = scoresDone ? da : throughActivation(network, l, layers[l], da, kinks);
    const below = l > 0 ? layers[l - 1].a : x;
    const W = parameters[l].weights;
    const dx = l > 0 ? bounded(dz.value.rows, W.rows) : null;
    denseBackward(dx?.value ?? null, gradients[l].weights, gradients[l].bias, dz.value, below.value, W);
    weightErrors(errors[l].weights, below, dz, l > 0);
    biasErrors(errors[l].bias, dz.value, dz.error);
    if (dx !== null) {
      inputErrors(dx.error, dz, W);
      da = dx;
    }
  }
}

/** dz = da · f'(z):  edz = eda·|f'| + |da|·ef' + eda·ef' + 2u|dz| */
function throughActivation(network: NetworkSpec, l: number, { z, a }: Layer, da: Bounded, kinks: Kink[]): Bounded {
  const { activation, units } = network.layers[l];
  const dz = bounded(z.value.rows, units);
  if (isRowActivation(activation)) {
    eachRow(dz, (out, r) => {
      const kink = (unit: number): unknown => kinks.push({ layer: l + 1, example: r, unit });
      outputRowBackward(activation, out, rowOf(da, r), rowOf(z, r), rowOf(a, r), kink);
    });
    return dz;
  }
  const { slope, undecided } = ACTIVATION_ERROR[activation];
  for (let i = 0; i < dz.value.data.length; i++) {
    const score = { z: z.value.data[i], ez: z.error.data[i], a: a.value.data[i], ea: a.error.data[i] };
    const [f, ef] = slope(score);
    const [d, ed] = [da.value.data[i], da.error.data[i]];
    dz.value.data[i] = d * f;
    dz.error.data[i] = ed * Math.abs(f) + Math.abs(d) * ef + ed * ef + 2 * u * Math.abs(d * f);
    if (undecided(score.z, score.ez)) kinks.push({ layer: l + 1, example: Math.floor(i / units), unit: i % units });
  }
  return dz;
}

/** dW = xᵀ dz:  edW = γ(n)·|x|ᵀ|dz| + |x|ᵀ edz + exᵀ (|dz| + edz), n the number of terms that are not 0 */
function weightErrors(edW: Matrix, x: Bounded, dz: Bounded, inputsMayBeOff: boolean): void {
  const sizes = absolute(x.value);
  const absDz = absolute(dz.value);
  const rounding = zeros('f64', edW.rows, edW.cols);
  multiplyTransposedLeft(rounding, sizes, absDz);
  multiplyTransposedLeft(edW, sizes, dz.error);
  if (inputsMayBeOff) {
    const fromInputs = zeros('f64', edW.rows, edW.cols);
    multiplyTransposedLeft(fromInputs, x.error, sum(absDz, dz.error));
    for (let i = 0; i < edW.data.length; i++) edW.data[i] += fromInputs.data[i];
  }
  for (let i = 0; i < edW.rows; i++) {
    const terms = countNonZero(sizes.data, i, sizes.rows, sizes.cols);
    for (let o = 0, at = i * edW.cols; o < edW.cols; o++, at++) {
      edW.data[at] += gamma(terms) * rounding.data[at] + underflow(terms);
    }
  }
}

/** db = Σ_B dz:  edb = γ(B)·Σ|dz| + Σ edz */
function biasErrors(edb: FloatArray, dz: Matrix, edz: Matrix): void {
  for (let o = 0; o < dz.cols; o++) {
    let [size, carried] = [0, 0];
    for (let r = 0; r < dz.rows; r++) {
      size += Math.abs(dz.data[r * dz.cols + o]);
      carried += edz.data[r * dz.cols + o];
    }
    edb[o] = gamma(dz.rows) * size + carried + underflow(dz.rows);
  }
}

/** dx = dz Wᵀ:  edx = γ(O)·|dz||W|ᵀ + edz |W|ᵀ */
function inputErrors(edx: Matrix, dz: Bounded, W: Matrix): void {
  const absW = absolute(W);
  const total = zeros('f64', dz.value.rows, dz.value.cols);
  for (let i = 0; i < total.data.length; i++) {
    total.data[i] = gamma(W.cols) * Math.abs(dz.value.data[i]) + dz.error.data[i];
  }
  multiplyTransposedRight(edx, total, absW);
  for (let i = 0; i < edx.data.length; i++) edx.data[i] += underflow(W.cols);
}

function bounded(rows: number, cols: number): Bounded {
  return { value: zeros('f64', rows, cols), error: zeros('f64', rows, cols) };
}

function toF64({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: new Float64Array(data) };
}

function absolute({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: data.map(Math.abs) };
}

function sum(a: Matrix, b: Matrix): Matrix {
  return { rows: a.rows, cols: a.cols, data: a.data.map((x, i) => x + b.data[i]) };
}

function countNonZero(data: FloatArray, from: number, count: number, stride: number): number {
  let n = 0;
  for (let i = 0, at = from; i < count; i++, at += stride) if (data[at] !== 0) n++;
  return n;
}

function rowOf({ value, error }: Bounded, r: number): Row {
  const [from, to] = [r * value.cols, (r + 1) * value.cols];
  return {
    value: value.data.subarray(from, to) as Float64Array,
    error: error.data.subarray(from, to) as Float64Array,
  };
}

function eachRow(m: Bounded, fill: (target: Row, r: number) => unknown): void {
  for (let r = 0; r < m.value.rows; r++) fill(rowOf(m, r), r);
}

/** Outputs alone, with their bounds: what predict should give. */
export function boundedOutputs(network: NetworkSpec, parameters: Parameters, inputs: Matrix): Bounded {
  const x: Bounded = { value: toF64(inputs), error: zeros('f64', inputs.rows, inputs.cols) };
  return (forward(network, copyParameters(parameters, 'f64'), x).at(-1) as Layer).a;
}
