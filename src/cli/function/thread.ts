// The thread in which somebody's file is checked, as the command sees it.
import { Calls, ThreadEnded } from '../../engines/threads/calls.ts';
import { CandidateError, InterruptedError } from '../../errors.ts';
import type { Io } from '../../program/io.ts';
import type { AnyCheck } from '../../report/words/function-check.ts';
import type { Order } from './protocol.ts';

/**
 * @param limit seconds
 * @throws what the check throws there; CandidateError if it takes too long, InterruptedError
 */
export async function inThread(order: Order, limit: number, io: Io): Promise<AnyCheck> {
  const calls = new Calls<Order, never>(import.meta.url, `the thread of ${order.name}`);
  const over = new AbortController();
  try {
    return (await Promise.race([
      calls.ask(order).catch((error: unknown) => {
        throw error instanceof ThreadEnded
          ? new CandidateError(`${order.name} ended the program that it runs in`, 'it must not call process.exit')
          : error;
      }),
      tooLong(order.name, limit, over.signal),
      interrupted(io, over.signal),
    ])) as AnyCheck;
  } finally {
    over.abort();
    await calls.end();
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
