// What a long check needs from its caller: a stop signal, a progress callback, and a clock.
import { CandidateError } from '../errors.ts';
import type { Side } from './pair.ts';

/** The parts of a gradient check that may take long, in the order in which they come. */
export const CHECKING = ['questions', 'slopes', 'conventions', 'own-loss', 'undecided', 'mistakes'] as const;
/** One of CHECKING. */
export type Checking = (typeof CHECKING)[number];

/** The long parts of a run, as progress bars and lines show them. */
export type Phase =
  | Side
  | Checking
  | 'exact'
  | 'lockstep'
  | 'parting'
  | 'kills'
  | 'pairs'
  | 'networks'
  | 'entries'
  | 'oracles'
  | 'shrinking'
  | 'seeds';

/** How a caller follows and stops a long check. */
export interface Watch {
  readonly signal: AbortSignal;
  /** Milliseconds since any fixed start. */
  now(): number;
  /** Called now and then: `done` of `total` steps of this phase are done. */
  progress(phase: Phase, done: number, total: number): void;
  /** Called with what a candidate threw, where the check goes on without that answer. */
  failed?(error: CandidateError): void;
}

/** Never stops, reports to nobody. */
export const UNWATCHED: Watch = {
  signal: new AbortController().signal,
  now: () => performance.now(),
  progress: () => {},
};

/** The answer; or `otherwise` where a candidate fails and the check goes on without it. */
export async function orElse<T>(watch: Watch, answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof CandidateError) || watch.failed === undefined) throw error;
    watch.failed(error);
    return otherwise;
  }
}

const BREATHE_EVERY = 40; // milliseconds

/**
 * Lets timers and signals (Ctrl-C) run now and then: the promises of engines alone never yield
 * to them.
 */
export function breather(watch: Watch): () => Promise<void> {
  let last = watch.now();
  return async () => {
    if (watch.now() - last < BREATHE_EVERY) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = watch.now();
  };
}
