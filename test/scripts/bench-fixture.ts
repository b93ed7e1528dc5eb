// Fake contenders for tests of the benchmark: their answers, and a clock that only they move.
import type { Launcher, OnDisk, Plan, Running, World } from '../../scripts/bench/measure.ts';
import type { Trained } from '../../scripts/bench/protocol.ts';

export const TASK: OnDisk = { folder: '/task', steps: 1000, batchSize: 10 };

export const PLAN: Plan = {
  ...{ rounds: 5, lapSeconds: 0.4, slowSeconds: 20, starts: 2 },
  ...{ lossAfter: 100, lossSamples: 10_000, lossSeconds: 10, lossSteps: 5 },
};

export interface FakeWorld extends World {
  /** Every request, in order, for example "a train 0 1". */
  readonly log: string[];
  seconds: number;
}

export function fakeWorld(signal: AbortSignal = new AbortController().signal): FakeWorld {
  const world = { log: [] as string[], seconds: 0, signal, now: () => world.seconds * 1000, progress: () => {} };
  return world;
}

export interface Fake {
  readonly id: string;
  /** Seconds per step at a given time. */
  readonly stepSeconds: (now: number) => number;
  readonly loss?: number;
  readonly answers?: Partial<Running>;
}

export function fake({ id, stepSeconds, loss = 1, answers }: Fake, world: FakeWorld): Launcher {
  const run = (from: number, steps: number): Trained => {
    world.log.push(`${id} train ${from} ${steps}`);
    const seconds = steps * stepSeconds(world.seconds);
    world.seconds += seconds;
    return { seconds, losses: [] };
  };
  return {
    id,
    launch: () => {
      world.log.push(`${id} launch`);
      world.seconds += 1;
      return {
        open: async () => ({ label: `the ${id}`, versions: { [id]: '1.0' }, seconds: 0.5 }),
        train: async (from, steps) => run(from, steps),
        loss: async () => loss,
        memory: async () => 2 ** 20,
        close: async () => void world.log.push(`${id} close`),
        kill: () => {},
        ...answers,
      };
    },
  };
}
