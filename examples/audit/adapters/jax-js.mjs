// @jax-js/jax on its WebAssembly backend: the gradients are those of its own valueAndGrad. Every
// use of an array consumes it; `.ref` keeps a reference.
import { defaultDevice, init, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { activationsOf, lookUp } from './shared.mjs';

export const name = 'jax-js';
export const packageName = '@jax-js/jax';
export const conventions = { dtype: 'f32' };

const same = (z) => z;
/**
 * @param approximate its default for gelu is the formula with tanh; backproof's gelu is the one
 *   with erf
 */
const activations = (approximate) => ({
  ...{ linear: same, softmax: same, relu: nn.relu, 'leaky-relu': (z) => nn.leakyRelu(z, 0.2), elu: (z) => nn.elu(z) },
  ...{ selu: nn.selu, softplus: nn.softplus, sigmoid: nn.sigmoid, tanh: np.tanh, swish: nn.silu },
  gelu: (z) => nn.gelu(z, { approximate }),
});

let started = null;

export const candidate =
  ({ approximate = false } = {}) =>
  async ({ network, parameters, inputs, targets }) => {
    started ??= init('wasm').then(() => defaultDevice('wasm'));
    await started;
    const { all } = activationsOf(network);
    const functions = all.map((id) => lookUp(activations(approximate), id, name));
    // x (B, D) to the outputs, or for cross-entropy the scores, of the last layer (B, K)
    const forward = (ws, x) => ws.reduce((a, [W, b], l) => functions[l](np.matmul(a, W).add(b)), x);
    const B = inputs.length;
    const lossOf = (ws, x, t) =>
      network.loss === 'mse'
        ? np.mean(np.square(forward(ws, x).sub(t)))
        : np.sum(nn.logSoftmax(forward(ws, x)).mul(t)).mul(-1 / B);
    const array = (rows) => {
      const flat = new Float32Array(rows.flatMap((row) => Array.from(row)));
      return np.array(flat, { shape: [rows.length, rows[0].length] });
    };
    const ws = parameters.map(({ weights, bias }) => [
      array(weights),
      np.array(new Float32Array(bias), { shape: [bias.length] }),
    ]);
    const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(ws), array(inputs), array(targets));
    tree.dispose(ws);
    const numbers = await Promise.all(gradients.map(async ([W, b]) => [await W.jsAsync(), await b.jsAsync()]));
    return { loss: (await loss.data())[0], gradients: numbers.map(([weights, bias]) => ({ weights, bias })) };
  };

export default candidate({});
