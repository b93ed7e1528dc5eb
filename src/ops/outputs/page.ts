// What the page of an output holds. An output computes the K outputs of one example from its K
// scores, each from all of them, in the last layer only.
import type { Extreme } from '../../numeric/bounds/extremes.ts';
import type { Fresh, Mixed, Row } from '../../numeric/bounds/rows.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { ScalarRowFunction } from '../../numeric/scalar.ts';
import type { Range } from '../activations/page.ts';
import type { PieceFault } from '../piece-fault.ts';
import type { Twin } from '../twin.ts';

/** An output over the K scores of each example, and its derivative. */
export interface RowActivation {
  /** p (B, K) from z (B, K). */
  forward(p: Matrix, z: Matrix): void;
  /** dz (B, K) from dp (B, K), z and p. */
  backward(dz: Matrix, dp: Matrix, z: Matrix, p: Matrix): void;
}

/**
 * Bounds on one example's outputs and score gradients; each function fills in values and errors.
 * `fresh` says how much the errors made here count.
 */
export interface OutputBound {
  forward(p: Row, z: Row, fresh: Fresh): void;
  /** @param open whether the branch at score k is undecided */
  backward(dz: Row, dp: Row, z: Row, p: Row, open: (k: number) => boolean, fresh: Fresh): void;
  /** As for an elementwise activation. */
  undecided(z: number, ez: number): boolean;
  /**
   * What each output of row r takes from all the others; default: unknown, all errors count
   * as shared.
   */
  mixes?(z: Tracked, r: number, p: Matrix): Mixed;
  /** Intermediate sizes other than the scores and the outputs. */
  extremes?(z: Matrix, layer: number): Extreme[];
}

/** Everything known about one output. */
export interface OutputPage<Id extends string = string, FaultName extends string = string> extends RowActivation {
  readonly kind: 'output';
  readonly id: Id;
  /** As reports print them: p_k in terms of z, dz_k in terms of da and p. */
  readonly formula: { readonly forward: string; readonly backward: string };
  /** The score at which a branch changes, or null. */
  readonly kink: number | null;
  /**
   * If no score is above 0, every output is 1/K and the gradient is 0. Reports count such examples.
   */
  readonly uniformWhereNoneIsPositive?: true;
  /** Targets that fit it; default: [0, Infinity]. */
  readonly targets?: Range;
  /** Missing: derived from `graph`, which is wider, and slow for wide layers. */
  readonly bound?: OutputBound;
  /** p over any arithmetic of scalars. */
  readonly graph: ScalarRowFunction;
  /**
   * The same function in TensorFlow.js.
   * @internal neither TensorFlow.js nor its types need to be installed
   */
  readonly tfjs: Twin;
  /** Computes its matrix from `z` in plain TypeScript, as for an elementwise activation. */
  readonly plain?: string;
  /** Mistakes that can be made in this output alone, by name. */
  readonly faults?: Readonly<Record<FaultName, PieceFault>>;
}

/** Returns the page, with its name and those of its faults in its type. */
export function output<const Id extends string, const FaultName extends string = never>(
  page: Omit<OutputPage<Id, FaultName>, 'kind'>,
): OutputPage<Id, FaultName> {
  return { kind: 'output', ...page };
}
