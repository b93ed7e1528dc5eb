// A long training in portions of a few milliseconds, so that its caller can do something else
// in between.
import type { Batches } from '../data/batches.ts';
import type { Engine, TrainedSteps } from './engine.ts';

/** The most steps per portion. */
const MOST = 10_000;

/** A clock, and how long a portion should take. */
export interface Pace {
  /** Milliseconds since any fixed start. */
  now(): number;
  readonly milliseconds: number;
}

/**
 * Takes the steps from .. to-1. The last portion is the one with the first loss that is not finite,
 * which ends it.
 */
export async function* inPortions(
  engine: Engine,
  batches: Batches,
  { from, to }: { readonly from: number; readonly to: number },
  { now, milliseconds }: Pace,
): AsyncGenerator<TrainedSteps, void, void> {
  let most = 1;
  for (let step = from; step < to;) {
    const taken = await take(engine, batches, step, Math.min(to, step + most), now);
    const bad = taken.losses.findIndex((loss) => !Number.isFinite(loss));
    if (bad >= 0) {
      yield { ...taken, losses: taken.losses.slice(0, bad + 1) };
      return;
    }
    yield taken;
    const count = taken.losses.length;
    step += count;
    most = Math.min(MOST, Math.max(1, Math.floor(Math.min(2, milliseconds / taken.milliseconds) * count)));
  }
}

/**
 * Takes the steps at once if the engine can, else only the first. Making a batch is not timed,
 * unless the engine makes it itself.
 */
async function take(
  engine: Engine,
  batches: Batches,
  from: number,
  to: number,
  now: Pace['now'],
): Promise<TrainedSteps> {
  if (engine.trainOn !== undefined) {
    const start = now();
    const losses = await engine.trainOn(batches, from, to);
    return { losses, milliseconds: now() - start };
  }
  const batch = batches.batch(from);
  const start = now();
  const losses = [await engine.trainStep(batch)];
  return { losses, milliseconds: now() - start };
}
