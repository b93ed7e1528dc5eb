// Somebody else's backpropagation, as they write it: one function, and how it is to be asked. These types are the public contract.
import type { NetworkSpec } from '../../network/spec.ts';
import type { OptimizerSpec } from '../../optimizers/optimizer.ts';
import type { Conventions, DeclaredConventions } from './conventions.ts';

/** Numbers of one row, or of one bias. */
export type Numbers = readonly number[] | Float32Array | Float64Array;
/** A matrix as a candidate may answer it: rows, or one flat array, row after row. */
export type NumberRows = readonly Numbers[] | Numbers;

type Declared<C extends DeclaredConventions, K extends keyof Conventions, V> =
  C extends Readonly<Record<K, V>> ? true : false;
type Vector<C extends DeclaredConventions> = Declared<C, 'arrays', 'typed'> extends true ? Float64Array : number[];
type Rows<C extends DeclaredConventions> = Declared<C, 'arrays', 'typed'> extends true ? Float64Array : number[][];
type Bias<C extends DeclaredConventions> = Declared<C, 'biases', 'row' | 'column'> extends true ? Rows<C> : Vector<C>;
type Examples<C extends DeclaredConventions> = Declared<C, 'examples', 'one'> extends true ? Vector<C> : Rows<C>;
type Targets<C extends DeclaredConventions> =
  Declared<C, 'targets', 'classes'> extends true
    ? Declared<C, 'examples', 'one'> extends true
      ? number
      : Vector<C>
    : Examples<C>;

/** The parameters of one layer as a candidate is given them: weights (inputs, units) and bias (units), unless it declares other conventions. */
export interface CandidateLayer<C extends DeclaredConventions = object> {
  weights: Rows<C>;
  /** Missing where the candidate declares that it has no biases. */
  bias: Bias<C>;
}

/** What a candidate is to compute the loss and its gradients of. All of it is a copy of its own; changing it is reported all the same. */
export interface CandidateProblem<C extends DeclaredConventions = object> {
  readonly network: NetworkSpec;
  /** One entry a layer, from the input on. */
  readonly parameters: CandidateLayer<C>[];
  /** (B, D) */
  readonly inputs: Examples<C>;
  /** (B, K), one-hot rows where the data set has classes. */
  readonly targets: Targets<C>;
}

/** One layer of gradients, of the same form as its parameters. A layer that is not written yet may be missing: null or undefined. */
export interface CandidateGradients {
  readonly weights: NumberRows;
  readonly bias?: NumberRows;
}

export interface CandidateAnswer {
  /** The mean over the batch. */
  readonly loss: number;
  /** One entry a layer, from the input on. */
  readonly gradients: readonly (CandidateGradients | null | undefined)[];
}

/** The smallest candidate: the loss of a batch before any update, and its gradient with respect to every parameter. */
export type Candidate<C extends DeclaredConventions = object> = (
  problem: CandidateProblem<C>,
) => CandidateAnswer | Promise<CandidateAnswer>;

/** One update of all parameters; the arrays may be changed in place and given back. */
export interface CandidateUpdate<C extends DeclaredConventions = object> {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly parameters: CandidateLayer<C>[];
  /** Means over the batch, whatever is declared, in the form of the parameters. */
  readonly gradients: CandidateLayer<C>[];
  /** 1 at the first update; whatever was kept from before counts no longer then. */
  readonly step: number;
  /** What the update before answered as `state`; undefined at the first. */
  readonly state: unknown;
}

export interface CandidateUpdated {
  readonly parameters: readonly CandidateGradients[];
  /** Whatever the next update is to be given: moments, velocities. */
  readonly state?: unknown;
}

/** A module that is a candidate, as `--candidate` imports it. */
export interface CandidateModule<C extends DeclaredConventions = object> {
  readonly default: Candidate<C>;
  /** Where it is missing, backproof makes the updates. */
  readonly applyGradients?: (update: CandidateUpdate<C>) => CandidateUpdated | Promise<CandidateUpdated>;
  /** Outputs (B, K) of inputs (B, D). Where it is missing, backproof computes them from the candidate's parameters. */
  readonly predict?: (problem: Omit<CandidateProblem<C>, 'targets'>) => NumberRows | Promise<NumberRows>;
  readonly conventions?: C;
  /** How reports call it; the file's name if missing. */
  readonly name?: string;
}
