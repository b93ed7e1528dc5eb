// What a run's outcome is to the shell.
import {
  CandidateError,
  DataError,
  EngineUnavailableError,
  InterruptedError,
  OutputError,
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

export function exitCodeOfError(error: unknown): number {
  if (error instanceof InterruptedError) return EXIT.interrupted;
  if (error instanceof EngineUnavailableError) return EXIT.inconclusive;
  const mendable = [UsageError, DataError, CandidateError, OutputError].some((kind) => error instanceof kind);
  return mendable ? EXIT.usage : EXIT.internal;
}
