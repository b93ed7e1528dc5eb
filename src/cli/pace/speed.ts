// How fast the engines of a comparison train on this machine: a few steps of each, before the run.
import { sideBySide } from '../../check/run/side-by-side.ts';
import type { Job } from '../../check/run/side-by-side.ts';
import type { Watch } from '../../check/watch.ts';
import type { Batches } from '../../data/batches.ts';
import type { Engine, EngineFactory } from '../../engines/engine.ts';
import { CandidateError } from '../../errors.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Io } from '../../program/io.ts';

/** Seconds per training step. */
export interface Speeds {
  readonly candidate: number;
  readonly reference: number;
  readonly exact: number;
}

export interface Timed {
  readonly initial: Parameters;
  readonly batches: Batches;
}

/**
 * Measured for so long, in milliseconds, but for a few steps at least: the first ones are slower.
 */
const LONG_ENOUGH = 150;
const FEW_STEPS = 6;
/** Slow steps are measured for so long, two at least. */
const SLOW = 1500;
/** A first step of so many milliseconds is taken for all. */
const VERY_SLOW = 3000;
const MOST_STEPS = 200;

function isEnough(elapsed: number, steps: number): boolean {
  if (elapsed > VERY_SLOW) return true;
  return (elapsed > SLOW && steps > 1) || (elapsed > LONG_ENOUGH && steps >= FEW_STEPS);
}

/**
 * null where the candidate cannot answer: the gradient check says why.
 * @param atOnce how many engines are measured at the same time: as many as will train at once
 * @throws what the engines throw otherwise
 */
export async function measureSpeeds(
  factories: Readonly<Record<keyof Speeds, EngineFactory>>,
  timed: Timed,
  atOnce: number,
  io: Io,
): Promise<Speeds | null> {
  const { candidate, reference, exact } = factories;
  const watch: Watch = { signal: io.signal, now: () => io.now(), progress: () => {} };
  const jobs = [candidate, reference, exact].map(
    (make): Job<number> =>
      (own) =>
        secondsPerStep(make, timed, own),
  );
  try {
    const [ofCandidate, ofReference, ofExact] = await sideBySide(jobs, atOnce, watch);
    return { candidate: ofCandidate, reference: ofReference, exact: ofExact };
  } catch (error) {
    if (error instanceof CandidateError && !error.hangs && !io.signal.aborted) return null;
    throw error;
  }
}

/** The median of the later half, on an engine of its own. */
async function secondsPerStep(make: EngineFactory, { initial, batches }: Timed, watch: Watch): Promise<number> {
  const engine = await make();
  try {
    await engine.load(initial);
    const times: number[] = [];
    const began = watch.now();
    for (let step = 0; step < Math.min(MOST_STEPS, batches.steps) && !watch.signal.aborted; step++) {
      const start = watch.now();
      await takeStep(engine, batches, step);
      times.push((watch.now() - start) / 1000);
      if (isEnough(watch.now() - began, times.length)) break;
    }
    return median(times.slice(Math.floor(times.length / 2)));
  } finally {
    await engine.dispose();
  }
}

async function takeStep(engine: Engine, batches: Batches, step: number): Promise<void> {
  if (engine.trainOn !== undefined) await engine.trainOn(batches, step, step + 1);
  else await engine.trainStep(batches.batch(step));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
