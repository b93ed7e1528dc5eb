// A worker: takes jobs off the queue until it is stopped, runs each in another process, and shows
// that it is there. It runs no code that comes from the queue: a job names seeds and options.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Job, Worker } from 'bullmq';
import { EngineUnavailableError, QueueError, failureOf } from '../errors.ts';
import { safeText } from '../text.ts';
import type { Address } from './address.ts';
import { connect } from './connection.ts';
import type { Connection } from './connection.ts';
import { packed, parseJob, parseRun } from './data.ts';
import type { Answer, JobData, WorkerCard } from './data.ts';
import type { WorkerEvent } from './events.ts';
import { mismatchOf } from './mismatch.ts';
import { queueName } from './names.ts';
import type { Ability } from './names.ts';
import { PRESENCE, cardsOf, every, hold, release } from './presence.ts';
import { workerName } from './watch-workers.ts';

/** When a job is taken from a worker that is silent. */
export interface Patience {
  /** Milliseconds after which the lock of a job is lost, unless it is renewed. */
  readonly lock: number;
  /** Milliseconds between two looks for lost locks. */
  readonly look: number;
  /** Workers that one job may lose before it is given up. */
  readonly most: number;
}

const PATIENCE: Patience = { lock: 10_000, look: 5000, most: 5 };
/** Milliseconds after which BullMQ tries again what a broken connection has stopped. */
const TRY_AGAIN = 1000;
/** Milliseconds that giving back jobs may take. */
const LEAVE = 5000;

export interface Service {
  readonly ability: Ability;
  /** Jobs at the same time. */
  readonly processes: number;
  /** The address of the metrics, for the first line. */
  readonly metrics: string | null;
  /** One result per seed. @throws BackproofError where it cannot be done */
  run(job: JobData, signal: AbortSignal): Promise<readonly unknown[]>;
  readonly signal: AbortSignal;
  on(event: WorkerEvent): void;
  readonly patience?: Patience;
}

/**
 * Works until the signal, and gives back what it is at then.
 * @throws QueueError, UsageError if there is no connection
 * @throws EngineUnavailableError where this machine lacks what the work needs, QueueError where its
 *   candidate has been changed: the job is given back
 */
export async function serve(address: Address, service: Service): Promise<void> {
  const { signal, on, ability, processes } = service;
  const { shown: server } = address;
  const line = { onLost: () => on({ event: 'lost', server }), onBack: () => on({ event: 'back', server }) };
  const connection = await connect(address, line, signal);
  const { redis } = connection;
  const id = randomUUID();
  let seeds = 0;
  const card = (): WorkerCard & { token: string } => ({
    ...{ id, token: id, host: hostname(), pid: process.pid, processes, seeds },
    ...ability,
  });
  const leaving = new AbortController();
  const stopped = AbortSignal.any([signal, leaving.signal]);
  let lack: Error | null = null;
  const counted: Service = {
    ...service,
    signal: stopped,
    on(event) {
      if (event.event === 'done') seeds += event.count;
      on(event);
    },
  };
  const worker = openWorker(connection, counted, (error) => {
    lack = error;
    leaving.abort();
  });
  const show = async (): Promise<void> => void (await hold(redis, 'worker', card()));
  const stops = [every(PRESENCE.renewed, show), every(PRESENCE.renewed, lookAtRuns(connection, service))];
  try {
    await worker.waitUntilReady();
    await show();
    const { host, pid } = card();
    const name = workerName({ host, pid });
    on({ event: 'ready', worker: name, queue: queueName(ability), server, processes, metrics: service.metrics });
    if (!stopped.aborted) await new Promise((resolve) => stopped.addEventListener('abort', resolve, { once: true }));
  } finally {
    for (const stop of stops) stop();
    await leave(connection, worker, card());
    connection.close();
    on({ event: 'stopped', seeds });
  }
  if (lack !== null) throw lack as Error;
}

function openWorker(
  { packages, redis }: Connection,
  service: Service,
  onLack: (error: Error) => void,
): Worker<JobData, Answer> {
  const { Worker, WaitingError, UnrecoverableError } = packages.bullmq;
  const { ability, signal, on, processes, patience = PATIENCE } = service;
  const giveBack = async (job: Job<JobData, Answer>, token: string): Promise<never> => {
    const { from, count } = job.data;
    await job.moveToWait(token);
    on({ event: 'given-back', from, count });
    throw new WaitingError();
  };
  const work = async (job: Job<JobData, Answer>, token = ''): Promise<Answer> => {
    if (signal.aborted) return giveBack(job, token);
    const began = performance.now();
    try {
      const data = parseJob(job.data);
      const { kind, identity, from, count } = data;
      if (mismatchOf(ability, identity) !== null) throw new UnrecoverableError('it is not for this worker');
      const results = await service.run(data, signal);
      if (results.length !== count) throw new Error(`${results.length} results for ${count} seeds`);
      on({ event: 'done', kind, from, count, milliseconds: performance.now() - began });
      return { from, results: results.map(packed) };
    } catch (error) {
      if (signal.aborted) return giveBack(job, token);
      if (error instanceof EngineUnavailableError || error instanceof QueueError) {
        onLack(error);
        return giveBack(job, token);
      }
      const message = safeText(error instanceof Error ? error.message : String(error), 1000);
      on({ event: 'failed', from: job.data.from, count: job.data.count, message });
      const failure = failureOf(error);
      if (failure === null) throw error; // it is tried again
      throw new UnrecoverableError(JSON.stringify(failure));
    }
  };
  const worker = new Worker<JobData, Answer>(queueName(ability), work, {
    connection: redis,
    concurrency: processes,
    ...{ lockDuration: patience.lock, stalledInterval: patience.look, maxStalledCount: patience.most },
    runRetryDelay: TRY_AGAIN,
  });
  worker.on('error', () => {}); // the connection tells; a lost lock: another worker has the job
  return worker;
}

/** Says once of every run that this worker cannot take part in why it cannot. */
function lookAtRuns({ redis }: Connection, { ability, on }: Service): () => Promise<void> {
  const told = new Set<string>();
  return async () => {
    for (const text of await cardsOf(redis, 'run')) {
      const run = parseRun(text);
      const why = run === null ? null : mismatchOf(ability, run);
      if (run === null || why === null || told.has(run.token)) continue;
      told.add(run.token);
      on({ event: 'other-run', kind: run.kind, asker: workerName(run), why });
    }
  };
}

/** Gives back its jobs. Without a connection, their locks expire. */
async function leave({ redis }: Connection, worker: Worker, card: WorkerCard & { token: string }): Promise<void> {
  const all = async (): Promise<void> => {
    await worker.pause(true); // no further jobs
    await worker.close();
    await release(redis, 'worker', card);
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, LEAVE, true)));
  const isLate = await Promise.race([all().then(() => false, () => true), late]); // prettier-ignore
  clearTimeout(timer);
  if (isLate) await worker.close(true).catch(() => undefined);
}
