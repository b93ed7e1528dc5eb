// Trains one engine, from the first step to the test set.
import type { Batches } from '../../data/batches.ts';
import type { Engine } from '../../engines/engine.ts';
import { inPortions } from '../../engines/portions.ts';
import type { Parameters } from '../../network/parameters.ts';
import { allFinite } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { evaluate } from './test-set.ts';
import type { Evaluation, OutputBounds, TestSet } from './test-set.ts';
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
  /** Computes what they are compared with; default: here. */
  readonly outputBounds?: OutputBounds | undefined;
  readonly phase: Phase;
  /** Called before these steps, in ascending order, with the engine as it is then. */
  readonly before?: { readonly steps: readonly number[]; call(step: number, engine: Engine): Promise<void> };
}

/** How long a portion of the steps may block everything else, in milliseconds. */
const PORTION = 40;

/**
 * Trains `engine` from `initial`; stops early if the loss overflows or the watch's signal aborts.
 */
export async function train(engine: Engine, request: TrainRequest, watch: Watch): Promise<Trajectory> {
  const { network, initial, batches, test, judgesOutputs = false, outputBounds, phase, before } = request;
  await engine.load(initial);
  const breathe = breather(watch);
  const losses: number[] = [];
  let milliseconds = 0;
  let isFinite = true;
  while (losses.length < batches.steps && isFinite && !watch.signal.aborted) {
    const from = losses.length;
    if (before?.steps.includes(from)) await before.call(from, engine);
    const to = before?.steps.find((later) => later > from) ?? batches.steps;
    const pace = { now: () => watch.now(), milliseconds: PORTION };
    const portions = engine.trainAlone?.(batches, from, to) ?? inPortions(engine, batches, { from, to }, pace);
    for await (const portion of portions) {
      losses.push(...portion.losses);
      milliseconds += portion.milliseconds;
      isFinite = Number.isFinite(losses.at(-1));
      watch.progress(phase, losses.length, batches.steps);
      await breathe();
      if (watch.signal.aborted) break;
    }
  }
  const parameters = await engine.parameters();
  // NaN may be in the parameters before a loss shows it
  const overflowedAt = isFinite ? (allFinite(parameters) ? null : losses.length) : losses.length - 1;
  const usable = overflowedAt === null && !watch.signal.aborted && test !== undefined;
  return {
    losses,
    overflowedAt,
    parameters,
    milliseconds,
    evaluation: usable ? await evaluate(network, engine, test, judgesOutputs ? parameters : null, outputBounds) : null,
  };
}

/** One step of a training: its loss, before the update. */
export async function stepOf(engine: Engine, batches: Batches, step: number): Promise<number> {
  if (engine.trainAlone === undefined) return engine.trainStep(batches.batch(step));
  let loss = NaN;
  // an engine in a thread has the batches there
  for await (const { losses } of engine.trainAlone(batches, step, step + 1)) loss = losses[0];
  return loss;
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
