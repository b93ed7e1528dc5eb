// Threads that work in the memory of one engine. The caller is the first of them; the others wait
// for orders until they are told to end. They are Node's threads, which it is asked for when they
// are wanted: in a browser the caller works alone.
import type { Instance } from './kernels.ts';

export interface Team {
  /** All threads, the caller included. */
  readonly size: number;
  /** The error of a thread that failed, or null. */
  failure(): string | null;
  /** Ends all threads except the caller. */
  end(): Promise<void>;
}

/** The most threads possible: the number of cores, or one if memory cannot be shared. */
export function mostThreads(): number {
  const os = nodes<Os>('node:os');
  return typeof SharedArrayBuffer === 'undefined' ? 1 : (os?.availableParallelism() ?? 1);
}

/** A module of Node; null where there is no Node. */
function nodes<T>(name: string): T | null {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): T } };
  return process?.getBuiltinModule?.(name) ?? null;
}

interface Os {
  availableParallelism(): number;
}

/** What is used of a thread of node:worker_threads. */
interface Thread {
  on(event: 'message', listener: (message: { ready?: true; failure?: string }) => void): void;
  on(event: 'error', listener: (error: unknown) => void): void;
  on(event: 'exit', listener: (code: number) => void): void;
  once(event: 'exit', listener: () => void): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<number>;
}

interface Threads {
  readonly Worker: new (program: string, options: { eval: true; workerData: object; execArgv: string[] }) => Thread;
}

/**
 * The program of a thread, as text, so that it needs no loader. After a failure, `breakUp` releases
 * the other threads, which would wait for it.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { module, memory, plan, sync, thread, soFar } = workerData;
const { exports: kernels } = new WebAssembly.Instance(module, { env: { memory } });
parentPort.postMessage({ ready: true });
try {
  kernels.serve(plan, sync, thread, soFar);
} catch (error) {
  kernels.breakUp(sync);
  parentPort.postMessage({ failure: String(error) });
}
`;

/** How many milliseconds threads have to end by themselves before they are terminated. */
const GRACE = 1000;

/**
 * Starts size - 1 threads.
 * @throws Error if one does not start
 */
export async function assemble(
  { kernels, memory, module }: Instance,
  { plan, sync }: { plan: number; sync: number },
  size: number,
): Promise<Team> {
  const threads = nodes<Threads>('node:worker_threads');
  if (threads === null) throw new Error('there are no threads here');
  let failure: string | null = null;
  const soFar = kernels.ordersSoFar(sync);
  let ending = false;
  const workers = Array.from({ length: size - 1 }, (_, i) => {
    const workerData = { module, memory, plan, sync, thread: i + 1, soFar };
    const worker = new threads.Worker(PROGRAM, { eval: true, workerData, execArgv: [] });
    worker.unref(); // a program that forgets to dispose still ends
    return worker;
  });
  const ready = workers.map(
    (worker, i) =>
      new Promise<void>((resolve, reject) => {
        const fail = (why: string): void => {
          if (ending) return;
          failure ??= `thread ${i + 2} of ${size}: ${why}`;
          kernels.breakUp(sync);
          reject(new Error(failure));
        };
        worker.on('message', (message) => {
          if (message.failure === undefined) resolve();
          else fail(message.failure);
        });
        worker.on('error', (error) => fail(String(error)));
        worker.on('exit', (code) => fail(`ended by itself (exit code ${code})`));
      }),
  );
  const exits = workers.map((worker) => new Promise<void>((resolve) => worker.once('exit', () => resolve())));
  const team: Team = {
    size,
    failure: () => failure,
    async end() {
      if (ending) return;
      ending = true;
      kernels.quit(sync);
      const timer = setTimeout(() => void Promise.all(workers.map((worker) => worker.terminate())), GRACE);
      await Promise.all(exits);
      clearTimeout(timer);
    },
  };
  try {
    for (const worker of workers) worker.ref(); // startup is awaited
    await Promise.all(ready);
  } catch (error) {
    await team.end();
    throw error;
  } finally {
    for (const worker of workers) worker.unref();
  }
  return team;
}
