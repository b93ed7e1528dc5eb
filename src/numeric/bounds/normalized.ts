// Bounds on normalized numbers: x̂_k = r (x_k - μ), r = 1 / √(v + ε), with mean μ and variance v
// of a group of n numbers. A group is one example (layer normalization) or one column of a batch
// (batch normalization). normalized-gradients.ts has the way back.
//
// If the numbers of a group are off by e_k, then to first order x̂_k is off by
// r (e_k - mean(e) - x̂_k mean(x̂ e)). The last two terms, and the roundings of μ and v, are common
// to all numbers of the group. Within one example that is a shared error; in a column it makes
// different examples depend on each other, so it counts as systematic: λ times its scale.
import { u } from './arithmetic.ts';
import { square } from '../elementary.ts';
import { LAMBDA, underflow } from './error-bound.ts';
import { larger } from './extremes.ts';
import { settle, spread } from './tracked.ts';
import type { Tracked } from './tracked.ts';

/** How the entries of a matrix, row-major, fall into groups. */
export interface Grouping {
  /** Groups, and entries per group. */
  readonly count: number;
  readonly n: number;
  /** Entry k of group g is at g · next + k · stride. */
  readonly next: number;
  readonly stride: number;
  /** So many entries of a group, one after the other, are of one example. */
  readonly perExample: number;
  /** (B) how many examples are equal to this one; null where a group is one example. */
  readonly alike: Float64Array | null;
}

/** Rows of n numbers, each normalized by itself. */
export function rowsOf(rows: number, n: number): Grouping {
  return { count: rows, n, next: n, stride: 1, perExample: n, alike: null };
}

/** Columns, each normalized over all rows; an example has `perExample` rows. */
export function columnsOf(rows: number, columns: number, perExample: number, alike: Float64Array): Grouping {
  return { count: columns, n: rows, next: 1, stride: columns, perExample, alike };
}

/** What is known of one group. */
export interface GroupBound {
  readonly r: number;
  /** Bound on the rounding of the mean. */
  readonly mean: number;
  readonly moments: Readonly<Record<'mean' | 'variance', { readonly value: number; readonly error: number }>>;
  /** Relative error of r: worst case, systematic part, scale. */
  readonly worst: number;
  readonly systematic: number;
  readonly scale: number;
}

/** The parts of an error that all entries of a group have in common. */
export interface Common {
  readonly worst: number;
  readonly systematic: number;
  readonly scale: number;
}

/** Adds an error that is common to the entries of a group to one of them. */
export function addCommon(to: Tracked, i: number, { alike }: Grouping, { worst, systematic, scale }: Common): void {
  to.worst.data[i] += worst;
  to.systematic.data[i] += systematic + (alike === null ? 0 : LAMBDA * scale);
  if (alike === null) to.shared.data[i] += scale;
}

/**
 * Scale of Σ_k w_k e_k / n over the errors e of a group. Errors of different examples are
 * independent; the shared ones of one example are added as if they had one sign.
 */
export function scaleOfMean(e: Tracked, g: number, grouping: Grouping, w: (k: number, i: number) => number): number {
  const { n, next, stride, perExample, alike } = grouping;
  let squares = 0;
  for (let from = 0; from < n; from += perExample) {
    let [own, shared] = [0, 0];
    for (let k = from; k < Math.min(n, from + perExample); k++) {
      const i = g * next + k * stride;
      const weight = Math.abs(w(k, i));
      own += square(weight * e.own.data[i]);
      shared += weight * e.shared.data[i];
    }
    squares += (alike?.[from / perExample] ?? 1) * (own + square(shared));
  }
  return Math.sqrt(squares) / n;
}

/** Σ_k w_k e_k / n over one part of the errors of a group, all with one sign. */
export function meanOf(e: Float64Array, g: number, { n, next, stride }: Grouping, w: (i: number) => number): number {
  let sum = 0;
  for (let k = 0; k < n; k++) {
    const i = g * next + k * stride;
    sum += Math.abs(w(i)) * e[i];
  }
  return sum / n;
}

/**
 * Fills x̂ and its errors; u: one rounding, as arithmetic.ts has it.
 * @returns what is known of each group, and the largest sum that comes up
 */
export function normalizedErrors(
  xhat: Tracked,
  x: Tracked,
  epsilon: number,
  grouping: Grouping,
): { groups: GroupBound[]; peak: number } {
  let peak = 0;
  const groups = Array.from({ length: grouping.count }, (_, g) => {
    const group = oneGroup(xhat, x, epsilon, grouping, g);
    peak = larger(peak, group.peak);
    return group;
  });
  settle(xhat);
  return { groups, peak };
}

function oneGroup(
  xhat: Tracked,
  x: Tracked,
  epsilon: number,
  grouping: Grouping,
  g: number,
): GroupBound & { peak: number } {
  const { n, next, stride } = grouping;
  const [values, hats] = [x.value.data, xhat.value.data];
  const places = Array.from({ length: n }, (_, k) => g * next + k * stride);
  let [sum, size, squares] = [0, 0, 0];
  for (const i of places) [sum, size] = [sum + values[i], size + Math.abs(values[i])];
  const mean = sum / n;
  for (const i of places) squares += square(values[i] - mean);
  const variance = squares / n;
  const r = 1 / Math.sqrt(variance + epsilon);
  for (const i of places) hats[i] = (values[i] - mean) * r;

  // Roundings of μ: those of x / n and of the sum. In a nearly constant group they have one sign.
  const ofMean = {
    worst: ((n + 1) / n) * u * size,
    systematic: (n / 4 + 1) * u * Math.abs(mean),
    scale: (Math.sqrt(n + 1) / n) * u * size,
  };
  const boundOfMean = Math.min(ofMean.worst, ofMean.systematic + LAMBDA * ofMean.scale);
  // Of v: squares and their sum, all of one sign. Then v + ε, the root, 1 / √, the product with r.
  const ofRoot = { worst: ((n + 4) / 2 + 6) * u, systematic: (n / 8 + 1) * u, scale: (Math.sqrt(n + 4) / 2 + 3) * u };
  const one = (): number => 1;
  const hat = (i: number): number => hats[i];
  const moved = (e: Float64Array, ofRounding: number): { change: number; offCentre: number; ofVariance: number } => {
    const offCentre = meanOf(e, g, grouping, one) + ofRounding;
    let second = 0;
    for (const i of places) second += square(e[i] + offCentre);
    const change = (2 / r) * meanOf(e, g, grouping, hat) + second / n;
    return { change: 1 / Math.sqrt(Math.max(0, variance - change) + epsilon) - r, offCentre, ofVariance: change };
  };
  const errors = { worst: x.worst.data as Float64Array, likely: x.error.data as Float64Array };
  const [worst, likely] = [moved(errors.worst, ofMean.worst), moved(errors.likely, boundOfMean)];
  const systematicData = x.systematic.data as Float64Array;
  const inputs = {
    mean: { systematic: meanOf(systematicData, g, grouping, one), scale: scaleOfMean(x, g, grouping, one) },
    root: {
      systematic: meanOf(systematicData, g, grouping, hat),
      scale: scaleOfMean(x, g, grouping, (_, i) => hats[i]),
    },
    firstOrder: r * meanOf(errors.likely, g, grouping, hat),
  };
  const root: Common = {
    worst: worst.change / r + ofRoot.worst,
    systematic: r * inputs.root.systematic + Math.max(0, likely.change / r - inputs.firstOrder) + ofRoot.systematic,
    scale: r * inputs.root.scale + ofRoot.scale,
  };
  for (const i of places) {
    const [d, h] = [Math.abs(values[i] - mean), Math.abs(hats[i])];
    // engines also write r x - r μ, which rounds three products
    const own = u * (4 * h + (Math.abs(values[i]) + 2 * Math.abs(mean)) * r);
    const off = errors.likely[i] + likely.offCentre;
    xhat.worst.data[i] = (r + worst.change) * errors.worst[i] + own + underflow(3);
    xhat.systematic.data[i] = r * x.systematic.data[i] + likely.change * off + underflow(3);
    xhat.own.data[i] = spread(r * x.own.data[i], own);
    xhat.shared.data[i] = r * x.shared.data[i];
    addCommon(xhat, i, grouping, {
      worst: (r + worst.change) * worst.offCentre + d * r * root.worst,
      systematic: r * (inputs.mean.systematic + ofMean.systematic) + h * root.systematic,
      scale: r * (inputs.mean.scale + ofMean.scale) + h * root.scale,
    });
    // no number of n is farther than √n deviations from their mean
    const most = Math.sqrt(n) + h + own + (3 * u * (size / n + Math.abs(values[i]))) / Math.sqrt(epsilon);
    xhat.worst.data[i] = known(xhat.worst.data[i], most);
  }
  const moments = {
    mean: { value: mean, error: likely.offCentre },
    variance: {
      value: variance,
      error: likely.ofVariance + (n + 4) * u * (variance + likely.ofVariance) + underflow(n),
    },
  };
  return { r, mean: boundOfMean, moments, ...root, peak: larger(size, larger(squares, r)) };
}

/** Zero times infinity is NaN and bounds nothing. */
function known(bound: number, most: number): number {
  return bound < most ? bound : most;
}

/**
 * z = γ x̂ + β, whose value is already computed. γ and β repeat along the entries, row-major.
 * @returns the largest size
 */
export function scaledErrors(z: Tracked, xhat: Tracked, gamma: ArrayLike<number>): number {
  let peak = 0;
  for (let i = 0; i < z.value.data.length; i++) {
    const [scale, value] = [Math.abs(gamma[i % gamma.length]), z.value.data[i]];
    const product = scale * Math.abs(xhat.value.data[i]);
    const rounding = u * (2 * product + Math.abs(value));
    peak = larger(peak, product + Math.abs(value));
    z.worst.data[i] = scale * xhat.worst.data[i] * (1 + 3 * u) + rounding + underflow(2);
    z.systematic.data[i] = scale * xhat.systematic.data[i] + underflow(2);
    z.own.data[i] = spread(scale * xhat.own.data[i], rounding);
    z.shared.data[i] = scale * xhat.shared.data[i];
  }
  settle(z);
  return peak;
}
