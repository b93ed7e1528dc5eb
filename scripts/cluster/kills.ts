// Random networks over four workers, while workers, the server and the process that asks are killed
// at random moments. Every seed must count once, and the report must be byte for byte that of one
// process without a queue, times apart.
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../src/numeric/rng.ts';
import { end, ready } from './processes.ts';
import type { Program, WorkerProcess } from './processes.ts';
import { startRedis } from './redis.ts';

export interface KillsReport {
  readonly seeds: number;
  readonly killed: { readonly workers: number; readonly server: number; readonly asker: number };
  /** Seeds that workers have done, those of jobs that were lost included. */
  readonly done: number;
  readonly milliseconds: number;
  readonly alone: number;
  readonly sameReport: boolean;
  /** Runs in the report. */
  readonly counted: number;
  readonly left: readonly string[];
}

const WORKERS = 4;
const KILLS = { worker: 20, server: 2, asker: 1 } as const;

/** Small networks: what is measured is who does the work. */
export const SMALL = ['--engine', 'vector', '--largest', '3', '--deepest', '2', '--keep-going'] as const;

export async function measureKills(program: Program, seeds: number, say: (line: string) => void): Promise<KillsReport> {
  const rng = createRng(seeds, 'kills');
  const redis = await startRedis();
  const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'backproof cluster ')));
  const words = ['fuzz', ...SMALL, '--runs', String(seeds), '--format', 'json', '--json'];
  const workers: WorkerProcess[] = [];
  let doneBefore = 0;
  const done = (): number => workers.reduce((sum, worker) => sum + worker.seeds(), doneBefore);
  const renew = (n: number): void => {
    doneBefore += workers[n]?.seeds() ?? 0;
    workers[n] = program.worker(redis.url, 1);
  };
  try {
    for (let n = 0; n < WORKERS; n++) renew(n);
    await Promise.all(workers.map(ready));
    const asking = [...words, '--queue', redis.url, '--out', folders[0]];
    const began = performance.now();
    let asker = program.command(asking);
    const acts = Object.entries(KILLS).flatMap(([what, count]) =>
      Array.from({ length: count }, () => ({ what, at: Math.floor(seeds * (0.02 + 0.9 * rng.uniform())) })),
    );
    let servers = 0;
    for (const { what, at } of acts.toSorted((a, b) => a.at - b.at)) {
      while (done() < at && asker.child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
      const n = rng.below(WORKERS);
      if (what === 'worker') {
        await end(workers[n], 'SIGKILL');
        renew(n);
      } else if (what === 'server') await redis.restart(servers++ === 0 ? 'SIGKILL' : 'SIGTERM');
      else {
        await end(asker, 'SIGKILL');
        asker = program.command(asking);
      }
      say(`${what} killed after ${done()} seeds`);
    }
    const outcome = await asker.outcome;
    const milliseconds = performance.now() - began;
    if (outcome.code !== 0) throw new Error(outcome.stderr);
    say('the same without a queue');
    const alone = await program.command([...words, '--workers', '2', '--out', folders[1]]).outcome;
    const [own, expected] = folders.map((folder) => withoutTimes(join(folder, 'fuzz.json')));
    const { tally } = JSON.parse(own) as { tally: { runs: number } };
    return {
      seeds,
      killed: { workers: KILLS.worker, server: KILLS.server, asker: KILLS.asker },
      done: done(),
      milliseconds,
      alone: alone.milliseconds,
      sameReport: own === expected,
      counted: tally.runs,
      left: readdirSync(folders[0]).filter((name) => name.startsWith('queue-')),
    };
  } finally {
    await Promise.all(workers.map((worker) => end(worker, 'SIGKILL')));
    await redis.stop();
  }
}

/** The bytes of a report, without its times. */
function withoutTimes(file: string): string {
  const text = readFileSync(file, 'utf8');
  const found = /\n "timing": \{[^}]*\}/.exec(text);
  if (found === null) throw new Error(`${file}: no times`);
  return text.replace(found[0], '');
}
