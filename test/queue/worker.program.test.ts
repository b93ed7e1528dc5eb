// The commands `worker` and `fuzz --queue` as users run them: refusals, passwords, TLS, metrics,
// and reports that are the same as without a queue.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort, redisMissing, startRedis } from '../../scripts/cluster/redis.ts';
import type { RedisServer } from '../../scripts/cluster/redis.ts';
import { ROOT, backproof, complaint, inProcess, newFolder, start } from '../cli/program.ts';
import type { Running } from '../cli/program.ts';
import { eventually } from '../running.ts';

const LIMIT = 150_000;
const SECRET = 'open,sesame';

describe('a queue is refused', () => {
  it.each([
    [['worker'], 2, /^worker: --queue is missing; give the URL/],
    [['worker', '--queue', 'my-server'], 2, /^--queue: expected the URL of a Redis server; write redis:/],
    [['worker', '--queue', `http://u:${SECRET}@h`], 2, /^--queue: expected redis:\/\/ or rediss:\/\/, got http:/],
    [['worker', '--queue', `redis://u:${SECRET}@h/zero`], 2, /^--queue: expected the number of a database/],
    [['worker', '--queue', `redis://:${SECRET}@127.0.0.1:1`], 3, /^redis:\/\/127\.0\.0\.1:1: no Redis server answers/],
    [['worker', '--queue', 'redis://h', '--metrics', 'all'], 2, /^--metrics: expected a port/],
    [['fuzz', '--runs', '2', '--engine', 'vector', '--queue', 'redis://127.0.0.1:1'], 3, /no Redis server answers/],
    [['fuzz', '--engine', 'vector', '--chunk', '3'], 2, /^--chunk needs --queue/],
    [['selftest', '--chunk', '0', '--queue', 'redis://h'], 2, /^--chunk: expected a whole number from 1 to/],
  ] as [string[], number, RegExp][])('%j', async (words, code, message) => {
    const out = words[0] === 'worker' ? [] : ['--out', newFolder()];
    const run = await inProcess([...words, ...out]);
    expect(complaint(run)).toMatch(message);
    expect(run.code).toBe(code);
    expect(run.stderr).not.toContain('sesame');
  });
});

const missing = redisMissing();
const skipped = missing === null ? '' : `: skipped, ${missing}`;

/** Uses a server with a worker, which are ended afterwards. */
async function withWorker(
  words: readonly string[],
  server: readonly string[],
  use: (redis: RedisServer, worker: Running & { readonly text: () => string }) => Promise<void>,
  env = process.env,
): Promise<void> {
  const redis = await startRedis(server);
  const filled = words.map((word) => word.replace('PORT', String(redis.port)));
  const worker = start(['worker', ...filled], { env, limit: LIMIT });
  let text = '';
  worker.child.stdout?.on('data', (part: string) => (text += part));
  try {
    await use(redis, { ...worker, text: () => text });
  } finally {
    worker.child.kill('SIGKILL');
    await worker.outcome;
    await redis.stop();
  }
}

describe.skipIf(missing !== null).concurrent(`with a real server${skipped}`, () => {
  const candidate = join(ROOT, 'examples/loops/network.mjs');

  it('fuzz has the same report as without a queue; the worker counts', { timeout: LIMIT }, async () => {
    const words = ['--queue', 'redis://127.0.0.1:PORT', '--candidate', candidate, '--processes', '1', '--json'];
    await withWorker([...words, '--metrics', '0'], [], async (redis, worker) => {
      await eventually(() => worker.text().includes('"ready"'), 20);
      const folders = [newFolder(), newFolder()];
      const asked = ['fuzz', '--candidate', candidate, '--runs', '12'];
      const there = await backproof([...asked, '--queue', redis.url, '--chunk', '4', '--out', folders[0]]);
      const here = await backproof([...asked, '--workers', '1', '--out', folders[1]]);
      expect([there.code, here.code]).toEqual([0, 0]);
      expect(there.stdout.replaceAll(folders[0], '')).toBe(here.stdout.replaceAll(folders[1], ''));
      const [one, other] = folders.map((folder) => readFileSync(join(folder, 'fuzz.json'), 'utf8'));
      expect(withoutTimes(one)).toBe(withoutTimes(other));
      expect(there.stderr).toMatch(/^worker \S+ joined, 1 process$/m);

      const lines = worker.text().trimEnd().split('\n');
      const events = lines.map((line) => JSON.parse(line) as { event: string; count?: number; metrics?: string });
      expect(events.filter(({ event }) => event === 'done').reduce((sum, { count = 0 }) => sum + count, 0)).toBe(12);
      const page = await read(events[0].metrics ?? '');
      expect(page).toMatch(/^backproof_seeds_total\{kind="fuzz"\} 12$/m);
      expect(page).toMatch(/^backproof_jobs_total\{outcome="done"\} 3$/m);
      expect(page).toMatch(/^backproof_queue_connected 1$/m);
      worker.child.kill('SIGTERM');
      expect(await worker.outcome).toMatchObject({ code: 0, stderr: '' });
    });
  });

  it('a worker whose candidate imports another file gets none of the work', { timeout: LIMIT }, async () => {
    const importing = (text: string): string => {
      const file = join(newFolder(), 'network.mjs');
      writeFileSync(file, "export { default } from './loops.mjs';\n");
      writeFileSync(join(file, '../loops.mjs'), text);
      return file;
    };
    const text = readFileSync(join(ROOT, 'examples/loops/network.mjs'), 'utf8');
    const [candidate, own] = [importing(text), importing(`${text}\n`)];
    const words = ['--queue', 'redis://127.0.0.1:PORT', '--candidate', own, '--processes', '1'];
    await withWorker(words, [], async (redis, worker) => {
      await eventually(() => worker.text() !== '', 20);
      const asker = start(['fuzz', '--candidate', candidate, '--queue', redis.url, '--out', newFolder()]);
      let told = '';
      asker.child.stderr?.on('data', (text: string) => (told += text));
      await eventually(() => worker.text().includes('not for this') && told.includes('no worker takes'), 60);
      expect(worker.text()).toMatch(/fuzz of \S+ is not for this worker: its candidate is another file \(/);
      expect(told).toMatch(/^worker \S+ gets none of this work: its candidate is another file \(/m);
      expect(told).toContain(`worker --queue ${redis.url} --candidate '${candidate}'`); // its folder has a space
      asker.child.kill('SIGINT');
      expect(await asker.outcome).toMatchObject({ code: 130 });
    });
  });

  it('a password that is missing or wrong is said, a right one is used', { timeout: LIMIT }, async () => {
    await withWorker(
      ['--queue', `redis://:${SECRET}@127.0.0.1:PORT`],
      ['--requirepass', SECRET],
      async (redis, worker) => {
        await eventually(() => worker.text() !== '', 20);
        expect(worker.text()).toContain(`at ${redis.url}, `);
        expect(worker.text()).not.toContain('sesame');
        const none = await inProcess(['worker', '--queue', redis.url]);
        expect(complaint(none)).toBe(`${redis.url}: the server asks for a password; write redis://:PASSWORD@HOST`);
        const wrong = await inProcess(['worker', '--queue', redis.url.replace('//', '//:sesame@')]);
        expect(complaint(wrong)).toMatch(/: the server refuses this user or password/);
        expect([none.code, wrong.code]).toEqual([2, 2]);
      },
    );
  });

  it('TLS is used, and its certificate is checked', { timeout: LIMIT }, async () => {
    const folder = newFolder();
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject]); // prettier-ignore
    expect(made.status).toBe(0);
    const tls = [
      '--tls-cert-file',
      cert,
      '--tls-key-file',
      key,
      '--tls-ca-cert-file',
      cert,
      '--tls-auth-clients',
      'no',
    ];
    const port = await freePort();
    const trusting = { ...process.env, NODE_EXTRA_CA_CERTS: cert };
    await withWorker(
      ['--queue', `rediss://localhost:${port}`],
      ['--tls-port', String(port), ...tls],
      async (_redis, worker) => {
        await eventually(() => worker.text() !== '', 20);
        expect(worker.text()).toContain(`at rediss://localhost:${port}, `);
        const untrusting = await inProcess(['worker', '--queue', `rediss://localhost:${port}`]);
        expect(complaint(untrusting)).toMatch(/the certificate of the server is not trusted \(.*; give the file/);
        expect(untrusting.code).toBe(3);
      },
      trusting,
    );
  });
});

function withoutTimes(text: string): string {
  const without = text.replace(/\n "timing": \{[^}]*\}/, '');
  expect(without).not.toBe(text);
  return without;
}

function read(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(address, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}
