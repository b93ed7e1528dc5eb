// The whole forward and backward pass in binary64. Every value carries a bound on how far a
// binary32 engine may be from it. This is what "agree" means: not a tolerance, but what rounding
// can do to each entry.
//
// Letters: B examples, I inputs of a layer, O its units. The prefix e marks the bound on a value's
// error; u: one rounding, as arithmetic.ts has it.
import { under } from '../numeric/bounds/arithmetic.ts';
import type { Batch } from '../network/batch.ts';
import { inDtype, isAlwaysZero, nameOf, tensorsOf, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { hasPenalties } from '../network/penalty-spec.ts';
import { layersOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { toF64 } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { activationOf, lossOf } from '../ops/registry.ts';
import { alignOnce, rowsAlike } from '../numeric/bounds/alikeness.ts';
import type { Align } from '../numeric/bounds/alikeness.ts';
import { bounded, forward, predicted } from './forward.ts';
import type { Bounded, Context, Layer } from './forward.ts';
import { lossPass } from './loss-pass.ts';
import { boundOfActivation, boundOfLayer, boundOfOutput } from './of-page.ts';
import { shiftsOf, widen } from './shifts.ts';
import { followedBy, predictsOtherwise, type FollowedTensors } from './followed.ts';
import { addPenalties } from './penalties.ts';
import { throughSlope } from './elementwise-errors.ts';
import { inThreeParts } from './row-errors.ts';
import { peakOf, underArithmetic } from '../numeric/bounds/extremes.ts';
import type { Extreme } from '../numeric/bounds/extremes.ts';
import { exactly, largestOf, settle, tracked } from '../numeric/bounds/tracked.ts';
import type { Tracked } from '../numeric/bounds/tracked.ts';

/**
 * A unit whose score is 0, or whose sign binary32 cannot decide. Two correct engines may take
 * different branches here.
 */
export interface Kink {
  /** 1-based, as in W1. */
  readonly layer: number;
  readonly example: number;
  readonly unit: number;
}

/**
 * Loss, outputs and gradients of a batch in binary64, each with a bound on how far a correct
 * binary32 engine can be from it.
 */
export interface BoundedGradients {
  readonly loss: { readonly value: number; readonly error: number };
  /** The part of the loss that its penalties are; missing without penalties. */
  readonly penalty?: number;
  readonly outputs: Bounded;
  /** Exact gradients (to ~1e-13), and the bound for a binary32 engine on each entry. */
  readonly gradients: Parameters;
  readonly errors: Parameters;
  /**
   * Tensors that are not trained (running averages) after a training step on this batch, and their
   * bounds; the others are 0. null where there are none.
   */
  readonly followed: FollowedTensors | null;
  /**
   * At undecided kinks more than one gradient is right, and they lie to one side of the exact
   * value. This is the distance from the exact value to their middle; null without such kinks.
   */
  readonly shifts: Parameters | null;
  /** The units at or near a kink whose branch affects a gradient. */
  readonly kinks: readonly Kink[];
  /** The largest and smallest sizes that come up, in the order of computation. */
  readonly extremes: readonly Extreme[];
  /**
   * The intermediates of each layer: scores z, activations a, and the gradient dz of the loss with
   * respect to z.
   */
  readonly layers: readonly {
    readonly z: Bounded;
    readonly a: Bounded;
    readonly dz: Bounded & { readonly shift?: Matrix };
  }[];
  /** What was found out about these parameters, for other batches at the same ones. */
  readonly align: Align;
}

/** What is needed of it to check a training step. */
export type StepBounds = Pick<BoundedGradients, 'loss' | 'gradients' | 'errors' | 'followed' | 'kinks' | 'extremes'>;

/**
 * The hand-written network in binary64, forward and backward, with a bound on every number. The
 * bounds are derived on the pages of ops and in numeric/bounds; λ is in
 * numeric/bounds/error-bound.ts.
 * @param parameters the numbers that every engine was given, exact by definition
 * @param align one function to share between batches that use the same parameters
 */
export function boundedGradients(
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
  align: Align = alignOnce(),
): BoundedGradients {
  return under(network.arithmetic, () => gradientsNow(network, parameters, batch, align));
}

function gradientsNow(network: NetworkSpec, parameters: Parameters, batch: Batch, align: Align): BoundedGradients {
  const exact = inDtype(parameters, 'f64');
  const x = exactly(toF64(batch.inputs));
  const kinks: Kink[] = [];
  const extremes: Extreme[] = [];
  const context = { network, parameters: exact, align, alike: rowsAlike(x.value), extremes };
  const layers = forward(context, x, { mode: 'train', masks: batch.masks ?? [] });
  const { loss: ofData, start, open } = lossPass(network, layers, toF64(batch.targets), context.alike, extremes);
  const errors = zeroParameters(network, 'f64');
  const gradients = zeroParameters(network, 'f64');
  const dz = backward(context, { x, layers, start }, gradients, errors, kinks);
  const last = layers.length - 1;
  for (const { example, unit } of open)
    if (dz[last].error.data[example * start.value.cols + unit] > 0) kinks.push({ layer: last + 1, example, unit });
  const shifts = kinks.length === 0 ? null : shiftsOf(context, layers, dz);
  if (shifts !== null) widen(errors, shifts);
  const B = batch.inputs.rows;
  const { loss, penalty } = addPenalties(network, exact, B, ofData, { gradients, errors }, extremes);
  for (const tensor of [...gradients, ...errors, ...(shifts ?? [])])
    if (isAlwaysZero(network, tensor)) tensor.values.fill(0);
  const { value, error } = predictsOtherwise(network)
    ? predicted(network, exact, batch.inputs)
    : (layers.at(-1) as Layer).a;
  return {
    loss,
    ...(hasPenalties(network) && { penalty }),
    gradients,
    errors,
    followed: followedBy(context, x, layers),
    shifts,
    kinks,
    extremes: underArithmetic(extremes),
    outputs: { value, error },
    layers: layers.map(({ z, a }, l) => ({ z: bounded(z), a: bounded(a), dz: fromValue(dz[l]) })),
    align,
  };
}

function fromValue({ value, error, shift, either }: Tracked): BoundedGradients['layers'][number]['dz'] {
  if (shift === undefined && either === undefined) return { value, error };
  const all = error.data.map((e, i) => e + Math.abs(shift?.data[i] ?? 0) + (either?.data[i] ?? 0));
  return { value, ...(shift !== undefined && { shift }), error: { ...error, data: all } };
}

function peakProduct(p: Tracked, q: Tracked): number {
  const [a, b] = [largestOf(p).data, q.value.data];
  return peakOf(a.map((x, i) => x * b[i]));
}

interface Passed {
  readonly x: Tracked;
  readonly layers: readonly Layer[];
  readonly start: Tracked;
}

/** @returns dz of each layer */
function backward(
  { network, parameters, align, alike, extremes }: Context,
  { x, layers, start }: Passed,
  gradients: Parameters,
  errors: Parameters,
  kinks: Kink[],
): Tracked[] {
  const all: Tracked[] = [];
  let da = start;
  let open: { readonly kink: Kink; readonly entries: readonly number[] }[] = []; // in the layer above
  for (let l = layers.length - 1; l >= 0; l--) {
    const scoresDone = lossOf(network.loss).from === 'scores' && l === layers.length - 1;
    const dz = scoresDone ? da : throughActivation(network, l, layers[l], da, kinks);
    dz.through = da.through;
    all.unshift(dz);
    for (const { kink, entries } of open) if (entries.some((i) => (dz.shift?.data[i] ?? 0) !== 0)) kinks.push(kink);
    open = [];
    const layer = l + 1;
    const { page: kind, spec, inputs, activation, parameters: learnt } = layersOf(network)[l];
    const page = activationOf(activation);
    if (page.kind === 'elementwise' && boundOfActivation(page).multiplies === true)
      extremes.push({ stage: 'backward', layer, name: `da${layer} z${layer}`, size: peakProduct(da, layers[l].z) });
    extremes.push({ stage: 'backward', layer, name: `dz${layer}`, size: peakOf(largestOf(dz).data) });
    const below = l > 0 ? layers[l - 1].a : x;
    const [p, dp] = [tensorsOf(parameters, l), tensorsOf(gradients, l)];
    const dx = l > 0 ? tracked(dz.value.rows, inputs) : null;
    kind.backward(dx?.value ?? null, dp, dz.value, layers[l].saved, p, spec);
    const undecided = (example: number, unit: number, entries: readonly number[]): unknown =>
      open.push({ kink: { layer, example, unit }, entries });
    const out = { dx, dp, errors: tensorsOf(errors, l), undecided };
    const peaks = boundOfLayer(kind).backward(out, dz, below, p, { spec, layer, pass: layers[l].pass, align, alike });
    for (const { role } of learnt.slice(0, 1))
      extremes.push({ stage: 'gradient', layer, name: `d${nameOf({ layer, role })}`, size: peaks.dp });
    if (dx !== null) {
      extremes.push({ stage: 'backward', layer: l, name: `da${l}`, size: peaks.dx });
      da = dx;
    }
  }
  return all;
}

function throughActivation(network: NetworkSpec, l: number, { z, a }: Layer, da: Tracked, kinks: Kink[]): Tracked {
  const { activation, units } = layersOf(network)[l];
  const page = activationOf(activation);
  const dz = tracked(z.value.rows, units);
  const bound = page.kind === 'output' ? boundOfOutput(page) : boundOfActivation(page);
  const undecided = (score: number, error: number): boolean => bound.undecided(score, error);
  if (page.kind === 'output') {
    for (let r = 0; r < dz.value.rows; r++) {
      const open = (k: number): boolean => undecided(z.value.data[r * units + k], z.error.data[r * units + k]);
      inThreeParts(dz, r, [da, z, a], ([dp, score, p], out, fresh) =>
        boundOfOutput(page).backward(out, dp, score, p, open, fresh),
      );
    }
    settle(dz);
  } else {
    throughSlope(dz, da, z, a, page);
  }
  for (let i = 0; i < z.value.data.length; i++) {
    if (dz.error.data[i] > 0 && undecided(z.value.data[i], z.error.data[i]))
      kinks.push({ layer: l + 1, example: Math.floor(i / units), unit: i % units });
  }
  return dz;
}
