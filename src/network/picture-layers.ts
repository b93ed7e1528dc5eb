// How layers that read pictures are written in a network.
import type { Padding, Size } from '../ops/layers/windows.ts';
import type { ActivationId } from '../ops/registry.ts';

/**
 * A convolution: z[r, q, f] = Σ_ijc x[r·stride + i - top, q·stride + j - left, c] W[i, j, c, f] +
 * b[f]. The kernel is not flipped. Default: stride 1, padding valid.
 */
export interface Conv2dSpec {
  readonly kind: 'conv2d';
  readonly filters: number;
  readonly kernel: Size;
  readonly stride?: Size;
  readonly padding?: Padding;
  readonly activation?: ActivationId;
}

/**
 * The largest, or the mean, of the numbers in each window, per channel; padding does not count.
 * Default: stride as large as the window, padding valid.
 */
export interface PoolSpec {
  readonly kind: 'max-pool' | 'average-pool';
  readonly size: Size;
  readonly stride?: Size;
  readonly padding?: Padding;
  readonly activation?: ActivationId;
}

/** A picture as a row of numbers: the numbers stay as they are, the shape goes. */
export interface FlattenSpec {
  readonly kind: 'flatten';
  readonly activation?: ActivationId;
}

/** A layer that reads pictures. */
export type PictureLayerSpec = Conv2dSpec | PoolSpec | FlattenSpec;
