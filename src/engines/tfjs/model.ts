// The identical model in TensorFlow.js's own terms: the one file where its names are mapped to ours.
import type { Scalar, Sequential, Tensor2D, Optimizer as TfOptimizer, Variable } from '@tensorflow/tfjs';
import { isRowActivation, lastLayer } from '../../network/spec.ts';
import type { ActivationId, ElementwiseActivationId, NetworkSpec, TfjsVariant } from '../../network/spec.ts';
import { LEAK } from '../../ops/piecewise-activations.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { optimizerPage } from '../../ops/optimizers/registry.ts';
import type { Tf } from './backend.ts';

const LAYER_ACTIVATION = {
  linear: 'linear',
  relu: 'relu',
  'leaky-relu': 'linear', // a layer of its own follows
  elu: 'elu',
  selu: 'selu',
  softplus: 'softplus',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  swish: 'swish',
  gelu: 'gelu', // the one with erf; the tanh approximation is called gelu_new
} as const satisfies Record<ElementwiseActivationId, string>;

/**
 * A tf.sequential of dense layers. The last layer ends where the loss takes over: in raw scores for cross-entropy
 * (tf.losses.softmaxCrossEntropy starts from scores), in relu(z) for `ratio`.
 */
export function buildModel(tf: Tf, network: NetworkSpec): Sequential {
  const model = tf.sequential();
  network.layers.forEach(({ units, activation }, l) => {
    const ofLayer = layerActivation(network, l, activation);
    model.add(
      tf.layers.dense({
        ...{ units, activation: ofLayer, kernelInitializer: 'zeros' }, // parameters come by load; drawing random ones first takes time
        ...(l === 0 && { inputShape: [network.inputs] }),
      }),
    );
    if (activation === 'leaky-relu') model.add(tf.layers.leakyReLU({ alpha: LEAK })); // the layer's own default is 0.3
  });
  return model;
}

function layerActivation(
  network: NetworkSpec,
  l: number,
  activation: ActivationId,
): 'softmax' | (typeof LAYER_ACTIVATION)[ElementwiseActivationId] {
  if (!isRowActivation(activation)) return LAYER_ACTIVATION[activation];
  if (activation === 'ratio') return 'relu';
  return l === network.layers.length - 1 && network.loss === 'cross-entropy' ? 'linear' : 'softmax';
}

/** What the model's last layer gives, made into the network's outputs (B, K). */
export function toOutputs(tf: Tf, network: NetworkSpec, last: Tensor2D): Tensor2D {
  const { activation } = lastLayer(network);
  if (activation === 'ratio') return ratio(tf, last);
  if (activation === 'softmax' && network.loss === 'cross-entropy') return tf.softmax(last);
  return last;
}

/**
 * a / Σa; 1/K where the total is 0. `none` is 1 there and 0 elsewhere, so nothing is divided by 0 (a where() would let 0/0 through
 * as NaN in the gradient) and nothing else is changed; relu'(z <= 0) = 0 then makes the gradient of such an example 0.
 */
function ratio(tf: Tf, a: Tensor2D): Tensor2D {
  const total = tf.sum(a, 1, true);
  const none = tf.sub(1, tf.step(total));
  return tf.add(tf.div(a, tf.add(total, none)), tf.div(none, a.shape[1]));
}

/** @param variant categoricalCrossentropy: the loss of the layers API, which is known to be wrong, instead */
export function lossOf(
  tf: Tf,
  network: NetworkSpec,
  last: Tensor2D,
  targets: Tensor2D,
  variant: TfjsVariant | null = null,
): Scalar {
  if (variant === 'categoricalCrossentropy') {
    return tf.mean(tf.metrics.categoricalCrossentropy(targets, tf.softmax(last)));
  }
  if (network.loss === 'cross-entropy') return tf.losses.softmaxCrossEntropy(targets, last);
  return tf.losses.meanSquaredError(targets, toOutputs(tf, network, last));
}

export function buildOptimizer(tf: Tf, spec: OptimizerSpec): TfOptimizer {
  return optimizerPage(spec.id).tfjs(tf, spec);
}

/** Has the optimizer make a step, with gradients of 1, on variables that are then thrown away. */
export function serveAnotherList(tf: Tf, optimizer: TfOptimizer, like: readonly Variable[]): void {
  const others = like.map(({ shape }) => tf.variable(tf.zeros(shape)));
  optimizer.applyGradients(others.map(({ name, shape }) => ({ name, tensor: tf.ones(shape) })));
  for (const other of others) other.dispose();
}

/** Frees all an optimizer holds. MomentumOptimizer.dispose() forgets the learning rate's scalar. */
export function disposeOptimizer(optimizer: TfOptimizer): void {
  optimizer.dispose();
  const rate = (optimizer as unknown as { c?: { isDisposed: boolean; dispose(): void } }).c;
  if (rate !== undefined && !rate.isDisposed) rate.dispose();
}
