// What the gradient of an activation may have been multiplied by.

/** Something that da is multiplied by, unit by unit. */
export interface Derivative {
  /** With z and a for the scores and activations of the layer. */
  readonly text: string;
  /** More for formulas further from the right one: of several that fit, the simplest is told. */
  readonly cost: number;
  readonly at: (z: Float64Array, a: Float64Array) => Float64Array;
}
