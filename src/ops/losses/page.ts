// What the page of a loss holds. Letters: B examples, K outputs, t targets (B, K).
import type { Fresh, Mixed, Row } from '../../numeric/bounds/rows.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { Scalar } from '../../numeric/scalar.ts';
import type { Family } from '../family.ts';
import type { Range } from '../activations/page.ts';
import type { PieceFault } from '../piece-fault.ts';
import type { TensorLoss } from '../twin.ts';

/** One example's share of a loss before the mean over the batch, over any arithmetic of scalars. */
export type ScalarLoss = <S extends Scalar<S>>(from: readonly S[], t: readonly number[]) => S;

/** Bounds on what a loss computes. */
export interface LossBound {
  /**
   * One example's share of the loss: its value and error. The gradient that starts the backward
   * pass goes into `start`; B is the number of examples.
   * @param open whether the branch at entry k is undecided
   */
  row(
    start: Row,
    from: Row,
    t: Float64Array,
    B: number,
    fresh: Fresh,
    open: (k: number) => boolean,
  ): { value: number; error: number };
  /**
   * True if the gradient jumps at an entry x with the target t, and binary32 does not decide on
   * which side of the jump x is, or if x is exactly at it. Missing: the gradient does not jump.
   */
  undecided?(x: number, ex: number, t: number): boolean;
  /** What each entry of `start` takes from all the others of its row; default: nothing. */
  mixes?(from: Tracked, r: number, p: Matrix): Mixed;
  /**
   * What engines sum before they average: one term per example, or all B·K entries. In the second
   * case intermediate sizes are K (loss) and B·K (start of the gradient) times the final ones.
   */
  readonly averages: 'examples' | 'entries';
}

/** A loss of the table of diagnosis (check/probe/loss) that another is a multiple of. */
export interface KnownAs {
  readonly id: string;
  /** Its free number. */
  readonly free?: number;
  /** The multiple, for a loss that is not averaged over the outputs; default: 1. */
  readonly factor?: number;
  /** A multiple for each output. */
  readonly weights?: readonly number[];
}

/** Everything known about one loss. */
export interface LossPage<Id extends string = string, FaultName extends string = string> {
  readonly kind: 'loss';
  readonly id: Id;
  /**
   * As reports print them: the loss, and the gradient that starts the backward pass (with respect
   * to the scores or outputs called `from`: z2, a2 ...).
   */
  readonly formula: { readonly forward: string; readonly start: (from: string) => string };
  /**
   * What it is computed from: the scores z of the last layer, or its outputs a = activation(z).
   * From scores, the gradient starts as dz and already contains the derivative of the activation.
   */
  readonly from: 'scores' | 'outputs';
  /** Names of the outputs that it is defined on; default: any. */
  readonly on?: readonly string[];
  /** How many outputs the network must have; default: any number. */
  readonly outputs?: number;
  /** Targets that fit it, whatever the output; default: those of the output. */
  readonly targets?: Range;
  /**
   * How far an entry x with the target t is from the points where the loss has another formula; its
   * sign tells the side. Finite differences must not reach across. Missing: there is one formula.
   */
  readonly changes?: (x: number, t: number) => number;
  /** What diagnosis calls it; missing: it has no name there. */
  readonly known?: KnownAs;
  /** The output above which a network with one output answers yes; default: 1/2. */
  readonly decidesAt?: number;
  /** Its gradient is right only if the targets of each example sum to 1. */
  readonly targetsSumTo1?: true;
  /**
   * The factor by which a correct loss may differ from this one if it does not average over the K
   * outputs of an example. Missing: there is nothing to average.
   */
  readonly perExample?: Readonly<Record<'mean' | 'sum' | 'half-sum', (K: number) => number>>;
  /**
   * The mean loss of a batch.
   * @param kept (B, K): for a loss from scores, filled with what backward reads; for one from
   *   outputs, the outputs themselves, not to be changed
   */
  forward(kept: Matrix, from: Matrix, t: Matrix): number;
  /** Its gradient: dz (B, K) for scores, da (B, K) for outputs. */
  backward(start: Matrix, kept: Matrix, t: Matrix): void;
  /** Missing: derived from `graph`, which is wider, and slow for wide layers. */
  readonly bound?: LossBound;
  readonly graph: ScalarLoss;
  /**
   * The same loss in TensorFlow.js.
   * @internal neither TensorFlow.js nor its types need to be installed
   */
  readonly tfjs: TensorLoss;
  /**
   * Statements that add the term of one entry of scores `z`, outputs `p` and targets `t` of one
   * example to `sum`, in plain TypeScript, for the template of a user's own network, which has
   * `logSumExp`. Text between ‹ and › is for TypeScript only.
   */
  readonly plain?: string;
  /** Losses that differ from it in what follows a colon: `huber:0.5`. */
  readonly family?: Family<LossPage>;
  /** Mistakes that can be made in this loss alone, by name. */
  readonly faults?: Readonly<Record<FaultName, PieceFault>>;
}

/** Returns the page, with its name and those of its faults in its type. */
export function loss<const Id extends string, const FaultName extends string = never>(
  page: Omit<LossPage<Id, FaultName>, 'kind'>,
): LossPage<Id, FaultName> {
  return { kind: 'loss', ...page };
}
