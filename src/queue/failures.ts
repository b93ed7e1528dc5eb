// Why a job has failed, as an error of the process that asked for it.
import { QueueError, errorOf } from '../errors.ts';
import { parseFailure } from './data.ts';

/** From the reason that a job has failed for: what a worker has said, or BullMQ. */
export function errorOfJob(reason: string, from: number, count: number): Error {
  const place = count === 1 ? `seed ${from}: ` : `seeds ${from} to ${from + count - 1}: `;
  const failure = parseFailure(reason);
  if (failure !== null) return errorOf(failure, place);
  if (reason.startsWith('job stalled'))
    return new QueueError(`${place}every worker that took them has ended`, 'look at the log and memory of the workers');
  return new Error(`${place}${reason}`);
}
