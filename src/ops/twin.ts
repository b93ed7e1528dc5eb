// How a page says what is the same in TensorFlow.js. Types alone: ops never loads it, and it need not be installed.
import type * as TensorFlow from '@tensorflow/tfjs';

export type Tf = typeof TensorFlow;
export type TensorFunction = (tf: Tf, z: TensorFlow.Tensor2D) => TensorFlow.Tensor2D;
/** The scalar loss of targets t (B, K) and of the scores or outputs (B, K) that the loss starts from. */
export type TensorLoss = (tf: Tf, t: TensorFlow.Tensor2D, from: TensorFlow.Tensor2D) => TensorFlow.Scalar;
/** An activation of the layers API, by its name there: a dense layer can fuse it with its product. */
export type LayerActivation = NonNullable<Parameters<Tf['layers']['activation']>[0]['activation']>;

/** All of it is an activation of the layers API; or a function of the scores; or both: what a dense layer does itself (`layer`),
 * what is left to do then (`rest`, default: nothing), and the whole as one function, for a loss that starts from scores. */
export type Twin =
  | LayerActivation
  | TensorFunction
  | { readonly whole: TensorFunction; readonly layer: LayerActivation; readonly rest?: TensorFunction };
