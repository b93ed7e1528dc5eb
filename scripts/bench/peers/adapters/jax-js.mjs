// @jax-js/jax on its WebAssembly backend: one jitted function per step (loss, gradients and
// update). Every use of an array consumes it; `.ref` keeps a reference.
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { inputsInto, requireTask } from '../task.mjs';

export const label = 'jax-js wasm';
export const packageName = '@jax-js/jax';
export const note = () =>
  'one jitted function per step, SGD and Adam written by hand; one thread, because Node has no web Worker';

const same = (z) => z;
const ACTIVATION = { relu: nn.relu, tanh: np.tanh, sigmoid: nn.sigmoid };

/** From (options, w, g, state, c1, c2) to the new w and the new state. */
const UPDATE = {
  sgd: ({ learningRate }, w, g, state) => [w.sub(g.mul(learningRate)), state],
  // Kingma & Ba 2015, Algorithm 1; ε after the root; c1 = 1 - β₁ᵗ, c2 = 1 - β₂ᵗ
  adam: ({ learningRate, beta1, beta2, epsilon }, w, g, [m0, v0], c1, c2) => {
    const m = m0.mul(beta1).add(g.ref.mul(1 - beta1));
    const v = v0.mul(beta2).add(np.square(g).mul(1 - beta2));
    const step = m.ref.div(c1.ref).div(np.sqrt(v.ref.div(c2.ref)).add(epsilon));
    return [w.sub(step.mul(learningRate)), [m, v]];
  },
};

export function supports(task) {
  requireTask(task, { optimizers: Object.keys(UPDATE) });
}

export async function create(task) {
  await init('wasm');
  defaultDevice('wasm');
  const { inputs, classes, optimizer, batchSize: B } = task;
  const activations = task.activations.slice(0, -1).map((id) => ACTIVATION[id]);
  // x (B, D) to the scores z (B, K) of the last layer
  const forward = (parameters, x) =>
    parameters.reduce((a, [W, b], l) => (activations[l] ?? same)(np.matmul(a, W).add(b)), x);
  const lossOf = (parameters, x, t) => np.sum(nn.logSoftmax(forward(parameters, x)).mul(t)).mul(-1 / B);
  const step = jit((parameters, states, x, t, c1, c2) => {
    const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(parameters), x, t);
    const updated = parameters.map((layer, l) =>
      layer.map((w, p) => UPDATE[optimizer.id](optimizer, w, gradients[l][p], states[l][p], c1, c2)),
    );
    [c1, c2].forEach((c) => c.dispose());
    return [updated.map((layer) => layer.map(([w]) => w)), updated.map((layer) => layer.map(([, s]) => s)), loss];
  });
  const predict = jit((parameters, x) => nn.softmax(forward(parameters, x)));

  let parameters = task.parameters.map((layer) => [
    np.array(layer.W.slice(), { shape: [layer.inputs, layer.units] }),
    np.array(layer.b.slice(), { shape: [layer.units] }),
  ]);
  const zeros = (w) => np.zeros(w.shape);
  let states = parameters.map((layer) => layer.map((w) => (optimizer.id === 'adam' ? [zeros(w), zeros(w)] : [])));
  let t = 0;

  const batchOf = (positions) => {
    const x = new Float32Array(B * inputs);
    const targets = new Float32Array(B * classes); // one-hot
    positions.forEach((position, r) => {
      inputsInto(x, task, position, r * inputs);
      targets[r * classes + task.labels[position]] = 1;
    });
    return [np.array(x, { shape: [B, inputs] }), np.array(targets, { shape: [B, classes] })];
  };
  return {
    async train(batches) {
      const losses = [];
      for (const positions of batches) {
        t += 1;
        const corrections = [1 - optimizer.beta1 ** t, 1 - optimizer.beta2 ** t].map((c) => np.array(c));
        const [x, targets] = batchOf(positions);
        let loss;
        [parameters, states, loss] = step(parameters, states, x, targets, ...corrections);
        losses.push((await loss.data())[0]);
      }
      await blockUntilReady(parameters);
      return losses;
    },
    async outputs(positions) {
      const [x, targets] = batchOf(positions);
      targets.dispose();
      return predict(tree.ref(parameters), x).jsAsync();
    },
    dispose() {
      tree.dispose([parameters, states]);
      for (const compiled of [step, predict]) compiled.dispose();
    },
  };
}
