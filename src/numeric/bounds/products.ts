// Bounds through a dense layer, forward and backward. Letters: B examples, I inputs, O units;
// u: one rounding inside a sum, as arithmetic.ts has it.
//
// A sum of n products adds a rounding error of its own: n·u·Σ|products| at worst, √n·u·Σ|products|
// on its scale. Products that are 0 do not count. Where storing rounds, its result is rounded once
// more; and before the bias is added.
import { uInSum as u, uStored } from './arithmetic.ts';
import type { FloatArray } from '../dtype.ts';
import { square } from '../elementary.ts';
import { PORTIONS, underflowInSum } from './error-bound.ts';
import { zeros } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { Scratch } from '../scratch.ts';
import { multiplyAll, multiplyInStrips, multiplyTransposedRight } from '../fast-products.ts';
import type { Factors, Strip } from '../kernels/product.ts';
import { absolute, nonZeroInColumns, nonZeroInRows, sum, times } from './entries.ts';
import { columnsAlike, repeatsInColumns, repeatsInRows, rowsAlike } from './alikeness.ts';
import type { Align, Through } from './alikeness.ts';
import { larger, peakOf } from './extremes.ts';
import { boundOf, largestOf, numbersOf, settle, spread } from './tracked.ts';
import type { Tracked } from './tracked.ts';

const scratch = new Scratch();

/** Weights (I, O) and bias (O), or anything of their shapes. */
interface Dense {
  readonly weights: Matrix;
  readonly bias: FloatArray;
}

/**
 * Errors of z = x W + b, whose value is already computed.  x (B, I)  W (I, O)  b (O)  z (B, O)
 * @param own W and its layer: what the errors of z have passed through last
 * @returns the largest Σ|products|: no partial sum is larger
 */
export function denseErrors(z: Tracked, x: Tracked, own: Through, b: FloatArray, align: Align): number {
  const { W } = own;
  let peak = 0;
  const sizes = absolute(x.value, scratch.matrix(0, x.value.rows, x.value.cols));
  const total = scratch.matrix(1, z.value.rows, z.value.cols); // Σ|x||W|
  if (x.isExact) multiplyAll([total], [sizes], W, 'size', false);
  else carry(z, x, W, false, [total, sizes], x.through === undefined ? null : align(x.through, own).forward);
  z.through = own;
  const [alike, repeats, counts] = [columnsAlike(W, b), repeatsInColumns(W), nonZeroInRows(sizes)];
  const O = z.value.cols;
  const [{ value, worst, systematic, own: ofOwn }, totals] = [numbersOf(z), total.data as Float64Array];
  const rounding = rootOfCount(alike, repeats);
  for (let r = 0, i = 0; r < z.value.rows; r++) {
    const n = counts[r] + 1;
    const [roots, lost] = [rounding(n), underflowInSum(n)];
    for (let o = 0; o < O; o++, i++) {
      const size = totals[i] + Math.abs(b[o]);
      if (!(size <= peak)) peak = larger(peak, size);
      if (size === 0 && worst[i] === 0) continue; // nothing added to nothing: exactly 0 in every engine
      const stored = uStored * (2 * Math.abs(value[i]) + Math.abs(b[o]));
      worst[i] = (1 + n * u + 2 * uStored) * worst[i] + n * u * size + stored + lost;
      systematic[i] += lost;
      ofOwn[i] = roots[o] * u * size + coherent(n, value[i]) / 2 + stored;
    }
  }
  settle(z);
  return peak;
}

/** √n for sums of n products, by n: more for each sum whose roundings are alike. */
function rootOfCount(alike: Float64Array, repeats: Float64Array): (n: number) => Float64Array {
  const known = new Map<number, Float64Array>();
  return (n) => {
    const roots = known.get(n) ?? alike.map((same, o) => Math.sqrt(n * same * Math.min(n, repeats[o])));
    known.set(n, roots);
    return roots;
  };
}

/**
 * Errors of dx = dz Wᵀ, whose value is already computed.  dx (B, I)  dz (B, O)  W (I, O)
 * @returns the largest Σ|products|
 */
export function inputGradientErrors(dx: Tracked, dz: Tracked, own: Through, align: Align): number {
  const { W } = own;
  const n = W.cols;
  const total = scratch.matrix(1, dx.value.rows, dx.value.cols);
  if (dz.shift !== undefined) {
    dx.shift = zeros('f64', dx.value.rows, dx.value.cols);
    multiplyTransposedRight(dx.shift, dz.shift, W);
  }
  carry(dx, dz, W, true, [total, largestOf(dz)], dz.through === undefined ? null : align(own, dz.through).backward);
  dx.through = own;
  const [alike, repeats] = [rowsAlike(W), repeatsInRows(W)];
  const [roots, I] = [rootOfCount(alike, repeats)(n), W.rows];
  const [largest, totals] = [largestOf(dx).data as Float64Array, total.data as Float64Array];
  const [{ worst, systematic, own: ofOwn }, lost] = [numbersOf(dx), underflowInSum(n)];
  for (let r = 0, at = 0; r < dx.value.rows; r++) {
    for (let i = 0; i < I; i++, at++) {
      const stored = uStored * largest[at];
      worst[at] = (1 + n * u + uStored) * worst[at] + n * u * totals[at] + stored + lost;
      systematic[at] += lost;
      ofOwn[at] = roots[i] * u * totals[at] + coherent(n, largest[at]) / 2 + stored;
    }
  }
  settle(dx);
  return peakOf(total.data);
}

/**
 * The errors that sums of products with W (or Wᵀ) take from those of their factors, and the sum of
 * sizes. On its scale, an error of one entry enters all sums of its row, so it is shared from here
 * on. Errors that were already shared are combined with the alignment of the two products, or
 * (null) as if all had one sign.
 * @param sizes where the sum of sizes goes, and the sizes
 */
function carry(
  to: Tracked,
  from: Tracked,
  W: Matrix,
  transposed: boolean,
  [total, sizes]: readonly [Matrix, Matrix],
  alignment: Float64Array | null,
): void {
  const { rows, cols, data } = to.shared;
  const [own, before] = [scratch.matrix(2, rows, cols), scratch.matrix(3, rows, cols)];
  const linear = [[total, sizes], [to.worst, from.worst], [to.systematic, from.systematic]] as const; // prettier-ignore
  const squares = [[own, squared(from.own, 4)]] as const;
  const shared = alignment === null ? from.shared : squared(from.shared, 5);
  const multiplied = (pairs: readonly (readonly [Matrix, Matrix])[], kind: 'size' | 'square'): void => {
    multiplyAll(
      pairs.map(([out]) => out),
      pairs.map(([, factors]) => factors),
      W,
      kind,
      transposed,
    );
  };
  multiplied(alignment === null ? [...linear, [before, shared]] : linear, 'size');
  multiplied(alignment === null ? squares : [...squares, [before, shared]], 'square');
  const [out, ofOwn, ofShared] = [data, own.data, before.data] as Float64Array[];
  if (alignment === null) for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(ofOwn[i] + square(ofShared[i]));
  else
    for (let r = 0, i = 0; r < rows; r++)
      for (let c = 0; c < cols; c++, i++) out[i] = Math.sqrt(ofOwn[i] + square(alignment[c]) * ofShared[i]);
}

/**
 * Bounds on dW = xᵀ dz and db = Σ_B dz.  Errors of different examples are independent. Those of
 * one example are treated as one error, so each example adds (|x|·σ(dz) + σ(x)·|dz|)² to the
 * squared scale.
 * @param alike (B) how many examples are equal to this one: their errors add up
 * @returns the largest Σ|products|
 */
export function weightGradientErrors(
  gradient: Dense,
  { weights: edW, bias: edb }: Dense,
  x: Tracked,
  dz: Tracked,
  alike: Float64Array,
): number {
  const [sizes, absDz, spreadDz] = [absolute(x.value), largestOf(dz), scales(dz, alike)];
  const [repeats, counts] = [repeatsInColumns(dz.value), nonZeroInColumns(sizes)];
  const [exact, bounds] = [gradient.weights.data as Float64Array, edW.data as Float64Array];
  const products: Factors[] = [
    { left: sizes, right: absDz, kind: 'value' },
    { left: sizes, right: dz.worst, kind: 'value' },
    { left: sizes, right: dz.systematic, kind: 'value' },
    { left: sizes, right: spreadDz, kind: 'square' },
    ...(x.isExact ? [] : errorsOfInputs(x, dz, { sizes, absDz, spreadDz, spreadX: scales(x, alike) })),
  ];
  let peak = 0;
  multiplyInStrips(products, true, (strip) => {
    if (strip.products.length > 4) addErrorsOfInputs(strip.products);
    peak = larger(peak, boundRows(bounds, strip, dz.shift === undefined ? exact : null, counts, repeats));
  });
  return larger(peak, biasErrors(edb, gradient.bias, absDz, dz, spreadDz, repeats));
}

/**
 * Bounds on some rows of dW, whose entries are sums of as many products as `counts` has for a row.
 * @param exact dW; null: it may be anything up to the sum of sizes
 * @returns the largest Σ|products|
 */
function boundRows(
  bounds: Float64Array,
  { first, rows, stride, products: [total, worst, systematic, squares] }: Strip,
  exact: Float64Array | null,
  counts: Float64Array,
  repeats: Float64Array,
): number {
  const cols = repeats.length;
  const sums = exact ?? total;
  let peak = 0;
  for (let r = 0; r < rows; r++) {
    const n = counts[first + r];
    const lost = underflowInSum(n);
    const share = (n / 4) * u;
    let sum = exact === null ? r * stride : (first + r) * cols;
    for (let o = 0, i = r * stride, at = (first + r) * cols; o < cols; o++, i++, at++, sum++) {
      const size = u * total[i];
      const whole = Math.abs(sums[sum]);
      const scale = Math.sqrt(squares[i] + n * Math.min(n, repeats[o]) * size * size);
      const bound = boundOf(worst[i] + n * size, systematic[i] + share * whole, scale) + lost;
      bounds[at] = bound + uStored * (whole + bound);
      if (!(total[i] <= peak)) peak = larger(peak, total[i]);
    }
  }
  return peak;
}

/**
 * Products of the errors from the layer below: σ(x)·|dz|, and the product of two errors, which is
 * small but not zero.
 */
function errorsOfInputs(
  x: Tracked,
  dz: Tracked,
  { sizes, absDz, spreadDz, spreadX }: Readonly<Record<'sizes' | 'absDz' | 'spreadDz' | 'spreadX', Matrix>>,
): Factors[] {
  return [
    { left: x.worst, right: sum(absDz, dz.worst), kind: 'value' },
    { left: x.systematic, right: absDz, kind: 'value' },
    { left: x.error, right: dz.error, kind: 'value' },
    { left: spreadX, right: absDz, kind: 'square' },
    { left: times(sizes, spreadX), right: times(absDz, spreadDz), kind: 'value' },
  ];
}

/** Adds the products of `errorsOfInputs`, which come after the four sums. */
function addErrorsOfInputs(sums: readonly Float64Array[]): void {
  const [, worst, systematic, squares, worstOfX, systematicOfX, both, squaresOfX, mixed] = sums;
  for (let i = 0; i < worst.length; i++) {
    worst[i] += worstOfX[i];
    systematic[i] = systematic[i] + systematicOfX[i] + both[i];
    squares[i] = squares[i] + squaresOfX[i] + 2 * mixed[i];
  }
}

/** Bounds on db = Σ_B dz. @returns the largest Σ|dz| */
function biasErrors(
  edb: FloatArray,
  db: FloatArray,
  absDz: Matrix,
  dz: Tracked,
  spreadDz: Matrix,
  repeats: Float64Array,
): number {
  const { rows: B, cols: O } = absDz;
  const [sizes, spreads] = [absDz.data, spreadDz.data] as Float64Array[];
  const of = numbersOf(dz);
  let peak = 0;
  for (let o = 0; o < O; o++) {
    let [size, worst, systematic, squares] = [0, 0, 0, 0];
    for (let r = 0, i = o; r < B; r++, i += O) {
      size += u * sizes[i];
      worst += of.worst[i];
      systematic += of.systematic[i];
      squares += spreads[i] * spreads[i];
    }
    peak = larger(peak, size / u);
    const bound = boundOf(
      worst + B * size,
      systematic + coherent(B, dz.shift === undefined ? db[o] : size / u),
      Math.sqrt(squares + B * repeats[o] * size * size),
    );
    edb[o] = bound + PORTIONS * uStored * (size / u + bound) + underflowInSum(B);
  }
  return peak;
}

/**
 * The part of a sum's roundings that is not independent. If the terms are alike, the partial sums
 * rise steadily to the total, and within a binade each addition rounds the same way: up to n/4
 * roundings of the total for n equal terms. A total of 0 has no such part. In other sums the
 * roundings go different ways; half of this value is then taken as the scale of an own error, and λ
 * times that half exceeds the whole.
 */
function coherent(n: number, total: number): number {
  return (n / 4) * u * Math.abs(total);
}

/** √(own² + shared²) of each entry. For m equal examples it is √m times as much. */
function scales(m: Tracked, alike: Float64Array): Matrix {
  const { rows, cols } = m.own;
  const out = zeros('f64', rows, cols);
  const [to, { own, shared }] = [out.data as Float64Array, numbersOf(m)];
  for (let r = 0, i = 0; r < rows; r++) {
    const times = Math.sqrt(alike[r]);
    for (let c = 0; c < cols; c++, i++) to[i] = times * spread(own[i], shared[i]);
  }
  return out;
}

/** m², in this array of the scratch. */
function squared(m: Matrix, n: number): Matrix {
  return times(m, m, scratch.matrix(n, m.rows, m.cols));
}
