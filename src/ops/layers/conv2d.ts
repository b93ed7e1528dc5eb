// A convolution of pictures (LeCun et al., Proc. IEEE 86(11), 1998), as a cross-correlation: the
// kernel is not flipped, as in every library.
//
// Letters: B examples; H·W cells of the picture with C channels; P = R·Q positions of the window
// with F filters; T = kh·kw cells of the window, K = T·C numbers in it. x (B, H·W·C), z (B, P·F), W
// (kh, kw, C, F) = (K, F), b (F). Windows are placed in windows.ts.
import { asDtype, zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { multiply, multiplyTransposedLeft } from '../../numeric/fast-products.ts';
import { newArray, dtypeOf } from '../../numeric/dtype.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { total } from '../../numeric/scalar.ts';
import { convolutionBound } from './conv2d-bound.ts';
import { CONVOLUTION_FAULTS } from './conv2d-faults.ts';
import { convolutionTwin, ownConvolution } from './conv2d-tfjs.ts';
import { layer } from './page.ts';
import { SIZE, WINDOW_FIELDS, formatSize, gather, turned, windowsOf } from './windows.ts';
import type { ConvolutionFields, Windows } from './windows.ts';

/** The convolution: z = x * W + b, its gradients, and everything else known about it. */
export const conv2d = layer<ConvolutionFields>()({
  id: 'conv2d',
  reads: 'picture',
  counts: ['filters'],
  fields: { kernel: SIZE, ...WINDOW_FIELDS },
  short: {
    name: 'conv',
    read(text) {
      const [filters, ...kernel] = /^\d+x\d+(x\d+)?$/.test(text) ? text.split('x').map(Number) : [];
      return filters === undefined ? null : { filters, kernel: kernel.length === 1 ? kernel[0] : kernel };
    },
    write: ({ filters, kernel }) => `${filters}x${formatSize(kernel)}`,
    example: 'conv:8x3',
  },
  symbols: { weights: 'W', bias: 'b' },
  shape(spec) {
    const { R, Q } = windowsOf(spec, spec.kernel);
    return [R, Q, spec.filters];
  },
  outputs(spec) {
    const { R, Q } = windowsOf(spec, spec.kernel);
    return R * Q * spec.filters;
  },
  multiplications(spec) {
    const { R, Q, kh, kw, C } = windowsOf(spec, spec.kernel);
    return R * Q * kh * kw * C * spec.filters;
  },
  parameters(spec) {
    const { kh, kw, C } = windowsOf(spec, spec.kernel);
    const F = spec.filters;
    return [
      {
        role: 'weights',
        shape: [kh, kw, C, F],
        start: { fanIn: kh * kw * C, fanOut: kh * kw * F },
        hint: 'weights are (kernel height, kernel width, channels, filters)',
      },
      { role: 'bias', shape: [F], start: 0 },
    ];
  },
  formula: {
    forward: (l, x) => `Σ_ijc ${x}[r·stride + i - top, q·stride + j - left, c] W${l}[i, j, c, f] + b${l}[f]`,
    gradient: (role, l, x) =>
      role === 'bias'
        ? `Σ_b Σ_rq dz${l}[r, q, f]   (over examples and positions)`
        : `Σ_b Σ_rq ${x}[r·stride + i - top, q·stride + j - left, c] dz${l}[r, q, f]`,
    inputs: (l) => `Σ_ijf dz${l}[r, q, f] W${l}[i, j, c, f], with r·stride + i - top and q·stride + j - left the cell`,
  },

  // z_pf = Σ_k x_pk W_kf + b_f, with x_pk the K numbers in the window at p
  forward(z, x, { weights: { values: W }, bias: { values: b } }, spec) {
    const windows = windowsOf(spec, spec.kernel);
    const [{ P, K, cells }, F] = [sizesOf(windows), spec.filters];
    const inWindows = newArray(dtypeOf(z.data), P * K);
    for (let n = 0; n < x.rows; n++) {
      gather(inWindows, x.data, n * x.cols, cells, windows.C);
      const own = { rows: P, cols: F, data: z.data.subarray(n * P * F, (n + 1) * P * F) };
      windowsTimesWeights(own, { rows: P, cols: K, data: inWindows }, { rows: K, cols: F, data: W });
      for (let i = 0; i < own.data.length; i += F) for (let f = 0; f < F; f++) own.data[i + f] += b[f];
    }
  },
  // dW_kf = Σ_b Σ_p x_pk dz_pf, db_f = Σ_b Σ_p dz_pf. The cell of x that is cell t of the window at
  // p enters z_pf with the factor W_tcf, so its dx_c = Σ_t Σ_f dz_pf W_tcf over its windows. Sums
  // are in binary64 and rounded once, in the order of tfjs's cpu backend.
  backward(dx, { weights: dW, bias: db }, dz, { x }, { weights: W }, spec) {
    const windows = windowsOf(spec, spec.kernel);
    const [{ P, T, cells }, F, B] = [sizesOf(windows), spec.filters, x.rows];
    const [x64, dz64] = [inBinary64(x), inBinary64(dz)];
    const scores = { rows: B * P, cols: F, data: dz64.data };
    const [cell, own] = [zeros('f64', B * P, windows.C), zeros('f64', windows.C, F)];
    for (let t = 0; t < T; t++) {
      const from = cells.filter((_, i) => i % T === t);
      for (let n = 0; n < B; n++) gather(cell.data.subarray(n * P * cell.cols), x64.data, n * x.cols, from, windows.C);
      multiplyTransposedLeft(own, cell, scores);
      dW.values.set(own.data, t * windows.C * F);
    }
    sumOverPositions(db.values, scores);
    if (dx !== null) throughWindows(dx, dz64, W.values, windows, F);
  },

  bound: convolutionBound,

  // z_pf = Σ_k x_pk W_kf + b_f
  graph(x, { weights: W, bias }, spec) {
    const { cells, kh, kw, C } = windowsOf(spec, spec.kernel);
    const [T, F] = [kh * kw, spec.filters];
    const positions = Array.from({ length: cells.length / T }, (_, p) => cells.subarray(p * T, (p + 1) * T));
    return positions.flatMap((own) =>
      bias.map((b, f) => {
        const products = Array.from(own).flatMap((cell, t) =>
          cell < 0 ? [] : x.slice(cell * C, (cell + 1) * C).map((xc, c) => xc.times(W[(t * C + c) * F + f])),
        );
        return total([...products, b]);
      }),
    );
  },
  ownLayer: ownConvolution,
  tfjs: convolutionTwin,
  faults: CONVOLUTION_FAULTS,
});

function sizesOf({ R, Q, kh, kw, C, cells }: Windows): { P: number; T: number; K: number; cells: Int32Array } {
  return { P: R * Q, T: kh * kw, K: kh * kw * C, cells };
}

/**
 * z = x W       x (P, K)   W (K, F)   z (P, F), summed over K
 * In binary32 each addition is rounded, as in tfjs's cpu backend.
 */
function windowsTimesWeights(z: Matrix, x: Matrix, W: Matrix): void {
  if (z.data instanceof Float64Array) multiply(z, x, W);
  else roundingProduct(z.data, x.data as Float32Array, W.data as Float32Array, x.cols, W.cols);
}

function roundingProduct(z: Float32Array, x: Float32Array, W: Float32Array, K: number, F: number): void {
  z.fill(0);
  for (let i = 0, at = 0, k = 0; i < x.length; i++) {
    const factor = x[i];
    if (factor !== 0) for (let f = 0, w = k * F; f < F; f++) z[at + f] += factor * W[w + f];
    if (++k === K) [k, at] = [0, at + F];
  }
}

/** dx (B, H·W·C) from dz (B, P·F): each cell reads the windows it is in, like a convolution. */
function throughWindows(dx: Matrix, dz: Matrix, W: FloatArray, windows: Windows, F: number): void {
  const { H, W: width, C } = windows;
  const kernel = turned(W, windows, F);
  const inWindows = zeros('f64', H * width, kernel.rows);
  const own = zeros('f64', H * width, C);
  for (let n = 0; n < dx.rows; n++) {
    gather(inWindows.data, dz.data, n * dz.cols, windows.positions, F);
    multiply(own, inWindows, kernel);
    dx.data.set(own.data, n * dx.cols);
  }
}

/** db = Σ dz over examples and positions, rounded once. */
function sumOverPositions(db: FloatArray, { cols: F, data: dz }: Matrix): void {
  const sums = new Float64Array(F);
  for (let i = 0; i < dz.length; i += F) for (let f = 0; f < F; f++) sums[f] += dz[i + f];
  db.set(sums);
}

function inBinary64({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: asDtype(data, 'f64') };
}
