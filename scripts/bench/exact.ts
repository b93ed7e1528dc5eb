// The exact loss: the hand-written network in binary64, trained with the same steps from the same start; and the allowed error
// of a loss in binary32.
import { createEngine } from '../../src/engines/registry.ts';
import { copyParameters, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { widthInto } from '../../src/network/spec.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import type { Dtype } from '../../src/numeric/dtype.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { batchesLoss } from './loss.ts';
import { CHECKPOINTS } from './measure.ts';
import { readTask } from './task.ts';

export interface Expected {
  readonly exact: number;
  /** The allowed relative error of a loss in binary32. */
  readonly allowed: number;
}

/** The loss after that many training steps. Ask for increasing numbers of steps, or repeat an earlier one. */
export type ExpectedLoss = (steps: number) => Promise<Expected>;

/** Libraries round in other places than the hand-written network. Their errors grow alike, so one order of magnitude covers how
 * they start. */
const FACTOR = 10;

/** Trainings from a start that is off by as much as a library's sums may be. In some, a relu unit near 0 takes the other branch,
 * and the loss jumps. */
const OTHER_STARTS = 3;

/**
 * The allowed error is ten times the effect of rounding on the hand-written network in binary32 up to this step, from the same
 * start and from others next to it. It is tiny for SGD but large for Adam: there 1 - 0.999ᵗ in binary32 is off by 1e-5 at the
 * first step, and small gradients count as much as large ones. Losses are therefore also compared early.
 */
export async function expectedLoss(folder: string, lossSteps: number): Promise<ExpectedLoss> {
  const { task } = readTask(folder);
  const exactly = await training(folder, 'f64', lossSteps);
  const rounded = [await training(folder, 'f32', lossSteps)];
  const off = leastAllowed(task.network, task.batchSize, 1);
  for (let n = 1; n <= OTHER_STARTS; n++) rounded.push(await training(folder, 'f32', lossSteps, moved(off, n)));
  const known = new Map<number, Expected>();
  let apart = 0;
  const learn = async (steps: number): Promise<Expected> => {
    const exact = await exactly(steps);
    for (const one of rounded) apart = Math.max(apart, Math.abs((await one(steps)) - exact) / Math.abs(exact));
    return { exact, allowed: Math.max(FACTOR * apart, leastAllowed(task.network, task.batchSize, steps)) };
  };
  return async (steps) => {
    const last = Math.max(0, ...known.keys());
    for (const between of CHECKPOINTS) if (between > last && between < steps) known.set(between, await learn(between));
    const expected = known.get(steps) ?? (await learn(steps));
    known.set(steps, expected);
    return expected;
  };
}

/**
 * A sum of n rounded products has a relative error of about √n·u (Higham & Mary 2019), and so may each step's change. n is at most
 * the inputs of the widest layer, or the batch.
 */
export function leastAllowed(network: NetworkSpec, batchSize: number, steps: number): number {
  const widest = Math.max(batchSize, ...network.layers.map((_, l) => widthInto(network, l)));
  return steps * Math.sqrt(widest) * 2 ** -24;
}

/** Changes every number by up to a share of itself. */
function moved(share: number, seed: number): (parameters: Parameters) => Parameters {
  const rng = createRng(seed, 'other start');
  return (parameters) => {
    const copy = copyParameters(parameters, 'f32');
    for (const { values } of namedTensors(copy)) {
      for (let i = 0; i < values.length; i++) values[i] *= 1 + share * (2 * rng.uniform() - 1);
    }
    return copy;
  };
}

/** The loss of the hand-written network, trained as far as requested. */
async function training(
  folder: string,
  dtype: Dtype,
  lossSteps: number,
  start = (parameters: Parameters): Parameters => parameters,
): Promise<(steps: number) => Promise<number>> {
  const { task, parameters, batches } = readTask(folder);
  const engine = await createEngine('vector', task.network, task.optimizer, { dtype });
  await engine.load(start(parameters));
  let done = 0;
  return async (steps) => {
    if (steps < done) throw new RangeError(`${steps} steps after ${done} steps`);
    for (; done < steps; done++) await engine.trainStep(batches.batch(done));
    return batchesLoss(engine, batches, 0, lossSteps);
  };
}
