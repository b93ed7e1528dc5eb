// A process of a worker that runs chunks of seeds. What it may run is in this file: a job names one
// of these, and a candidate is the worker's own file.
import { DataError, unknownName } from '../../errors.ts';
import { failureOf } from '../../queue/failures.ts';
import type { Failure, JobData } from '../../queue/data.ts';
import type { SeedWork } from '../../fuzz/work.ts';
import { readSelftestOptions, selftestWork } from '../selftest/work.ts';

/** Results, one per seed, or why there are none. */
export type ChunkOutcome = { readonly results: readonly unknown[] } | { readonly failure: Failure };

const WORKS: Readonly<Record<string, (job: JobData) => SeedWork<unknown>>> = {
  selftest: ({ identity: { version, options } }) => selftestWork(readSelftestOptions(options), version),
};

export default async function runChunk(job: JobData): Promise<ChunkOutcome> {
  try {
    if (!Object.hasOwn(WORKS, job.kind)) throw unknownName('work', job.kind, Object.keys(WORKS));
    const { from, count } = job;
    const results = await WORKS[job.kind](job).run({ from, count });
    if (results.length !== count) throw new DataError(`${results.length} results for ${count} seeds`);
    return { results };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    return { failure };
  }
}
