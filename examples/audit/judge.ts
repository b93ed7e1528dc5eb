// Compares the loss and gradients of a library with the exact ones, entry by entry, and picks the
// place to report.
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { usedOfBound } from '../../src/check/measure.ts';
import type { Conventions } from '../../src/candidates/conventions/conventions.ts';
import { indexOf, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { difference } from '../../src/numeric/difference.ts';
import { UNIT_ROUNDOFF } from '../../src/numeric/dtype.ts';
import type { FloatArray } from '../../src/numeric/dtype.ts';
import type { Answer } from './candidate-engine.ts';
import type { Problem } from './problem.ts';
import type { OwnSlope } from './slopes.ts';

/** One entry, in the units of the exact gradient. */
export interface Place {
  /** loss, W1, b1 ... */
  readonly parameter: string;
  readonly index: readonly number[];
  readonly found: number;
  /** null if backproof does not have the library's function. */
  readonly exact: number | null;
  /** The allowed error; null if it is compared with a slope. */
  readonly bound: number | null;
  /** The measured slope of the library's own loss; null if none was measured. */
  readonly slope: number | null;
  readonly slopeError: number | null;
}

export interface Judged {
  /** The largest share of its bound that an entry uses. */
  readonly worst: number;
  /** The largest norm-wise relative difference of a tensor. */
  readonly relative: number;
  /** The first wrong entry of a gradient, or the loss if the gradients are right. */
  readonly first: Place | null;
}

interface Stage {
  readonly name: string;
  readonly shape: readonly number[];
  readonly found: FloatArray;
  readonly exact: FloatArray;
  readonly bounds: FloatArray;
}

/**
 * Compares loss and gradients with the exact ones of `network`, in the order of the backward pass.
 */
export function judge(network: NetworkSpec, problem: Problem, answer: Answer, conventions: Conventions): Judged {
  let [worst, relative, first]: [number, number, Place | null] = [0, 0, null];
  for (const { name, shape, found, exact, bounds } of stages(network, problem, answer, conventions)) {
    const used = Array.from(found, (value, i) => usedOfBound(value, exact[i], bounds[i]));
    const most = Math.max(...used);
    const at = used.indexOf(most);
    worst = Math.max(worst, most);
    relative = Math.max(relative, difference(found, exact).relative);
    if ((first !== null && first.parameter !== 'loss') || most <= 1) continue;
    const place = { parameter: name, index: shape.length === 0 ? [] : indexOf(shape, at) };
    first = { ...place, found: found[at], exact: exact[at], bound: bounds[at], slope: null, slopeError: null };
  }
  return { worst, relative, first };
}

function stages(network: NetworkSpec, { parameters, batch }: Problem, answer: Answer, { dtype }: Conventions): Stage[] {
  const { loss, gradients, errors } = boundedGradients(network, parameters, batch);
  // the exact numbers are also rounded to binary64
  const scale = dtype === 'f64' ? (2 * UNIT_ROUNDOFF.f64) / UNIT_ROUNDOFF.f32 : 1;
  const [exact, bounds, read] = [gradients, errors, answer.readErrors].map(namedTensors);
  const tensors = namedTensors(answer.gradients).map(({ name, shape, values }, t) => ({
    name,
    shape,
    found: values,
    exact: exact[t].values,
    bounds: Float64Array.from(bounds[t].values, (bound, i) => scale * bound + read[t].values[i]),
  }));
  const one = (x: number): Float64Array => Float64Array.of(x);
  const numbers = { found: one(answer.loss), exact: one(loss.value), bounds: one(scale * loss.error) };
  return [{ name: 'loss', shape: [], ...numbers }, ...backwards(tensors)];
}

/** Orders W1, b1, W2, b2 as W2, b2, W1, b1. */
function backwards<T>(tensors: readonly T[]): T[] {
  return tensors.map((_, t) => tensors[tensors.length - 2 - t + 2 * (t % 2)]);
}

/** Adds the measured slope of the entry to its place; a loss has none. */
export function placeIn(place: Place | null, { slopes, errors, factor }: OwnSlope): Place | null {
  const t = place === null ? -1 : namedTensors(slopes).findIndex(({ name }) => name === place.parameter);
  if (place === null || t < 0) return place;
  const at = (p: Parameters): number => {
    const { shape, values } = namedTensors(p)[t];
    return values[shape.length === 1 ? place.index[0] : place.index[0] * shape[1] + place.index[1]];
  };
  return { ...place, slope: factor * at(slopes), slopeError: Math.abs(factor) * at(errors) };
}

/** The entry furthest from its slope, in the first tensor that is wrong. */
export function firstOffSlope(
  { gradients, readErrors }: Answer,
  { slopes, errors, factor }: OwnSlope,
  exact: Parameters | null,
  unclear: number,
): Place | null {
  const [s, e, r] = [slopes, errors, readErrors].map(namedTensors);
  for (const t of backwards([...namedTensors(gradients).keys()])) {
    const { name, shape, values } = namedTensors(gradients)[t];
    const slope = Array.from(s[t].values, (x) => factor * x);
    const error = Array.from(e[t].values, (x, i) => Math.abs(factor) * x + r[t].values[i]);
    const clear = error.map((x, i) => x <= unclear * Math.max(Math.abs(slope[i]), Math.abs(values[i])));
    const off = slope.map((x, i) => (clear[i] ? Math.abs(values[i] - x) / error[i] : 0));
    const at = off.indexOf(Math.max(...off));
    if (!(off[at] > 1)) continue;
    const right = exact === null ? null : namedTensors(exact)[t].values[at];
    const place = { parameter: name, index: indexOf(shape, at), found: values[at], exact: right };
    return { ...place, bound: null, slope: slope[at], slopeError: error[at] };
  }
  return null;
}
