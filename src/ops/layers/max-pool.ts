// Max pooling: the largest number of each window, per channel (Zhou & Chellappa, ICNN 1988).
//
// Where several cells of a window are largest, the gradient may go to any of them, or be shared
// between them. Here it goes to the first; TensorFlow.js gives it to the first on cpu and node, to
// the last on wasm.
// Letters as in windows.ts: B examples, H·W cells, P positions, C channels.
import { MAX_POOL_BOUND } from './max-pool-bound.ts';
import { maxPoolTwin, ownMaxPool } from './max-pool-tfjs.ts';
import { layer } from './page.ts';
import { MAX_POOL_FAULTS } from './pool-faults.ts';
import { poolWindows, pooling } from './pool.ts';
import type { PoolFields } from './windows.ts';

export const maxPool = layer<PoolFields>()({
  id: 'max-pool',
  ...pooling('max-pool'),
  formula: {
    forward: (_l, x) => `max_ij ${x}[r·stride + i - top, q·stride + j - left, c]`,
    gradient: () => '',
    inputs: (l) => `Σ dz${l}[r, q, c] over the windows whose largest number is the cell`,
  },

  // z_pc = the largest x_tc in the window at p   x (B, H·W·C)   z (B, P·C)
  // @returns (B, P·C) where in its example it lies; the first of several
  forward(z, x, _p, spec) {
    const { cells, kh, kw, C } = poolWindows(spec);
    const [T, chosen] = [kh * kw, new Int32Array(z.data.length)];
    for (let n = 0, i = 0; n < x.rows; n++) {
      const own = x.data.subarray(n * x.cols, (n + 1) * x.cols);
      for (let first = 0; first < cells.length; first += T)
        for (let c = 0; c < C; c++, i++) {
          let at = -1;
          for (let t = first; t < first + T; t++) {
            const cell = cells[t] * C + c;
            if (cells[t] >= 0 && (at < 0 || own[cell] > own[at])) at = cell;
          }
          chosen[i] = at;
          z.data[i] = own[at];
        }
    }
    return chosen;
  },
  // dx of a cell = Σ dz of the windows that chose it, in binary64, rounded once
  backward(dx, _dp, dz, { more }) {
    if (dx === null) return;
    const chosen = more as Int32Array;
    const sums = new Float64Array(dx.data.length);
    for (let i = 0; i < dz.data.length; i++) sums[Math.floor(i / dz.cols) * dx.cols + chosen[i]] += dz.data[i];
    dx.data.set(sums);
  },
  branches: (more) => more as Int32Array,

  bound: MAX_POOL_BOUND,

  graph(x, _p, spec) {
    const { cells, kh, kw, C } = poolWindows(spec);
    const T = kh * kw;
    return Array.from({ length: (cells.length / T) * C }, (_, i) => {
      const first = Math.floor(i / C) * T;
      const inside = Array.from(cells.subarray(first, first + T)).filter((cell) => cell >= 0);
      return inside.map((cell) => x[cell * C + (i % C)]).reduce((most, one) => most.max(one));
    });
  },
  ownLayer: ownMaxPool,
  tfjs: maxPoolTwin,
  faults: MAX_POOL_FAULTS,
});
