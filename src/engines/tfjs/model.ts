// The identical model in TensorFlow.js's own terms: the one file that maps its names to ours.
import type {
  Optimizer as TfOptimizer,
  Scalar,
  Sequential,
  Tensor,
  Tensor2D,
  Variable,
  layers,
} from '@tensorflow/tfjs';
import { penaltiesOn } from '../../network/penalties.ts';
import { lastLayer, layersOf } from '../../network/spec.ts';
import type { TfjsVariant } from '../../network/case.ts';
import type { NetworkLayer, NetworkSpec } from '../../network/spec.ts';
import type { TensorPass } from '../../ops/layers/page.ts';
import { activationOf, lossOf } from '../../ops/registry.ts';
import type { LayerActivation, TensorFunction, Twin } from '../../ops/twin.ts';
import type { Tf } from './open.ts';

/**
 * An activation in TensorFlow.js: what a dense layer does itself, what remains after it, and the
 * whole as one function of the scores.
 */
interface Parts {
  readonly layer: LayerActivation;
  readonly rest: TensorFunction | null;
  readonly whole: TensorFunction;
}

function partsOf(twin: Twin): Parts {
  if (typeof twin === 'function') return { layer: 'linear', rest: twin, whole: twin };
  if (typeof twin === 'object') return { rest: null, ...twin };
  const whole: TensorFunction = (tf, z) => tf.layers.activation({ activation: twin }).apply(z) as Tensor2D;
  return { layer: twin, rest: null, whole };
}

/**
 * A tf.sequential of TensorFlow.js's own layers, where it has them. The last layer ends where the
 * loss takes over: for a loss from scores, in raw scores; for an output over all scores of an
 * example, in the part that the layers API can do.
 */
export function buildModel(tf: Tf, network: NetworkSpec, given: GivenPass): Sequential {
  const model = tf.sequential();
  const last = network.layers.length - 1;
  let isPicture = false; // whether what the model has computed so far is (B, height, width, channels)
  const add = (layer: (first: { inputShape?: number[] }) => layers.Layer): void => {
    model.add(layer(model.layers.length === 0 ? { inputShape: [network.inputs] } : {}));
  };
  const between = (l: number, shape: readonly number[]): void => {
    add((first) => tf.layers.reshape({ name: `${BETWEEN}${l}`, targetShape: [...shape], ...first }));
  };
  layersOf(network).forEach((of, l) => {
    const page = activationOf(of.activation);
    const inScores = l === last && lossOf(network.loss).from === 'scores';
    const { layer, rest } = inScores ? partsOf('linear') : partsOf(page.tfjs);
    // parameters come with load; drawing random ones first would take time
    const more = { activation: layer, kernelInitializer: 'zeros' } as const;
    const isOfPicture = (of.spec['inputShape'] as number[] | undefined)?.length === 3;
    const takesPicture = of.page.reads === 'picture' || (of.page.ownReads === 'picture' && isOfPicture);
    const first = model.layers.length === 0 && !takesPicture ? { inputShape: [network.inputs] } : {};
    const own = of.page.ownLayer?.(tf, of.spec, { ...more, ...first });
    const wants = own !== undefined && takesPicture;
    if (wants !== isPicture) between(l, wants ? (of.spec['inputShape'] as number[]) : [of.inputs]);
    add((input) => own ?? pageLayer(tf, of, input, given, l));
    isPicture = wants && of.shape !== undefined;
    if (layer !== 'linear' && !appliesActivation(own)) model.add(tf.layers.activation({ activation: layer }));
    if (rest !== null && page.kind === 'elementwise') model.add(functionLayer(tf, rest));
  });
  if (isPicture) between(last + 1, [lastLayer(network).units]);
  return model;
}

/** What layers of the model read when they are called: the mode, and the masks of the batch. */
export interface GivenPass {
  mode: 'train' | 'predict';
  masks: readonly (Tensor2D | null)[];
}

export function passOf({ mode, masks }: GivenPass, l: number): TensorPass {
  return { mode, mask: mode === 'train' ? (masks[l] ?? null) : null };
}

/** Of TensorFlow.js's own layers, only some have an activation. */
function appliesActivation(own: layers.Layer | undefined): boolean {
  return own !== undefined && 'activation' in own;
}

/** The name of a layer that only changes the shape, up to the number of the layer after it. */
export const BETWEEN = 'shape_before_';

/** A kind of layer that TensorFlow.js does not have, built from its page. */
function pageLayer(
  tf: Tf,
  { page, spec, parameters, units }: NetworkLayer,
  shape: { inputShape?: number[] },
  given: GivenPass,
  index: number,
): layers.Layer {
  class PageLayer extends tf.layers.Layer {
    static className = 'PageLayer';
    override build(): void {
      for (const { role, shape, trained } of parameters)
        this.addWeight(role, [...shape], 'float32', tf.initializers.zeros(), undefined, trained !== false);
      this.built = true;
    }
    override computeOutputShape(): [null, number] {
      return [null, units];
    }
    override call(inputs: Tensor | Tensor[]): Tensor {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor2D;
      return page.tfjs(tf, x, tensorsOfLayer(this, parameters), spec, passOf(given, index));
    }
  }
  return new PageLayer(shape);
}

/** The parameters of a layer of the model, by role. */
export function tensorsOfLayer(
  { weights }: layers.Layer,
  parameters: NetworkLayer['parameters'],
): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(parameters.map(({ role }, t) => [role, weights[t].read()]));
}

/** A function as a layer. */
function functionLayer(tf: Tf, f: TensorFunction): layers.Layer {
  class FunctionLayer extends tf.layers.Layer {
    static className = 'FunctionLayer';
    override call(inputs: Tensor | Tensor[]): Tensor {
      return f(tf, (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor2D);
    }
  }
  return new FunctionLayer();
}

/** Turns the result of the model's last layer into the network's outputs (B, K). */
export function toOutputs(tf: Tf, network: NetworkSpec, last: Tensor2D): Tensor2D {
  const page = activationOf(lastLayer(network).activation);
  const { whole, rest } = partsOf(page.tfjs);
  if (lossOf(network.loss).from === 'scores') return whole(tf, last);
  return page.kind === 'output' && rest !== null ? rest(tf, last) : last;
}

/**
 * @param variant categoricalCrossentropy: uses the loss of the layers API instead, which is known
 *   to be wrong
 */
export function lossOfModel(
  tf: Tf,
  network: NetworkSpec,
  last: Tensor2D,
  targets: Tensor2D,
  variant: TfjsVariant | null = null,
): Scalar {
  if (variant === 'categoricalCrossentropy') {
    return tf.mean(tf.metrics.categoricalCrossentropy(targets, tf.softmax(last)));
  }
  const page = lossOf(network.loss);
  return page.tfjs(tf, targets, page.from === 'scores' ? last : toOutputs(tf, network, last));
}

/** The loss of the data with all penalties added to it. @param variables W1, b1, W2 ... */
export function withPenaltiesOf(
  tf: Tf,
  network: NetworkSpec,
  ofData: Scalar,
  variables: readonly Variable[],
  B: number,
): Scalar {
  return penaltiesOn(network, B).reduce<Scalar>(
    (sum, { at, page, factor }) => tf.add(sum, page.tfjs(tf, variables[at], factor)),
    ofData,
  );
}

/** Makes the optimizer take one step, with gradients of 1, on variables that are then discarded. */
export function serveAnotherList(tf: Tf, optimizer: TfOptimizer, like: readonly Variable[]): void {
  const others = like.map(({ shape }) => tf.variable(tf.zeros(shape)));
  optimizer.applyGradients(others.map(({ name, shape }) => ({ name, tensor: tf.ones(shape) })));
  for (const other of others) other.dispose();
}

/**
 * Frees everything an optimizer holds. MomentumOptimizer.dispose() leaves out the learning
 * rate's scalar.
 */
export function disposeOptimizer(optimizer: TfOptimizer): void {
  optimizer.dispose();
  const rate = (optimizer as unknown as { c?: { isDisposed: boolean; dispose(): void } }).c;
  if (rate !== undefined && !rate.isDisposed) rate.dispose();
}
