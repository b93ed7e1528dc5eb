// The program's processes around a queue: workers and one that asks.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerEvent } from '../../src/queue/events.ts';

/** A worker, and how far it is. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  readonly events: readonly (WorkerEvent & { readonly time: string })[];
  readonly seeds: () => number;
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Wall time. */
  readonly milliseconds: number;
}

export interface Program {
  worker(url: string, processes: number, onSeeds?: () => void): WorkerProcess;
  /** Starts a command; `outcome` is there when it has ended. */
  command(words: readonly string[]): { readonly child: ChildProcess; readonly outcome: Promise<Outcome> };
}

/** @param folder holds the built program as dist/ */
export function programIn(folder: string): Program {
  const main = join(folder, 'dist/cli/main.js');
  return {
    worker(url, processes, onSeeds) {
      const words = [main, 'worker', '--queue', url, '--processes', String(processes), '--json'];
      const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
      const events: (WorkerEvent & { time: string })[] = [];
      let [rest, seeds] = ['', 0];
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const event = JSON.parse(line) as WorkerEvent & { time: string };
          events.push(event);
          if (event.event === 'done') seeds += event.count;
        }
        onSeeds?.();
      });
      return { child, events, seeds: () => seeds };
    },
    command(words) {
      const began = performance.now();
      const child = spawn(process.execPath, [main, ...words]);
      let [stdout, stderr] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      const outcome = new Promise<Outcome>((resolve) => {
        child.once('close', (code) => resolve({ code, stdout, stderr, milliseconds: performance.now() - began }));
      });
      return { child, outcome };
    },
  };
}

/** Resolves once the worker is ready. */
export async function ready(worker: WorkerProcess): Promise<void> {
  while (!worker.events.some(({ event }) => event === 'ready')) {
    if (worker.child.exitCode !== null) throw new Error('a worker does not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function end({ child }: { readonly child: ChildProcess }, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

/** Seconds of processor time of a process and all below it, so far. */
export function cpuSeconds(pid: number): number {
  const [, ...fields] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system, ofEndedUser, ofEndedSystem] = fields.join(') ').split(' ').slice(11, 15).map(Number);
  const below = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
  const own = (user + system + ofEndedUser + ofEndedSystem) / 100; // clock ticks
  return below.reduce((sum, child) => sum + cpuSeconds(Number(child)), own);
}

function parentOf(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return NaN; // it has ended
  }
}
