// Bounds on the way back through a normalization (normalized.ts). With g = γ dz, over a group of n:
//   dx_k = r (g_k - mean(g) - x̂_k mean(g x̂)),  dγ = Σ dz x̂,  dβ = Σ dz
import { u } from './arithmetic.ts';
import type { FloatArray } from '../dtype.ts';
import { square } from '../elementary.ts';
import { zeros } from '../matrix.ts';
import { LAMBDA, known, underflow } from './error-bound.ts';
import { larger, peakOf } from './extremes.ts';
import { addCommon, meanOf, scaleOfMean } from './normalized.ts';
import type { Common, GroupBound, Grouping } from './normalized.ts';
import { boundOf, largestOf, settle, spread } from './tracked.ts';
import type { Tracked } from './tracked.ts';

/** What the way forward found out. */
export interface Normalized {
  readonly xhat: Tracked;
  readonly groups: readonly GroupBound[];
}

/**
 * Errors of dx, whose value is already computed; u: one rounding, as arithmetic.ts has it.
 * @returns the largest size
 */
export function normalizedGradientErrors(
  dx: Tracked,
  dz: Tracked,
  normalized: Normalized,
  gamma: ArrayLike<number>,
  grouping: Grouping,
): number {
  const g = scaledBy(dz, gamma);
  if (dz.shift !== undefined) dx.shift = shiftThrough(g, normalized, grouping);
  const sizes = largestOf(g).data as Float64Array;
  let peak = 0;
  for (let group = 0; group < grouping.count; group++)
    peak = larger(peak, oneGroup(dx, g, sizes, normalized.xhat, normalized.groups[group], grouping, group));
  settle(dx);
  return larger(peak, peakOf(largestOf(dx).data));
}

/** g = γ dz, with all parts of its error; the rounding is counted with that of dx. */
function scaledBy(dz: Tracked, gamma: ArrayLike<number>): Tracked {
  const { rows, cols } = dz.value;
  const by = ({ data }: { readonly data: FloatArray }, sign: 1 | 0): Tracked['value'] => {
    const out = zeros('f64', rows, cols);
    for (let i = 0; i < out.data.length; i++) {
      const factor = gamma[i % gamma.length];
      out.data[i] = (sign === 1 ? factor : Math.abs(factor)) * data[i];
    }
    return out;
  };
  return {
    value: by(dz.value, 1),
    worst: by(dz.worst, 0),
    systematic: by(dz.systematic, 0),
    own: by(dz.own, 0),
    shared: by(dz.shared, 0),
    error: by(dz.error, 0),
    ...(dz.shift !== undefined && { shift: by(dz.shift, 1) }),
  };
}

/** How far undecided kinks shift dx, which is linear in g. */
function shiftThrough(
  { shift }: Tracked,
  { xhat, groups }: Normalized,
  { n, count, next, stride }: Grouping,
): Tracked['value'] {
  const out = zeros('f64', xhat.value.rows, xhat.value.cols);
  const [from, hats] = [shift?.data ?? out.data, xhat.value.data];
  for (let g = 0; g < count; g++) {
    let [sum, along] = [0, 0];
    for (let k = 0, i = g * next; k < n; k++, i += stride) [sum, along] = [sum + from[i], along + from[i] * hats[i]];
    for (let k = 0, i = g * next; k < n; k++, i += stride)
      out.data[i] = groups[g].r * (from[i] - sum / n - (hats[i] * along) / n);
  }
  return out;
}

function oneGroup(
  dx: Tracked,
  g: Tracked,
  sizes: Float64Array,
  xhat: Tracked,
  { r, mean, moments: _, ...root }: GroupBound,
  grouping: Grouping,
  group: number,
): number {
  const { n, next, stride } = grouping;
  const hats = xhat.value.data;
  const [one, hat, size] = [(): number => 1, (i: number): number => hats[i], (i: number): number => sizes[i]];
  const average = (of: FloatArray, w: (i: number) => number): number => meanOf(of as Float64Array, group, grouping, w);
  const scale = (of: Tracked, w: (i: number) => number): number => scaleOfMean(of, group, grouping, (_, i) => w(i));
  let [m1, m2, sizeOfHats] = [0, 0, 0];
  for (let k = 0, i = group * next; k < n; k++, i += stride) {
    const middle = g.value.data[i] + (g.shift?.data[i] ?? 0);
    m1 += middle / n;
    m2 += (middle * hats[i]) / n;
    sizeOfHats += Math.abs(hats[i]);
  }
  const [sizeOfMean, sizeAlong] = [average(sizes, one), average(sizes, hat)];
  const off = Math.abs(m2);
  // what mean(g) and mean(g x̂) take from the errors of g and of x̂, on each level
  const taken = (of: 'worst' | 'error' | 'systematic'): { mean: number; along: number; both: number } => {
    const [eg, ex] = [g[of].data, xhat[of].data];
    return { mean: average(eg, one), along: average(eg, hat) + average(ex, size), both: average(eg, (i) => ex[i]) };
  };
  const [worst, likely, systematic] = [taken('worst'), taken('error'), taken('systematic')];
  const alongScale = scale(g, hat) + scale(xhat, size);
  const meanScale = scale(g, one);
  // Roundings of both means, and of the sum that engines add because the mean of x - μ is not
  // exactly 0: its rounding, times mean(g x̂).
  const centre = off * (r * mean + (sizeOfHats / n) * LAMBDA * Math.sqrt(n + 4) * u);
  const rounding: Common = {
    worst: (n + 4) * u * sizeOfMean,
    systematic: (n / 4) * u * Math.abs(m1) + centre,
    scale: Math.sqrt(n + 4) * u * sizeOfMean,
  };
  const roundingAlong: Common = {
    worst: (n + 8) * u * sizeAlong,
    systematic: (n / 4) * u * off,
    scale: Math.sqrt(n + 8) * u * sizeAlong,
  };
  const ofRoot = Math.min(root.worst, root.systematic + LAMBDA * root.scale);
  for (let k = 0, i = group * next; k < n; k++, i += stride) {
    const h = Math.abs(hats[i]);
    const middle = g.value.data[i] + (g.shift?.data[i] ?? 0);
    const value = r * Math.abs(middle - m1 - hats[i] * m2);
    const own = u * r * (5 * sizes[i] + 3 * sizeOfMean + 3 * h * sizeAlong);
    const inside = (of: 'worst' | 'error', { mean: m, along, both }: typeof worst): number => {
      const [eg, ex] = [g[of].data[i], xhat[of].data[i]];
      return eg + m + h * (along + both) + ex * (off + along + both);
    };
    const first = likely.mean + h * likely.along + xhat.error.data[i] * off + g.error.data[i];
    const second = r * ((1 + ofRoot) * inside('error', likely) - first);
    dx.worst.data[i] = r * (1 + root.worst) * inside('worst', worst) + own + underflow(6);
    dx.systematic.data[i] = r * (g.systematic.data[i] + off * xhat.systematic.data[i]) + second + underflow(6);
    dx.own.data[i] = spread(r * (g.own.data[i] + off * xhat.own.data[i]), own);
    dx.shared.data[i] = r * (g.shared.data[i] + off * xhat.shared.data[i]);
    addCommon(dx, i, grouping, {
      worst: r * (rounding.worst + centre + h * roundingAlong.worst) + value * root.worst,
      systematic:
        r * (systematic.mean + rounding.systematic + h * (systematic.along + roundingAlong.systematic)) +
        value * root.systematic,
      scale: r * (meanScale + rounding.scale + h * (alongScale + roundingAlong.scale)) + value * root.scale,
    });
    dx.worst.data[i] = known(dx.worst.data[i]);
  }
  return n * larger(sizeOfMean, sizeAlong) * larger(1, r);
}

/** Where the bounds on dγ and dβ go, and the gradients themselves. */
export interface ScaleGradients {
  readonly scale: FloatArray;
  readonly shift: FloatArray;
}

/**
 * Bounds on dγ_c = Σ dz x̂ and dβ_c = Σ dz over all rows of C columns. Different examples have
 * independent errors; of one example, `perExample` rows are added as one error.
 * @returns the largest Σ|products|
 */
export function scaleGradientErrors(
  errors: ScaleGradients,
  gradient: ScaleGradients,
  dz: Tracked,
  xhat: Tracked,
  { alike, perExample }: { readonly alike: Float64Array; readonly perExample: number },
): number {
  const C = errors.scale.length;
  const [sizes, rows] = [largestOf(dz).data, dz.value.data.length / C];
  const isShifted = dz.shift !== undefined;
  let peak = 0;
  for (let c = 0; c < C; c++) {
    const [scale, shift] = [sums(), sums()];
    for (let from = 0; from < rows; from += perExample) {
      let [ofScale, ofShift] = [0, 0];
      for (let r = from; r < from + perExample; r++) {
        const i = r * C + c;
        const [d, h] = [sizes[i], Math.abs(xhat.value.data[i])];
        const [sd, sh] = [spread(dz.own.data[i], dz.shared.data[i]), spread(xhat.own.data[i], xhat.shared.data[i])];
        const [wd, wh, ed, eh] = [dz.worst.data[i], xhat.worst.data[i], dz.error.data[i], xhat.error.data[i]];
        scale.size += d * h;
        scale.worst += h * wd + d * wh + wd * wh;
        scale.systematic += h * dz.systematic.data[i] + d * xhat.systematic.data[i] + ed * eh;
        ofScale += h * sd + d * sh;
        shift.size += d;
        shift.worst += wd;
        shift.systematic += dz.systematic.data[i];
        ofShift += sd;
      }
      scale.squares += alike[from / perExample] * square(ofScale);
      shift.squares += alike[from / perExample] * square(ofShift);
    }
    errors.scale[c] = ofSum(scale, rows, isShifted ? scale.size : gradient.scale[c]);
    errors.shift[c] = ofSum(shift, rows, isShifted ? shift.size : gradient.shift[c]);
    peak = larger(peak, larger(scale.size, shift.size));
  }
  return peak;
}

interface Sums {
  size: number;
  worst: number;
  systematic: number;
  squares: number;
}

function sums(): Sums {
  return { size: 0, worst: 0, systematic: 0, squares: 0 };
}

/** With the roundings of n products and of their sum. */
function ofSum({ size, worst, systematic, squares }: Sums, n: number, total: number): number {
  const scale = Math.sqrt(squares + square(Math.sqrt(n + 3) * u * size));
  return boundOf(worst + (n + 3) * u * size, systematic + (n / 4) * u * Math.abs(total), scale) + underflow(n);
}
