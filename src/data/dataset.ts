// Examples in memory: raw numbers, and class labels or targets. Batches scale the numbers and make
// the labels one-hot.

/**
 * `count` examples of `width` numbers each, row after row. Pixels stay bytes: MNIST takes 47 MB,
 * not 188.
 */
export interface Examples {
  readonly count: number;
  readonly width: number;
  readonly values: Uint8Array | Float32Array;
  /** Class of each example, 0 .. classes-1; empty where there are targets. */
  readonly labels: Uint8Array;
  /** Regression: what the network is to output. Missing where the examples have classes. */
  readonly targets?: Targets;
}

/** `width` numbers for each example, row after row: what the outputs of the network should be. */
export interface Targets {
  readonly width: number;
  readonly values: Float32Array;
}

/** Training and test examples of the same classes, or with targets of the same kind. */
export interface Dataset {
  readonly name: string;
  /** Number of classes; of regression, number of targets per example. The outputs of a network. */
  readonly classes: number;
  readonly train: Examples;
  readonly test: Examples;
  /** Rows and columns, where an example is a picture. */
  readonly image?: { readonly rows: number; readonly cols: number };
  /** Whether the inputs differ in scale, so that each is best scaled on its own. */
  readonly mixedScales?: true;
  /** What was found out about the files, in words, for a user to check. */
  readonly notes?: readonly string[];
}

/** Whether the examples have targets in place of classes. */
export function isRegression({ train }: Pick<Dataset, 'train'>): boolean {
  return train.targets !== undefined;
}

/** The first `count` examples. */
export function firstExamples(examples: Examples, count: number): Examples {
  const { targets } = examples;
  return {
    count,
    width: examples.width,
    values: examples.values.subarray(0, count * examples.width),
    labels: examples.labels.subarray(0, count),
    ...(targets !== undefined && {
      targets: { width: targets.width, values: targets.values.subarray(0, count * targets.width) },
    }),
  };
}
