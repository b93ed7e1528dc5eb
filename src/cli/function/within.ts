// How a command waits for the check of somebody's file: until its time is over, or Ctrl-C.
import { CandidateError, InterruptedError } from '../../errors.ts';
import type { Io } from '../../program/io.ts';
import type { ToThread } from './protocol.ts';

/** A thread, or what stands for it, that is asked one thing after the other. */
export interface CheckThread {
  /**
   * @param limit seconds
   * @throws what is thrown there; CandidateError if it takes too long, InterruptedError
   */
  ask<Result>(order: ToThread, limit: number, io: Io): Promise<Result>;
  end(): Promise<void>;
}

/**
 * The answer, if it comes in time.
 * @param limit seconds
 * @throws CandidateError if it does not; InterruptedError
 */
export async function within<T>(answer: Promise<T>, name: string, limit: number, io: Io): Promise<T> {
  const over = new AbortController();
  try {
    return await Promise.race([answer, tooLong(name, limit, over.signal), interrupted(io, over.signal)]);
  } finally {
    over.abort();
  }
}

function tooLong(name: string, limit: number, over: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new CandidateError(
            `${name} was not checked within ${limit} s`,
            'is there an endless loop? --time-limit sets another limit',
          ),
        ),
      1000 * limit,
    );
    over.addEventListener('abort', () => clearTimeout(timer));
  });
}

/** Rejects at Ctrl-C, unless it is over before. */
export function interrupted(io: Io, over: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(new InterruptedError('interrupted before the check was done'));
    if (io.signal.aborted) stop();
    io.signal.addEventListener('abort', stop, { signal: over });
  });
}
