// Average pooling: the mean of each window, per channel (LeCun et al., Neural Computation 1(4),
// 1989). Over an edge of the picture only the cells inside count.
//
// TensorFlow.js (4.22, cpu and wasm) divides by them in the forward pass but by kh·kw in the
// backward pass, so its own layer serves only where no window reaches over an edge.
// Letters as in windows.ts: B examples, H·W cells, P positions, C channels; n_p cells in the window
// at p.
import type * as TensorFlow from '@tensorflow/tfjs';
import { AVERAGE_POOL_BOUND } from './average-pool-bound.ts';
import { total } from '../../numeric/scalar.ts';
import { layer } from './page.ts';
import { AVERAGE_POOL_FAULTS } from './pool-faults.ts';
import { poolWindows, pooling, tfjsPool } from './pool.ts';
import { cellCounts } from './windows.ts';
import type { PoolFields, Windows } from './windows.ts';

export const averagePool = layer<PoolFields>()({
  id: 'average-pool',
  ...pooling('average-pool'),
  formula: {
    forward: (_l, x) => `(1/n) Σ_ij ${x}[r·stride + i - top, q·stride + j - left, c]   (over its n cells inside)`,
    gradient: () => '',
    inputs: (l) => `Σ dz${l}[r, q, c] / n over the windows that have the cell`,
  },

  // z_pc = (1/n_p) Σ_t x_tc                       x (B, H·W·C)   z (B, P·C)
  forward(z, x, _p, spec) {
    const { cells, kh, kw, C } = poolWindows(spec);
    const T = kh * kw;
    for (let n = 0, i = 0; n < x.rows; n++)
      for (let first = 0; first < cells.length; first += T)
        for (let c = 0; c < C; c++, i++) {
          let [sum, count] = [0, 0];
          for (let t = first; t < first + T; t++) {
            if (cells[t] < 0) continue;
            sum += x.data[n * x.cols + cells[t] * C + c];
            count++;
          }
          z.data[i] = sum / count;
        }
    return undefined;
  },
  // dx_tc = Σ_p dz_pc / n_p over the windows that have the cell, in binary64, rounded once
  backward(dx, _dp, dz, _saved, _p, spec) {
    if (dx === null) return;
    const windows = poolWindows(spec);
    const { positions, kh, kw, C } = windows;
    const [T, factor, I, O] = [kh * kw, gradientFactors(windows), dx.cols, dz.cols];
    const even = factor === null ? 1 / T : 1;
    for (let n = 0, i = n * I; n < dx.rows; n++)
      for (let first = 0; first < positions.length; first += T)
        for (let c = 0; c < C; c++, i++) {
          let sum = 0;
          for (let t = first; t < first + T; t++) {
            const p = positions[t];
            if (p >= 0) sum += dz.data[n * O + p * C + c] * (factor?.[p] ?? 1);
          }
          dx.data[i] = sum * even;
        }
  },

  bound: AVERAGE_POOL_BOUND,

  graph(x, _p, spec) {
    const { cells, kh, kw, C } = poolWindows(spec);
    const T = kh * kw;
    return Array.from({ length: (cells.length / T) * C }, (_, i) => {
      const first = Math.floor(i / C) * T;
      const inside = Array.from(cells.subarray(first, first + T)).filter((cell) => cell >= 0);
      return total(inside.map((cell) => x[cell * C + (i % C)])).over(x[0].constant(inside.length));
    });
  },
  ownLayer: (tf, spec, { inputShape }) =>
    gradientFactors(poolWindows(spec)) === null
      ? tf.layers.averagePooling2d({ ...tfjsPool(spec), ...(inputShape !== undefined && { inputShape }) })
      : undefined,
  tfjs(tf, x, _p, spec) {
    const windows = poolWindows(spec);
    const { H, W, C, R, Q } = windows;
    return tf.reshape(averages(tf, tf.reshape(x, [-1, H, W, C]), spec, windows), [-1, R * Q * C]);
  },
  faults: AVERAGE_POOL_FAULTS,
});

/** (P) 1/n_p; null if every window has all of its cells. */
function gradientFactors(windows: Windows): Float64Array | null {
  const counts = cellCounts(windows);
  const T = windows.kh * windows.kw;
  return counts.every((count) => count === T) ? null : Float64Array.from(counts, (count) => 1 / count);
}

/** The average over the padded picture, times kh·kw / n_p where a window reaches over an edge. */
function averages(
  tf: typeof TensorFlow,
  x: TensorFlow.Tensor4D,
  spec: PoolFields,
  windows: Windows,
): TensorFlow.Tensor {
  const { poolSize, strides } = tfjsPool(spec);
  const factors = gradientFactors(windows);
  if (factors === null) return tf.avgPool(x, poolSize, strides, 'valid');
  const { H, W, kh, kw, sh, sw, top, left, R, Q } = windows;
  const [bottom, right] = [(R - 1) * sh + kh - H - top, (Q - 1) * sw + kw - W - left].map((n) => Math.max(0, n));
  const padded = tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]]); // prettier-ignore
  const scale = Float32Array.from(factors, (factor) => factor * kh * kw);
  return tf.mul(tf.avgPool(padded, poolSize, strides, 'valid'), tf.tensor4d(scale, [1, R, Q, 1]));
}
