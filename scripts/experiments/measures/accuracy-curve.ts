// The test accuracy during a training: measured every few steps, and when it first reaches a goal.
import { testInputs } from '../../../src/check/run/test-set.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import type { Dataset } from '../../../src/data/dataset.ts';
import { argMax } from '../../../src/numeric/matrix.ts';
import { fitScaling } from '../../../src/data/scaling.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import type { Lab } from '../experiment.ts';
import { openEngine, prepare } from '../training.ts';
import type { Plan } from '../training.ts';

/** The share of right test digits after that many steps. */
export interface CurvePoint {
  readonly step: number;
  readonly accuracy: number;
}

/** Scores the whole test set. Made once for all curves, because scaling 10,000 digits takes longer than predicting them. */
export type Examiner = (engine: Engine) => Promise<number>;

export function examinerOf(dataset: Dataset): Examiner {
  const { test: examples, classes, train } = dataset;
  const inputs = testInputs({ examples, classes, scaling: fitScaling('unit', train) }, 0, examples.count); // (examples, D)
  return async (engine) => {
    const out = await engine.predict(inputs); // (examples, K)
    let right = 0;
    for (let r = 0; r < out.rows; r++) if (argMax(out, r) === examples.labels[r]) right++;
    return right / examples.count;
  };
}

/**
 * Trains, and measures the test accuracy every `every` steps.
 * @param goal stops at the first measurement with at least this accuracy
 * @param after gets the engine at the end
 */
export async function accuracyCurve(
  lab: Lab,
  plan: Plan,
  examine: Examiner,
  every: number,
  goal = Infinity,
  after?: (engine: Engine) => Promise<void>,
): Promise<CurvePoint[]> {
  const { initial, batches } = prepare(lab, plan);
  const engine = await openEngine(plan.network, plan.optimizer ?? optimizerSpec('sgd'), plan.engine);
  const points: CurvePoint[] = [];
  try {
    await engine.load(initial);
    for (let step = 0; ;) {
      points.push({ step, accuracy: await examine(engine) });
      if (lab.signal.aborted || step >= batches.steps || points[points.length - 1].accuracy >= goal) break;
      const to = Math.min(batches.steps, step + every);
      if (engine.trainOn !== undefined) await engine.trainOn(batches, step, to);
      else for (let s = step; s < to; s++) await engine.trainStep(batches.batch(s));
      step = to;
      await new Promise((resolve) => setTimeout(resolve, 0)); // lets Ctrl-C through
    }
    await after?.(engine);
  } finally {
    await engine.dispose();
  }
  return points;
}
