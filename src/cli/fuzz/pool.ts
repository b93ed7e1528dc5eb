// Runs seeds here, or in processes of their own: a candidate answers one question at a time, and
// TensorFlow.js has one backend per process.
import { availableParallelism } from 'node:os';
import type { Runner } from '../../fuzz/fuzz.ts';
import { fuzzWork } from '../../fuzz/fuzz-work.ts';
import type { Space } from '../../fuzz/space.ts';
import type { Subject } from '../../fuzz/subject.ts';
import type { SeedResult } from '../../fuzz/tally.ts';
import type { SeedRange } from '../../fuzz/work.ts';
import { VERSION } from '../../report/version.ts';
import type { Options } from '../options.ts';
import { hashOf } from './subject.ts';

/** What a process is given. */
export interface WorkerTask {
  readonly options: Options;
  readonly space: Space;
  readonly range: SeedRange;
}

export interface Pool extends Pick<Runner, 'run' | 'parallel'> {
  readonly close: () => Promise<void>;
}

/** Seeds that are worth a process: starting one takes about a second. */
const SEEDS_EACH = 250;

/** @param seeds how many there are at most */
export async function openPool(options: Options, subject: Subject, seeds: number, signal: AbortSignal): Promise<Pool> {
  const { workers = Math.max(1, Math.min(availableParallelism(), Math.floor(seeds / SEEDS_EACH))) } = options;
  return workers === 1 ? here(options, subject) : processes(options, workers, signal);
}

function here(options: Options, subject: Subject): Pool {
  return {
    parallel: 1,
    run: (space, range, signal) => workOf(options, subject, space).run(range, signal),
    close: async () => {},
  };
}

/** The same work here and in every process. */
export function workOf(options: Options, subject: Subject, space: Space) {
  const candidateHash = hashOf(options);
  const { engine, backend, dtype, 'time-limit': time, 'memory-limit': memory } = options;
  return fuzzWork(subject, space, {
    version: VERSION,
    options: { engine, backend, dtype, 'time-limit': time, 'memory-limit': memory },
    ...(candidateHash !== undefined && { candidateHash }),
  });
}

async function processes(options: Options, count: number, signal: AbortSignal): Promise<Pool> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const { Tinypool } = await import('tinypool');
  const pool = new Tinypool({
    filename: new URL(`./worker.${extension}`, import.meta.url).href,
    runtime: 'child_process',
    serialization: 'advanced', // JSON has no NaN and no infinity
    minThreads: 1,
    maxThreads: count,
    execArgv: process.execArgv,
  });
  const stop = (): void => void pool.destroy();
  signal.addEventListener('abort', stop, { once: true });
  return {
    parallel: count,
    async run(space, range) {
      const task: WorkerTask = { options, space, range };
      try {
        return (await pool.run(task)) as SeedResult[];
      } catch (error) {
        if (signal.aborted) return []; // what the process was at is lost
        throw error;
      }
    },
    async close() {
      signal.removeEventListener('abort', stop);
      if (!signal.aborted) await pool.destroy();
    },
  };
}
