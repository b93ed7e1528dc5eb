// What a page of an optimizer holds. An optimizer is a pure pair: `init` makes its state, `update` takes one step on one tensor. The state is
// plain data, so that it can be compared. The order of operations is TensorFlow.js's.
import type * as TensorFlow from '@tensorflow/tfjs';
import type { FloatArray } from '../../numeric/dtype.ts';

/** Numbers that optimizers read, each those it knows. lr is learningRate, the rest have tfjs's defaults. */
export interface Hyperparameters {
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

/** State of one tensor: named arrays of its length, and named numbers. */
export interface TensorState {
  readonly slots: Readonly<Record<string, FloatArray>>;
  readonly scalars: Record<string, number>;
}

/** One rule of updating a tensor of parameters by its gradient, in the precision of the tensor. */
export interface Optimizer {
  /** State before the first step for the tensor w. */
  init(w: FloatArray, spec: Hyperparameters): TensorState;
  /** One step: changes w (and the state) by the gradient g of the same length. */
  update(w: FloatArray, g: FloatArray, state: TensorState, spec: Hyperparameters): void;
}

/** One tensor before and after a step in binary64: the weights, the gradient, every slot of the state, and bounds on their errors in binary32. */
export interface TensorStep {
  readonly w: Float64Array; // after
  readonly ew: Float64Array; // before; the rule writes what it is after
  readonly g: Float64Array;
  readonly eg: Float64Array;
  readonly t: number; // which step this is, from 1
  readonly before: Readonly<Record<string, Float64Array>>;
  readonly after: Readonly<Record<string, Float64Array>>;
  readonly eSlots: Readonly<Record<string, Float64Array>>; // before; the rule writes what it is after
}

/** A mistake that can be made in one optimizer: a recipe that is put in on purpose, and that wrong numbers are compared with. */
export interface OptimizerFault {
  /** What went wrong, for somebody who has made it. */
  readonly description: string;
  /** How to mend it. */
  readonly remedy: string;
  /** The wrong formula, where the mistake has one; reports show it beside the right one. */
  readonly formula?: string | undefined;
  /** What must be above 0, beside the learning rate, for it to make a difference. */
  readonly needs?: keyof Hyperparameters;
  /** The whole optimizer with that one mistake, f64 inside, rounded when stored; or the name of another one whose step is taken instead. */
  readonly instead: Optimizer | string;
}

/** All that is known of one optimizer. */
export interface OptimizerPage<Id extends string = string, FaultName extends string = string> extends Optimizer {
  readonly id: Id;
  /** One step, as reports print it. */
  readonly formula: string;
  readonly source: string;
  /** Default: one that trains MNIST's 784-128-10. */
  readonly learningRate: number;
  /** Those that it reads, beside the learning rate. */
  readonly reads: readonly Exclude<keyof Hyperparameters, 'learningRate'>[];
  /** g² comes up on the way, and may leave a precision's range where g does not. */
  readonly squares?: true;
  /** The error rule of `update`: writes ew and eSlots, entry by entry. A slot's error may stay what it was where nothing can move it. */
  error(step: TensorStep, spec: Hyperparameters): void;
  /**
   * The same in TensorFlow.js.
   * @internal TensorFlow.js need not be installed, its types neither
   */
  tfjs(tf: typeof TensorFlow, spec: Hyperparameters): TensorFlow.Optimizer;
  /** The one of its faults that TensorFlow.js 4.22.0 has. */
  readonly wrongInTfjs?: NoInfer<FaultName>;
  /** Mistakes that can be made in this optimizer alone, by name. A name on two pages is one mistake, made in either. */
  readonly faults: Readonly<Record<FaultName, OptimizerFault>>;
}

/** Gives a page back with its name, and those of its faults, as types. */
export function optimizer<const Id extends string, const FaultName extends string>(
  page: OptimizerPage<Id, FaultName>,
): OptimizerPage<Id, FaultName> {
  return page;
}
