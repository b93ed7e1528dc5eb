// Requests that are too large for this machine, endless inputs, and scarce resources: one line,
// soon, and never the exit code of a disagreement.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT, inProcess, newFolder, programWords, withoutProgress } from './program.ts';

const linux = process.platform === 'linux';
const out = newFolder();

async function refused(words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await inProcess([...words, '--out', out]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^backproof: [^\n]+\n$/);
  return stderr.slice('backproof: '.length, -1);
}

describe('a request that is too large for this machine is refused:', () => {
  const XOR = ['--dataset', 'xor'];
  const COMMANDS = [['compare'], ['gradcheck'], ['train']];

  it.each(COMMANDS)('%s with a network that is too wide, or a batch that is too large', async (command) => {
    const room = /^this run needs about [\d,.]+ GB .*, but only [\d,.]+ GB are available; use fewer --hidden units/;
    expect(await refused([command, ...XOR, '--hidden', '13000000'])).toMatch(room);
    const wide = ['--hidden', '60000', '--train-size', '2000000', '--batch-size', '2000000'];
    expect(await refused([command, ...XOR, ...wide])).toMatch(room);
    expect(await refused([command, ...XOR, '--hidden', '99999999999'])).toMatch(/parameters/);
  });

  it.each(COMMANDS)('%s with a network that is too deep', async (command) => {
    const deep = (layers: number): string => Array.from({ length: layers }, () => 2).join(',');
    expect(await refused([command, ...XOR, '--hidden', deep(1000)])).toBe(
      '--hidden: expected at most 999 hidden layers, got 1000',
    );
  });

  it.each(COMMANDS)('%s with more steps than a report can hold', async (command) => {
    expect(await refused([command, ...XOR, '--epochs', '1000000000'])).toMatch(
      /^this run needs about [\d,]+ GB for the losses of 16,000,000,000 steps, but only [\d.]+ GB are available; use fewer --epochs/,
    );
  });

  it.each([
    ['--engine', 'autograd'],
    ['--reference', 'autograd'],
  ])('a graph of scalars for MNIST (%s %s)', async (...option) => {
    expect(await refused(['compare', ...option, '--hidden', '4000'])).toMatch(/GB for the graph of engine autograd/);
  });

  it('more threads than cores, too many random networks, a time limit beyond the timers', async () => {
    const cores = availableParallelism();
    expect(await refused(['compare', '--threads', '1000'])).toContain(
      `expected at most ${cores}, the cores of this machine`,
    );
    expect(await refused(['compare', '--threads', String(cores + 1)])).toContain(`got "${cores + 1}"`);
    expect(await refused(['selftest', '--networks', '1e12'])).toMatch(/GB for 1,000,000,000,000 random networks/);
    expect(await refused(['compare', '--time-limit', '1e9', '--candidate', 'x'])).toContain('at most 86400');
    expect(await refused(['train', ...XOR, '--train-size', '1e12'])).toContain('from 1 to 10000000, got');
  });

  it('but 100 layers and one thread per core are accepted', async () => {
    const deep = Array.from({ length: 100 }, () => 2).join(',');
    const threads = ['--threads', String(availableParallelism())];
    for (const [against, hidden] of [
      [['--reference', 'vector'], deep],
      [['--backend', 'cpu', ...threads], '2'],
    ] as const) {
      const options = ['--train-size', '4', '--activation', 'linear', ...against, '--hidden', hidden];
      const { code, stderr } = await inProcess(['gradcheck', ...XOR, ...options, '--out', out]);
      expect([0, 3]).toContain(code); // in such a deep network single precision may decide nothing
      expect(withoutProgress(stderr)).toBe('');
    }
  }, 60_000);
});

describe('a mistyped word', () => {
  it.each([
    [['comapre'], /^unknown command "comapre"; did you mean compare\? choose one of init, compare/],
    [['compare', '--epoch', '3'], /^unknown option --epoch; did you mean --epochs\? see backproof compare --help$/],
    [['compare', '--learningRate=1'], /did you mean --learning-rate\?/],
    [['compare', '-epochs', '3'], /did you mean --epochs\?/],
    [['gradcheck', '--batch', '3'], /did you mean --batch-size\?/],
    [['selftest', '--qick'], /did you mean --quick\?/],
    [['compare', '--optimizer', 'adma'], /^unknown optimizer "adma"; did you mean adam\? choose one of sgd/],
    [['compare', '--loss', 'bce'], /did you mean binary-cross-entropy\?/],
    [['compare', '--dataset', 'mnits'], /did you mean mnist\?/],
    [['compare', '--fault', 'bias-not-sumed@2'], /did you mean bias-not-summed\?/],
    [['init', '--language', 'typescrip'], /did you mean typescript\?/],
  ])('%j', async (words, line) => {
    const { code, stderr } = await inProcess(words);
    expect(stderr.slice('backproof: '.length, -1)).toMatch(line);
    expect(code).toBe(2);
  });

  it('gets no suggestion if no word is close', async () => {
    expect((await inProcess(['compare', '--zzzzzz'])).stderr).toBe(
      'backproof: unknown option --zzzzzz; see backproof compare --help\n',
    );
    expect((await inProcess(['compare', '--engine', 'nonsense'])).stderr).not.toContain('did you mean');
  });
});

describe('an endless or oversized input is refused:', () => {
  const fifo = join(out, 'fifo.json');
  const large = join(out, 'large.json');
  beforeAll(() => {
    if (linux) execFileSync('mkfifo', [fifo]);
    if (linux) execFileSync('truncate', ['--size', '30G', large]);
  });

  const READERS: string[][] = [
    ['gradcheck', '--case'],
    ['compare', '--dataset', 'xor', '--baseline'],
    ['train', '--dataset', 'xor', '--load'],
    ['predict', '--image'],
    ['report'],
  ];
  it.skipIf(!linux).each(READERS)('%s %s %s %s', async (...words) => {
    expect(await refused([...words, '/dev/zero'])).toMatch(/^\/dev\/zero: expected a file, got a device/);
    expect(await refused([...words, fifo])).toMatch(/fifo\.json: expected a file, got a named pipe/);
    expect(await refused([...words, large])).toMatch(/large\.json: expected at most [\d,.]+ MB, got [\d,.]+ MB/);
  });

  /** Some kilobytes that unpack to a header and `megabytes` of data. */
  function bomb(shape: readonly number[], megabytes: number): Uint8Array {
    const header = new Uint8Array(4 + 4 * shape.length);
    const view = new DataView(header.buffer);
    [0x803, ...shape].forEach((n, i) => view.setUint32(4 * i, n));
    return gzipSync(Buffer.concat([header, new Uint8Array(megabytes * 1e6)]));
  }

  function folderOf(images: Uint8Array): string {
    const folder = newFolder();
    for (const part of ['train', 't10k']) {
      writeFileSync(join(folder, `${part}-images-idx3-ubyte.gz`), images);
      writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 0, 1));
    }
    return folder;
  }

  it.each([
    [[2, 28, 28], /expected 1584 bytes by its header, got more; the file is too long/],
    [[2, 4000, 4000], /expected pictures of at most 1,048,576 pixels, got 4000 x 4000/],
    [[60_000, 28, 28], /expected 47040016 bytes by its header, got fewer; the file is cut short/],
    [[2 ** 31, 28, 28], /bytes by its header, got fewer; the file is cut short/],
    [[30_000, 200, 200], /expected at most [\d,.]+ MB, got 1,200 MB by its header; use fewer or smaller pictures/],
  ])('a packed file with %j in its header', async (shape, line) => {
    const packed = bomb(shape, shape[0] === 30_000 ? 1200 : 40);
    const before = process.resourceUsage().maxRSS;
    expect(await refused(['compare', '--data', folderOf(packed)])).toMatch(line);
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(300_000); // KiB
  });
});

/** The installed program: the loader of the sources would open more files. */
describe.skipIf(!linux)('the program with', () => {
  const [node, main] = programWords([]);

  function limited(before: string, cwd = ROOT): { status: number | null; stdout: string; stderr: string } {
    const line = `${before} && exec "$NODE" "$MAIN" gradcheck --dataset xor --backend cpu --out "$OUT"`;
    const env = { ...process.env, NODE: node, MAIN: main, OUT: out };
    return spawnSync('bash', ['-c', line], { cwd, env, encoding: 'utf8', timeout: 60_000 });
  }

  it('all resources runs', () => {
    expect(limited('true').stderr).toBe('');
    expect(limited('true').status).toBe(0); // negative control
  });

  it.each([
    ['ulimit -n 20', /cannot open more files; raise the limit \(ulimit -n 1024\)/],
    ['ulimit -n 24', /cannot open more files; raise the limit \(ulimit -n 1024\)/],
    ['ulimit -v 1000000', /too little address space: 2 GB are needed; raise the limit \(ulimit -v unlimited\)/],
    ['ulimit -v 1500000', /too little address space/],
  ])('%s stops with one line', (limit, line) => {
    const { status, stdout, stderr } = limited(limit);
    expect(stderr).toMatch(/^backproof: [^\n]+\n$/);
    expect(stderr).toMatch(line);
    expect([status, stdout]).toEqual([4, '']);
  });

  it('no working directory stops with one line', () => {
    const gone = join(out, 'gone');
    mkdirSync(gone);
    const { status, stderr } = limited(`rmdir '${gone}'`, gone);
    expect(stderr).toBe('backproof: the working directory no longer exists; change to one that does\n');
    expect(status).toBe(4);
    expect(() => rmdirSync(gone)).toThrow();
  });

  it('no folder for temporary files runs', () => {
    expect(limited('export TMPDIR=/nowhere')).toMatchObject({ status: 0, stderr: '' });
  });
});
