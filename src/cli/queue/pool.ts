// The processes of a worker that run its chunks: TensorFlow.js has one backend at a time per
// process, and the worker itself stays free to renew its locks.
import { errorOf } from '../../errors.ts';
import type { JobData } from '../../queue/data.ts';
import type { OwnCandidate } from '../fuzz/job.ts';
import { openProcesses } from '../processes.ts';
import type { ChunkOutcome, ChunkTask } from './chunk.ts';

/** Milliseconds that a process is kept without work: starting one takes longer than most chunks. */
const IDLE = 60_000;

export interface ChunkPool {
  run(job: JobData, signal: AbortSignal): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** @param own the candidate of this worker, if it has one */
export async function openChunkPool(processes: number, own: OwnCandidate): Promise<ChunkPool> {
  const of = { most: processes, least: 0, idle: IDLE };
  const pool = await openProcesses<ChunkTask, ChunkOutcome>('./chunk', import.meta.url, of);
  return {
    async run(job, signal) {
      const outcome = await pool.run({ job, own }, signal);
      if ('failure' in outcome) throw errorOf(outcome.failure);
      return outcome.results;
    },
    close: pool.close,
  };
}
