// Exit codes.
import {
  CandidateError,
  DataError,
  EngineUnavailableError,
  InterruptedError,
  OutputError,
  QueueError,
  UsageError,
} from '../errors.ts';
import type { VerdictKind } from '../check/verdict.ts';

export const EXIT = { agree: 0, disagree: 1, usage: 2, inconclusive: 3, internal: 4, interrupted: 130 } as const;

export const EXIT_OF_VERDICT: Record<VerdictKind, number> = {
  identical: EXIT.agree,
  agree: EXIT.agree,
  disagree: EXIT.disagree,
  inconclusive: EXIT.inconclusive,
};

/** A report that could not be written changes the exit code of every verdict but disagree. */
export function exitCodeOfRun(kind: VerdictKind, run: { interrupted: boolean; allWritten: boolean }): number {
  if (run.interrupted) return EXIT.interrupted;
  return run.allWritten || kind === 'disagree' ? EXIT_OF_VERDICT[kind] : EXIT.usage;
}

export function exitCodeOfError(error: unknown): number {
  if (error instanceof InterruptedError) return EXIT.interrupted;
  if (error instanceof EngineUnavailableError || error instanceof QueueError) return EXIT.inconclusive;
  const expected = [UsageError, DataError, CandidateError, OutputError].some((kind) => error instanceof kind);
  return expected ? EXIT.usage : EXIT.internal;
}
