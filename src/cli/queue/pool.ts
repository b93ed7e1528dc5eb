// The processes of a worker that run its chunks: TensorFlow.js has one backend at a time per
// process, and the worker itself stays free to renew its locks.
import type { JobData } from '../../queue/data.ts';
import { errorOf } from '../../queue/failures.ts';
import type { OwnCandidate } from '../fuzz/job.ts';
import type { ChunkOutcome, ChunkTask } from './chunk.ts';

/** Milliseconds that a process is kept without work: starting one takes longer than most chunks. */
const IDLE = 60_000;

export interface ChunkPool {
  run(job: JobData, signal: AbortSignal): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** @param own the candidate of this worker, if it has one */
export async function openChunkPool(processes: number, own: OwnCandidate): Promise<ChunkPool> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const { Tinypool } = await import('tinypool');
  const pool = new Tinypool({
    filename: new URL(`./chunk.${extension}`, import.meta.url).href,
    runtime: 'child_process',
    serialization: 'advanced', // JSON has no NaN and no infinity
    minThreads: 0,
    maxThreads: processes,
    idleTimeout: IDLE,
    execArgv: process.execArgv,
  });
  return {
    async run(job, signal) {
      const task: ChunkTask = { job, own };
      const outcome = (await pool.run(task, { signal })) as ChunkOutcome;
      if ('failure' in outcome) throw errorOf(outcome.failure);
      return outcome.results;
    },
    close: () => pool.destroy(),
  };
}
