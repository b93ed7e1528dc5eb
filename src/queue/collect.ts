// Keeps a window of jobs on the queue, and takes their answers until all seeds are done. An answer
// comes with BullMQ's event of a job that is completed; those that an event was missed for, and
// jobs that the server has forgotten, are found by looking after every job now and then.
import type { Queue, QueueEvents } from 'bullmq';
import type { Journal } from '../data/files/journal.ts';
import type { Chunks } from './chunks.ts';
import type { Connection } from './connection.ts';
import { parseAnswer } from './data.ts';
import type { Answer, JobData } from './data.ts';
import { errorOfJob } from './failures.ts';
import { jobId, queueName, seedOf } from './names.ts';
import type { Asked } from './names.ts';
import type { Taking } from './taking.ts';

/** Jobs on the queue at once: enough that no process of a worker waits for one. */
const WINDOW = { least: 16, perProcess: 4, most: 4096 } as const;
/** Milliseconds between two looks after all jobs. */
const LOOK_AFTER = 5000;
/** Tries of a job that ends with an error that nobody foresaw. */
const ATTEMPTS = 3;
/** Seconds after which the answers of a run that never goes on are removed. */
const KEPT = 7 * 24 * 3600;
/** BullMQ keeps its last events, each with the answer in it. */
const EVENTS = 500;
/** Milliseconds that tidying up may take: it is not needed. */
const TIDY = 3000;

/** What the jobs of this run and their answers go through. */
interface Line {
  readonly queue: Queue<JobData, Answer>;
  readonly events: QueueEvents;
  readonly run: string;
}

/**
 * @param processes how many processes of workers there are now
 * @returns whether all that is wanted is taken; false if the signal stopped it
 * @throws the error of a job that cannot be done
 */
export async function collect(
  connection: Connection,
  asked: Asked,
  run: string,
  chunks: Chunks,
  journal: Journal,
  { take, signal, on }: Taking,
  processes: () => number,
): Promise<boolean> {
  const line = await openLine(connection, asked, run);
  const inbox = new Map<number, unknown>();
  const begun = new Map<number, number>(); // first seeds, and when they were last looked after
  let [failure, isWanted]: [Error | null, boolean] = [null, true];
  const { wait, wake } = alarm();
  const answered = (id: string, value: unknown): void => {
    const from = seedOf(run, id);
    if (from !== null) inbox.set(from, value);
    wake();
  };
  const failed = (id: string, reason: string): void => {
    const from = seedOf(run, id);
    if (from !== null && !chunks.isSettled(from)) failure ??= errorOfJob(reason, from, chunks.sizeOf(from));
    wake();
  };
  line.events.on('completed', ({ jobId: id, returnvalue }) => answered(id, returnvalue));
  line.events.on('failed', ({ jobId: id, failedReason }) => failed(id, failedReason));
  connection.redis.on('ready', wake);

  const settle = async (): Promise<void> => {
    const answers = [...inbox];
    inbox.clear();
    const fresh = answers.filter(([from]) => begun.has(from) && !chunks.isSettled(from));
    const results = fresh.map(([from, value]) => parseAnswer(value, from, chunks.sizeOf(from)));
    if (fresh.length > 0) await journal.add(fresh.map(([, value]) => JSON.stringify(value)));
    fresh.forEach(([from], n) => {
      chunks.settle(from);
      if (isWanted) isWanted = take(from, results[n]);
    });
    for (const [from] of answers) begun.delete(from);
    await Promise.all(answers.map(([from]) => line.queue.remove(jobId(run, from))));
  };
  const add = async (firsts: readonly number[]): Promise<void> => {
    const { kind, identity } = asked;
    for (const from of firsts) begun.set(from, performance.now());
    await line.queue.addBulk(
      firsts.map((from) => ({
        name: kind,
        data: { kind, identity, from, count: chunks.sizeOf(from) },
        opts: { jobId: jobId(run, from) },
      })),
    );
  };
  const fill = async (): Promise<void> => {
    const window = Math.min(WINDOW.most, Math.max(WINDOW.least, WINDOW.perProcess * processes()));
    const firsts: number[] = [];
    while (begun.size + firsts.length < window) {
      const from = chunks.begin();
      if (from === null) break;
      firsts.push(from);
    }
    if (firsts.length > 0) await add(firsts);
  };
  const lookAfter = async (all: boolean): Promise<void> => {
    const due = performance.now() - LOOK_AFTER;
    const old = [...begun].filter(([from, at]) => (all || at <= due) && !inbox.has(from)).map(([from]) => from);
    const states = await Promise.all(old.map((from) => line.queue.getJobState(jobId(run, from))));
    const forgotten: number[] = [];
    for (const [n, from] of old.entries()) {
      begun.set(from, performance.now());
      if (states[n] === 'unknown') forgotten.push(from);
      if (states[n] !== 'completed' && states[n] !== 'failed') continue;
      const job = await line.queue.getJob(jobId(run, from));
      if (job?.returnvalue) answered(jobId(run, from), job.returnvalue);
      else if (job?.failedReason !== undefined) failed(jobId(run, from), job.failedReason);
    }
    for (const from of forgotten) on({ event: 'again', from });
    if (forgotten.length > 0) await add(forgotten);
  };
  const work = async (): Promise<boolean> => {
    let isFirst = true;
    for (;;) {
      if (signal.aborted) return false;
      await settle();
      if (!isWanted || chunks.done === chunks.total) return true;
      if (failure !== null) throw failure;
      await fill();
      await lookAfter(isFirst); // the first time: what an earlier process of this run has asked for
      isFirst = false;
      if (inbox.size === 0) await wait(1000);
    }
  };
  try {
    return await orStopped(work(), signal);
  } finally {
    connection.redis.off('ready', wake);
    await tidy(connection, line);
  }
}

async function openLine({ packages, redis }: Connection, asked: Asked, run: string): Promise<Line> {
  const { Queue, QueueEvents } = packages.bullmq;
  const name = queueName(asked.identity);
  const kept = { age: KEPT };
  const queue: Queue<JobData, Answer> = new Queue(name, {
    connection: redis,
    streams: { events: { maxLen: EVENTS } },
    defaultJobOptions: { attempts: ATTEMPTS, removeOnComplete: kept, removeOnFail: kept },
  });
  queue.on('error', () => {}); // the connection tells
  await queue.waitUntilReady();
  const last = await redis.xrevrange(queue.toKey('events'), '+', '-', 'COUNT', 1);
  const events = new QueueEvents(name, { connection: redis, lastEventId: last[0]?.[0] ?? '0' });
  events.on('error', () => {});
  return { queue, events, run };
}

/**
 * Takes what is left of this run off the queue. Jobs that are under way stay until they are done.
 */
async function tidy({ redis }: Connection, { queue, events, run }: Line): Promise<void> {
  const all = async (): Promise<void> => {
    await events.close();
    if (redis.status !== 'ready') return;
    const left = await queue.getJobs(['completed', 'failed', 'wait', 'delayed']);
    const own = left.filter((job) => seedOf(run, job?.id ?? '') !== null);
    await Promise.allSettled(own.map(({ id = '' }) => queue.remove(id)));
    await queue.close();
  };
  await Promise.race([all().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, TIDY).unref())]);
}

/** Waits for work that may itself be waiting for a broken connection. */
async function orStopped(work: Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  let stop = (): void => {};
  const stopped = new Promise<boolean>((resolve) => {
    stop = () => resolve(false);
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => undefined);
  }
}

/** Something to wait for that may happen before one waits. */
function alarm(): { wait: (milliseconds: number) => Promise<void>; wake: () => void } {
  let isDue = false;
  let ring = (): void => {};
  return {
    async wait(milliseconds) {
      if (!isDue) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds);
          ring = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      isDue = false;
    },
    wake() {
      isDue = true;
      ring();
    },
  };
}
