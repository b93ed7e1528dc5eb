// What the process that asks for a run brings along.
import type { AskerEvent } from './events.ts';

/** How the results of a run are taken, and where it is noted how far it is. */
export interface Taking {
  /**
   * The results of the seeds from `from` on, in any order of `from`, each seed once.
   * @returns false if no more are wanted
   */
  take(from: number, results: readonly unknown[]): boolean;
  /** The folder of the journal. */
  readonly folder: string;
  readonly signal: AbortSignal;
  on(event: AskerEvent): void;
}
