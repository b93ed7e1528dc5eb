// The whole forward and backward pass in binary64, and beside every value a bound on how far a binary32 engine may be from it.
// This is what "agree" means: not a tolerance, but what rounding can do, entry by entry.
//
// Letters: B examples, I inputs of a layer, O its units. e + a name is the bound on that value's error; u = 2⁻²⁴.
import type { Batch } from '../network/batch.ts';
import { copyParameters, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { isRowActivation } from '../network/spec.ts';
import type { ElementwiseActivationId, NetworkSpec, RowActivationId } from '../network/spec.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { LAMBDA, underflow } from '../numeric/error-bound.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { ACTIVATION } from '../ops/activations.ts';
import { denseBackward, denseForward } from '../ops/dense.ts';
import { ACTIVATION_ERROR } from './activation-errors.ts';
import { alignment, rowsAlike } from './alikeness.ts';
import type { Alignment } from './alikeness.ts';
import { denseErrors, inputGradientErrors, weightGradientErrors } from './dense-errors.ts';
import { lossRow, outputRow, outputRowBackward, row } from './output-errors.ts';
import type { Fresh, Row } from './output-errors.ts';
import { boundOf, exactly, settle, tracked } from './tracked.ts';
import type { Tracked } from './tracked.ts';

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
  /** What comes up on the way, layer by layer: scores z, activations a, and the gradient dz of the loss with respect to z. */
  readonly layers: readonly { readonly z: Bounded; readonly a: Bounded; readonly dz: Bounded }[];
}

interface Layer {
  readonly z: Tracked;
  readonly a: Tracked;
}

/** @param parameters the numbers every engine was given, exact by definition */
export function boundedGradients(network: NetworkSpec, parameters: Parameters, batch: Batch): BoundedGradients {
  const exact = copyParameters(parameters, 'f64');
  const x = exactly(toF64(batch.inputs));
  const kinks: Kink[] = [];
  const layers = forward(network, exact, x);
  const { loss, start } = lossPass(network, layers, toF64(batch.targets), rowsAlike(x.value));
  const errors = zeroParameters(network, 'f64');
  const gradients = zeroParameters(network, 'f64');
  const dz = backward(network, exact, { x, layers, start }, gradients, errors, kinks);
  return {
    ...{ loss, gradients, errors, kinks },
    outputs: (layers.at(-1) as Layer).a,
    layers: layers.map(({ z, a }, l) => ({ z, a, dz: dz[l] })),
  };
}

/** Outputs alone, with their bounds: what predict should give. */
export function boundedOutputs(network: NetworkSpec, parameters: Parameters, inputs: Matrix): Bounded {
  return (forward(network, copyParameters(parameters, 'f64'), exactly(toF64(inputs))).at(-1) as Layer).a;
}

function forward(network: NetworkSpec, parameters: Parameters, inputs: Tracked): Layer[] {
  let x = inputs;
  const aligned = alignments(parameters);
  return network.layers.map(({ activation, units }, l) => {
    const z = tracked(inputs.value.rows, units);
    const a = tracked(inputs.value.rows, units);
    denseForward(z.value, x.value, parameters[l].weights, parameters[l].bias);
    denseErrors(z, x, parameters[l].weights, parameters[l].bias, l > 0 ? aligned[l - 1] : 'exact');
    if (isRowActivation(activation)) throughOutput(a, z, activation);
    else throughElementwise(a, z, activation);
    x = a;
    return { z, a };
  });
}

/** How each layer's weights line up with those of the layer above. */
function alignments(parameters: Parameters): Alignment[] {
  return parameters.slice(1).map(({ weights }, l) => alignment(parameters[l].weights, weights));
}

/** a = f(z). What f makes of an error of z, in proportion, it makes of each part of it; its own error is systematic. */
function throughElementwise(a: Tracked, z: Tracked, activation: ElementwiseActivationId): void {
  ACTIVATION[activation].forward(a.value.data, z.value.data);
  const { forward, bias } = ACTIVATION_ERROR[activation];
  for (let i = 0; i < a.value.data.length; i++) {
    const [zi, ez, ai] = [z.value.data[i], z.error.data[i], a.value.data[i]];
    const own = forward(zi, 0, ai);
    const factor = ez > 0 ? (forward(zi, ez, ai) - own) / ez : 0;
    a.worst.data[i] = factor * z.worst.data[i] + own;
    a.systematic.data[i] = factor * z.systematic.data[i] + bias * own;
    a.own.data[i] = factor * z.own.data[i] + own;
    a.shared.data[i] = factor * z.shared.data[i];
  }
  settle(a);
}

function throughOutput(a: Tracked, z: Tracked, activation: RowActivationId): void {
  for (let r = 0; r < a.value.rows; r++) {
    inThreeParts(a, r, [z], ([score], p, fresh) => {
      outputRow(activation, p, score, fresh);
    });
    if (activation === 'softmax') separate(a, r, z, softmaxMixes(z, r, a.value));
  }
  settle(a);
}

/** The loss, and the gradient it starts: dz of the last layer for cross-entropy, dp for mse. */
function lossPass(
  network: NetworkSpec,
  layers: readonly Layer[],
  targets: Matrix,
  alike: Float64Array,
): { loss: { value: number; error: number }; start: Tracked } {
  const { z, a } = layers.at(-1) as Layer;
  const from = network.loss === 'cross-entropy' ? z : a;
  const [B, K] = [targets.rows, targets.cols];
  const start = tracked(B, K);
  let [value, size, worst, systematic, squares] = [0, 0, 0, 0, 0];
  for (let r = 0; r < B; r++) {
    const t = targets.data.subarray(r * K, (r + 1) * K) as Float64Array;
    const own: number[] = []; // error of this example's loss from: systematic errors, all on their scale, all at worst
    inThreeParts(start, r, [from], ([scores], gradient, fresh) => {
      const one = lossRow(network.loss, gradient, scores, t, B, fresh);
      if (own.push(one.error) === 1) [value, size] = [value + one.value, size + Math.abs(one.value)];
    });
    separate(start, r, from, network.loss === 'cross-entropy' ? softmaxMixes(z, r, a.value) : NOTHING_MIXED);
    systematic += own[0];
    squares += alike[r] * ((own[1] - own[0]) / LAMBDA) ** 2;
    worst += own[2];
  }
  settle(start);
  // mse adds B·K terms of one sign and often of one size, in any order: their roundings need not be independent. On average a partial sum is half of the whole.
  const summing = ((network.loss === 'mse' ? B * K : B) / 2 + 2) * u * size; // and 1/B, and the product with it
  const error = boundOf(worst, systematic, Math.sqrt(squares)) + summing;
  return { loss: { value: value / B, error: error / B + underflow(2) }, start };
}

interface Passed {
  readonly x: Tracked;
  readonly layers: readonly Layer[];
  readonly start: Tracked;
}

/** @returns dz of each layer */
function backward(
  network: NetworkSpec,
  parameters: Parameters,
  { x, layers, start }: Passed,
  gradients: Parameters,
  errors: Parameters,
  kinks: Kink[],
): Tracked[] {
  const all: Tracked[] = [];
  const aligned = alignments(parameters);
  const alike = rowsAlike(x.value);
  let da = start;
  for (let l = layers.length - 1; l >= 0; l--) {
    const scoresDone = network.loss === 'cross-entropy' && l === layers.length - 1;
    const dz = scoresDone ? da : throughActivation(network, l, layers[l], da, kinks);
    all.unshift(dz);
    const below = l > 0 ? layers[l - 1].a : x;
    const W = parameters[l].weights;
    const dx = l > 0 ? tracked(dz.value.rows, W.rows) : null;
    denseBackward(dx?.value ?? null, gradients[l].weights, gradients[l].bias, dz.value, below.value, W);
    weightGradientErrors(errors[l].weights, errors[l].bias, below, dz, l > 0, alike);
    if (dx !== null) {
      inputGradientErrors(dx, dz, W, aligned[l] ?? null);
      da = dx;
    }
  }
  return all;
}

function throughActivation(network: NetworkSpec, l: number, { z, a }: Layer, da: Tracked, kinks: Kink[]): Tracked {
  const { activation, units } = network.layers[l];
  const dz = tracked(z.value.rows, units);
  if (isRowActivation(activation)) {
    for (let r = 0; r < dz.value.rows; r++) {
      inThreeParts(dz, r, [da, z, a], ([dp, score, p], out, fresh) =>
        outputRowBackward(activation, out, dp, score, p, fresh),
      );
    }
  } else {
    throughSlope(dz, da, z, a, activation);
  }
  settle(dz);
  const undecided =
    activation === 'ratio'
      ? signUndecided
      : isRowActivation(activation)
        ? null
        : ACTIVATION_ERROR[activation].undecided;
  for (let i = 0; undecided !== null && i < z.value.data.length; i++) {
    if (undecided(z.value.data[i], z.error.data[i]))
      kinks.push({ layer: l + 1, example: Math.floor(i / units), unit: i % units });
  }
  return dz;
}

const signUndecided = (z: number, ez: number): boolean => ez > 0 && Math.abs(z) <= ez;

/** dz = da · f'(z):  edz = eda·|f'| + |da|·ef' + eda·ef' + 2u|dz| */
function throughSlope(dz: Tracked, da: Tracked, z: Tracked, a: Tracked, activation: ElementwiseActivationId): void {
  const { forward, slope, undecided, bias } = ACTIVATION_ERROR[activation];
  for (let i = 0; i < dz.value.data.length; i++) {
    const [zi, ez, ai, ea] = [z.value.data[i], z.error.data[i], a.value.data[i], a.error.data[i]];
    const [f, ef] = slope({ z: zi, ez, a: ai, ea });
    const [d, ed, size] = [da.value.data[i], da.error.data[i], Math.abs(f)];
    // where the branch is not decided the whole slope is uncertain; else part of its error is its own, the rest is in proportion to z's
    const decided = !undecided(zi, ez);
    const fixed = decided ? slope({ z: zi, ez: 0, a: ai, ea: forward(zi, 0, ai) })[1] : ef;
    const factor = ez > 0 ? ((Math.abs(d) + ed) * Math.max(0, ef - fixed)) / ez : 0;
    const rounding = 2 * u * Math.abs(d * f);
    const lost = d * f === 0 ? 0 : underflow(4); // native TensorFlow makes a product below 2^-126 zero
    const unsure = (Math.abs(d) + ed) * fixed;
    dz.value.data[i] = d * f;
    dz.worst.data[i] =
      da.worst.data[i] * (size + ef) + Math.abs(d) * fixed + factor * z.worst.data[i] + rounding + lost;
    dz.systematic.data[i] =
      da.systematic.data[i] * size + (decided ? bias : 1) * unsure + factor * z.systematic.data[i] + lost;
    dz.own.data[i] = size * da.own.data[i] + factor * z.own.data[i] + rounding + (decided ? unsure : 0);
    dz.shared.data[i] = size * da.shared.data[i] + factor * z.shared.data[i];
  }
}

/**
 * One row through `compute`, which knows plain bounds only: once with the systematic part of the errors of what goes in, once with all of them on their
 * scale, once with the worst. The difference between the first two, by λ, is the scale of what comes out; softmax, ratio and the losses make it shared.
 */
function inThreeParts(
  out: Tracked,
  r: number,
  inputs: readonly Tracked[],
  compute: (inputs: Row[], out: Row, fresh: Fresh) => void,
): void {
  const K = out.value.cols;
  const [from, to] = [r * K, (r + 1) * K];
  const parts = PARTS.map((part) => {
    const result = row(K);
    compute(
      inputs.map((m) => rowOf(m, r, part.of)),
      result,
      part.fresh,
    );
    return result;
  });
  out.value.data.set(parts[0].value, from);
  for (let k = 0, i = from; i < to; k++, i++) {
    const [systematic, onScale, worst] = [parts[0].error[k], parts[1].error[k], parts[2].error[k]];
    out.systematic.data[i] = systematic;
    out.shared.data[i] = Math.max(0, onScale - systematic) / LAMBDA;
    out.worst.data[i] = worst;
  }
}

/** What each entry of a row takes from all the others together: on its scale, and as `inThreeParts` took it, with all errors of one sign. */
interface Mixed {
  readonly scale: number;
  readonly taken: number;
}

const NOTHING_MIXED: Mixed = { scale: 0, taken: 0 };

/** log p_k = z_k - log Σ_j e^z_j: the second term moves by Σ_j p_j e_j, the same for all k. */
function softmaxMixes(z: Tracked, r: number, p: Matrix): Mixed {
  let [squares, shared, taken] = [0, 0, 0];
  for (let i = r * p.cols; i < (r + 1) * p.cols; i++) {
    squares += (p.data[i] * z.own.data[i]) ** 2;
    shared += p.data[i] * z.shared.data[i];
    taken += p.data[i] * (z.own.data[i] + z.shared.data[i]);
  }
  return { scale: Math.sqrt(squares) + shared, taken };
}

/** Divides the scale of row r of `out` into what comes of each entry's own errors in `from` and what it has in common with others. */
function separate(out: Tracked, r: number, from: Tracked, { scale, taken }: Mixed): void {
  for (let i = r * out.value.cols; i < (r + 1) * out.value.cols; i++) {
    const [own, shared, all] = [from.own.data[i], from.shared.data[i], out.shared.data[i]];
    const whole = own + shared + taken;
    if (!(whole > 0)) continue;
    out.own.data[i] = (all * own) / whole;
    out.shared.data[i] = (all * (shared + scale)) / whole;
  }
}

/** One of the three: the errors of what goes in, and the errors that are made on the way. */
interface Part {
  readonly of: (m: Tracked, i: number) => number;
  readonly fresh: Fresh;
}

/** Mean error of the engines' exp over short intervals, as a share of what is allowed: 0.32 measured; of log 0.13. */
const BIAS_OF_EXP = 0.35;

const PARTS: readonly Part[] = [
  { of: (m, i) => m.systematic.data[i], fresh: { rounding: 0, functions: BIAS_OF_EXP, sum: () => 0 } },
  {
    of: (m, i) => m.systematic.data[i] + LAMBDA * (m.own.data[i] + m.shared.data[i]),
    fresh: { rounding: LAMBDA, functions: BIAS_OF_EXP + LAMBDA, sum: (n) => LAMBDA * Math.sqrt(n) * u },
  },
  { of: (m, i) => m.worst.data[i], fresh: { rounding: 1, functions: 1, sum: (n) => n * u } },
];

function rowOf(m: Tracked, r: number, of: Part['of']): Row {
  const [from, K] = [r * m.value.cols, m.value.cols];
  const error = new Float64Array(K);
  for (let k = 0; k < K; k++) error[k] = of(m, from + k);
  return { value: m.value.data.subarray(from, from + K) as Float64Array, error };
}

function toF64({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: new Float64Array(data) };
}
