// Layers that act on the numbers of an example as they are, typed: normalizations and dropout.
import type { ActivationId } from '../ops/registry.ts';

/** A layer normalization: ε is 0.001 if it is not given. */
export interface LayerNormSpec {
  readonly kind: 'layer-norm';
  readonly epsilon?: number;
  readonly activation?: ActivationId;
}

/** A batch normalization: momentum is 0.99, ε 0.001 if they are not given. */
export interface BatchNormSpec {
  readonly kind: 'batch-norm';
  readonly momentum?: number;
  readonly epsilon?: number;
  readonly activation?: ActivationId;
}

/** Dropout of a share of the numbers in training. */
export interface DropoutSpec {
  readonly kind: 'dropout';
  readonly rate: number;
  readonly activation?: ActivationId;
}

/** A layer of one of these kinds. */
export type RowLayerSpec = LayerNormSpec | BatchNormSpec | DropoutSpec;
