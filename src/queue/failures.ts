// Errors as data: they go from process to process, where a class has no meaning.
import {
  BackproofError,
  CandidateError,
  DataError,
  EngineUnavailableError,
  OutputError,
  QueueError,
  UsageError,
} from '../errors.ts';
import { parseFailure } from './data.ts';
import type { Failure } from './data.ts';

const KINDS: Readonly<Record<string, new (message: string, hint?: string) => BackproofError>> = {
  usage: UsageError,
  data: DataError,
  candidate: CandidateError,
  output: OutputError,
  queue: QueueError,
  'engine-unavailable': EngineUnavailableError,
};

/** Null for an error that is a bug, and not a user's to fix. */
export function failureOf(error: unknown): Failure | null {
  if (!(error instanceof BackproofError)) return null;
  const { code, message, hint = null } = error;
  return { code, message, hint };
}

/** @param place is put before the message */
export function errorOf({ code, message, hint }: Failure, place = ''): Error {
  const Kind = Object.hasOwn(KINDS, code) ? KINDS[code] : undefined;
  return Kind === undefined ? new Error(`${place}${message}`) : new Kind(`${place}${message}`, hint ?? undefined);
}

/** From the reason that a job has failed for: what a worker has said, or BullMQ. */
export function errorOfJob(reason: string, from: number, count: number): Error {
  const place = count === 1 ? `seed ${from}: ` : `seeds ${from} to ${from + count - 1}: `;
  const failure = parseFailure(reason);
  if (failure !== null) return errorOf(failure, place);
  if (reason.startsWith('job stalled'))
    return new QueueError(`${place}every worker that took them has ended`, 'look at the log and memory of the workers');
  return new Error(`${place}${reason}`);
}
