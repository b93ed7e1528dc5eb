// The forward pass of a network in binary64, with a bound beside every number, and what predict
// should return.
//
// Letters as in gradients.ts.
import type { NetworkSpec } from '../network/spec.ts';
import { layersOf, outputs } from '../network/spec.ts';
import { inDtype, tensorsOf } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { under } from '../numeric/bounds/arithmetic.ts';
import { alignOnce, rowsAlike } from '../numeric/bounds/alikeness.ts';
import type { Align } from '../numeric/bounds/alikeness.ts';
import { peakOf, underArithmetic } from '../numeric/bounds/extremes.ts';
import type { Extreme } from '../numeric/bounds/extremes.ts';
import { cleared, exactly, settle, tracked } from '../numeric/bounds/tracked.ts';
import type { Tracked } from '../numeric/bounds/tracked.ts';
import { toF64, zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { Pass, Saved } from '../ops/layers/page.ts';
import type { OutputPage } from '../ops/outputs/page.ts';
import { activationOf } from '../ops/registry.ts';
import { throughElementwise } from './elementwise-errors.ts';
import { boundOfLayer, boundOfOutput } from './of-page.ts';
import { inThreeParts, separate } from './row-errors.ts';

/** A matrix of values and the bounds on their errors. */
export interface Bounded {
  readonly value: Matrix;
  readonly error: Matrix;
}

/** One layer of the forward pass. */
export interface Layer {
  readonly z: Tracked;
  readonly a: Tracked;
  readonly saved: Saved;
  readonly pass: Pass;
}

/** What both passes need. */
export interface Context {
  readonly network: NetworkSpec;
  readonly parameters: Parameters;
  readonly align: Align;
  /** (B) how many examples are equal to this one, itself included. */
  readonly alike: Float64Array;
  readonly extremes: Extreme[];
}

/** @param room layers whose memory is used again */
export function forward(
  { network, parameters, align, alike, extremes }: Context,
  inputs: Tracked,
  { mode, masks }: { readonly mode: Pass['mode']; readonly masks: readonly (Matrix | null)[] },
  room: readonly Layer[] = [],
): Layer[] {
  let x = inputs;
  const B = inputs.value.rows;
  return layersOf(network).map(({ page: kind, spec, activation, units }, l) => {
    const page = activationOf(activation);
    const used = room.at(l)?.z.value.rows === B ? room[l] : undefined;
    const z = used ? cleared(used.z) : tracked(B, units);
    const isIdentity = page.kind === 'elementwise' && page.isIdentity === true;
    const a = isIdentity ? z : used ? cleared(used.a) : tracked(B, units);
    const [layer, p] = [l + 1, tensorsOf(parameters, l)];
    const mask = masks[l] ?? null;
    const pass: Pass = { mode, mask: mask && toF64(mask) };
    const saved = { x: x.value, z: z.value, more: kind.forward(z.value, x.value, p, spec, pass) };
    const peak = boundOfLayer(kind).forward(z, x, p, { spec, layer, pass, align, alike });
    extremes.push({ stage: 'forward', layer, name: `z${layer}`, size: peak });
    if (page.kind === 'output') throughOutput(a, z, page);
    else if (!isIdentity) throughElementwise(a, z, page);
    extremes.push({ stage: 'forward', layer, name: `a${layer}`, size: peakOf(a.value.data) });
    if (page.kind === 'output') extremes.push(...(boundOfOutput(page).extremes?.(z.value, layer) ?? []));
    a.through = z.through;
    a.places = z.places;
    x = a;
    return { z, a, saved, pass };
  });
}

function throughOutput(a: Tracked, z: Tracked, page: OutputPage): void {
  const bound = boundOfOutput(page);
  for (let r = 0; r < a.value.rows; r++) {
    inThreeParts(a, r, [z], ([score], p, fresh) => {
      bound.forward(p, score, fresh);
    });
    if (bound.mixes !== undefined) separate(a, r, z, bound.mixes(z, r, a.value));
  }
  settle(a);
}

/** Without the parts of the error and the weights: they would take memory for as long as it. */
export function bounded({ value, error }: Tracked): Bounded {
  return { value, error };
}

/** The outputs alone, with their bounds: what predict should return. */
export function boundedOutputs(network: NetworkSpec, parameters: Parameters, inputs: Matrix): Predicted {
  return under(network.arithmetic, () => predicted(network, inDtype(parameters, 'f64'), inputs));
}

/** Outputs of a prediction with their bounds, and the largest sizes on the way. */
export type Predicted = Bounded & { readonly extremes: readonly Extreme[] };

/** Numbers of a layer that are computed at once: few enough to stay in a cache. */
const AT_ONCE = 2 ** 15;

/** Some examples at a time: in prediction none depends on another. */
export function predicted(network: NetworkSpec, parameters: Parameters, { rows: B, cols: D, data }: Matrix): Predicted {
  const K = outputs(network);
  const [value, error] = [zeros('f64', B, K), zeros('f64', B, K)];
  const align = alignOnce();
  const all: Extreme[][] = [];
  let layers: readonly Layer[] = [];
  const widest = Math.max(D, ...layersOf(network).map(({ units }) => units));
  const rows = Math.max(1, Math.floor(AT_ONCE / widest));
  for (let first = 0; first < B; first += rows) {
    const some = data.subarray(first * D, (first + rows) * D);
    const x = exactly(toF64({ rows: some.length / D, cols: D, data: some }));
    const extremes: Extreme[] = [];
    const context = { network, parameters, align, alike: rowsAlike(x.value), extremes };
    layers = forward(context, x, { mode: 'predict', masks: [] }, layers);
    const { a } = layers.at(-1) as Layer;
    value.data.set(a.value.data, first * K);
    error.data.set(a.error.data, first * K);
    all.push(extremes);
  }
  return { value, error, extremes: underArithmetic(all.flat()) };
}
