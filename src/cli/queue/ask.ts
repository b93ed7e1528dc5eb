// Asks the workers of a queue for the work of a command, and shows on stderr how it goes.
import type { SeedRange, SeedWork } from '../../fuzz/work.ts';
import { ask } from '../../queue/ask.ts';
import type { Run } from '../../queue/ask.ts';
import type { Address } from '../../queue/address.ts';
import { MOST_SEEDS } from '../../queue/limits.ts';
import { askerLine } from '../../queue/words.ts';
import type { Io } from '../../program/io.ts';
import { program } from '../environment.ts';

/** Jobs that a run is cut into, if they do not get too large: so that many workers share it. */
const JOBS = 400;
/** Seeds in a job, at most, unless --chunk says more: what a killed worker has to do again. */
const LARGEST = 100;

/** @returns the seeds of a job: the same for the same run */
export function chunkOf(seeds: number, given: number | undefined): number {
  return Math.min(MOST_SEEDS, given ?? Math.min(LARGEST, Math.max(1, Math.ceil(seeds / JOBS))));
}

export interface QueueRequest<Result> {
  readonly address: Address;
  readonly work: Pick<SeedWork<Result>, 'kind' | 'identity'>;
  readonly range: SeedRange;
  readonly chunk: number | undefined;
  /** The folder for the note of how far the run is. */
  readonly folder: string;
  /** How a worker is given the same candidate, for the line that says how to start one. */
  readonly candidate?: string;
  /** Stops it; by default Ctrl-C. */
  readonly signal?: AbortSignal;
  /** Results of the seeds from `from` on; false if no more are wanted. */
  readonly take: (from: number, results: readonly Result[]) => boolean;
}

/** @throws QueueError, UsageError, or the error of a worker */
export function askQueue<Result>(request: QueueRequest<Result>, io: Io): Promise<Run> {
  const { address, work, range, folder, candidate = '', signal = io.signal } = request;
  const words = ['worker', '--queue', address.shown, ...(candidate === '' ? [] : [candidate])];
  const start = `${program()} ${words.join(' ')}`;
  const asked = { kind: work.kind, identity: work.identity, range, chunk: chunkOf(range.count, request.chunk) };
  return ask(address, asked, {
    take: (from, results) => request.take(from, results as readonly Result[]),
    folder,
    signal,
    on: (event) => io.err(`${askerLine(event, start)}\n`),
  });
}
