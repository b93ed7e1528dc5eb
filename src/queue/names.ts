// What things are called on the server. Who asks and who works meet in a queue by the version and,
// for a candidate, the hash of its files: one who would answer something else is never asked.
import { createHash } from 'node:crypto';
import type { SeedRange } from '../fuzz/work.ts';

/** What a worker can answer. */
export interface Ability {
  readonly version: string;
  /** Of the candidate's files; none: the work of backproof itself, such as its self-test. */
  readonly candidateHash?: string;
}

/** Work that is asked for: what it is, and its seeds, so many in a job. */
export interface Asked {
  readonly kind: string;
  readonly identity: Ability & { readonly options: unknown };
  readonly range: SeedRange;
  readonly chunk: number;
}

/** The name of BullMQ's queue, as its boards show it. A colon is not allowed in it. */
export function queueName({ version, candidateHash }: Ability): string {
  const what = candidateHash === undefined ? '' : `-candidate-${candidateHash.slice(0, 12)}`;
  return `backproof-${version}${what}`;
}

/** The same for the same work, so that a run that was killed is found again. */
export function runId({ kind, identity, range: { from, count }, chunk }: Asked): string {
  const { version, candidateHash = null, options } = identity;
  const all = JSON.stringify([kind, version, candidateHash, options, from, count, chunk]);
  return createHash('sha256').update(all).digest('hex').slice(0, 16);
}

export function jobId(run: string, from: number): string {
  return `${run}-${from}`;
}

/** The first seed of a job of this run; null for a job of another run. */
export function seedOf(run: string, id: string): number | null {
  return id.startsWith(`${run}-`) ? Number(id.slice(run.length + 1)) : null;
}
