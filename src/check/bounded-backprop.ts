// The whole forward and backward pass in binary64, and beside every value a bound on how far a binary32 engine may be from it.
// This is what "agree" means: not a tolerance, but what rounding can do, entry by entry.
//
// Letters: B examples, I inputs of a layer, O its units. e + a name is the bound on that value's error; u = 2⁻²⁴.
import type { Batch } from '../network/batch.ts';
import { copyParameters, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { isRowActivation } from '../network/spec.ts';
import type { NetworkSpec, RowActivationId } from '../network/spec.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { square } from '../numeric/elementary.ts';
import { LAMBDA, underflow } from '../numeric/error-bound.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { denseBackward, denseForward } from '../ops/dense.ts';
import { ACTIVATION_ERROR } from './activation-errors.ts';
import { alignment, rowsAlike } from './alikeness.ts';
import type { Alignment } from './alikeness.ts';
import { denseErrors, inputGradientErrors, weightGradientErrors } from './dense-errors.ts';
import { throughElementwise, throughSlope } from './elementwise-errors.ts';
import { lossRow, outputRow, outputRowBackward } from './output-errors.ts';
import { NOTHING_MIXED, inThreeParts, separate, softmaxMixes } from './row-errors.ts';
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

/** Loss, outputs and gradients of a batch in binary64, each with a bound on how far a right binary32 engine can be from it. */
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

/**
 * The hand-written network in binary64, forward and backward, with a bound beside every number (derived in the files *-errors.ts; λ and γ in numeric/error-bound.ts).
 * @param parameters the numbers every engine was given, exact by definition
 */
export function boundedGradients(network: NetworkSpec, parameters: Parameters, batch: Batch): BoundedGradients {
  const exact = copyParameters(parameters, 'f64');
  const x = exactly(toF64(batch.inputs));
  const kinks: Kink[] = [];
  const layers = forward(network, exact, x);
  const { loss, start } = lossPass(network, layers, toF64(batch.targets), rowsAlike(x.value));
  const errors = zeroParameters(network, 'f64');
  const gradients = zeroParameters(network, 'f64');
  const dz = backward(network, exact, { x, layers, start }, gradients, errors, kinks);
  if (network.biases === false) for (const { bias } of [...gradients, ...errors]) bias.fill(0);
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
    squares += alike[r] * square((own[1] - own[0]) / LAMBDA);
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
    weightGradientErrors(gradients[l], errors[l], below, dz, l > 0, alike);
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

function toF64({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: new Float64Array(data) };
}
