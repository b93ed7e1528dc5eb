// How a page describes its TensorFlow.js twin. Types only: ops never loads TensorFlow.js, which
// need not be installed.
import type * as TensorFlow from '@tensorflow/tfjs';

export type Tf = typeof TensorFlow;
export type TensorFunction = (tf: Tf, z: TensorFlow.Tensor2D) => TensorFlow.Tensor2D;
/**
 * The scalar loss from targets t (B, K) and from the scores or outputs (B, K) that the loss
 * starts from.
 */
export type TensorLoss = (tf: Tf, t: TensorFlow.Tensor2D, from: TensorFlow.Tensor2D) => TensorFlow.Scalar;
/** The name of an activation in the layers API. A dense layer can fuse it with its product. */
export type LayerActivation = NonNullable<Parameters<Tf['layers']['activation']>[0]['activation']>;

/**
 * An activation of the layers API; or a function of the scores; or both: what a dense layer does
 * itself (`layer`), what remains after it (`rest`, default: nothing), and the whole as one
 * function, for a loss that starts from scores.
 */
export type Twin =
  | LayerActivation
  | TensorFunction
  | { readonly whole: TensorFunction; readonly layer: LayerActivation; readonly rest?: TensorFunction };
