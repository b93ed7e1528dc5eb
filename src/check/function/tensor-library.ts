// What this folder uses of TensorFlow.js, as interfaces: the library is passed in, and neither it
// nor its types need be installed.

/** A tensor of TensorFlow.js. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Its numbers, row-major. */
  data(): Promise<ArrayLike<number | string>>;
  /** Frees its memory. */
  dispose(): void;
}

/** A tensor, or lists and objects of tensors of any depth. */
export type TensorTree = TensorLike | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** TensorFlow.js, as `import * as tf from '@tensorflow/tfjs'` has it. */
/* eslint-disable @typescript-eslint/no-explicit-any -- its own types are of its own classes */
export interface TensorLibrary {
  /** A new tensor. */
  tensor(values: Float32Array, shape?: number[]): any;
  /** A copy that is disposed of by itself. */
  clone(x: any): any;
  /** Disposes of every tensor that f makes, but those that it returns. */
  tidy(f: () => any): any;
  /** Value and gradients of a function of tensors. */
  valueAndGrads(f: (...tensors: any[]) => any): (tensors: any[]) => { readonly grads: any[] };
  /** a ⊙ b */
  mul(a: any, b: any): any;
  /** Of all entries. */
  sum(x: any): any;
  /** The sum of tensors of one shape. */
  addN(x: any[]): any;
  /** Its machine, with the tape of operations to go back on. */
  engine(): { readonly state: { readonly activeTape?: { readonly saved?: any[] }[] } };
}
/* eslint-enable @typescript-eslint/no-explicit-any */

/** The same function in operations of TensorFlow.js. */
export interface Twin<P = unknown> {
  /** TensorFlow.js, as imported; the backend that is set is used. */
  readonly tf: TensorLibrary;
  /** Whether its backend is webgl or webgpu, whose sin and cos are much less exact. */
  readonly inShaders?: boolean;
  /** Gets the parameters with a tensor in the place of each; returns a scalar. */
  readonly f: (parameters: P) => TensorLike;
}

/** A layer's outputs in operations of TensorFlow.js. */
export interface LayerTwin<X = unknown, P = unknown> {
  /** TensorFlow.js, as imported; the backend that is set is used. */
  readonly tf: TensorLibrary;
  /** Whether its backend is webgl or webgpu, whose sin and cos are much less exact. */
  readonly inShaders?: boolean;
  /**
   * Gets inputs and parameters with a tensor in the place of each; returns the outputs in the
   * layer's form and order.
   */
  readonly f: (inputs: X, parameters: P) => TensorTree;
}

export function isTensor(value: unknown): value is TensorLike {
  return typeof value === 'object' && value !== null && 'dataId' in value && 'dispose' in value;
}
