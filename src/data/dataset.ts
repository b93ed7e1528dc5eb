// Examples as they are kept in memory: raw numbers and class labels. Scaling and one-hot happen when a batch is made.

/** `count` examples of `width` numbers each, row after row. Bytes (pixels) stay bytes: MNIST is 47 MB so, not 188. */
export interface Examples {
  readonly count: number;
  readonly width: number;
  readonly values: Uint8Array | Float32Array;
  /** Class of each example, 0 .. classes-1. */
  readonly labels: Uint8Array;
}

/** Examples to train on and others to test with, in the same classes. */
export interface Dataset {
  readonly name: string;
  readonly classes: number;
  readonly train: Examples;
  readonly test: Examples;
  /** Where the width is a picture: its rows and columns. */
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
