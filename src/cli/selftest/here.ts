// Runs a self-test on this machine: one process per core.
import { availableParallelism } from 'node:os';
import type { Watch } from '../../check/watch.ts';
import { selftest } from '../../selftest/selftest.ts';
import type { SelftestResult } from '../../selftest/selftest.ts';
import type { PartId, Results } from '../../selftest/tasks.ts';
import type { SelftestOptions } from './work.ts';
import type { WorkerTask } from './worker.ts';

export async function selftestHere(options: SelftestOptions, watch: Watch): Promise<SelftestResult> {
  const pool = await openPool(watch.signal);
  try {
    return await selftest(options.plan, (task) => pool.run({ ...options, task }), pool.processes, watch);
  } finally {
    await pool.close();
  }
}

/** Processes that run tasks of a self-test. */
interface Pool {
  readonly processes: number;
  run(task: WorkerTask): Promise<Results[PartId]>;
  close(): Promise<void>;
}

/**
 * One process per core: TensorFlow.js has one backend at a time per process. They end when the
 * signal says so; what they were at is then lost.
 */
async function openPool(signal: AbortSignal): Promise<Pool> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const processes = availableParallelism();
  const { Tinypool } = await import('tinypool');
  const pool = new Tinypool({
    filename: new URL(`./worker.${extension}`, import.meta.url).href,
    runtime: 'child_process',
    serialization: 'advanced', // JSON has no NaN and no infinity
    minThreads: 1,
    maxThreads: processes,
    execArgv: process.execArgv,
  });
  const stop = (): void => void pool.destroy();
  signal.addEventListener('abort', stop, { once: true });
  return {
    processes,
    run: (task) => pool.run(task) as Promise<Results[PartId]>,
    async close() {
      signal.removeEventListener('abort', stop);
      if (!signal.aborted) await pool.destroy();
    },
  };
}
