// The type of an experiment: a question of someone building a first network, answered by a measured run.
import type { Dataset } from '../../src/data/dataset.ts';

/** An experiment; each has its own file in questions/. */
export interface Experiment {
  /** Its name on the command line and in file names: flatten, scaling ... */
  readonly name: string;
  readonly question: string;
  /** Measures every number that it reports. Throws no errors of its own; ends early when `lab.signal` is aborted. */
  run(lab: Lab): Promise<Answer>;
}

/** The data and helpers that an experiment gets. */
export interface Lab {
  /** Real MNIST: the first `trainSize` training and `testSize` test examples; all if left out. */
  mnist(trainSize?: number, testSize?: number): Dataset;
  readonly seed: number;
  /** A smaller run of the same code, for tests: fewer examples, fewer points; still real MNIST. */
  readonly quick: boolean;
  readonly signal: AbortSignal;
  /** Reports that `done` of `of` parts of this experiment are finished, for the progress bar. */
  progress(done: number, of: number): void;
}

export interface Answer {
  /** Two or three sentences. The first answers the question, and all numbers come from the run. */
  readonly sentences: readonly string[];
  /** At least one. */
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  /** The numbers behind sentences, charts and tables by name, as written to JSON. */
  readonly numbers: Readonly<Record<string, unknown>>;
}

export interface Figure {
  /** Distinguishes the figures of one experiment: "curves" makes flatten-curves.svg. */
  readonly name: string;
  readonly svg: string;
  readonly caption: string;
  /** The text for screen readers: what the figure shows, with its main numbers. */
  readonly alternative: string;
}

export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
