// The intermediates of a TensorFlow.js model: scores, activations, and the gradient of the loss
// with respect to each score.
import type { Scalar, Sequential, Tensor, Tensor2D } from '@tensorflow/tfjs';
import { layersOf } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Tf } from './open.ts';
import { BETWEEN, passOf, tensorsOfLayer, toOutputs } from './model.ts';
import type { GivenPass } from './model.ts';

/** One layer in two halves: TensorFlow.js computes z and a in one call and returns only a. */
interface Halves {
  readonly scores: (x: Tensor2D) => Tensor2D;
  readonly activate: (z: Tensor2D) => Tensor2D;
}

/** An intermediate, to be read by the caller. */
export type Shown = Readonly<{ name: string; tensor: Tensor2D }>;

/** @param loss the loss from the result of the model's last layer */
export function traceModel(
  tf: Tf,
  network: NetworkSpec,
  model: Sequential,
  x: Tensor2D,
  given: GivenPass,
  loss: (last: Tensor2D) => Scalar,
): Shown[] {
  const halves = halvesOf(tf, network, model, given);
  const shown: Shown[] = [];
  const show = (name: string, t: Tensor2D): unknown => shown.push({ name, tensor: t.clone() });
  const z: Tensor2D[] = [];
  let a = x;
  halves.forEach(({ scores, activate }, l) => {
    z.push(scores(a));
    a = activate(z[l]);
    show(`z${l + 1}`, z[l]);
    show(`a${l + 1}`, l < halves.length - 1 ? a : toOutputs(tf, network, a));
  });
  show('loss', tf.reshape(loss(a), [1, 1]));
  const gradients = scoreGradients(tf, halves, x, loss);
  for (let l = halves.length - 1; l >= 0; l--) {
    show(`dz${l + 1}`, gradients[l]);
    gradients[l].dispose();
  }
  return shown;
}

/**
 * dz of every layer, layer 1 first, in one backward pass: each score passes through a tap that
 * records its gradient. The caller disposes of them.
 */
function scoreGradients(tf: Tf, halves: readonly Halves[], x: Tensor2D, loss: (last: Tensor2D) => Scalar): Tensor2D[] {
  const gradients: Tensor2D[] = [];
  const tap = (l: number): ((z: Tensor) => Tensor) =>
    tf.customGrad((z) => ({
      value: (z as Tensor).clone(),
      gradFunc: (dz: Tensor) => {
        gradients[l] = tf.keep(dz.clone()) as Tensor2D;
        return dz.clone();
      },
    }));
  const lossFrom = (input: Tensor): Scalar =>
    loss(halves.reduce((a, { scores, activate }, l) => activate(tap(l)(scores(a)) as Tensor2D), input as Tensor2D));
  tf.grad(lossFrom)(x);
  return gradients;
}

/** Layers of the model that are the activation of the previous layer. */
const FOLLOWS = ['FunctionLayer', 'Activation'];

function halvesOf(tf: Tf, network: NetworkSpec, model: Sequential, given: GivenPass): Halves[] {
  const halves: Halves[] = [];
  const kinds = layersOf(network);
  for (const layer of model.layers) {
    if (layer.name.startsWith(BETWEEN)) continue; // pages compute on rows
    const before = halves.at(-1);
    if (before !== undefined && FOLLOWS.includes(layer.getClassName())) {
      halves[halves.length - 1] = { ...before, activate: (z) => layer.apply(before.activate(z)) as Tensor2D };
      continue;
    }
    const { page, spec, parameters } = kinds[halves.length];
    const own = tensorsOfLayer(layer, parameters);
    const pass = passOf(given, halves.length);
    const { activation } = layer as unknown as { activation?: { apply(z: Tensor): Tensor2D } };
    halves.push({
      scores: (x) => page.tfjs(tf, x, own, spec, pass),
      activate: (z) => activation?.apply(z) ?? z,
    });
  }
  return halves;
}
