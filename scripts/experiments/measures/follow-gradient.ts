// Trains step by step, along the gradient or against it.
import { namedTensors } from '../../../src/network/parameters.ts';
import type { Lab } from '../experiment.ts';
import { openEngine, prepare } from '../training.ts';
import type { Plan } from '../training.ts';
import { examinerOf } from './accuracy-curve.ts';

export interface Walk {
  /** Loss of each step's batch before its update; the last finite one ends it. */
  readonly losses: readonly number[];
  /** The step whose loss is no longer finite, or null. */
  readonly overflowedAt: number | null;
  /** On the test set, with the final parameters. */
  readonly accuracy: number;
}

/** @param sign -1: w ← w - lr · g, as training does; 1: w ← w + lr · g. The plan's optimizer is SGD. */
export async function followGradient(
  lab: Lab,
  plan: Plan & Required<Pick<Plan, 'optimizer'>>,
  sign: 1 | -1,
): Promise<Walk> {
  const { initial, batches } = prepare(lab, plan);
  const engine = await openEngine(plan.network, plan.optimizer, plan.engine);
  const examine = examinerOf(plan.dataset);
  const losses: number[] = [];
  let overflowedAt: number | null = null;
  try {
    await engine.load(initial);
    for (let step = 0; step < batches.steps && !lab.signal.aborted; step++) {
      const { loss, gradients } = await engine.lossAndGradients(batches.batch(step));
      if (!Number.isFinite(loss)) {
        overflowedAt = step;
        break;
      }
      losses.push(loss);
      // the optimizer subtracts the gradient it gets
      if (sign > 0) for (const { values } of namedTensors(gradients)) values.forEach((g, i) => (values[i] = -g));
      await engine.applyGradients(gradients);
      if (step % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 0)); // lets Ctrl-C through
    }
    return { losses, overflowedAt, accuracy: await examine(engine) };
  } finally {
    await engine.dispose();
  }
}
