// Who asks and who works over a real Redis server, while workers, the server and the process that
// asks are killed. The work is a toy: see toy.ts.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/numeric/rng.ts';
import { BUILT, ROOT, newFolder } from '../cli/program.ts';
import { eventually } from '../running.ts';
import { redisMissing, startRedis } from '../../scripts/cluster/redis.ts';
import type { RedisServer } from '../../scripts/cluster/redis.ts';
import type { ToySetting } from './toy.ts';

const TOY = join(BUILT, `toy-${process.pid}.mjs`);
const LIMIT = 60_000;
/** Locks that are lost soon, so that the tests need not wait for them. */
const PATIENCE = { lock: 1500, look: 500, most: 5 };

interface Event {
  readonly event: string;
  readonly [key: string]: unknown;
}

interface Side {
  readonly child: ChildProcess;
  readonly events: Event[];
  /** The events of this name. */
  of(name: string): Event[];
  readonly ended: Promise<unknown>;
}

/** A server of its own, and processes around it. */
interface Field {
  readonly redis: RedisServer;
  start(role: 'worker' | 'ask', setting: ToySetting): Side;
}

/** Ends all processes afterwards. */
async function inField(use: (field: Field) => Promise<void>): Promise<void> {
  const redis = await startRedis();
  const sides: Side[] = [];
  try {
    await use({
      redis,
      start(role, setting) {
        const side = startSide(role, setting, redis.url);
        sides.push(side);
        return side;
      },
    });
  } finally {
    for (const { child } of sides) child.kill('SIGKILL');
    await Promise.all(sides.map(({ ended }) => ended));
    await redis.stop();
  }
}

function startSide(role: 'worker' | 'ask', setting: ToySetting, url: string): Side {
  const child = spawn(process.execPath, [TOY, role, url, JSON.stringify({ patience: PATIENCE, ...setting })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events: Event[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    events.push(...lines.map((line) => JSON.parse(line) as Event));
  });
  const of = (name: string): Event[] => events.filter(({ event }) => event === name);
  return { child, events, of, ended: new Promise((resolve) => child.once('close', resolve)) };
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const missing = redisMissing();
const skipped = missing === null ? '' : `: skipped, ${missing}`;

describe.skipIf(missing !== null).concurrent(`a queue on a real server${skipped}`, () => {
  beforeAll(async () => {
    const entryPoints = [join(ROOT, 'test/queue/toy.ts')];
    const as = { bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20' } as const;
    await build({ entryPoints, outfile: TOY, ...as, logLevel: 'warning' });
  });

  it('counts every seed once, whoever is killed', { timeout: LIMIT }, () =>
    inField(async ({ redis, start }) => {
      const rng = createRng(20, 'kills');
      const folder = newFolder();
      const asking = { seeds: 3000, chunk: 8, wait: 6, folder };
      const workers = Array.from({ length: 3 }, () => start('worker', { processes: 2 }));
      let asker = start('ask', asking);
      await eventually(() => workers.some((worker) => worker.of('done').length > 2), 20);
      const acts = ['worker', 'server', 'worker', 'asker', 'worker', 'server', 'worker', 'worker'];
      for (const [n, act] of acts.entries()) {
        await pause(200 + 400 * rng.uniform());
        if (act === 'server') await redis.restart(n === 1 ? 'SIGKILL' : 'SIGTERM');
        if (act === 'worker') {
          workers[rng.below(workers.length)].child.kill('SIGKILL');
          workers[n % 3] = start('worker', { processes: 2 });
        }
        if (act === 'asker') {
          expect(asker.of('end')).toEqual([]);
          asker.child.kill('SIGKILL');
          asker = start('ask', asking);
        }
      }
      await asker.ended;
      expect(asker.of('resumed')).toHaveLength(1);
      expect(asker.of('resumed')[0]['done']).toBeGreaterThan(2);
      expect(asker.of('end')).toEqual([
        { event: 'end', complete: true, once: true, right: true, nans: 60, taken: 3000 },
      ]);
      // nothing is left: no note, no job
      expect(readdirSync(folder)).toEqual([]);
      const jobs = redis.command('--scan', '--pattern', 'bull:*').split('\n');
      await eventually(() => redis.command('LLEN', 'bull:backproof-1.0.0:active') === '0');
      expect(jobs.filter((key) => /-\d+$/.test(key))).toEqual([]);
    }),
  );

  it('asks again for what the server has forgotten', { timeout: LIMIT }, () =>
    inField(async ({ redis, start }) => {
      const asker = start('ask', { seeds: 200, wait: 10, folder: newFolder() });
      await eventually(() => redis.command('EXISTS', 'bull:backproof-1.0.0:wait') === '1', 20);
      redis.command('FLUSHALL');
      start('worker', { processes: 2 });
      await asker.ended;
      expect(asker.of('again').length).toBeGreaterThan(2);
      expect(asker.of('end')).toMatchObject([{ complete: true, once: true, right: true }]);
    }),
  );

  it('gives up seeds that end every worker', { timeout: LIMIT }, () =>
    inField(async ({ start }) => {
      const patience = { ...PATIENCE, most: 1 };
      const folder = newFolder();
      const asker = start('ask', { seeds: 40, wait: 1, folder, fatal: 12 });
      const renew = async (): Promise<void> => {
        while (asker.of('error').length === 0) await start('worker', { patience }).ended;
      };
      await Promise.race([renew(), asker.ended]);
      await asker.ended;
      expect(asker.of('error')).toMatchObject([{ name: 'QueueError', message: /^seeds 10 to 14: every worker/ }]);
      expect(readdirSync(folder)).toEqual([expect.stringMatching(/^queue-[0-9a-f]{16}\.jsonl$/)]); // the rest is kept
    }),
  );

  it('sees workers come and go, and says which cannot take part', { timeout: LIMIT }, () =>
    inField(async ({ start }) => {
      const other = start('worker', { version: '2.0.0' });
      const asker = start('ask', { seeds: 300, wait: 20, folder: newFolder() });
      await eventually(() => asker.of('nobody').length > 0 && other.of('other-run').length > 0, 20);
      expect(asker.of('other-worker')).toMatchObject([{ why: { what: 'version', worker: '2.0.0', asked: '1.0.0' } }]);
      expect(other.of('other-run')).toMatchObject([{ kind: 'toy', why: { what: 'version' } }]);
      const worker = start('worker', { processes: 3 });
      await eventually(() => worker.of('done').length > 0, 20);
      await pause(1200);
      worker.child.kill('SIGTERM');
      await worker.ended;
      expect(worker.of('given-back').length).toBeGreaterThan(0);
      expect(worker.child.exitCode).toBe(0);
      await eventually(() => asker.of('left').length > 0);
      const name = `${String(worker.of('ready')[0]['worker'])}`;
      expect(asker.of('joined')).toEqual([{ event: 'joined', worker: name, processes: 3, seeds: 0 }]);
      expect(asker.of('left')).toMatchObject([{ worker: name, processes: 3 }]);
      expect(other.of('done')).toEqual([]);
      start('worker', { processes: 5 });
      await asker.ended;
      expect(asker.of('end')).toMatchObject([{ complete: true, once: true, right: true }]);
    }),
  );

  it('is asked for one run by one process at a time', { timeout: LIMIT }, () =>
    inField(async ({ redis, start }) => {
      const asking = { seeds: 100, folder: newFolder() };
      const first = start('ask', asking);
      await eventually(() => redis.command('KEYS', 'backproof:run:*') !== '', 20);
      const second = start('ask', asking);
      await eventually(() => second.of('held').length > 0, 20);
      expect(second.of('held')).toMatchObject([{ pid: first.child.pid }]);
      first.child.kill('SIGKILL'); // its process is gone: the second need not wait
      start('worker', { processes: 5 });
      await second.ended;
      expect(second.of('end')).toMatchObject([{ complete: true, once: true }]);
    }),
  );

  it('keeps a window of jobs on the server, however many seeds there are', { timeout: LIMIT }, () =>
    inField(async ({ redis, start }) => {
      const asker = start('ask', { seeds: 1_000_000, chunk: 10, folder: newFolder() });
      const waiting = (): number => Number(redis.command('LLEN', 'bull:backproof-1.0.0:wait'));
      await eventually(() => waiting() > 0, 20);
      await pause(500);
      expect(waiting()).toBe(16);
      asker.child.kill('SIGTERM');
      await asker.ended;
      expect(asker.of('end')).toMatchObject([{ complete: false }]);
      expect(waiting()).toBe(0); // nobody works for a run that is stopped
    }),
  );

  it('takes no job and no answer that is not of its version', { timeout: LIMIT }, () =>
    inField(async ({ redis, start }) => {
      const folder = newFolder();
      const worker = start('worker', {});
      await eventually(() => worker.of('ready').length > 0, 20);
      const { Queue } = await import('bullmq');
      const { Redis } = await import('ioredis');
      const connection = new Redis(redis.port, { maxRetriesPerRequest: null });
      const queue = new Queue('backproof-1.0.0', { connection });
      const identity = { version: '1.0.0', options: { wait: 1 } };
      const bad = [
        { kind: 'toy', identity, from: 0, count: 1e9 },
        { kind: 'toy', identity, from: 0, count: 1, code: 'process.exit()' },
        { kind: 'toy', identity: { ...identity, version: '1.0.1' }, from: 0, count: 1 },
        { kind: 'toy', identity: { ...identity, candidateHash: 'ab' }, from: 0, count: 1 },
      ];
      await queue.addBulk(bad.map((data) => ({ name: 'toy', data })));
      await eventually(() => worker.of('failed').length === bad.length, 10);
      expect(worker.of('failed')).toHaveLength(bad.length);
      expect(worker.of('done')).toEqual([]);

      worker.child.kill('SIGKILL');
      const asker = start('ask', { seeds: 10, folder });
      await eventually(() => redis.command('LLEN', 'bull:backproof-1.0.0:wait') === '2', 10);
      const { Worker } = await import('bullmq');
      const forger = new Worker('backproof-1.0.0', async () => ({ from: 0, results: ['too few'] }), { connection });
      await asker.ended;
      await forger.close();
      await queue.close();
      connection.disconnect();
      expect(asker.of('error')).toMatchObject([{ name: 'DataError', message: /^the answer for the seeds 0 to 4/ }]);
      const notes = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
      expect(notes).toEqual(['']);
    }),
  );
});
