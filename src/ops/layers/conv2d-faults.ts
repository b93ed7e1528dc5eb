// Mistakes that people make in the backward pass of a convolution. Letters as in conv2d.ts.
import type { Matrix } from '../../numeric/matrix.ts';
import { afterLayer, insteadOfLayer } from '../piece-fault.ts';
import type { LayerAround, LayerFault, LayerStep } from '../piece-fault.ts';
import type { Tensor, Tensors } from './tensors.ts';
import { windowsOf } from './windows.ts';
import type { ConvolutionFields, Windows } from './windows.ts';

const windowsAt = (spec: LayerAround['spec']): Windows => {
  const fields = spec as ConvolutionFields;
  return windowsOf(fields, fields.kernel);
};

/** The kernel has more than one cell. */
const isWide: NonNullable<LayerFault['where']> = (layers, at) => {
  const { kh, kw } = windowsAt(layers[at].spec);
  return kh * kw > 1;
};

/** W (kh, kw, C, F) with rows and columns in reverse order. */
function halfTurned({ shape, values }: Tensor): Tensor {
  const [kh, kw, C, F] = shape;
  const [out, T, size] = [values.slice(), kh * kw, C * F];
  for (let t = 0; t < T; t++) out.set(values.subarray((T - 1 - t) * size, (T - t) * size), t * size);
  return { shape, values: out };
}

/** The right step, with dx computed from another kernel. The gradients of the parameters stay. */
function inputsWith(kernel: (W: Tensor, step: LayerStep) => Tensor): LayerFault['recipe'] {
  return insteadOfLayer((step, right) => {
    right(step);
    const spare = Object.fromEntries(Object.entries(step.dp).map(([role, t]) => [role, copyOf(t)])) as Tensors;
    right({ ...step, dp: spare, p: { ...step.p, weights: kernel(step.p['weights'], step) } });
  });
}

function copyOf({ shape, values }: Tensor): Tensor {
  return { shape, values: values.slice() };
}

/** The pictures moved by one cell down and to the right; what comes from outside is 0. */
function moved(x: Matrix, { H, W, C }: Windows): Matrix {
  const data = x.data.map(() => 0);
  for (let n = 0; n < x.rows; n++)
    for (let y = 1; y < H; y++) {
      const to = n * x.cols + (y * W + 1) * C;
      const from = n * x.cols + (y - 1) * W * C;
      data.set(x.data.subarray(from, from + (W - 1) * C), to);
    }
  return { ...x, data };
}

export const CONVOLUTION_FAULTS = {
  'kernel-turned-in-dx': {
    first: 'inputs',
    description: 'the kernel is turned by half a turn for dx: W[kh-1-i, kw-1-j] in place of W[i, j]',
    remedy: 'a cell that was read through W[i, j] gets its gradient through W[i, j]; turn the kernel once, not twice',
    formula: 'dx[y, x, c] = Σ_ijf dz[r, q, f] W[kh-1-i, kw-1-j, c, f]',
    where: (layers, at) => at > 0 && isWide(layers, at),
    recipe: inputsWith(halfTurned),
  },
  'kernel-gradient-turned': {
    first: 'weights',
    description: 'the gradient of the kernel is turned by half a turn',
    remedy: 'dW[i, j] belongs to W[i, j]: the forward pass does not flip the kernel, so its gradient is not flipped',
    formula: 'dW[kh-1-i, kw-1-j, c, f] = Σ_b Σ_rq x[r·stride + i - top, q·stride + j - left, c] dz[r, q, f]',
    where: isWide,
    recipe: afterLayer(({ dp: { weights } }) => {
      weights.values.set(halfTurned(weights).values);
    }),
  },
  'padding-off-by-one': {
    first: 'weights',
    description: 'dW reads the picture one row and one column away from where the forward pass read it',
    remedy: 'pad the picture in the backward pass as in the forward pass, by (top, left)',
    formula: 'dW[i, j, c, f] = Σ_b Σ_rq x[r·stride + i - top - 1, q·stride + j - left - 1, c] dz[r, q, f]',
    where: (layers, at) => {
      const { H, W } = windowsAt(layers[at].spec);
      return H > 1 && W > 1;
    },
    recipe: insteadOfLayer((step, right) => {
      const { x } = step.saved;
      right({ ...step, saved: { ...step.saved, x: moved(x, windowsAt(step.spec)) } });
    }),
  },
  'stride-ignored-in-dw': {
    first: 'weights',
    description: 'dW is computed as if the stride were 1',
    remedy: 'position (r, q) read the picture at row r·stride + i - top, column q·stride + j - left',
    formula: 'dW[i, j, c, f] = Σ_b Σ_rq x[r + i - top, q + j - left, c] dz[r, q, f]',
    where: (layers, at) => isStrided(windowsAt(layers[at].spec)),
    recipe: insteadOfLayer((step, right) => {
      right(step);
      withoutStride(step);
    }),
  },
  'bias-averaged-over-positions': {
    first: 'bias',
    description: 'the bias gradient is averaged over the positions of the picture, not summed',
    remedy: 'db = Σ_b Σ_rq dz[r, q]: every position used the same bias, so all of them add up',
    formula: 'db[f] = (1/(R·Q)) Σ_b Σ_rq dz[r, q, f]',
    where: (layers, at) => positionsOf(windowsAt(layers[at].spec)) > 1,
    recipe: afterLayer(({ dp: { bias }, spec }) => {
      const P = positionsOf(windowsAt(spec));
      bias.values.forEach((g, f, all) => (all[f] = g / P));
    }),
  },
} as const satisfies Record<string, LayerFault>;

function positionsOf({ R, Q }: Windows): number {
  return R * Q;
}

/** Only then does another position read another place. */
function isStrided({ sh, sw, R, Q }: Windows): boolean {
  return (sh > 1 && R > 1) || (sw > 1 && Q > 1);
}

/** dW with stride 1 in place of the layer's. */
function withoutStride({ spec, dp: { weights: dW }, dz, saved: { x } }: LayerStep): void {
  const { H, W, C, kh, kw, top, left, R, Q } = windowsAt(spec);
  const F = dW.shape[3];
  const sums = new Float64Array(dW.values.length);
  for (let n = 0; n < x.rows; n++)
    for (let r = 0; r < R; r++)
      for (let q = 0; q < Q; q++)
        for (let t = 0; t < kh * kw; t++) {
          const [y, col] = [r + Math.floor(t / kw) - top, q + (t % kw) - left];
          if (y < 0 || y >= H || col < 0 || col >= W) continue;
          const [from, to] = [n * x.cols + (y * W + col) * C, n * dz.cols + (r * Q + q) * F];
          for (let c = 0; c < C; c++)
            for (let f = 0; f < F; f++) sums[(t * C + c) * F + f] += x.data[from + c] * dz.data[to + f];
        }
  dW.values.set(sums);
}
