// The thread in which somebody's file is checked, as the command sees it.
import { Calls, ThreadEnded } from '../../engines/threads/calls.ts';
import { CandidateError, InterruptedError } from '../../errors.ts';
import type { Io } from '../../program/io.ts';
import type { AnyCheck } from '../../report/words/function-check.ts';
import type { Order } from './protocol.ts';

/** A thread that is asked one thing after the other. */
export interface CheckThread {
  /**
   * @param limit seconds
   * @throws what is thrown there; CandidateError if it takes too long, InterruptedError
   */
  ask<Result>(order: Order, limit: number, io: Io): Promise<Result>;
  end(): Promise<void>;
}

/** @param name that of the file */
export function openThread(name: string): CheckThread {
  const calls = new Calls<Order, never>(import.meta.url, `the thread of ${name}`);
  return {
    async ask<Result>(order: Order, limit: number, io: Io) {
      const over = new AbortController();
      try {
        return (await Promise.race([
          calls.ask(order).catch((error: unknown) => {
            throw error instanceof ThreadEnded
              ? new CandidateError(`${name} ended the program that it runs in`, 'it must not call process.exit')
              : error;
          }),
          tooLong(name, limit, over.signal),
          interrupted(io, over.signal),
        ])) as Result;
      } finally {
        over.abort();
      }
    },
    end: () => calls.end(),
  };
}

/** The check of a file, as of {@link CheckThread}. */
export async function inThread(order: Order, limit: number, io: Io): Promise<AnyCheck> {
  const thread = openThread(order.name);
  try {
    return await thread.ask<AnyCheck>(order, limit, io);
  } finally {
    await thread.end();
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
