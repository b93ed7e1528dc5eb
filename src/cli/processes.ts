// Processes that run tasks: TensorFlow.js has one backend at a time per process.
import { revived } from '../engines/threads/plain-error.ts';
import type { PlainError } from '../engines/threads/plain-error.ts';

/**
 * For random networks, which are many short-lived objects: 32 MiB for these, so that the garbage
 * collector runs less often; and without threads of its own, which take the cores that other
 * processes compute on.
 */
const GARBAGE = ['--min-semi-space-size=32', '--max-semi-space-size=32', '--single-threaded-gc'];

/** Processes, each with the same program. */
export interface Processes<Task, Answer> {
  /** @throws what the task throws there */
  run(task: Task, signal?: AbortSignal): Promise<Answer>;
  close(): Promise<void>;
}

/** How many there are. */
export interface Count {
  readonly most: number;
  /** Those that are kept for less than their first task; default: 1. */
  readonly least?: number;
  /** Milliseconds after which one without a task ends. */
  readonly idle?: number;
  /** Ends them all: what they were at is lost. */
  readonly signal?: AbortSignal;
}

/**
 * @param program its file, without its ending
 * @param from the `import.meta.url` of a file beside it
 */
export async function openProcesses<Task, Answer>(
  program: string,
  from: string,
  { most, least = 1, idle, signal }: Count,
): Promise<Processes<Task, Answer>> {
  const extension = from.endsWith('.ts') ? 'ts' : 'js';
  const { Tinypool } = await import('tinypool');
  const pool = new Tinypool({
    filename: new URL(`${program}.${extension}`, from).href,
    runtime: 'child_process',
    serialization: 'advanced', // JSON has no NaN and no infinity
    minThreads: least,
    maxThreads: most,
    execArgv: [...process.execArgv, ...GARBAGE],
    env: process.env as Record<string, string>, // else it has none, and no PATH to find a browser on
    ...(idle !== undefined && { idleTimeout: idle }),
  });
  const stop = (): void => void pool.destroy();
  signal?.addEventListener('abort', stop, { once: true });
  return {
    run: (task, own) =>
      (pool.run(task, own && { signal: own }) as Promise<Answer>).catch((error: unknown) => {
        throw error instanceof Error ? error : revived(error as PlainError); // as it was sent
      }),
    async close() {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted !== true) await pool.destroy();
    },
  };
}
