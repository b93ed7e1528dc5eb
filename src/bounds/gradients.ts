// The whole forward and backward pass in binary64, and beside every value a bound on how far a binary32 engine may be from it.
// This is what "agree" means: not a tolerance, but what rounding can do, entry by entry.
//
// Letters: B examples, I inputs of a layer, O its units. e + a name is the bound on that value's error; u = 2⁻²⁴.
import type { Batch } from '../network/batch.ts';
import { copyParameters, denseLayers, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { isRowActivation } from '../network/spec.ts';
import type { NetworkSpec, RowActivationId } from '../network/spec.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { square } from '../numeric/elementary.ts';
import { LAMBDA, underflow } from '../numeric/bounds/error-bound.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { denseBackward, denseForward } from '../ops/dense.ts';
import { ratioTotal } from '../ops/outputs.ts';
import { never } from './activation-error.ts';
import { ACTIVATION_ERROR } from './activation-errors.ts';
import { alignOnce, rowsAlike } from '../numeric/bounds/alikeness.ts';
import type { Align } from '../numeric/bounds/alikeness.ts';
import { denseErrors, inputGradientErrors, weightGradientErrors } from '../numeric/bounds/products.ts';
import { throughElementwise, throughSlope } from './elementwise-errors.ts';
import { lossRow, outputRow, outputRowBackward } from './output-errors.ts';
import { NOTHING_MIXED, inThreeParts, separate, softmaxMixes } from './row-errors.ts';
import { peakOf } from '../numeric/bounds/extremes.ts';
import type { Extreme } from '../numeric/bounds/extremes.ts';
import { boundOf, exactly, largestOf, settle, tracked } from '../numeric/bounds/tracked.ts';
import type { Tracked } from '../numeric/bounds/tracked.ts';

const u = UNIT_ROUNDOFF.f32;
/** A matrix of values and the bounds on their errors. */
export interface Bounded {
  readonly value: Matrix;
  readonly error: Matrix;
}

/** A unit whose score is 0, or has no decided sign in binary32: two right engines may take different branches there. */
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
  /** Where kinks are undecided the right values lie to one side of the exact one: the way to the middle of them; null where there is no kink. */
  readonly shifts: Parameters | null;
  /** The units at or near a kink on whose branch something depends. */
  readonly kinks: readonly Kink[];
  /** The largest and smallest sizes on the way, in the order of computation. */
  readonly extremes: readonly Extreme[];
  /** What comes up on the way, layer by layer: scores z, activations a, and the gradient dz of the loss with respect to z. */
  readonly layers: readonly {
    readonly z: Bounded;
    readonly a: Bounded;
    readonly dz: Bounded & { readonly shift?: Matrix };
  }[];
}

interface Layer {
  readonly z: Tracked;
  readonly a: Tracked;
}

/**
 * The hand-written network in binary64, forward and backward, with a bound beside every number (derived in the files *-errors.ts; λ and γ in numeric/error-bound.ts).
 * @param parameters the numbers every engine was given, exact by definition
 * @param align where several batches are computed with the same parameters, one function for all of them
 */
export function boundedGradients(
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
  align: Align = alignOnce(),
): BoundedGradients {
  const exact = copyParameters(parameters, 'f64');
  const x = exactly(toF64(batch.inputs));
  const kinks: Kink[] = [];
  const extremes: Extreme[] = [];
  const layers = forward(network, exact, x, align, extremes);
  const { loss, start } = lossPass(network, layers, toF64(batch.targets), rowsAlike(x.value), extremes);
  const errors = zeroParameters(network, 'f64');
  const gradients = zeroParameters(network, 'f64');
  const dz = backward(network, exact, { x, layers, start, align }, gradients, errors, kinks, extremes);
  const shifts = kinks.length === 0 ? null : shiftsOf(network, dz, [x, ...layers.map(({ a }) => a)]);
  if (shifts !== null) widen(errors, shifts);
  if (network.biases === false)
    for (const { role, values } of [...gradients, ...errors, ...(shifts ?? [])]) if (role === 'bias') values.fill(0);
  return {
    ...{ loss, gradients, errors, shifts, kinks, extremes },
    outputs: (layers.at(-1) as Layer).a,
    layers: layers.map(({ z, a }, l) => ({ z, a, dz: fromValue(dz[l]) })),
  };
}

/** What the undecided kinks make of dW = xᵀ dz and db = Σ_B dz. */
function shiftsOf(network: NetworkSpec, dz: readonly Tracked[], inputs: readonly Tracked[]): Parameters {
  const shifts = zeroParameters(network, 'f64');
  dz.forEach(({ shift }, l) => {
    const { weights, bias } = denseLayers(shifts)[l];
    if (shift !== undefined) denseBackward(null, weights, bias, shift, inputs[l].value, weights);
  });
  return shifts;
}

/** Bounds that were counted from the middle of what is right, as bounds from the exact values: they reach as far to the other side. */
function widen(errors: Parameters, shifts: Parameters): void {
  errors.forEach(({ values }, t) => {
    for (let i = 0; i < values.length; i++) values[i] += Math.abs(shifts[t].values[i]);
  });
}

function fromValue({ value, error, shift }: Tracked): BoundedGradients['layers'][number]['dz'] {
  if (shift === undefined) return { value, error };
  return { value, shift, error: { ...error, data: error.data.map((e, i) => e + Math.abs(shift.data[i])) } };
}

/** Outputs alone, with their bounds: what predict should give. */
export function boundedOutputs(
  network: NetworkSpec,
  parameters: Parameters,
  inputs: Matrix,
): Bounded & Pick<BoundedGradients, 'extremes'> {
  const extremes: Extreme[] = [];
  const exact = copyParameters(parameters, 'f64');
  const layers = forward(network, exact, exactly(toF64(inputs)), alignOnce(), extremes);
  return { ...(layers.at(-1) as Layer).a, extremes };
}

function forward(
  network: NetworkSpec,
  parameters: Parameters,
  inputs: Tracked,
  align: Align,
  extremes: Extreme[],
): Layer[] {
  let x = inputs;
  return network.layers.map(({ activation, units }, l) => {
    const z = tracked(inputs.value.rows, units);
    const a = tracked(inputs.value.rows, units);
    const { weights: W, bias: b } = denseLayers(parameters)[l];
    denseForward(z.value, x.value, W, b);
    const peak = denseErrors(z, x, { layer: l + 1, W }, b, align);
    const layer = l + 1;
    extremes.push({ stage: 'forward', layer, name: `z${layer}`, size: peak });
    if (isRowActivation(activation)) throughOutput(a, z, activation);
    else throughElementwise(a, z, activation);
    extremes.push({ stage: 'forward', layer, name: `a${layer}`, size: peakOf(a.value.data) });
    if (activation === 'ratio') extremes.push(...totals(z, layer));
    a.through = { layer, W };
    x = a;
    return { z, a };
  });
}

function peakProduct(p: Tracked, q: Tracked): number {
  const [a, b] = [largestOf(p).data, q.value.data];
  return peakOf(a.map((x, i) => x * b[i]));
}

/** Of ratio: the sums S of the scores, and S², by which it divides on the way back. */
function totals(z: Tracked, layer: number): Extreme[] {
  const all = Array.from({ length: z.value.rows }, (_, r) => ratioTotal(z.value, r)).filter((S) => S > 0);
  const [most, least] = [Math.max(0, ...all), Math.min(Infinity, ...all)];
  return [
    { stage: 'forward', layer, name: `Σa${layer}`, size: most },
    { stage: 'backward', layer, name: `(Σa${layer})²`, size: square(most) },
    { stage: 'backward', layer, name: `(Σa${layer})²`, size: square(least), divides: true },
  ];
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
  extremes: Extreme[],
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
  const layer = layers.length;
  const mse = network.loss === 'mse'; // its squares are added up before they are averaged, and so are its differences doubled
  extremes.push({ stage: 'loss', layer, name: 'loss', size: size * (mse ? K : 1) });
  extremes.push({
    stage: 'backward',
    layer,
    name: mse ? `da${layer}` : `dz${layer}`,
    size: peakOf(start.value.data) * (mse ? B * K : 1),
  });
  // mse adds B·K terms of one sign and often of one size, in any order: their roundings need not be independent. On average a partial sum is half of the whole.
  const summing = ((network.loss === 'mse' ? B * K : B) / 2 + 2) * u * size; // and 1/B, and the product with it
  const error = boundOf(worst, systematic, Math.sqrt(squares)) + summing;
  return { loss: { value: value / B, error: error / B + underflow(2) }, start };
}

interface Passed {
  readonly x: Tracked;
  readonly layers: readonly Layer[];
  readonly start: Tracked;
  readonly align: Align;
}

/** @returns dz of each layer */
function backward(
  network: NetworkSpec,
  parameters: Parameters,
  { x, layers, start, align }: Passed,
  gradients: Parameters,
  errors: Parameters,
  kinks: Kink[],
  extremes: Extreme[],
): Tracked[] {
  const all: Tracked[] = [];
  const alike = rowsAlike(x.value);
  let da = start;
  for (let l = layers.length - 1; l >= 0; l--) {
    const scoresDone = network.loss === 'cross-entropy' && l === layers.length - 1;
    const dz = scoresDone ? da : throughActivation(network, l, layers[l], da, kinks);
    dz.through = da.through;
    all.unshift(dz);
    const layer = l + 1;
    const { activation } = network.layers[l];
    if (!isRowActivation(activation) && ACTIVATION_ERROR[activation].multiplies === true)
      extremes.push({ stage: 'backward', layer, name: `da${layer} z${layer}`, size: peakProduct(da, layers[l].z) });
    extremes.push({ stage: 'backward', layer, name: `dz${layer}`, size: peakOf(largestOf(dz).data) });
    const below = l > 0 ? layers[l - 1].a : x;
    const W = denseLayers(parameters)[l].weights;
    const [gradient, error] = [denseLayers(gradients)[l], denseLayers(errors)[l]];
    const dx = l > 0 ? tracked(dz.value.rows, W.rows) : null;
    denseBackward(dx?.value ?? null, gradient.weights, gradient.bias, dz.value, below.value, W);
    const size = weightGradientErrors(gradient, error, below, dz, alike);
    extremes.push({ stage: 'gradient', layer, name: `dW${layer}`, size });
    if (dx !== null) {
      const peak = inputGradientErrors(dx, dz, { layer, W }, align);
      extremes.push({ stage: 'backward', layer: l, name: `da${l}`, size: peak });
      da = dx;
    }
  }
  return all;
}

function throughActivation(network: NetworkSpec, l: number, { z, a }: Layer, da: Tracked, kinks: Kink[]): Tracked {
  const { activation, units } = network.layers[l];
  const dz = tracked(z.value.rows, units);
  const undecided =
    activation === 'softmax' ? never : ACTIVATION_ERROR[activation === 'ratio' ? 'relu' : activation].undecided;
  if (isRowActivation(activation)) {
    for (let r = 0; r < dz.value.rows; r++) {
      const open = (k: number): boolean => undecided(z.value.data[r * units + k], z.error.data[r * units + k]);
      inThreeParts(dz, r, [da, z, a], ([dp, score, p], out, fresh) =>
        outputRowBackward(activation, out, dp, score, p, open, fresh),
      );
    }
  } else {
    throughSlope(dz, da, z, a, activation);
  }
  settle(dz);
  for (let i = 0; i < z.value.data.length; i++) {
    if (dz.error.data[i] > 0 && undecided(z.value.data[i], z.error.data[i]))
      kinks.push({ layer: l + 1, example: Math.floor(i / units), unit: i % units });
  }
  return dz;
}

function toF64({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: new Float64Array(data) };
}
