// What comes to a layer on the way back, or where the way back starts.
import type { Example } from './example.ts';

/** A vector with one number per unit of a layer, before the derivative of its activation. */
export interface Signal {
  /** "dz2 W2ᵀ" */
  readonly text: string;
  readonly cost: number;
  /** null where it does not exist. */
  readonly at: (example: Example, above: Float64Array | null) => Float64Array | null;
  /** The vector that is multiplied by Wᵀ of the layer above, if it is that. */
  readonly from?: (example: Example, above: Float64Array | null) => Float64Array | null;
}
