// What an experiment is: a question of somebody who builds a first network, answered by a measured run.
import type { Dataset } from '../../src/data/dataset.ts';

/** One file in questions/ each. */
export interface Experiment {
  /** Its name on the command line, and of its files: flatten, divide-by-255 ... */
  readonly name: string;
  readonly question: string;
  /** Every number it reports comes from what it measures here. Throws nothing of its own; ends early once `lab.signal` is aborted. */
  run(lab: Lab): Promise<Answer>;
}

/** What an experiment gets to work with. */
export interface Lab {
  /** Real MNIST: the first `trainSize` training and `testSize` test examples; all where left out. */
  mnist(trainSize?: number, testSize?: number): Dataset;
  readonly seed: number;
  /** A smaller run of the same code, for tests: fewer examples, fewer points; still real MNIST. */
  readonly quick: boolean;
  readonly signal: AbortSignal;
  /** `done` of `of` parts of this experiment, for the progress bar. */
  progress(done: number, of: number): void;
}

export interface Answer {
  /** Two or three sentences: the first answers the question, and all their numbers come from the run. */
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
  /** For those who do not see it: what it shows, with its main numbers. */
  readonly alternative: string;
}

export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
