// One engine's own training, from the first step to the test set.
import type { Batches } from '../data/batches.ts';
import type { Engine } from '../engines/engine.ts';
import type { Parameters } from '../network/parameters.ts';
import { allFinite } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { evaluate } from './test-set.ts';
import type { Evaluation, TestSet } from './test-set.ts';
import { breather } from './watch.ts';
import type { Phase, Watch } from './watch.ts';

export interface Trajectory {
  /** Loss of each step's batch before its update; ends with the first that is not finite. */
  readonly losses: readonly number[];
  /** The step from which on the numbers are no longer finite, or null. */
  readonly overflowedAt: number | null;
  readonly parameters: Parameters;
  /** null where training overflowed or was interrupted. */
  readonly evaluation: Evaluation | null;
  /** Milliseconds inside trainStep alone. */
  readonly milliseconds: number;
}

export interface TrainRequest {
  readonly network: NetworkSpec;
  readonly initial: Parameters;
  readonly batches: Batches;
  /** Missing: no evaluation. */
  readonly test?: TestSet;
  readonly phase: Phase;
  /** Called ahead of each step with the engine as it is then. */
  readonly before?: (step: number, engine: Engine) => Promise<void>;
}

/** Trains `engine` from `initial`; stops early if the loss overflows or the watch's signal is given. */
export async function train(engine: Engine, request: TrainRequest, watch: Watch): Promise<Trajectory> {
  const { network, initial, batches, test, phase, before } = request;
  await engine.load(initial);
  const breathe = breather(watch);
  const losses: number[] = [];
  let milliseconds = 0;
  let overflowedAt: number | null = null;
  for (let step = 0; step < batches.steps && overflowedAt === null && !watch.signal.aborted; step++) {
    await before?.(step, engine);
    const batch = batches.batch(step);
    const start = watch.now();
    const loss = await engine.trainStep(batch);
    milliseconds += watch.now() - start;
    losses.push(loss);
    if (!Number.isFinite(loss)) overflowedAt = step;
    watch.progress(phase, step + 1, batches.steps);
    await breathe();
  }
  const parameters = await engine.parameters();
  if (overflowedAt === null && !allFinite(parameters)) overflowedAt = losses.length; // by the last update, no loss shows it
  const usable = overflowedAt === null && !watch.signal.aborted && test !== undefined;
  return {
    losses,
    overflowedAt,
    parameters,
    milliseconds,
    evaluation: usable ? await evaluate(network, engine, test) : null,
  };
}

/** The last tenth of the steps (at least one): one batch's loss says little. */
export function lastTenth(losses: readonly number[]): readonly number[] {
  return losses.slice(losses.length - Math.max(1, Math.round(losses.length / 10)));
}

/** Mean over the last tenth of the steps. NaN where there are none. */
export function finalLoss(losses: readonly number[]): number {
  const tail = lastTenth(losses);
  return tail.reduce((sum, loss) => sum + loss, 0) / tail.length;
}
