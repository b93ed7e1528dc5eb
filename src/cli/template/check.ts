// The files that `backproof init --function` and `--layer` write: something right to put one's own
// in the place of. What stands between ‹ and › is for TypeScript alone.
import { inLanguage } from './network.ts';
import type { Language } from './network.ts';

const HEAD = String.raw`// My WHAT. It is right once this agrees:
//
//   npx backproof check FILE
//
// What stands here is right, so that is what it says. Put your own in its place, and run it again:
// it names the tensor and the entries that are wrong, and what the wrong numbers look like.
`;

const FUNCTION = String.raw`${HEAD}//
// Parameters are numbers in any form: nested arrays, Float32Array, Float64Array, objects of these.
// The gradient has the form of the parameters.

// The data of the example, logistic regression: B = 4 examples with D = 2 inputs.
const inputs‹: number[][]› = [
  [0.5, 1.2],
  [-0.3, 0.8],
  [1.1, -0.7],
  [0.2, 0.1],
]; // (B, D)
const targets = [1, 0, 1, 0]; // (B)

‹interface Parameters {
  weights: number[]; // (D)
  bias: number;
}

›/**
 * The point at which it is checked. Choose general numbers: where weights are 0 or equal, some
 * mistakes make no difference.
 */
export const parameters‹: Parameters› = { weights: [0.3, -0.2], bias: 0.1 };

/** Optional: names for factors, for a gradient that is wrong by one of them. */
export const sizes = { 'number of examples': inputs.length };

/** The probability of class 1. */
function probability({ weights, bias }‹: Parameters›, x‹: number[]›)‹: number› {
  return 1 / (1 + Math.exp(-weights.reduce((sum, w, j) => sum + w * x[j]‹!›, bias)));
}

/** The function: here the mean cross-entropy of the examples. */
export function value(p‹: Parameters›)‹: number› {
  let sum = 0;
  inputs.forEach((x, i) => {
    const q = probability(p, x);
    sum -= Math.log(targets[i] === 1 ? q : 1 - q);
  });
  return sum / inputs.length;
}

/** Its gradient: with z = w x + b, dz = (q - t) / B, dw = Σ dz x, db = Σ dz. */
export function gradient(p‹: Parameters›)‹: Parameters› {
  const g = { weights: p.weights.map(() => 0), bias: 0 };
  inputs.forEach((x, i) => {
    const dz = (probability(p, x) - targets[i]‹!›) / inputs.length;
    x.forEach((xj, j) => {
      g.weights[j]‹!› += dz * xj;
    });
    g.bias += dz;
  });
  return g;
}

// Optional, if TensorFlow.js is installed: the same function in its operations. The gradient is
// then compared with the automatic one as well.
//
// export function twin(tf, { weights, bias }) {
//   const z = tf.tensor2d(inputs).mul(weights).sum(1).add(bias);
//   return tf.losses.sigmoidCrossEntropy(targets, z);
// }
`;

const LAYER = String.raw`${HEAD}//
// Inputs, outputs and parameters are numbers in any form: nested arrays, Float32Array,
// Float64Array, objects of these. A gradient has the form of what it belongs to.
‹
type Matrix = number[][];
interface Parameters {
  W: Matrix; // (inputs, units)
  b: number[]; // (units)
}
›
/**
 * The point at which it is checked: B = 3 examples. Choose general numbers: where numbers are 0 or
 * equal, some mistakes make no difference.
 */
export const inputs‹: Matrix› = [
  [0.5, 1.2, -0.4],
  [-0.3, 0.8, 0.9],
  [1.1, -0.7, 0.2],
];
export const parameters‹: Parameters› = {
  W: [
    [0.1, -0.2],
    [0.4, 0.3],
    [-0.5, 0.6],
  ],
  b: [0.05, -0.15],
};

/** The first index is the example, and none influences another. Without this, that is not asked. */
export const examples = 'independent';

/** The example, a dense layer with tanh: a = tanh(x W + b). */
export function forward(x‹: Matrix›, { W, b }‹: Parameters›)‹: Matrix› {
  return x.map((row) =>
    b.map((bj, j) => Math.tanh(row.reduce((z, xi, i) => z + xi * W[i]‹!›[j]‹!›, bj))),
  );
}

/**
 * From da = ∂L/∂a, in the form of the outputs, the gradients of inputs and parameters:
 * dz = da (1 - a²), dx = dz Wᵀ, dW = xᵀ dz, db = Σ dz.
 */
export function backward(da‹: Matrix›, x‹: Matrix›, { W, b }‹: Parameters›) {
  const a = forward(x, { W, b });
  const dz = da.map((row, n) => row.map((d, j) => d * (1 - a[n]‹!›[j]‹!› ** 2)));
  return {
    inputs: dz.map((d) => W.map((row) => row.reduce((sum, w, j) => sum + d[j]‹!› * w, 0))),
    parameters: {
      W: W.map((row, i) => row.map((_, j) => dz.reduce((sum, d, n) => sum + x[n]‹!›[i]‹!› * d[j]‹!›, 0))),
      b: b.map((_, j) => dz.reduce((sum, d) => sum + d[j]‹!›, 0)),
    },
  };
}

// A layer that is a class with a cache takes a few lines more: layerOf of the package, in
// docs/check.md, makes forward and backward of it.
`;

/** What can be started for `check`. */
export type Subject = 'function' | 'layer';

/**
 * @param file its name, for its head
 */
export function checkTemplate(subject: Subject, language: Language, file: string): string {
  const text = subject === 'function' ? FUNCTION : LAYER;
  return inLanguage(text, language)
    .replaceAll('FILE', file)
    .replaceAll('WHAT', subject === 'function' ? 'function and its gradient' : 'layer');
}
