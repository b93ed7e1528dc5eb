// Bounds of a convolution: those of a dense layer that reads the K numbers of a window, once for
// every position.
//
// Letters as in conv2d.ts. Errors of different examples are independent; those that positions of
// one example share are added as if all had one sign.
import { uBasic as u } from '../../numeric/bounds/arithmetic.ts';
import { absolute, nonZeroInColumns } from '../../numeric/bounds/entries.ts';
import { denseErrors, inputGradientErrors } from '../../numeric/bounds/products.ts';
import { repeatsInColumns } from '../../numeric/bounds/alikeness.ts';
import { underflow } from '../../numeric/bounds/error-bound.ts';
import { larger } from '../../numeric/bounds/extremes.ts';
import { boundOf, largestOf, numbersOf } from '../../numeric/bounds/tracked.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import { square } from '../../numeric/elementary.ts';
import { multiplyInStrips } from '../../numeric/fast-products.ts';
import type { Factors } from '../../numeric/kernels/product.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { BoundedLayer, BoundedOut, LayerBound, Tensors } from './page.ts';
import { followPlaces, gathered, rowsOf } from './window-errors.ts';
import { turned, windowsOf } from './windows.ts';
import type { ConvolutionFields, Windows } from './windows.ts';

export const convolutionBound: LayerBound<ConvolutionFields> = {
  forward(z, x, { weights, bias }, { spec, layer, pass, align }) {
    const windows = windowsOf(spec, spec.kernel);
    const [T, F] = [windows.kh * windows.kw, spec.filters];
    const W: Matrix = { rows: T * windows.C, cols: F, data: weights.values };
    let peak = 0;
    gathered(x, { from: windows.cells, T, C: windows.C }, (inWindows, first, end) => {
      peak = larger(peak, denseErrors(rowsOf(z, first, end, F), inWindows, { layer, W }, bias.values, align));
    });
    followPlaces(z, x, windows, pass);
    return peak;
  },
  backward(out, dz, x, p, at) {
    return { dx: out.dx === null ? 0 : inputErrors(out.dx, dz, p, at), dp: weightErrors(out, dz, x, at) };
  },
};

/** Errors of dx, whose value is already computed. @returns the largest Σ|products| */
function inputErrors(dx: Tracked, dz: Tracked, { weights }: Tensors, at: BoundedLayer<ConvolutionFields>): number {
  const { spec, layer, align } = at;
  const windows = windowsOf(spec, spec.kernel);
  const { H, W: width, C, kh, kw, positions } = windows;
  const [T, F, B] = [kh * kw, spec.filters, dx.value.rows];
  const W = transposed(turned(weights.values, windows, F));
  if (dz.shift !== undefined) dx.shift = zeros('f64', B, dx.value.cols);
  let peak = 0;
  gathered(dz, { from: positions, T, C: F }, (inWindows, first, end) => {
    const own = rowsOf(dx, first, end, C);
    peak = larger(peak, inputGradientErrors(own, inWindows, { layer, W }, align));
    if (own.shift !== undefined) dx.shift?.data.set(own.shift.data, first * H * width * C);
  });
  if (dz.either !== undefined) dx.either = eitherBelow(dz.either, weights.values, windows, F);
  return peak;
}

/** How far the choice between alike places reaches: Σ |either| |W|. */
function eitherBelow(either: Matrix, W: Matrix['data'], windows: Windows, F: number): Matrix {
  const { cells, kh, kw, C, H, W: width } = windows;
  const T = kh * kw;
  const out = zeros('f64', either.rows, H * width * C);
  for (let i = 0; i < either.data.length; i++) {
    const size = either.data[i];
    if (size === 0) continue;
    const [n, p, f] = [Math.floor(i / either.cols), Math.floor((i % either.cols) / F), i % F];
    for (let t = 0; t < T; t++) {
      const cell = cells[p * T + t];
      for (let c = 0; cell >= 0 && c < C; c++)
        out.data[n * out.cols + cell * C + c] += size * Math.abs(W[(t * C + c) * F + f]);
    }
  }
  return out;
}

function transposed({ rows, cols, data }: Matrix): Matrix {
  const out = zeros('f64', cols, rows);
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out.data[c * rows + r] = data[r * cols + c];
  return out;
}

/** Sums over examples and positions, (K, F), from which the bound on dW is made. */
interface Sums {
  /** Σ|x||dz| */
  readonly total: Float64Array;
  readonly worst: Float64Array;
  readonly systematic: Float64Array;
  /** Of the scale. */
  readonly squares: Float64Array;
}

/**
 * Bounds on dW = Σ_b Σ_p x dz and db = Σ_b Σ_p dz.
 * @returns the largest Σ|products|
 */
function weightErrors(
  { dp, errors }: BoundedOut,
  dz: Tracked,
  x: Tracked,
  at: BoundedLayer<ConvolutionFields>,
): number {
  const { spec, alike } = at;
  const windows = windowsOf(spec, spec.kernel);
  const [T, C, F, B] = [windows.kh * windows.kw, windows.C, spec.filters, x.value.rows];
  const K = T * C;
  const one = (): Float64Array => new Float64Array(K * F);
  const sums: Sums = { total: one(), worst: one(), systematic: one(), squares: one() };
  const counts = new Float64Array(K);
  const add = (inWindows: Tracked, n: number): void => {
    nonZeroInColumns(inWindows.value).forEach((count, k) => (counts[k] += count));
    addExample(sums, inWindows, rowsOf(dz, n, n + 1, F), alike[n]);
  };
  gathered(x, { from: windows.cells, T, C }, add, 1);
  const scores = rowsOf(dz, 0, B, F);
  const [repeats, nonZero] = [repeatsInColumns(scores.value), nonZeroInColumns(largestOf(scores))];
  const [exact, bounds] = [dp['weights'].values, errors['weights'].values];
  let peak = 0;
  for (let i = 0; i < bounds.length; i++) {
    const f = i % F;
    const n = Math.min(counts[Math.floor(i / F)], nonZero[f]);
    const size = u * sums.total[i];
    const value = dz.shift === undefined ? Math.abs(exact[i]) : sums.total[i];
    const scale = Math.sqrt(sums.squares[i] + n * Math.min(n, repeats[f]) * size * size);
    bounds[i] = boundOf(sums.worst[i] + n * size, sums.systematic[i] + (n / 4) * u * value, scale) + underflow(n);
    peak = larger(peak, sums.total[i]);
  }
  return larger(peak, biasErrors(dp, errors, dz, F, nonZero, repeats, alike));
}

/** Adds what the positions of one example contribute. x (P, K)  dz (P, F) */
function addExample(sums: Sums, x: Tracked, dz: Tracked, alike: number): void {
  const [sizes, absDz] = [absolute(x.value), largestOf(dz)];
  const products: Factors[] = [
    { left: sizes, right: absDz, kind: 'value' },
    { left: sizes, right: dz.worst, kind: 'value' },
    { left: sizes, right: dz.systematic, kind: 'value' },
    { left: sizes, right: dz.shared, kind: 'value' },
    { left: sizes, right: dz.own, kind: 'square' },
    ...(x.isExact === true ? [] : errorsOfInputs(x, dz, absDz)),
  ];
  multiplyInStrips(products, true, ({ first, rows, stride, products: all }) => {
    const F = dz.value.cols;
    const [total, worst, systematic, shared, own, worstOfX, systematicOfX, both, sharedOfX, ownOfX] = all;
    for (let r = 0; r < rows; r++)
      for (let f = 0, i = (first + r) * F, at = r * stride; f < F; f++, i++, at++) {
        sums.total[i] += total[at];
        if (all.length === 5) {
          sums.worst[i] += worst[at];
          sums.systematic[i] += systematic[at];
          sums.squares[i] += alike * (own[at] + square(shared[at]));
          continue;
        }
        sums.worst[i] += worst[at] + worstOfX[at];
        sums.systematic[i] += systematic[at] + systematicOfX[at] + both[at];
        // (a + b)² <= 2 (a² + b²)
        sums.squares[i] += alike * (2 * (own[at] + ownOfX[at]) + square(shared[at] + sharedOfX[at]));
      }
  });
}

/** Products of the errors from the layer below, and of two errors, which is small but not zero. */
function errorsOfInputs(x: Tracked, dz: Tracked, absDz: Matrix): Factors[] {
  const all = { ...absDz, data: absDz.data.map((size, i) => size + dz.worst.data[i]) };
  return [
    { left: x.worst, right: all, kind: 'value' },
    { left: x.systematic, right: absDz, kind: 'value' },
    { left: x.error, right: dz.error, kind: 'value' },
    { left: x.shared, right: absDz, kind: 'value' },
    { left: x.own, right: absDz, kind: 'square' },
  ];
}

function biasErrors(
  dp: Tensors,
  errors: Tensors,
  dz: Tracked,
  F: number,
  nonZero: Float64Array,
  repeats: Float64Array,
  alike: Float64Array,
): number {
  const { rows: B, cols } = dz.value;
  const [sizes, of] = [largestOf(dz).data as Float64Array, numbersOf(dz)];
  let peak = 0;
  for (let f = 0; f < F; f++) {
    let [size, worst, systematic, squares] = [0, 0, 0, 0];
    for (let n = 0; n < B; n++) {
      let [own, shared] = [0, 0];
      for (let i = n * cols + f; i < (n + 1) * cols; i += F) {
        size += u * sizes[i];
        worst += of.worst[i];
        systematic += of.systematic[i];
        own += square(of.own[i]);
        shared += of.shared[i];
      }
      squares += alike[n] * (own + square(shared));
    }
    peak = larger(peak, size / u);
    const count = nonZero[f];
    const value = dz.shift === undefined ? Math.abs(dp['bias'].values[f]) : size / u;
    const scale = Math.sqrt(squares + count * Math.min(count, repeats[f]) * size * size);
    errors['bias'].values[f] =
      boundOf(worst + count * size, systematic + (count / 4) * u * value, scale) + underflow(count);
  }
  return peak;
}
