// The public types of a candidate: the user's own backpropagation as one function, with the
// conventions it declares.
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import type { Conventions, DeclaredConventions } from './conventions/conventions.ts';

/** One row of a matrix, or one bias. */
export type Numbers = readonly number[] | Float32Array | Float64Array;
/**
 * Numbers that a candidate returns: rows of a matrix, nested arrays of more dimensions, or one flat
 * array, row after row.
 */
export type NumberRows = Numbers | readonly NumberRows[];

/** Whether convention K is declared as V. */
export type IsDeclared<C extends DeclaredConventions, K extends keyof Conventions, V> =
  C extends Readonly<Record<K, V>> ? true : false;
/** One row: number[], or Float64Array. */
export type GivenVector<C extends DeclaredConventions> =
  IsDeclared<C, 'arrays', 'typed'> extends true ? Float64Array : number[];
/** A matrix: number[][], or a flat Float64Array, row after row. */
export type GivenMatrix<C extends DeclaredConventions> =
  IsDeclared<C, 'arrays', 'typed'> extends true ? Float64Array : number[][];
/** A bias: a vector, or a matrix of one row or column. */
export type GivenBias<C extends DeclaredConventions> =
  IsDeclared<C, 'biases', 'row' | 'column'> extends true ? GivenMatrix<C> : GivenVector<C>;
/** Inputs or one-hot targets: a matrix, or the vector of one example. */
export type GivenInputs<C extends DeclaredConventions> =
  IsDeclared<C, 'examples', 'one'> extends true ? GivenVector<C> : GivenMatrix<C>;
/** Targets: like the inputs, or class numbers from 0. */
export type GivenTargets<C extends DeclaredConventions> =
  IsDeclared<C, 'targets', 'classes'> extends true
    ? IsDeclared<C, 'examples', 'one'> extends true
      ? number
      : GivenVector<C>
    : GivenInputs<C>;

/**
 * The parameters of one layer as a candidate gets them: weights (inputs, units) and bias (units),
 * unless it declares other conventions. Other layers than dense ones have what they have: see
 * LayerTensors.
 */
export interface CandidateLayer<C extends DeclaredConventions = object> extends LayerTensors<C> {
  weights: GivenMatrix<C>;
  /** Missing if the candidate declares that it has no biases, or that they are in the weights. */
  bias: GivenBias<C>;
}

/**
 * What normalizations have. The weights of a convolution are (height, width, channels, filters); a
 * layer without parameters is {}.
 */
export interface LayerTensors<C extends DeclaredConventions = object> {
  /** Scale and shift, (units) or (channels). */
  gamma?: GivenVector<C>;
  beta?: GivenVector<C>;
  /** Running averages of batch normalization: no gradients. */
  mean?: GivenVector<C>;
  variance?: GivenVector<C>;
}

/**
 * The problem of which a candidate computes the loss and its gradients. Everything in it is a copy
 * for this call; changing it during the call is reported all the same.
 */
export interface CandidateProblem<C extends DeclaredConventions = object> {
  readonly network: NetworkSpec;
  /** One entry per layer, from the input on. */
  readonly parameters: CandidateLayer<C>[];
  /** (B, D) */
  readonly inputs: GivenInputs<C>;
  /** (B, K), one-hot rows if the data set has classes. */
  readonly targets: GivenTargets<C>;
  /**
   * What dropout multiplies its numbers by in this batch, 0 or 1 / (1 - rate), (B, units): one
   * entry per layer, null for others. Missing where there is no dropout, and in predict.
   */
  readonly masks?: readonly (GivenInputs<C> | null)[];
}

/**
 * The gradients of one layer, in the form of its parameters. A layer that is not written yet may be
 * null or undefined.
 */
export interface CandidateGradients {
  readonly weights?: NumberRows;
  readonly bias?: NumberRows;
  readonly gamma?: NumberRows;
  readonly beta?: NumberRows;
  /** Of batch normalization: new values after a training step, no gradients. */
  readonly mean?: NumberRows;
  readonly variance?: NumberRows;
}

/** What a candidate returns for a problem. */
export interface CandidateAnswer {
  /** The mean over the batch. */
  readonly loss: number;
  /** One entry per layer, from the input on. */
  readonly gradients: readonly (CandidateGradients | null | undefined)[];
}

/**
 * The smallest candidate: returns the loss of a batch before any update, and its gradient with
 * respect to every parameter.
 */
export type Candidate<C extends DeclaredConventions = object> = (
  problem: CandidateProblem<C>,
) => CandidateAnswer | Promise<CandidateAnswer>;

/** One update of all parameters. A candidate may change the arrays in place and return them. */
export interface CandidateUpdate<C extends DeclaredConventions = object> {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly parameters: CandidateLayer<C>[];
  /** Means over the batch, whatever is declared, in the form of the parameters. */
  readonly gradients: CandidateLayer<C>[];
  /** 1 at the first update of a run; state kept from an earlier run no longer counts then. */
  readonly step: number;
  /** What the previous update returned as `state`; undefined at the first. */
  readonly state: unknown;
}

/** What a candidate returns for an update. */
export interface CandidateUpdated {
  readonly parameters: readonly CandidateGradients[];
  /** Passed to the next update as it is: moments, velocities. */
  readonly state?: unknown;
}

/**
 * One training step: loss, gradients and update at once. A candidate may change the parameters in
 * place and return nothing.
 */
export interface CandidateStep<C extends DeclaredConventions = object> extends Pick<
  CandidateUpdate<C>,
  'network' | 'optimizer' | 'parameters' | 'step' | 'state'
> {
  readonly batch: {
    /** (B, D) */
    readonly inputs: GivenInputs<C>;
    /** (B, K), one-hot rows if the data set has classes. */
    readonly targets: GivenTargets<C>;
    /** As in CandidateProblem. */
    readonly masks?: readonly (GivenInputs<C> | null)[];
  };
}

/** What a candidate returns for a training step. Everything may be missing. */
export interface CandidateStepped {
  /** The loss of the batch before the update; if missing, backproof computes it. */
  readonly loss?: number;
  /** If missing, those that were given, changed in place. */
  readonly parameters?: readonly CandidateGradients[];
  /** Passed to the next step as it is: moments, velocities. */
  readonly state?: unknown;
}

/** A training step as a function: it returns its loss alone, or nothing, if it works in place. */
export type CandidateTrainStep<C extends DeclaredConventions = object> = (
  step: CandidateStep<C>,
) => CandidateStepped | number | void | Promise<CandidateStepped | number | void>;

/**
 * A module that trains and returns no gradients: they are recovered from its steps, as (before -
 * after) / rate.
 */
export interface CandidateStepModule<C extends DeclaredConventions = object> extends Omit<
  CandidateModule<C>,
  'default' | 'applyGradients' | 'trainStep'
> {
  readonly trainStep: CandidateTrainStep<C>;
}

/** A module that is a candidate, as `--candidate` imports it. */
export interface CandidateModule<C extends DeclaredConventions = object> {
  readonly default: Candidate<C>;
  /** If missing, backproof makes the updates. */
  readonly applyGradients?: (update: CandidateUpdate<C>) => CandidateUpdated | Promise<CandidateUpdated>;
  /**
   * Outputs (B, K) of inputs (B, D). If missing, backproof computes them from the candidate's
   * parameters.
   */
  readonly predict?: (problem: Omit<CandidateProblem<C>, 'targets' | 'masks'>) => NumberRows | Promise<NumberRows>;
  /** If missing, a step is its gradients followed by its update. */
  readonly trainStep?: CandidateTrainStep<C>;
  readonly conventions?: C;
  /** The name in reports; the file's name if missing. */
  readonly name?: string;
}
