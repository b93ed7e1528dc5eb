// Trains one engine, from the first step to the test set.
import type { Batches } from '../../data/batches.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Parameters } from '../../network/parameters.ts';
import { allFinite } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { evaluate } from './test-set.ts';
import type { Evaluation, TestSet } from './test-set.ts';
import { breather } from '../watch.ts';
import type { Phase, Watch } from '../watch.ts';

/**
 * One engine's whole training: its losses, its parameters at the end, and what it makes of the
 * test set.
 */
export interface Trajectory {
  /** Loss of each step's batch before its update; ends with the first one that is not finite. */
  readonly losses: readonly number[];
  /** The first step at which numbers are not finite, or null. */
  readonly overflowedAt: number | null;
  readonly parameters: Parameters;
  /** null if training overflowed or was interrupted. */
  readonly evaluation: Evaluation | null;
  /** Milliseconds inside trainStep only. */
  readonly milliseconds: number;
}

export interface TrainRequest {
  readonly network: NetworkSpec;
  readonly initial: Parameters;
  readonly batches: Batches;
  /** Without it, no evaluation. */
  readonly test?: TestSet;
  /** Whether the outputs for the test set are compared with the exact ones. */
  readonly judgesOutputs?: boolean;
  readonly phase: Phase;
  /** Called before these steps, in ascending order, with the engine as it is then. */
  readonly before?: { readonly steps: readonly number[]; call(step: number, engine: Engine): Promise<void> };
}

/** How long one call of many steps may block everything else, in milliseconds. */
const AT_A_TIME = 40;
/** The most steps per call. */
const MOST = 10_000;

/**
 * Trains `engine` from `initial`; stops early if the loss overflows or the watch's signal aborts.
 */
export async function train(engine: Engine, request: TrainRequest, watch: Watch): Promise<Trajectory> {
  const { network, initial, batches, test, judgesOutputs = false, phase, before } = request;
  await engine.load(initial);
  const breathe = breather(watch);
  const losses: number[] = [];
  let milliseconds = 0;
  let overflowedAt: number | null = null;
  let most = 1;
  for (let step = 0; step < batches.steps && overflowedAt === null && !watch.signal.aborted;) {
    if (before?.steps.includes(step)) await before.call(step, engine);
    const stop = before?.steps.find((later) => later > step) ?? batches.steps;
    const { taken, elapsed } = await take(engine, batches, step, Math.min(stop, step + most), watch);
    milliseconds += elapsed;
    most = Math.min(MOST, Math.max(1, Math.floor(Math.min(2, AT_A_TIME / elapsed) * taken.length)));
    const bad = taken.findIndex((loss) => !Number.isFinite(loss));
    if (bad >= 0) overflowedAt = step + bad;
    losses.push(...(bad >= 0 ? taken.slice(0, bad + 1) : taken));
    step += taken.length;
    watch.progress(phase, step, batches.steps);
    await breathe();
  }
  const parameters = await engine.parameters();
  if (overflowedAt === null && !allFinite(parameters)) overflowedAt = losses.length; // no loss shows it
  const usable = overflowedAt === null && !watch.signal.aborted && test !== undefined;
  return {
    losses,
    overflowedAt,
    parameters,
    milliseconds,
    evaluation: usable ? await evaluate(network, engine, test, judgesOutputs ? parameters : null) : null,
  };
}

/**
 * Takes the steps from .. to-1 at once if the engine can, else only the first. Making a batch is
 * not timed, unless the engine makes it itself.
 */
async function take(
  engine: Engine,
  batches: Batches,
  from: number,
  to: number,
  watch: Watch,
): Promise<{ taken: readonly number[]; elapsed: number }> {
  if (engine.trainOn !== undefined) {
    const start = watch.now();
    const taken = await engine.trainOn(batches, from, to);
    return { taken, elapsed: watch.now() - start };
  }
  const batch = batches.batch(from);
  const start = watch.now();
  const taken = [await engine.trainStep(batch)];
  return { taken, elapsed: watch.now() - start };
}

/** The last tenth of the steps (at least one): one batch's loss says little. */
export function lastTenth(losses: readonly number[]): readonly number[] {
  return losses.slice(losses.length - Math.max(1, Math.round(losses.length / 10)));
}

/** Mean over the last tenth of the steps; NaN if there are none. */
export function finalLoss(losses: readonly number[]): number {
  const tail = lastTenth(losses);
  return tail.reduce((sum, loss) => sum + loss, 0) / tail.length;
}
