// A dense layer: every unit reads every number of the layer below. Letters: B examples, I inputs,
// O units.
import type { Matrix } from '../../numeric/matrix.ts';
import { denseErrors, inputGradientErrors, weightGradientErrors } from '../../numeric/bounds/products.ts';
import { multiply, multiplyTransposedLeft, multiplyTransposedRight } from '../../numeric/fast-products.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { total } from '../../numeric/scalar.ts';
import { layer } from './page.ts';
import type { Fields, Tensor, Tensors } from './page.ts';

/** A dense layer with `units` units, followed by its activation. */
export interface DenseFields extends Fields {
  readonly units: number;
}

/** The dense layer: z = x W + b, its gradients, and everything else known about it. */
export const dense = layer<DenseFields>()({
  id: 'dense',
  counts: ['units'],
  short: {
    read: (text) => (/^\d+$/.test(text) ? { units: Number(text) } : null),
    write: ({ units }) => String(units),
    example: 'dense:64',
  },
  symbols: { weights: 'W', bias: 'b' },
  outputs: ({ units }) => units,
  parameters: ({ units }, inputs) => [
    {
      role: 'weights',
      shape: [inputs, units],
      start: { fanIn: inputs, fanOut: units },
      hint: 'weights are (inputs, units)',
    },
    { role: 'bias', shape: [units], start: 0 },
  ],
  formula: {
    forward: (l, x) => `${x} W${l} + b${l}`,
    gradient: (role, l, x) => (role === 'bias' ? `Σ_b dz${l}   (over the examples of the batch)` : `${x}ᵀ dz${l}`),
    inputs: (l) => `dz${l} W${l}ᵀ`,
  },

  // z = x W + b                              x (B, I)   W (I, O)   b (O)   z (B, O)
  forward(z, x, { weights, bias: { values: b } }) {
    multiply(z, x, matrix(weights));
    const O = z.cols;
    for (let r = 0; r < z.rows; r++) for (let o = 0; o < O; o++) z.data[r * O + o] += b[o];
  },
  // dW = xᵀ dz, db = Σ_B dz, dx = dz Wᵀ. z_bo = Σ_i x_bi W_io + b_o, so W_io enters z_bo with the
  // factor x_bi, b_o with 1, and x_bi with W_io.
  backward(dx, { weights: dW, bias: db }, dz, { x }, { weights: W }) {
    multiplyTransposedLeft(matrix(dW), x, dz);
    sumOverExamples(db.values, dz);
    // null in the first layer: nothing uses the gradient of the inputs
    if (dx !== null) multiplyTransposedRight(dx, dz, matrix(W));
  },

  bound: {
    forward(z, x, { weights, bias }, { layer, align }) {
      return denseErrors(z, x, { layer, W: matrix(weights) }, bias.values, align);
    },
    backward({ dx, dp, errors }, dz, x, { weights }, { layer, align, alike }) {
      const W = matrix(weights);
      const own = (t: Tensors): { weights: Matrix; bias: FloatArray } => {
        return { weights: matrix(t['weights']), bias: t['bias'].values };
      };
      const size = weightGradientErrors(own(dp), own(errors), x, dz, alike);
      return { dp: size, dx: dx === null ? 0 : inputGradientErrors(dx, dz, { layer, W }, align) };
    },
  },

  // z_o = Σ_i x_i W_io + b_o
  graph: (x, { weights: W, bias }, { units }) =>
    bias.map((b, o) => total([...x.map((xi, i) => xi.times(W[i * units + o])), b])),
  ownLayer: (tf, { units }, more) => tf.layers.dense({ units, ...more }),
  tfjs: (tf, x, { weights, bias }) => tf.add(tf.matMul(x, weights), bias),
});

/** A tensor of rank 2 as a matrix that shares its numbers. */
export function matrix({ shape: [rows, cols], values }: Tensor): Matrix {
  return { rows, cols, data: values };
}

/**
 * db = Σ_B dz   summed in binary64, rounded once, as in tfjs's cpu backend
 */
function sumOverExamples(db: FloatArray, dz: Matrix): void {
  const O = dz.cols;
  for (let o = 0; o < O; o++) {
    let sum = 0;
    for (let r = 0; r < dz.rows; r++) sum += dz.data[r * O + o];
    db[o] = sum;
  }
}
