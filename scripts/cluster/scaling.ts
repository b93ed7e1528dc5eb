// How much faster two workers are than one, and what the queue costs: the same random networks in
// one process without a queue, in two such processes at once, which is what the machine can do, and
// over a queue to one worker, and to two.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMALL } from './kills.ts';
import { cpuSeconds, end, ready } from './processes.ts';
import type { Program } from './processes.ts';
import { startRedis } from './redis.ts';

/** Seconds. */
export interface Took {
  readonly wall: number;
  /** Processor time of all processes of workers, and of what the queue adds: server and asker. */
  readonly cpu: { readonly workers: number; readonly server: number; readonly asker: number };
  /** Share of their time that the processes of workers were at a job. */
  readonly busy: number;
}

export interface ScalingReport {
  readonly seeds: number;
  readonly chunk: number;
  readonly alone: { readonly wall: number; readonly cpu: number };
  /** Two processes that know nothing of each other, each with half of the seeds. */
  readonly apart: { readonly wall: number; readonly cpu: number };
  readonly one: Took;
  readonly two: Took;
}

export async function measureScaling(program: Program, seeds: number, chunk: number): Promise<ScalingReport> {
  const wordsOf = (runs: number): string[] => ['fuzz', ...SMALL, '--runs', String(runs), '--format', 'json', '--json'];
  const words = wordsOf(seeds);
  const half = wordsOf(Math.ceil(seeds / 2));
  return {
    ...{ seeds, chunk },
    alone: await withoutQueue(program, [words]),
    apart: await withoutQueue(program, [half, [...half, '--seed', String(seeds)]]),
    one: await over(program, [...words, '--chunk', String(chunk)], 1),
    two: await over(program, [...words, '--chunk', String(chunk)], 2),
  };
}

/** Programs with one worker each, at once. */
async function withoutQueue(program: Program, all: readonly string[][]): Promise<{ wall: number; cpu: number }> {
  const runs = all.map((words) => program.command([...words, '--workers', '1', '--out', newFolder()]));
  const cpus = runs.map(({ child }) => sampled(child.pid ?? NaN));
  const ends = await Promise.all(runs.map(({ outcome }) => outcome));
  const wall = Math.max(...ends.map(({ milliseconds }) => milliseconds)) / 1000;
  return { wall, cpu: cpus.reduce((sum, cpu) => sum + cpu(), 0) };
}

async function over(program: Program, words: readonly string[], count: number): Promise<Took> {
  const redis = await startRedis();
  const workers = Array.from({ length: count }, () => program.worker(redis.url, 1));
  try {
    await Promise.all(workers.map(ready));
    const folder = newFolder();
    const asker = program.command([...words, '--queue', redis.url, '--out', folder]);
    const ofAsker = sampled(asker.child.pid ?? NaN);
    const { code, stderr } = await asker.outcome;
    if (code !== 0) throw new Error(stderr);
    const sum = (pids: readonly (number | undefined)[]): number =>
      pids.reduce<number>((all, pid) => all + cpuSeconds(pid ?? NaN), 0);
    const { timing } = JSON.parse(readFileSync(join(folder, 'fuzz.json'), 'utf8')) as {
      timing: { milliseconds: number };
    };
    const cpu = { workers: sum(workers.map(({ child }) => child.pid)), server: sum([redis.pid()]), asker: ofAsker() };
    return { wall: timing.milliseconds / 1000, cpu, busy: Math.min(...workers.map(({ events }) => busyShare(events))) };
  } finally {
    await Promise.all(workers.map((worker) => end(worker, 'SIGTERM')));
    await redis.stop();
  }
}

/** From the end of its first job to the end of its last: the share of time at a job. */
function busyShare(events: ReturnType<Program['worker']>['events']): number {
  const done = events.flatMap((event) => (event.event === 'done' ? [event] : []));
  const [first, last] = [done[0], done.at(-1)].map((event) => Date.parse(event?.time ?? ''));
  return done.slice(1).reduce((sum, { milliseconds }) => sum + milliseconds, 0) / (last - first);
}

/** The processor time of a process, until it ends. */
function sampled(pid: number): () => number {
  let seconds = 0;
  const timer = setInterval(() => {
    try {
      seconds = cpuSeconds(pid);
    } catch {
      clearInterval(timer); // it has ended
    }
  }, 100);
  return () => {
    clearInterval(timer);
    return seconds;
  };
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'backproof cluster '));
}
