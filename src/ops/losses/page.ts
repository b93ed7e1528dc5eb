// What the page of a loss holds. Letters: B examples, K outputs, t targets (B, K).
import type { Fresh, Mixed, Row } from '../../numeric/bounds/rows.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { Scalar } from '../../numeric/scalar.ts';
import type { PieceFault } from '../piece-fault.ts';
import type { TensorLoss } from '../twin.ts';

/** One example's share of a loss before the mean over the batch, over any arithmetic of scalars. */
export type ScalarLoss = <S extends Scalar<S>>(from: readonly S[], t: readonly number[]) => S;

/** Bounds on what a loss computes. */
export interface LossBound {
  /** One example's share of the loss: its value, error, and (into `start`) the gradient it starts, of which B is the number of examples. */
  row(start: Row, from: Row, t: Float64Array, B: number, fresh: Fresh): { value: number; error: number };
  /** What each entry of `start` takes from all the others of its row; default: nothing. */
  mixes?(from: Tracked, r: number, p: Matrix): Mixed;
  /** What engines add up in one sum and average then: an example each, or all B·K entries. In the second case sizes come up that are K (loss) and
   * B·K (where the gradient starts) times what is left in the end. */
  readonly averages: 'examples' | 'entries';
}

/** All that is known of one loss. */
export interface LossPage<Id extends string = string, FaultName extends string = string> {
  readonly kind: 'loss';
  readonly id: Id;
  /** As reports print them: the loss, and where the gradient starts (of scores or outputs that are called `from`: z2, a2 ...). */
  readonly formula: { readonly forward: string; readonly start: (from: string) => string };
  /** What it is computed from: the scores z of the last layer, or its outputs a = activation(z). From scores the gradient starts as dz, and the
   * derivative of the activation is in it already. */
  readonly from: 'scores' | 'outputs';
  /** Outputs that it is defined on, by name; default: any. */
  readonly on?: readonly string[];
  /** Its gradient is right only where the targets of each example sum to 1. */
  readonly targetsSumTo1?: true;
  /** How many times this loss a right one can be that is not averaged over the K outputs of an example. Missing: there is nothing to average. */
  readonly perExample?: Readonly<Record<'mean' | 'sum' | 'half-sum', (K: number) => number>>;
  /** The mean loss of a batch.
   * @param kept (B, K): from scores, to be filled with what backward reads; from outputs, the outputs themselves, not to be changed */
  forward(kept: Matrix, from: Matrix, t: Matrix): number;
  /** Its gradient: dz (B, K) of scores, da (B, K) of outputs. */
  backward(start: Matrix, kept: Matrix, t: Matrix): void;
  /** Missing: worked out from `graph`, which is wider, and slow for wide layers. */
  readonly bound?: LossBound;
  readonly graph: ScalarLoss;
  /**
   * The same in TensorFlow.js.
   * @internal TensorFlow.js need not be installed, its types neither
   */
  readonly tfjs: TensorLoss;
  /** What one entry of outputs `p` and targets `t` of one example adds to `sum`, in plain TypeScript, for the template of one's own network; what stands
   * between ‹ and › is for TypeScript alone. */
  readonly plain?: string;
  /** Mistakes that can be made in this loss alone, by name. */
  readonly faults?: Readonly<Record<FaultName, PieceFault>>;
}

/** Gives a page with its name, and those of its faults, as types. */
export function loss<const Id extends string, const FaultName extends string = never>(
  page: Omit<LossPage<Id, FaultName>, 'kind'>,
): LossPage<Id, FaultName> {
  return { kind: 'loss', ...page };
}
