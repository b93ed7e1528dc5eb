// Examples in memory: raw numbers and class labels. Batches scale them and make the labels one-hot.

/**
 * `count` examples of `width` numbers each, row after row. Pixels stay bytes: MNIST takes 47 MB,
 * not 188.
 */
export interface Examples {
  readonly count: number;
  readonly width: number;
  readonly values: Uint8Array | Float32Array;
  /** Class of each example, 0 .. classes-1. */
  readonly labels: Uint8Array;
}

/** Training and test examples of the same classes. */
export interface Dataset {
  readonly name: string;
  readonly classes: number;
  readonly train: Examples;
  readonly test: Examples;
  /** Rows and columns, where an example is a picture. */
  readonly image?: { readonly rows: number; readonly cols: number };
}

/** The first `count` examples. */
export function firstExamples(examples: Examples, count: number): Examples {
  return {
    count,
    width: examples.width,
    values: examples.values.subarray(0, count * examples.width),
    labels: examples.labels.subarray(0, count),
  };
}
