// What the passes through a layer work on.
//
// Letters: B examples, I numbers per example that enter a layer, O that leave it.
import type { FloatArray } from '../../numeric/dtype.ts';
import type { Matrix } from '../../numeric/matrix.ts';

/** The numbers of one tensor, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: FloatArray;
}

/** The tensors of one layer by role; gradients and errors have the same form. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** How a layer is written: { kind, activation } and the fields that its kind requires. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a pass through a layer depends on besides its numbers. */
export interface Pass {
  /** Some layers compute something else in training than in prediction. */
  readonly mode: 'train' | 'predict';
  /** (B, O) of a layer that draws: what its numbers are multiplied by. null: nothing is drawn. */
  readonly mask: Matrix | null;
}

/** What backward gets from forward. */
export interface Saved {
  readonly x: Matrix;
  readonly z: Matrix;
  /** What forward returned. */
  readonly more: unknown;
}
