// What the page of a penalty holds. A penalty is a function of the parameters alone that is added
// to the loss, tensor by tensor: loss + c·R(W1) + c·R(W2) ..., and its gradient c·R'(w) to theirs.
import type * as TensorFlow from '@tensorflow/tfjs';
import type { FloatArray } from '../../numeric/dtype.ts';
import type { Scalar } from '../../numeric/scalar.ts';
import type { PieceFault } from '../piece-fault.ts';

/** A penalty of a network, as plain data. */
export interface PenaltySpec {
  /** One of PENALTIES. */
  readonly kind: string;
  /** λ, the factor of Σ w² or Σ |w|; at least 0. */
  readonly strength: number;
  /** λ/2 instead of λ: ½ λ Σ w², whose gradient is λ w. */
  readonly half?: boolean | undefined;
  /** Biases too. Default: weights alone. */
  readonly biases?: boolean | undefined;
  /** λ/B instead of λ, where B is the number of examples in the batch. */
  readonly overBatch?: boolean | undefined;
  /** The layers that it is on, from 1. Default: all. */
  readonly layers?: readonly number[] | undefined;
}

/** Bounds on what a penalty computes, in units of u, one rounding, where they are roundings. */
export interface PenaltyBound {
  /** Roundings of one term of the sum, and of one entry of the gradient, that of c included. */
  readonly roundings: number;
  /** The largest number that comes up on the way to the value. */
  peak(w: FloatArray): number;
  /**
   * How far the derivative at w may be from R'(w), where more than one value is right: at a kink.
   * Default: 0.
   */
  open?(w: number): number;
}

/** Everything known about one penalty. Letters: w the entries of one tensor, c its factor. */
export interface PenaltyPage<Id extends string = string, FaultName extends string = string> {
  readonly kind: 'penalty';
  readonly id: Id;
  /** As reports print them: R(W), and R'(W) as a factor of c times something. */
  readonly formula: {
    /** R, given the name of w. */
    readonly value: (w: string) => string;
    /** R' is `times` times what `of` answers, given the name of w. */
    readonly gradient: {
      readonly times: number;
      /** Of the name of w. */
      readonly of: (w: string) => string;
    };
  };
  readonly source: string;
  /** Where R' jumps, or null. */
  readonly kink: number | null;
  /** c·R(w), in the precision of w. */
  forward(w: FloatArray, c: number): number;
  /** dw = c·R'(w) */
  backward(dw: FloatArray, w: FloatArray, c: number): void;
  readonly bound: PenaltyBound;
  /** R(w) */
  graph<S extends Scalar<S>>(w: readonly S[]): S;
  /**
   * c·R(w) in TensorFlow.js.
   * @internal neither TensorFlow.js nor its types need to be installed
   */
  tfjs(tf: typeof TensorFlow, w: TensorFlow.Tensor, c: number): TensorFlow.Scalar;
  /** Mistakes that can be made in this penalty alone, by name. */
  readonly faults?: Readonly<Record<FaultName, PieceFault>>;
}

/** Returns the page, with its name and those of its faults in its type. */
export function penalty<const Id extends string, const FaultName extends string = never>(
  page: Omit<PenaltyPage<Id, FaultName>, 'kind'>,
): PenaltyPage<Id, FaultName> {
  return { kind: 'penalty', ...page };
}
