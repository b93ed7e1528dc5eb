// A process of a worker that runs chunks of seeds. What it may run is in this file: a job names one
// of these, and a candidate is the worker's own file.
import { DataError, failureOf, unknownName } from '../../errors.ts';
import type { Failure } from '../../errors.ts';
import type { JobData } from '../../queue/data.ts';
import type { SeedWork } from '../../fuzz/work.ts';
import { fuzzJob } from '../fuzz/job.ts';
import type { OwnCandidate } from '../fuzz/job.ts';
import { readSelftestOptions, selftestWork } from '../selftest/work.ts';

/** Results, one per seed, or why there are none. */
export type ChunkOutcome = { readonly results: readonly unknown[] } | { readonly failure: Failure };

const WORKS: Readonly<Record<string, (job: JobData, own: OwnCandidate) => Promise<SeedWork<unknown>>>> = {
  fuzz: fuzzJob,
  selftest: async ({ identity: { version, options } }) => selftestWork(readSelftestOptions(options), version),
};

/** What a process is given: a job, and the worker's own candidate, if it has one. */
export interface ChunkTask {
  readonly job: JobData;
  readonly own: OwnCandidate;
}

export default async function runChunk({ job, own }: ChunkTask): Promise<ChunkOutcome> {
  try {
    if (!Object.hasOwn(WORKS, job.kind)) throw unknownName('work', job.kind, Object.keys(WORKS));
    const { from, count } = job;
    const work = await WORKS[job.kind](job, own);
    const results = await work.run({ from, count });
    if (results.length !== count) throw new DataError(`${results.length} results for ${count} seeds`);
    return { results };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    return { failure };
  }
}
