// What comes up on the way through a TensorFlow.js model: scores, activations, and the gradient of the loss at each score.
import type { Scalar, Sequential, Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { LayerTrace } from '../engine.ts';
import type { Tf } from './backend.ts';
import { toOutputs } from './model.ts';

/** One dense layer in two halves: TensorFlow.js computes z and a in one call, and shows a alone. */
interface Halves {
  readonly scores: (x: Tensor2D) => Tensor2D;
  readonly activate: (z: Tensor2D) => Tensor2D;
}

/** @param loss from what the model's last layer gives */
export function traceModel(
  tf: Tf,
  network: NetworkSpec,
  model: Sequential,
  x: Tensor2D,
  loss: (last: Tensor2D) => Scalar,
): LayerTrace {
  const halves = halvesOf(tf, model);
  const shown: { name: string; values: Matrix }[] = [];
  const show = (name: string, t: Tensor2D): unknown => shown.push({ name, values: matrixOf(t) });
  const z: Tensor2D[] = [];
  let a = x;
  halves.forEach(({ scores, activate }, l) => {
    z.push(scores(a));
    a = activate(z[l]);
    show(`z${l + 1}`, z[l]);
    show(`a${l + 1}`, l < halves.length - 1 ? a : toOutputs(tf, network, a));
  });
  show('loss', tf.reshape(loss(a), [1, 1]));
  for (let l = halves.length - 1; l >= 0; l--) {
    const lossFrom = (score: Tensor): Tensor => {
      let out = halves[l].activate(score as Tensor2D);
      for (const { scores, activate } of halves.slice(l + 1)) out = activate(scores(out));
      return loss(out);
    };
    show(`dz${l + 1}`, tf.grad(lossFrom)(z[l]) as Tensor2D);
  }
  return shown;
}

function halvesOf(tf: Tf, model: Sequential): Halves[] {
  const halves: Halves[] = [];
  for (const layer of model.layers) {
    const before = halves.at(-1);
    if (layer.getClassName() === 'Dense') {
      const [W, b] = layer.weights.map((weight) => weight.read());
      const { activation } = layer as unknown as { activation: { apply(z: Tensor): Tensor2D } };
      halves.push({
        scores: (x) => tf.add(tf.matMul(x, W as Tensor2D), b),
        activate: (z) => activation.apply(z),
      });
    } else if (before !== undefined) {
      // an activation that is a layer of its own
      halves[halves.length - 1] = { ...before, activate: (z) => layer.apply(before.activate(z)) as Tensor2D };
    }
  }
  return halves;
}

function matrixOf(t: Tensor2D): Matrix {
  return { rows: t.shape[0], cols: t.shape[1], data: t.dataSync<'float32'>().slice() };
}
