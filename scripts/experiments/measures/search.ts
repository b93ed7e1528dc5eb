// How many steps a network takes to reach an accuracy on the test set, at each of some learning rates and from several starts.
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
  /** Accuracy to reach. */
  readonly goal: number;
  /** Steps between two looks, and the last step. */
  readonly every: number;
  readonly most: number;
  /** How many starts: the lab's seed and those after it. */
  readonly starts: number;
}

export interface Reached {
  readonly learningRate: number;
  /** Steps of each start; null where the goal is not reached. */
  readonly steps: readonly (number | null)[];
  /** null where most starts do not reach it. */
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

/** The learning rate with the fewest steps; the first of equals. */
export function fastest(reached: readonly Reached[]): Reached {
  return reached.reduce((best, one) => ((one.median ?? Infinity) < (best.median ?? Infinity) ? one : best));
}
