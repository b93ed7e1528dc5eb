// An optimizer is a pure pair: `init` makes its state, `update` takes one step on one tensor. The state is plain data, so
// that it can be compared. The order of operations is TensorFlow.js's.
import type { FloatArray } from '../../numeric/dtype.ts';

/** Hyperparameters; an optimizer reads those it knows. lr is learningRate, the rest have tfjs's defaults. */
export interface OptimizerSpec {
  readonly id: OptimizerId;
  readonly learningRate: number;
  /** momentum, nesterov */
  readonly momentum: number;
  /** rmsprop, rmsprop-centered, adadelta (there ρ) */
  readonly decay: number;
  /** adam */
  readonly beta1: number;
  readonly beta2: number;
  /** rmsprop, rmsprop-centered, adadelta (inside the root), adam (outside) */
  readonly epsilon: number;
}

/** Optimizers by name; the formula of each is at its entry of OPTIMIZER. */
export const OPTIMIZERS = ['sgd', 'momentum', 'nesterov', 'rmsprop', 'adam', 'rmsprop-centered', 'adadelta'] as const;
/** One of OPTIMIZERS. */
export type OptimizerId = (typeof OPTIMIZERS)[number];

/** State of one tensor: named arrays of its length, and named numbers. */
export interface TensorState {
  readonly slots: Readonly<Record<string, FloatArray>>;
  readonly scalars: Record<string, number>;
}

/** One rule of updating a tensor of parameters by its gradient, in the precision of the tensor. */
export interface Optimizer {
  /** State before the first step for the tensor w. */
  init(w: FloatArray, spec: OptimizerSpec): TensorState;
  /** One step: changes w (and the state) by the gradient g of the same length. */
  update(w: FloatArray, g: FloatArray, state: TensorState, spec: OptimizerSpec): void;
}
