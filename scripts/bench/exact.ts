// What the loss must be: the hand-written network in binary64, trained on the same steps from the same start.
import { createEngine } from '../../src/engines/registry.ts';
import { batchesLoss } from './loss.ts';
import { readTask } from './task.ts';
import { widthInto } from '../../src/network/spec.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';

/** Mean loss over the steps 0 .. LOSS_STEPS-1 after so many steps of training. */
export type ExactLoss = (steps: number) => Promise<number>;

/** Trains as far as is asked for, and remembers. Must be asked for growing numbers of steps, or for one it was asked before. */
export async function exactLoss(folder: string, lossSteps: number): Promise<ExactLoss> {
  const { task, parameters, batches } = readTask(folder);
  const engine = await createEngine('vector', task.network, task.optimizer, { dtype: 'f64' });
  await engine.load(parameters);
  const known = new Map<number, number>();
  let done = 0;
  return async (steps) => {
    const before = known.get(steps);
    if (before !== undefined) return before;
    if (steps < done) throw new RangeError(`${steps} steps after ${done} steps`);
    for (; done < steps; done++) await engine.trainStep(batches.batch(done));
    const loss = await batchesLoss(engine, batches, 0, lossSteps);
    known.set(steps, loss);
    return loss;
  };
}

const UNIT_ROUNDOFF = 2 ** -24;

/**
 * How far, relative to it, a loss computed in binary32 may lie from the exact one. A sum of n rounded products is off by about √n·u of itself (Higham & Mary 2019),
 * n at most the widest layer's inputs or the batch; so is each gradient, and so each step's change. `steps` such errors, all in one direction.
 */
export function allowedDifference(network: NetworkSpec, batchSize: number, steps: number): number {
  const widest = Math.max(batchSize, ...network.layers.map((_, l) => widthInto(network, l)));
  return steps * Math.sqrt(widest) * UNIT_ROUNDOFF;
}
