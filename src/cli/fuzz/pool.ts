// Runs seeds here, or in processes of their own: a candidate answers one question at a time, and
// TensorFlow.js has one backend per process.
import { availableParallelism } from 'node:os';
import { inRanges } from '../../fuzz/fuzz.ts';
import type { Runner } from '../../fuzz/fuzz.ts';
import { fuzzWork, rangesOf } from '../../fuzz/fuzz-work.ts';
import type { RunRange } from '../../fuzz/fuzz-work.ts';
import type { Space } from '../../fuzz/space.ts';
import type { Subject } from '../../fuzz/subject.ts';
import type { SeedResult } from '../../fuzz/tally.ts';
import type { SeedRange } from '../../fuzz/work.ts';
import { VERSION } from '../../report/version.ts';
import type { Options } from '../options.ts';
import { openProcesses } from '../processes.ts';
import { hashOf } from './subject.ts';

/** What a process is given. */
export interface WorkerTask {
  readonly options: Options;
  readonly space: Space;
  readonly range: SeedRange;
}

export interface Pool extends Pick<Runner, 'all'> {
  readonly close: () => Promise<void>;
}

/** Seeds that are worth a process: starting one takes about a second. */
const SEEDS_EACH = 250;

/** @param seeds how many there are at most */
export async function openPool(options: Options, subject: Subject, seeds: number, signal: AbortSignal): Promise<Pool> {
  const { workers = Math.max(1, Math.min(availableParallelism(), Math.floor(seeds / SEEDS_EACH))) } = options;
  if (workers === 1) return { all: inRanges(rangesOf(subject), 1), close: async () => {} };
  return processes(options, workers, signal);
}

/** What a queue shares out; `version` is that of the package. */
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
  const of = { most: count, signal };
  const pool = await openProcesses<WorkerTask, readonly SeedResult[]>('./worker', import.meta.url, of);
  const run: RunRange = async (space, range, stop) => {
    try {
      return await pool.run({ options, space, range }, stop);
    } catch (error) {
      if (stop.aborted || signal.aborted) return []; // what the process was at is lost
      throw error;
    }
  };
  return { all: inRanges(run, count), close: pool.close };
}
