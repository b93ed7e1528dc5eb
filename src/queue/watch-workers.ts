// Sees workers come and go, for the process that asks.
import type { Redis } from 'ioredis';
import { parseWorker } from './data.ts';
import type { WorkerCard } from './data.ts';
import type { AskerEvent } from './events.ts';
import { mismatchOf } from './mismatch.ts';
import type { Ability } from './names.ts';
import { cardsOf, every } from './presence.ts';

/** Milliseconds between two looks, and until it is said that there is no worker. */
const LOOK = 1000;
const NOBODY_AFTER = 5000;

export interface Workers {
  /** Processes of all workers that can do the work. */
  processes(): number;
  stop(): void;
}

/** What a worker is called in messages: "host:4711". */
export function workerName({ host, pid }: Pick<WorkerCard, 'host' | 'pid'>): string {
  return `${host}:${pid}`;
}

export function watchWorkers(redis: Redis, asked: Ability, on: (event: AskerEvent) => void): Workers {
  let here = new Map<string, WorkerCard>();
  const told = new Set<string>();
  let aloneSince: number | null = performance.now();
  const look = async (): Promise<void> => {
    const cards = (await cardsOf(redis, 'worker')).flatMap((text) => parseWorker(text) ?? []);
    const now = new Map<string, WorkerCard>();
    for (const card of cards) {
      const why = mismatchOf(card, asked);
      if (why === null) now.set(card.id, card);
      else if (!told.has(card.id)) on({ event: 'other-worker', worker: workerName(card), why });
      if (why !== null) told.add(card.id);
    }
    for (const [id, card] of now) if (!here.has(id)) on({ event: 'joined', ...seen(card) });
    for (const [id, card] of here) if (!now.has(id)) on({ event: 'left', ...seen(card) });
    here = now;
    if (here.size > 0) aloneSince = null;
    else aloneSince ??= performance.now();
    if (aloneSince !== null && performance.now() - aloneSince >= NOBODY_AFTER) {
      on({ event: 'nobody', candidate: asked.candidateHash !== undefined });
      aloneSince = Infinity; // said once, until one has come and gone
    }
  };
  const stop = every(LOOK, look);
  void look().catch(() => undefined);
  return {
    processes: () => [...here.values()].reduce((sum, { processes }) => sum + processes, 0),
    stop,
  };
}

function seen(card: WorkerCard): { worker: string; processes: number; seeds: number } {
  return { worker: workerName(card), processes: card.processes, seeds: card.seeds };
}
