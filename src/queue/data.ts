// What goes through a queue: data alone, checked where it comes in. JSON has no NaN, no infinity
// and no negative zero, which results have.
import * as z from 'zod';
import { DataError } from '../errors.ts';
import type { Failure } from '../errors.ts';
import { MOST_SEEDS } from './limits.ts';

const ABILITY = { version: z.string().max(100), candidateHash: z.string().max(100).exactOptional() };

const JOB = z.strictObject({
  kind: z.string().max(40),
  identity: z.strictObject({ ...ABILITY, options: z.unknown() }),
  from: z.int(),
  count: z.int().min(1).max(MOST_SEEDS),
});
/** The seeds from .. from + count - 1 of some work. */
export type JobData = z.infer<typeof JOB>;

const ANSWER = z.strictObject({ from: z.int(), results: z.array(z.unknown()) });
/** One result a seed, `packed`. */
export type Answer = z.infer<typeof ANSWER>;

const FAILURE: z.ZodType<Failure> = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });

const WORKER = z.object({
  id: z.string().max(100),
  host: z.string().max(300),
  pid: z.int(),
  ...ABILITY,
  processes: z.int().min(1),
  seeds: z.int().min(0),
});
/** A worker as others see it: who it is, what it can answer, and how many seeds it has done. */
export type WorkerCard = z.infer<typeof WORKER>;

const RUN = z.object({
  id: z.string().max(100),
  host: z.string().max(300),
  pid: z.int(),
  ...ABILITY,
  kind: z.string().max(40),
  token: z.string().max(100),
});
/** Work that is asked for, as workers see it. */
export type RunCard = z.infer<typeof RUN>;

/** @throws DataError on data that nobody who speaks this version would write */
export function parseJob(data: unknown): JobData {
  const { success, data: job } = JOB.safeParse(data);
  if (!success) throw new DataError('the job is not one of this version of backproof');
  return job;
}

/**
 * The results of an answer, which is for these seeds.
 * @throws DataError
 */
export function parseAnswer(value: unknown, from: number, count: number): unknown[] {
  const { success, data } = ANSWER.safeParse(value);
  if (!success || data.from !== from || data.results.length !== count)
    throw new DataError(`the answer for the seeds ${from} to ${from + count - 1} is not one of a worker`);
  return data.results.map(unpacked);
}

/** The first seed of an answer in a journal; NaN if it is none. */
export function seedOfAnswer(value: unknown): number {
  return ANSWER.safeParse(value).data?.from ?? NaN;
}

export function parseFailure(reason: string): Failure | null {
  const { success, data } = FAILURE.safeParse(parsed(reason));
  return success ? data : null;
}

/** Null for a card that is none, or of another version. */
export function parseWorker(text: string): WorkerCard | null {
  return WORKER.safeParse(parsed(text)).data ?? null;
}

/** Null for a card that is none, or of another version. */
export function parseRun(text: string): RunCard | null {
  return RUN.safeParse(parsed(text)).data ?? null;
}

/** Null where it is not JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const MARK = '$number';

/** The same with `{ $number: 'NaN' }` for the numbers that JSON has not. */
export function packed(value: unknown): unknown {
  if (typeof value === 'number')
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { [MARK]: Object.is(value, -0) ? '-0' : `${value}` };
  return mapped(value, packed);
}

export function unpacked(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, MARK))
    return Number((value as { [MARK]: unknown })[MARK]);
  return mapped(value, unpacked);
}

function mapped(value: unknown, change: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(part)]));
}
