// Measures contenders side by side: first step, losses, then laps in turn (A B C A B C ...). A contender that fails is dropped;
// the others go on.
import type { Opened, Trained, Unable } from './protocol.ts';

/** A contender that runs. @throws Error with one clear line from every method */
export interface Running {
  open(folder: string): Promise<Opened | Unable>;
  train(from: number, steps: number): Promise<Trained>;
  loss(from: number, steps: number): Promise<number>;
  memory(): Promise<number>;
  close(): Promise<void>;
  kill(): void;
}

export interface Launcher {
  readonly id: string;
  launch(): Running;
}

export interface Plan {
  readonly rounds: number;
  /** The wanted duration of a lap. */
  readonly lapSeconds: number;
  /** After three rounds, a contender whose laps took this long takes part in no further rounds. */
  readonly slowSeconds: number;
  /** New processes in which the first step is measured; the last one is kept. */
  readonly starts: number;
  /** Steps before the loss is compared; fewer for slow contenders and large batches. */
  readonly lossAfter: number;
  readonly lossSamples: number;
  /** The time limit for these steps, in seconds of training. */
  readonly lossSeconds: number;
  /** The loss is the mean over this many batches. */
  readonly lossSteps: number;
}

/** A contender and its task. */
export interface Entry {
  readonly launcher: Launcher;
  readonly task: OnDisk;
}

export interface OnDisk {
  readonly folder: string;
  readonly steps: number;
  readonly batchSize: number;
}

export interface Measured {
  readonly label: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly note: string | null;
  /** Samples per second of each round. */
  readonly rates: readonly number[];
  readonly lapSteps: number;
  /** One per start. `start` measures from starting the process to the end of the first step; the first step is opening the task and
   * training one step. */
  readonly startSeconds: readonly number[];
  readonly firstStepSeconds: readonly number[];
  readonly residentBytes: number;
  /** Early, and at the end of the steps that all contenders share. */
  readonly trained: readonly TrainedLoss[];
}

/** The mean loss of the first batches after that many training steps. */
export interface TrainedLoss {
  readonly steps: number;
  readonly loss: number;
}

export type Outcome =
  | ({ readonly id: string; readonly kind: 'measured' } & Measured)
  | { readonly id: string; readonly kind: 'unable' | 'failed'; readonly reason: string };

export interface World {
  /** Milliseconds. */
  now(): number;
  readonly signal: AbortSignal;
  progress(what: string, done: number, total: number): void;
}

/** The state of a contender in its task. */
interface Lane extends Entry {
  readonly startSeconds: number[];
  readonly firstStepSeconds: number[];
  readonly rates: number[];
  running: Running | null;
  opened: Opened | null;
  out: Outcome | null;
  readonly trained: TrainedLoss[];
  /** The next step of the order. */
  at: number;
  stepSeconds: number;
  lapSteps: number;
  /** Total time of all laps, by the contender's clock and by ours. */
  lapsSeconds: number;
  elapsedSeconds: number;
  residentBytes: number;
}

/** One outcome per entry. All contenders take their laps in turn, within one task and across tasks. */
export async function measure(entries: readonly Entry[], plan: Plan, world: World): Promise<Outcome[]> {
  const lanes = entries.map(newLane);
  const phases = plan.starts + 2 + plan.rounds;
  let phase = 0;
  const inTurn = async (what: string, work: (lane: Lane) => Promise<void>): Promise<void> => {
    for (const [i, lane] of lanes.entries()) {
      world.signal.throwIfAborted();
      world.progress(`${what}: ${lane.launcher.id}`, phase + i / lanes.length, phases);
      if (lane.out === null) await attempt(lane, work);
    }
    phase++;
  };
  try {
    for (let start = 1; start <= plan.starts; start++) {
      await inTurn('first step', (lane) => firstStep(lane, world, start === plan.starts));
    }
    await inTurn('loss', (lane) => trainedLoss(lane, plan));
    await inTurn('warm-up', (lane) => warmUp(lane, plan));
    for (let round = 0; round < plan.rounds; round++) {
      await inTurn(`round ${round + 1} of ${plan.rounds}`, async (lane) => {
        if (round >= 3 && lane.lapsSeconds > plan.slowSeconds) return;
        const started = world.now();
        const seconds = await lap(lane);
        lane.elapsedSeconds += (world.now() - started) / 1000;
        lane.lapsSeconds += seconds;
        lane.rates.push((lane.lapSteps * lane.task.batchSize) / seconds);
      });
    }
    for (const lane of lanes) if (lane.out === null) await attempt(lane, memoryAndClose);
    world.signal.throwIfAborted();
    return lanes.map(outcomeOf);
  } finally {
    for (const { running } of lanes) running?.kill();
  }
}

function newLane(entry: Entry): Lane {
  return {
    ...{ ...entry, startSeconds: [], firstStepSeconds: [], rates: [], running: null, opened: null, out: null },
    ...{ trained: [], at: 0, stepSeconds: NaN, lapSteps: 1, lapsSeconds: 0, elapsedSeconds: 0, residentBytes: NaN },
  };
}

async function attempt(lane: Lane, work: (lane: Lane) => Promise<void>): Promise<void> {
  try {
    await work(lane);
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
    lane.out = { id: lane.launcher.id, kind: 'failed', reason };
    lane.running?.kill();
  }
}

async function firstStep(lane: Lane, { now }: World, keep: boolean): Promise<void> {
  const started = now();
  lane.running = lane.launcher.launch();
  const opened = await lane.running.open(lane.task.folder);
  if ('unable' in opened) {
    lane.out = { id: lane.launcher.id, kind: 'unable', reason: opened.unable };
    await lane.running.close();
    return;
  }
  const { seconds } = await lane.running.train(0, 1);
  lane.startSeconds.push((now() - started) / 1000);
  lane.firstStepSeconds.push(opened.seconds + seconds);
  [lane.opened, lane.at] = [opened, 1];
  if (!keep) await lane.running.close();
}

/** Numbers of steps after which a loss may be compared. Few, because each needs the exact loss. */
export const CHECKPOINTS = [2, 3, 10, 30, 100] as const;

/** Continues from step 1. The second step tells the speed, because the first one includes the setup. */
async function trainedLoss(lane: Lane, plan: Plan): Promise<void> {
  const { task } = lane;
  const running = lane.running as Running;
  const compare = async (steps: number): Promise<void> => {
    const loss = await running.loss(0, Math.min(plan.lossSteps, task.steps));
    lane.trained.push({ steps, loss });
    lane.at = steps;
  };
  lane.stepSeconds = (await running.train(1, 1)).seconds;
  await compare(2);
  const most = Math.min(plan.lossAfter, Math.floor(plan.lossSamples / task.batchSize), task.steps);
  const steps = checkpoint(most, lane.stepSeconds, plan.lossSeconds);
  if (steps === 2) return;
  lane.stepSeconds = (await running.train(2, steps - 2)).seconds / (steps - 2);
  await compare(steps);
}

export function checkpoint(most: number, secondsPerStep: number, seconds: number): number {
  return Math.max(2, ...CHECKPOINTS.filter((steps) => steps <= most && steps * secondsPerStep <= seconds));
}

/** Finds the number of steps for a lap of the wanted length. The last laps before the rounds use that number, because some
 * libraries compile for it. */
async function warmUp(lane: Lane, { lapSeconds }: Plan): Promise<void> {
  const fitting = (secondsPerStep: number): number =>
    Math.min(lane.task.steps, Math.max(1, Math.round(lapSeconds / secondsPerStep)));
  lane.lapSteps = fitting(lane.stepSeconds);
  if (lane.stepSeconds > lapSeconds) return; // slow, and already warm
  for (let tries = 0; ; tries++) {
    await lap(lane);
    const seconds = await lap(lane);
    const better = fitting(seconds / lane.lapSteps);
    const near = better / lane.lapSteps > 0.7 && better / lane.lapSteps < 1.4;
    if (near || tries === 4) return;
    lane.lapSteps = better;
  }
}

async function lap(lane: Lane): Promise<number> {
  if (lane.at + lane.lapSteps > lane.task.steps) lane.at = 0; // end of the order: start again
  const { seconds } = await (lane.running as Running).train(lane.at, lane.lapSteps);
  lane.at += lane.lapSteps;
  return seconds;
}

async function memoryAndClose(lane: Lane): Promise<void> {
  const running = lane.running as Running;
  requireHonestClock(lane);
  lane.residentBytes = await running.memory();
  await running.close();
}

/** A request and its answer take a millisecond. A contender that stops its clock before its work is done gets no speed. */
function requireHonestClock({ lapsSeconds, elapsedSeconds, rates }: Lane): void {
  if (elapsedSeconds <= 1.5 * lapsSeconds + 0.05 * rates.length) return;
  throw new Error(
    `its laps took ${lapsSeconds.toPrecision(3)} s by its own clock, but ${elapsedSeconds.toPrecision(3)} s by ours`,
  );
}

function outcomeOf(lane: Lane): Outcome {
  if (lane.out !== null) return lane.out;
  const { label, versions, note } = lane.opened as Opened;
  return {
    ...{ id: lane.launcher.id, kind: 'measured', label, versions, note: note ?? null },
    ...{ rates: lane.rates, lapSteps: lane.lapSteps, residentBytes: lane.residentBytes },
    ...{ startSeconds: lane.startSeconds, firstStepSeconds: lane.firstStepSeconds },
    trained: lane.trained,
  };
}
