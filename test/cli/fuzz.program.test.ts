// backproof fuzz as a program: exit codes, files, replays, processes, interruption.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { ROOT, backproof, newFolder, start } from './program.ts';

const MISTAKE = join(ROOT, 'examples/loops/mistake.mjs');
const RIGHT = join(ROOT, 'examples/loops/network.mjs');
const PIECES = ['--only', 'relu,softmax,cross-entropy,dense,l2,sgd'] as const;

interface Document {
  readonly verdict: { readonly kind: string };
  readonly tally: object;
  readonly found: { readonly seed: number; readonly mistakes: readonly string[] } | null;
  readonly timing?: object;
}

describe('a candidate with a mistake', () => {
  const folder = newFolder();
  const [file, written] = [join(folder, 'fuzz-seed-1.case.json'), join(folder, 'fuzz-seed-1.test.ts')];

  it('is wrong, and the smallest network that shows it is written', async () => {
    const { code, stdout } = await backproof(['fuzz', '--candidate', MISTAKE, ...PIECES, '--out', folder]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^DISAGREE: db1\[\d\] of mistake\.mjs is wrong: /m);
    expect(stdout).toMatch(/Smallest network that fails: 1-2, softmax, cross-entropy, 2 examples\./);
    expect(stdout).toMatch(/\(bias-of-last-example at layer 1\)/);
    expect(stdout).toMatch(/Repeat: .* --seed 1 --runs 1$/m);
    const names = [
      'fuzz.html',
      'fuzz.json',
      'fuzz.junit.xml',
      'fuzz.md',
      'fuzz-seed-1.case.json',
      'fuzz-seed-1.test.ts',
    ];
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(names));
    const document = JSON.parse(readFileSync(join(folder, 'fuzz.json'), 'utf8')) as Document;
    expect(document).toMatchObject({ schemaVersion: 1, kind: 'fuzz', found: { mistakes: ['bias-of-last-example'] } });
    expect(readFileSync(join(folder, 'fuzz.junit.xml'), 'utf8')).toContain('failures="1"');
  });

  it('is wrong on the case file again, and a right one is not', async () => {
    const again = await backproof(['fuzz', '--candidate', MISTAKE, '--replay', file, '--format', 'terminal']);
    expect(again).toMatchObject({ code: 1 });
    expect(again.stdout).toContain('(bias-of-last-example at layer 1)');
    expect(again.stdout).not.toMatch(/Also wrong|with seed/);
    const right = await backproof(['fuzz', '--candidate', RIGHT, '--replay', file, '--format', 'terminal']);
    expect(right).toMatchObject({ code: 0 });
    expect(right.stdout).not.toContain('(seed');
    const checked = await backproof([
      'gradcheck',
      '--candidate',
      MISTAKE,
      '--case',
      file,
      '--reference',
      'vector',
      '--format',
      'terminal',
    ]);
    expect(checked).toMatchObject({ code: 1 });
  });

  it('fails the test that was written, and its right version passes it', () => {
    const text = readFileSync(written, 'utf8');
    writeFileSync(join(folder, 'right.test.ts'), text.replaceAll('mistake.mjs', 'network.mjs'));
    const alias = `{ 'backproof/vitest': ${JSON.stringify(join(ROOT, 'src/vitest.ts'))} }`;
    writeFileSync(
      join(folder, 'vitest.config.ts'),
      `export default { resolve: { alias: ${alias} }, test: { testTimeout: 60_000 } };`,
    );
    if (!existsSync(join(folder, 'node_modules')))
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const words = [vitest, 'run', '--root', folder, '--reporter', 'json'];
    const { stdout } = spawnSync(process.execPath, words, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, VITEST: undefined, NODE_OPTIONS: undefined },
    });
    const { testResults } = JSON.parse(stdout) as {
      testResults: { name: string; status: string; assertionResults: { failureMessages: string[] }[] }[];
    };
    const of = (name: string) => testResults.find((one) => one.name.endsWith(name));
    expect(of('right.test.ts')).toMatchObject({ status: 'passed' });
    expect(of('fuzz-seed-1.test.ts')?.status).toBe('failed');
    expect(of('fuzz-seed-1.test.ts')?.assertionResults[0].failureMessages.join()).toContain('bias-of-last-example');
  });
});

describe('a layer that draws its own arguments', () => {
  const folder = newFolder();
  const layer = (gradient: string): string => `
    export const draw = (random) => ({ inputs: random.numbers(random.integer(1, 6)) });
    export const forward = (x) => x.map((xi) => xi * xi);
    export const backward = (dy, x) => ({ inputs: ${gradient} });`;
  const [wrong, right] = [join(folder, 'wrong.mjs'), join(folder, 'right.mjs')];
  writeFileSync(wrong, layer('x.map((xi, i) => (x.length === 4 && i === 3 ? 0 : 2 * xi * dy[i]))'));
  writeFileSync(right, layer('x.map((xi, i) => 2 * xi * dy[i])'));

  it('is wrong, and the smallest arguments are written as a file that check reads', async () => {
    const { code, stdout } = await backproof(['fuzz', wrong, '--out', folder]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^DISAGREE: the gradient of wrong\.mjs is wrong in inputs/m);
    expect(stdout).toMatch(/Smallest arguments that fail: inputs = \[.+\]\./);
    const [, seed] = /Repeat: .* --seed (\d+) --runs 1$/m.exec(stdout) ?? [];
    const smallest = join(folder, `fuzz-seed-${seed}.mjs`);
    expect(await backproof(['check', smallest])).toMatchObject({ code: 1 });
    expect(readFileSync(smallest, 'utf8')).toMatch(/inputs = \[(-?[\d.]+, ){3}-?[\d.]+\];/);
    writeFileSync(smallest, readFileSync(smallest, 'utf8').replaceAll('wrong.mjs', 'right.mjs'));
    expect(await backproof(['check', smallest])).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, `fuzz-seed-${seed}.test.ts`), 'utf8')).toContain('toBackpropagate(fuzzed)');
    const document = JSON.parse(readFileSync(join(folder, 'fuzz.json'), 'utf8')) as Document;
    expect(document).toMatchObject({ kind: 'fuzz-function', verdict: { kind: 'disagree' } });
  });

  it('is right otherwise', async () => {
    const { code, stdout } = await backproof(['fuzz', right, '--runs', '20', '--format', 'terminal']);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^AGREE: the gradient of right\.mjs is right at arguments that were drawn 20 times/m,
      ) as string,
    });
  });

  it.each([
    [[right, '--only', 'relu'], '--only does not go with right.mjs, which is no network'],
    [[RIGHT], 'network.mjs exports no draw(random), which makes its arguments; for a network, use --candidate'],
  ])('%j: one line and exit code 2', async (words, message) => {
    const { code, stdout, stderr } = await backproof(['fuzz', ...words, '--format', 'terminal']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

test('two processes find what one finds', async () => {
  const found = async (workers: string) => {
    const words = [
      'fuzz',
      '--candidate',
      RIGHT,
      ...PIECES,
      '--runs',
      '40',
      '--workers',
      workers,
      '--json',
      '--format',
      'terminal',
    ];
    const { code, stdout } = await backproof(words);
    const { timing: _times, ...document } = JSON.parse(stdout) as Document;
    return { code, document };
  };
  const [one, two] = [await found('1'), await found('2')];
  expect(one).toMatchObject({ code: 0, document: { verdict: { kind: 'agree' }, tally: { runs: 40, right: 40 } } });
  expect(two).toEqual(one);
});

test('a candidate that refuses everything is inconclusive', async () => {
  const file = join(newFolder(), 'refusing.mjs');
  writeFileSync(file, "export default () => { throw new Error('not today'); };");
  const { code, stdout } = await backproof(['fuzz', '--candidate', file, ...PIECES, '--format', 'terminal']);
  expect(code).toBe(3);
  expect(stdout).toMatch(/^INCONCLUSIVE: no network was checked: .*not today/m);
});

test.each([
  [['--replay', 'x.json', '--runs', '3'], '--runs does not go with --replay: a case brings its own network and batch'],
  [['--only', 'rellu'], 'unknown piece of a network "rellu"'],
  [['--runs', '0'], '--runs: expected a whole number of at least 1, got "0"'],
  [['--time', '0'], '--time: expected a number above 0 and at most 86400, got "0"'],
  [['--only', 'linear,cross-entropy,softmax', '--candidate', 'missing.mjs'], 'missing.mjs'],
])('%j: one line and exit code 2', async (words, message) => {
  const { code, stdout, stderr } = await backproof(['fuzz', ...words]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr.split('\n')).toHaveLength(2);
});

test('the time is a limit, and Ctrl-C ends it with what was found so far', async () => {
  const limited = await backproof([
    'fuzz',
    '--engine',
    'vector',
    '--dtype',
    'f64',
    ...PIECES,
    '--time',
    '3.0005', // not a whole number of milliseconds
    '--format',
    'terminal',
  ]);
  expect(limited).toMatchObject({ code: 0 });
  expect(limited.stdout).toMatch(/^AGREE: vector f64 is right on \d/m);
  const { child, outcome } = start([
    'fuzz',
    '--engine',
    'vector',
    ...PIECES,
    '--runs',
    '1000000',
    '--workers',
    '1',
    '--format',
    'terminal',
  ]);
  setTimeout(() => child.kill('SIGINT'), 4000);
  const { code, stdout } = await outcome;
  expect(code).toBe(130);
  expect(stdout).toMatch(/^INCONCLUSIVE: interrupted/m);
});
