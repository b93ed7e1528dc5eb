// What a long check needs from outside: a way to be stopped, someone to tell how far it is, and a clock.
import type { Side } from './pair.ts';

/** The parts of a run that take long, as progress bars show them. */
export type Phase = Side | 'exact' | 'lockstep' | 'kills' | 'pairs' | 'networks' | 'entries' | 'oracles';

/** How a caller follows a long check, and stops it. */
export interface Watch {
  readonly signal: AbortSignal;
  /** Milliseconds, from any start. */
  now(): number;
  /** Called now and then: `done` of `total` steps of this part are done. */
  progress(phase: Phase, done: number, total: number): void;
}

/** Never stopped, nobody told. */
export const UNWATCHED: Watch = {
  signal: new AbortController().signal,
  now: () => performance.now(),
  progress: () => {},
};

const BREATHE_EVERY = 40; // milliseconds

/** Lets timers and signals (Ctrl-C) through now and then: engines' promises alone never give them a turn. */
export function breather(watch: Watch): () => Promise<void> {
  let last = watch.now();
  return async () => {
    if (watch.now() - last < BREATHE_EVERY) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = watch.now();
  };
}
