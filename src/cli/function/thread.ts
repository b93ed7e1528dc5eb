// The thread in which somebody's file is checked, as the command sees it.
import { Calls, ThreadEnded } from '../../engines/threads/calls.ts';
import { inBrowser } from '../../engines/tfjs/backends.ts';
import type { BackendChoice } from '../../engines/tfjs/backends.ts';
import { CandidateError } from '../../errors.ts';
import type { Io } from '../../program/io.ts';
import type { AnyCheck } from '../../report/words/function-check.ts';
import { within } from './within.ts';
import type { CheckThread } from './within.ts';
import type { Order, ToThread } from './protocol.ts';

/**
 * @param name that of the file
 * @param backend of its twin
 */
export async function openThread(name: string, backend: BackendChoice | undefined): Promise<CheckThread> {
  const thread = inNode(name);
  if (backend === undefined || !inBrowser(backend)) return thread;
  const { pageFor } = await import('./page-thread.ts');
  return pageFor(thread, backend);
}

function inNode(name: string): CheckThread {
  const calls = new Calls<ToThread, never>(import.meta.url, `the thread of ${name}`);
  return {
    async ask<Result>(order: ToThread, limit: number, io: Io) {
      const answer = calls.ask(order).catch((error: unknown) => {
        throw error instanceof ThreadEnded
          ? new CandidateError(`${name} ended the program that it runs in`, 'it must not call process.exit')
          : error;
      });
      return (await within(answer, name, limit, io)) as Result;
    },
    end: () => calls.end(),
  };
}

/** The check of a file, as of {@link CheckThread}. */
export async function inThread(order: Order, limit: number, io: Io): Promise<AnyCheck> {
  const thread = await openThread(order.name, order.backend);
  try {
    return await thread.ask<AnyCheck>(order, limit, io);
  } finally {
    await thread.end();
  }
}
