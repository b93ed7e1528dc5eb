// The server of `report --serve`: no request ends it, blocks it, or leaves the folder.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMALL, backproof, newFolder, start } from './program.ts';
import type { Running } from './program.ts';

const linux = process.platform === 'linux';
const root = process.getuid?.() === 0;
const NOBODY = 65534;

const out = newFolder();
const elsewhere = newFolder();
const socket = createServer();
let address = '';
let port = 0;
let running: Running;

const LARGE = 8 * 1024 * 1024; // more than the buffers of a connection hold

beforeAll(async () => {
  const compared = await backproof(['compare', ...SMALL, '--backend', 'cpu', '--out', out]);
  expect(compared.code).toBe(0);
  writeFileSync(join(out, 'ten.txt'), '0123456789');
  writeFileSync(join(out, 'empty.txt'), '');
  writeFileSync(join(out, 'a name, été %.txt'), 'named');
  writeFileSync(join(out, 'large.bin'), new Uint8Array(LARGE));
  writeFileSync(join(out, '.hidden'), 'secret');
  mkdirSync(join(out, '.folder'));
  writeFileSync(join(out, '.folder/inside.txt'), 'secret');
  writeFileSync(join(elsewhere, 'outside.txt'), 'secret');
  symlinkSync(join(elsewhere, 'outside.txt'), join(out, 'link.txt'));
  symlinkSync(elsewhere, join(out, 'linked'));
  symlinkSync('.hidden', join(out, 'disguised.txt'));
  symlinkSync('ten.txt', join(out, 'inside.txt'));
  symlinkSync('loop', join(out, 'loop'));
  mkdirSync(join(out, 'no-index'));
  if (linux) execFileSync('mkfifo', [join(out, 'fifo')]);
  if (linux) symlinkSync('/dev/zero', join(out, 'device'));
  await new Promise<void>((resolve) => socket.listen(join(out, 'socket'), resolve));
  writeFileSync(join(out, 'locked.txt'), 'locked');
  chmodSync(join(out, 'locked.txt'), 0);
  running = start(['report', '--out', out, '--serve', '--port', '0'], { limit: 120_000 });
  address = await addressOf(running);
  port = Number(new URL(address).port);
});
afterAll(async () => {
  running.child.kill('SIGINT');
  expect((await running.outcome).code).toBe(0); // it was there to the end
  socket.close();
});

function addressOf({ child, outcome }: Running): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (data: Buffer | string) => {
      const [found] = /http:\/\/[\d.:]+\//.exec(String(data)) ?? [];
      if (found !== undefined) resolve(found);
    });
    void outcome.then((o) => reject(new Error(o.stderr)));
  });
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** The path goes out as it is written: fetch() would put it in order. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET', at = port): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: at, path, method, headers, timeout: 5000 }, (response) => {
      let body = '';
      response.setEncoding('latin1').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    asked.on('timeout', () => asked.destroy(new Error(`${path}: no answer in 5 s`)));
    asked.on('error', reject).end();
  });
}

describe('a part of a file', () => {
  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
    ['bytes=0-0', '0', 'bytes 0-0/10'],
  ])('%s is answered with 206', async (range, body, contentRange) => {
    const answer = await ask('/ten.txt', { range });
    expect([answer.status, answer.body, answer.headers['content-range']]).toEqual([206, body, contentRange]);
  });

  it.each(['bytes=5-2', 'bytes=10-', 'bytes=99-100', 'bytes=x-y', 'bytes=-', 'bytes=1e9999-', 'bytes=--5'])(
    '%s, which there is not, is answered with 416 or the whole',
    async (range) => {
      const answer = await ask('/ten.txt', { range });
      if (answer.status === 200) expect(answer.body).toBe('0123456789');
      else expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */10']);
      if (/^bytes=(5-2|\d+-\d*)$/.test(range)) expect(answer.status).toBe(416);
    },
  );

  it('of an empty file is not there either', async () => {
    expect((await ask('/empty.txt', { range: 'bytes=0-1' })).status).toBe(416);
    expect(await ask('/empty.txt')).toMatchObject({ status: 200, body: '' });
  });
});

describe('what is not for browsers', () => {
  const HIDDEN = ['/.hidden', '/.folder/inside.txt', '/%2ehidden', '/disguised.txt', '/.git/config'];
  const OUTSIDE = ['/link.txt', '/linked/outside.txt', '/../etc/passwd', '/..%2f..%2fetc/passwd', '/linked/'];
  const NOTHING = ['/nothing', '/loop', '/no-index/', '/ten.txt/', '/ten.txt/x', '/', `/${'x'.repeat(3000)}`];
  it.each([...HIDDEN, ...OUTSIDE, ...NOTHING])('%s is not there', async (path) => {
    const { status, body } = await ask(path);
    expect([status, body]).toEqual([404, 'not found\n']);
  });

  it.skipIf(!linux).each(['/fifo', '/socket'])('%s is refused at once', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 403, body: 'forbidden\n' });
  });

  it('a link to a device is a link that leaves the folder', async () => {
    expect((await ask('/device')).status).toBe(404);
  });

  it.each(['/%', '/%zz', '/%c3%28', '/a%00b', '*', 'http://127.0.0.1/ten.txt'])(
    '%s is no address here',
    async (path) => {
      expect((await ask(path)).status).toBe(400);
    },
  );

  it('a file that cannot be read is refused', async ({ skip }) => {
    if (root && !linux) skip('root reads everything');
    if (!root) return expect(await ask('/locked.txt')).toMatchObject({ status: 403, body: 'forbidden\n' });
    const folder = newFolder();
    for (const name of ['compare.json', 'ten.txt', 'locked.txt']) copyFileSync(join(out, name), join(folder, name));
    chmodSync(join(folder, 'locked.txt'), 0);
    chownSync(folder, NOBODY, NOBODY);
    const other = start(['report', '--out', folder, '--serve', '--port', '0'], { uid: NOBODY });
    const at = Number(new URL(await addressOf(other)).port);
    expect(await ask('/locked.txt', {}, 'GET', at)).toMatchObject({ status: 403, body: 'forbidden\n' });
    expect((await ask('/locked.txt', {}, 'HEAD', at)).status).toBe(403);
    expect((await ask('/ten.txt', {}, 'GET', at)).status).toBe(200); // negative control, and it is still there
    other.child.kill('SIGINT');
    expect((await other.outcome).code).toBe(0);
  });
});

describe('what is for browsers', () => {
  it.each([
    ['/ten.txt', '0123456789'],
    ['/ten.txt?query#fragment', '0123456789'],
    ['/inside.txt', '0123456789'],
    ['/a%20name,%20%c3%a9t%c3%a9%20%25.txt', 'named'],
  ])('%s is there', async (path, body) => {
    expect(await ask(path)).toMatchObject({ status: 200, body });
  });

  it('a folder is the list in it, at its address with a slash', async () => {
    expect(await ask('/reports')).toMatchObject({ status: 301, headers: { location: '/reports/' } });
    expect((await ask('/reports/')).body).toMatch(/^<!doctype html>/i);
  });

  it('HEAD has no body; a page that is known already is not sent again', async () => {
    const head = await ask('/ten.txt', {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-length': '10' } });
    const etag = String(head.headers['etag']);
    expect((await ask('/ten.txt', { 'if-none-match': etag })).status).toBe(304);
    writeFileSync(join(out, 'ten.txt'), '9876543210abc');
    expect((await ask('/ten.txt', { 'if-none-match': etag })).body).toBe('9876543210abc');
    writeFileSync(join(out, 'ten.txt'), '0123456789');
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])('%s is not answered', async (method) => {
    expect(await ask('/ten.txt', {}, method)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });

  it.each(['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example'])(
    'a page of "%s" may not read it',
    async (host) => {
      expect((await ask('/ten.txt', { host })).status).toBe(403);
    },
  );
});

/**
 * Sends bytes that may not be HTTP, and waits until the other side has closed. Where it closes
 * while more comes, the connection is reset, and what it said may be lost on the way: then it is
 * asked again.
 */
async function shout(text: string): Promise<string> {
  for (let time = 1; ; time++) {
    const got = await new Promise<string>((resolve) => {
      const one = connect(port, '127.0.0.1', () => one.end(text));
      let heard = '';
      one.setEncoding('latin1').on('data', (data: string) => (heard += data));
      one.on('close', () => resolve(heard)).on('error', () => {});
    });
    if (got !== '' || time === 10) return got;
  }
}

it.each([
  'nonsense\r\n\r\n',
  'GET\r\n\r\n',
  'GET /ten.txt HTTP/9.9\r\n\r\n',
  `GET / HTTP/1.1\r\nx: ${'y'.repeat(99_999)}`,
])('what is not HTTP (%#) is answered with an error', async (text) => {
  expect(await shout(text)).toMatch(/^HTTP\/1\.1 4\d\d /);
  expect((await ask('/ten.txt')).status).toBe(200);
});

it.skipIf(!linux)('downloads that are broken off leave nothing open', async () => {
  const descriptors = (): number => readdirSync(`/proc/${running.child.pid}/fd`).length;
  const breakOff = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path: '/large.bin' }, (response) => {
        response.once('data', () => response.destroy()).once('close', resolve);
      });
      asked.on('error', reject).end();
    });
  await Promise.all(Array.from({ length: 20 }, breakOff));
  const before = descriptors();
  for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 20 }, breakOff));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(descriptors()).toBeLessThanOrEqual(before + 5);
  expect((await ask('/large.bin')).body).toHaveLength(LARGE);
});

it.skipIf(!linux)('listens on this machine alone', () => {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const listening = execFileSync('cat', ['/proc/net/tcp', '/proc/net/tcp6'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === '0A');
  expect(listening.map(([, local]) => local)).toEqual([`0100007F:${hex}`]);
});
