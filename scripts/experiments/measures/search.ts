// Counts the steps that a network needs to reach a test accuracy, at several learning rates and from several starts.
import type { Dataset } from '../../../src/data/dataset.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import type { Lab } from '../experiment.ts';
import { sgd } from '../training.ts';
import { accuracyCurve } from './accuracy-curve.ts';
import type { Examiner } from './accuracy-curve.ts';

export interface Race {
  readonly network: NetworkSpec;
  readonly dataset: Dataset;
  readonly examine: Examiner;
  /** The accuracy to reach. */
  readonly goal: number;
  /** Steps between two measurements, and the last step. */
  readonly every: number;
  readonly most: number;
  /** The number of starts: the lab's seed and the seeds after it. */
  readonly starts: number;
}

export interface Reached {
  readonly learningRate: number;
  /** Steps per start; null if the goal is not reached. */
  readonly steps: readonly (number | null)[];
  /** The median; null if most starts do not reach the goal. */
  readonly median: number | null;
}

export async function stepsToGoal(lab: Lab, race: Race, learningRate: number): Promise<Reached> {
  const { network, dataset, examine, goal, every, most, starts } = race;
  const steps: (number | null)[] = [];
  for (let start = 0; start < starts; start++) {
    const plan = { network, dataset, optimizer: sgd(learningRate), steps: most, seed: lab.seed + start };
    const points = await accuracyCurve(lab, plan, examine, every, goal);
    const { step, accuracy } = points[points.length - 1];
    steps.push(accuracy >= goal ? step : null);
  }
  const inOrder = steps.map((step) => step ?? Infinity).toSorted((a, b) => a - b);
  const middle = inOrder[Math.floor(starts / 2)];
  return { learningRate, steps, median: Number.isFinite(middle) ? middle : null };
}

/** The learning rate with the fewest steps; the first if several are equal. */
export function fastest(reached: readonly Reached[]): Reached {
  return reached.reduce((best, one) => ((one.median ?? Infinity) < (best.median ?? Infinity) ? one : best));
}
