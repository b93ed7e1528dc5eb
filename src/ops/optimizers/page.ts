// What the page of an optimizer holds. An optimizer is a pure pair: `init` makes its state,
// `update` takes one step on one tensor. The state is plain data, so it can be compared. The order
// of operations is TensorFlow.js's.
import type * as TensorFlow from '@tensorflow/tfjs';
import type { FloatArray } from '../../numeric/dtype.ts';

/**
 * The numbers that optimizers read, each only some of them. lr is learningRate; the others have
 * tfjs's defaults.
 */
export interface Hyperparameters {
  readonly learningRate: number;
  /** momentum, nesterov */
  readonly momentum: number;
  /** rmsprop, rmsprop-centered, adadelta (called ρ there) */
  readonly decay: number;
  /** adam, adamw, adamax, nadam */
  readonly beta1: number;
  readonly beta2: number;
  /** rmsprop, rmsprop-centered, adadelta, adagrad (inside the root), the others (outside) */
  readonly epsilon: number;
  /** λ of decoupled weight decay, w ← (1 - lr·λ)·w: adamw, sgd. Default: none, in adamw 0.01. */
  readonly weightDecay?: number | undefined;
}

/** What is done to gradients before the update: at most one of these. */
export interface Clipping {
  /** The largest ‖g‖₂ of all gradients together. */
  readonly clipNorm?: number | undefined;
  /** The largest |g| of an entry. */
  readonly clipValue?: number | undefined;
}

/** State of one tensor: named arrays of its length, and named numbers. */
export interface TensorState {
  readonly slots: Readonly<Record<string, FloatArray>>;
  readonly scalars: Record<string, number>;
}

/**
 * A rule that updates one tensor of parameters from its gradient, in the precision of the tensor.
 */
export interface Optimizer {
  /** The state before the first step on the tensor w. */
  init(w: FloatArray, spec: Hyperparameters): TensorState;
  /** One step: changes w (and the state) using the gradient g, which has the same length. */
  update(w: FloatArray, g: FloatArray, state: TensorState, spec: Hyperparameters): void;
}

/**
 * One tensor before and after a step in binary64: the weights, the gradient, every slot of the
 * state, and bounds on their errors in binary32.
 */
export interface TensorStep {
  readonly w: Float64Array; // after the step
  readonly ew: Float64Array; // before the step; the rule overwrites it
  readonly g: Float64Array;
  readonly eg: Float64Array;
  readonly t: number; // the number of this step, from 1
  readonly before: Readonly<Record<string, Float64Array>>;
  readonly after: Readonly<Record<string, Float64Array>>;
  readonly eSlots: Readonly<Record<string, Float64Array>>; // before the step; the rule overwrites it
}

/**
 * A mistake that can be made in one optimizer. One recipe serves twice: it injects the mistake on
 * purpose, and wrong numbers are compared with what it computes.
 */
export interface OptimizerFault {
  /** What went wrong, told to someone who made the mistake. */
  readonly description: string;
  /** How to fix it. */
  readonly remedy: string;
  /** The wrong formula, if the mistake has one; reports show it next to the right one. */
  readonly formula?: string | undefined;
  /**
   * Which hyperparameter, besides the learning rate, must be above 0 for it to make a difference.
   */
  readonly needs?: keyof Hyperparameters;
  /**
   * The whole optimizer with this one mistake, f64 inside, rounded when stored; or the name of
   * another optimizer whose step is taken instead.
   */
  readonly instead: Optimizer | string;
}

/** Everything known about one optimizer. */
export interface OptimizerPage<Id extends string = string, FaultName extends string = string> extends Optimizer {
  readonly id: Id;
  /** One step, as reports print it. */
  readonly formula: string;
  readonly source: string;
  /** The default: a rate that trains MNIST's 784-128-10. */
  readonly learningRate: number;
  /** The default of weight decay, where it has one that is not 0. */
  readonly weightDecay?: number;
  /** The hyperparameters that it reads, besides the learning rate. */
  readonly reads: readonly Exclude<keyof Hyperparameters, 'learningRate'>[];
  /** g² is an intermediate, which may leave the range of a precision where g does not. */
  readonly squares?: true;
  /**
   * The error rule of `update`: writes ew and eSlots, entry by entry. A slot's error may keep its
   * old value if nothing can move it.
   */
  error(step: TensorStep, spec: Hyperparameters): void;
  /**
   * The same optimizer in TensorFlow.js.
   * @internal neither TensorFlow.js nor its types need to be installed
   */
  tfjs(tf: typeof TensorFlow, spec: Hyperparameters): TensorFlow.Optimizer;
  /** The one of its faults that TensorFlow.js 4.22.0 has. */
  readonly wrongInTfjs?: NoInfer<FaultName>;
  /**
   * Mistakes that can be made in this optimizer alone, by name. A name on two pages is one mistake
   * that can be made in either.
   */
  readonly faults: Readonly<Record<FaultName, OptimizerFault>>;
}

/** Returns the page, with its name and those of its faults in its type. */
export function optimizer<const Id extends string, const FaultName extends string>(
  page: OptimizerPage<Id, FaultName>,
): OptimizerPage<Id, FaultName> {
  return page;
}
