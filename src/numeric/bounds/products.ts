// Bounds through a dense layer, forward and backward. Letters: B examples, I inputs, O units;
// u = 2⁻²⁴.
//
// A sum of n products adds a rounding error of its own: n·u·Σ|products| at worst, √n·u·Σ|products|
// on its scale. Products that are 0 do not count.
import type { FloatArray } from '../dtype.ts';
import { UNIT_ROUNDOFF } from '../dtype.ts';
import { square } from '../elementary.ts';
import { underflow } from './error-bound.ts';
import { zeros } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { multiplyAll, multiplyInStrips, multiplyTransposedRight } from '../fast-products.ts';
import type { Factors } from '../kernels/product.ts';
import { columnsAlike, repeatsInColumns, repeatsInRows, rowsAlike } from './alikeness.ts';
import type { Align, Through } from './alikeness.ts';
import { larger, peakOf } from './extremes.ts';
import { boundOf, largestOf, settle, spread } from './tracked.ts';
import type { Tracked } from './tracked.ts';

const u = UNIT_ROUNDOFF.f32;

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
  const sizes = absolute(x.value);
  const total = zeros('f64', z.value.rows, z.value.cols); // Σ|x||W|
  if (x.isExact) multiplyAll([total], [sizes], W, 'size', false);
  else carry(z, x, W, false, [total, sizes], x.through === undefined ? null : align(x.through, own).forward);
  z.through = own;
  const [alike, repeats] = [columnsAlike(W, b), repeatsInColumns(W)];
  const O = z.value.cols;
  for (let r = 0, i = 0; r < z.value.rows; r++) {
    const n = countNonZero(sizes.data, r * sizes.cols, sizes.cols, 1) + 1;
    for (let o = 0; o < O; o++, i++) {
      const size = total.data[i] + Math.abs(b[o]);
      peak = larger(peak, size);
      if (size === 0 && z.worst.data[i] === 0) continue; // nothing added to nothing: exactly 0 in every engine
      z.worst.data[i] = (1 + n * u) * z.worst.data[i] + n * u * size + underflow(n);
      z.systematic.data[i] += underflow(n);
      z.own.data[i] = Math.sqrt(n * alike[o] * Math.min(n, repeats[o])) * u * size + coherent(n, z.value.data[i]) / 2;
    }
  }
  settle(z);
  return peak;
}

/**
 * Errors of dx = dz Wᵀ, whose value is already computed.  dx (B, I)  dz (B, O)  W (I, O)
 * @returns the largest Σ|products|
 */
export function inputGradientErrors(dx: Tracked, dz: Tracked, own: Through, align: Align): number {
  const { W } = own;
  const n = W.cols;
  const total = zeros('f64', dx.value.rows, dx.value.cols);
  if (dz.shift !== undefined) {
    dx.shift = zeros('f64', dx.value.rows, dx.value.cols);
    multiplyTransposedRight(dx.shift, dz.shift, W);
  }
  carry(dx, dz, W, true, [total, largestOf(dz)], dz.through === undefined ? null : align(own, dz.through).backward);
  dx.through = own;
  const [alike, repeats] = [rowsAlike(W), repeatsInRows(W)];
  const [I, largest] = [W.rows, largestOf(dx)];
  for (let r = 0, at = 0; r < dx.value.rows; r++) {
    for (let i = 0; i < I; i++, at++) {
      dx.worst.data[at] = (1 + n * u) * dx.worst.data[at] + n * u * total.data[at] + underflow(n);
      dx.systematic.data[at] += underflow(n);
      dx.own.data[at] =
        Math.sqrt(n * alike[i] * Math.min(n, repeats[i])) * u * total.data[at] + coherent(n, largest.data[at]) / 2;
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
  const [own, before] = [zeros('f64', rows, cols), zeros('f64', rows, cols)];
  const linear = [[total, sizes], [to.worst, from.worst], [to.systematic, from.systematic]] as const; // prettier-ignore
  const squares = [[own, squared(from.own)]] as const;
  const shared = alignment === null ? from.shared : squared(from.shared);
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
  for (let r = 0, i = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++, i++) {
      const sum = alignment === null ? square(before.data[i]) : square(alignment[c]) * before.data[i];
      data[i] = Math.sqrt(own.data[i] + sum);
    }
  }
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
  const repeats = repeatsInColumns(dz.value);
  const [exact, bounds] = [gradient.weights.data as Float64Array, edW.data as Float64Array];
  const [O, isShifted] = [edW.cols, dz.shift !== undefined];
  const products: Factors[] = [
    { left: sizes, right: absDz, kind: 'value' },
    { left: sizes, right: dz.worst, kind: 'value' },
    { left: sizes, right: dz.systematic, kind: 'value' },
    { left: sizes, right: spreadDz, kind: 'square' },
    ...(x.isExact ? [] : errorsOfInputs(x, dz, { sizes, absDz, spreadDz, spreadX: scales(x, alike) })),
  ];
  let peak = 0;
  multiplyInStrips(products, true, ({ first, rows, stride, products: sums }) => {
    const [total, worst, systematic, squares] = sums;
    if (sums.length > 4) addErrorsOfInputs(sums);
    for (let r = 0; r < rows; r++) {
      const n = countNonZero(sizes.data, first + r, sizes.rows, sizes.cols);
      const [lost, share] = [underflow(n), (n / 4) * u];
      for (let o = 0, i = r * stride, at = (first + r) * O; o < O; o++, i++, at++) {
        peak = larger(peak, Math.abs(total[i]));
        const size = u * total[i];
        const scale = Math.sqrt(squares[i] + n * Math.min(n, repeats[o]) * size * size);
        const together = share * Math.abs(isShifted ? total[i] : exact[at]);
        bounds[at] = boundOf(worst[i] + n * size, systematic[i] + together, scale) + lost;
      }
    }
  });
  return larger(peak, biasErrors(edb, gradient.bias, absDz, dz, spreadDz, repeats));
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
  let peak = 0;
  for (let o = 0; o < O; o++) {
    let [size, worst, systematic, squares] = [0, 0, 0, 0];
    for (let r = 0, i = o; r < B; r++, i += O) {
      size += u * absDz.data[i];
      worst += dz.worst.data[i];
      systematic += dz.systematic.data[i];
      squares += square(spreadDz.data[i]);
    }
    peak = larger(peak, size / u);
    edb[o] =
      boundOf(
        worst + B * size,
        systematic + coherent(B, dz.shift === undefined ? db[o] : size / u),
        Math.sqrt(squares + B * repeats[o] * size * size),
      ) + underflow(B);
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
function scales({ own, shared }: Tracked, alike: Float64Array): Matrix {
  const out = zeros('f64', own.rows, own.cols);
  for (let r = 0, i = 0; r < own.rows; r++) {
    for (let c = 0; c < own.cols; c++, i++) out.data[i] = Math.sqrt(alike[r]) * spread(own.data[i], shared.data[i]);
  }
  return out;
}

function absolute(m: Matrix): Matrix {
  const out = zeros('f64', m.rows, m.cols);
  for (let i = 0; i < out.data.length; i++) out.data[i] = Math.abs(m.data[i]);
  return out;
}

function squared(m: Matrix): Matrix {
  return times(m, m);
}

function times(a: Matrix, b: Matrix): Matrix {
  const out = zeros('f64', a.rows, a.cols);
  for (let i = 0; i < out.data.length; i++) out.data[i] = a.data[i] * b.data[i];
  return out;
}

function sum(a: Matrix, b: Matrix): Matrix {
  const out = zeros('f64', a.rows, a.cols);
  for (let i = 0; i < out.data.length; i++) out.data[i] = a.data[i] + b.data[i];
  return out;
}

function countNonZero(data: FloatArray, from: number, count: number, stride: number): number {
  let n = 0;
  for (let i = 0, at = from; i < count; i++, at += stride) if (data[at] !== 0) n++;
  return n;
}
