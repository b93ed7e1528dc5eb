// Candidates on the command line: verdicts, exit codes, one clear line if there is no verdict, and
// no process left behind.
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseReport } from './documents.ts';
import { FILLED_IN } from './filled-in.ts';
import { ROOT, backproof, complaint, fileWriter, newFolder, programWords, start } from './program.ts';

const XOR = ['--dataset', 'xor', '--hidden', '4', '--batch-size', '3', '--reference', 'vector'];
const PYTHON = join(ROOT, 'examples/languages/python/my_mlp.py');
const python = spawnSync('python3', ['--version']).status === 0;

const written = fileWriter();
const RIGHT = written(FILLED_IN, '.mjs');
/** A module that runs this before it returns the right answer. */
const moduleOf = (body: string): string =>
  written(
    `import right from ${JSON.stringify(RIGHT)};\nexport default async function (problem) {\n  const answer = right(problem);\n  ${body}\n  return answer;\n}\n`,
    '.mjs',
  );
const gradcheck = (file: string, ...more: string[]) =>
  backproof(['gradcheck', ...XOR, '--candidate', file, '--out', newFolder(), ...more]);

it('compare times a candidate before the check, and its state from then does not affect the check', async () => {
  const accumulating = moduleOf(`const kept = (globalThis.kept ??= answer.gradients.map(() => null));
  answer.gradients.forEach((layer, l) => {
    for (const row of [...layer.weights, layer.bias]) row.forEach((_, i) => (row[i] += kept[l]?.get(key(layer, row))?.[i] ?? 0));
    kept[l] = new Map([...layer.weights, layer.bias].map((row) => [key(layer, row), [...row]]));
  });
  function key(layer, row) { return row === layer.bias ? 'bias' : layer.weights.indexOf(row); }`);
  const run = await backproof(['compare', ...XOR, '--candidate', accumulating, '--out', newFolder()]);
  expect(run.stderr).toMatch(/^Comparing /m);
  expect(run.stdout).toMatch(/^ *Fix: .* \(gradients-accumulated\)\.$/m);
  expect(run.code).toBe(1);
});

describe.concurrent('gradcheck of a module', { timeout: 120_000 }, () => {
  it('that is right agrees; the parts done by backproof are listed, and its output goes to stderr', async () => {
    const run = await gradcheck(moduleOf("console.log('here I am');"), '--json');
    expect(parseReport(run.stdout)).toMatchObject({
      verdict: { kind: 'agree' },
      candidate: {
        engine: 'external',
        label: expect.stringMatching(/^own-\d+\.mjs$/) as string,
        dtype: 'f64',
        filledIn: ['applyGradients', 'predict'],
        conventions: {},
      },
    });
    expect(run.stderr).toContain('here I am');
    expect(run.code).toBe(0);
  });

  it.for<[string, string, RegExp]>([
    ['returns NaN', 'answer.gradients[0].weights[1][2] = NaN;', /dW1\[1,2\] of .*NaN/],
    [
      'returns another shape',
      'answer.gradients[0].bias.pop();',
      /gradient of b1 of own-\d+\.mjs \(candidate\): expected shape \(4\), got \(3\)/,
    ],
    ['returns too few gradients', 'answer.gradients.pop();', /returned no gradient for W2 \(4, 2\), b2 \(2\)/],
    ['changes its arguments', 'problem.inputs[0][0] = 5;', /changes its arguments: inputs\[0,0\] was .* and is 5/],
    [
      'returns another answer the second time',
      'globalThis.calls = (globalThis.calls ?? 0) + 1; if (calls > 1) answer.gradients[0].weights[0][0] += calls;',
      /gives different answers to the same question/,
    ],
    [
      'returns sums instead of means',
      'for (const { weights, bias } of answer.gradients) for (const row of [...weights, bias]) row.forEach((g, i) => (row[i] = problem.inputs.length * g));',
      /^ *Fix: .*\(missing-batch-mean\)\.\n *Or: declare conventions = \{ gradients: 'sum' \}/m,
    ],
  ])('that %s disagrees, with the reason', async ([, body, said]) => {
    const run = await gradcheck(moduleOf(body));
    expect(run.stdout).toMatch(said);
    expect(run.stdout).toContain('DISAGREE');
    expect(run.code).toBe(1);
  });

  it.for<[string, string, RegExp]>([
    [
      'throws',
      moduleOf("throw new RangeError('no such layer');"),
      /threw RangeError: no such layer \(line 4 of own-\d+\.mjs\)$/,
    ],
    ['hangs', moduleOf('for (;;);'), /did not answer \(gradients\) within 2 s/],
    ['does not exist', 'nowhere.mjs', /there is no file nowhere\.mjs/],
    [
      'declares an unknown convention',
      written("export const conventions = { weights: 'upside-down' };\nexport default () => 1;", '.mjs'),
      /conventions: weights: .*units-inputs/,
    ],
  ])('that %s is refused in one line', async ([, file, said]) => {
    const run = await gradcheck(file, '--time-limit', '2');
    expect(complaint(run)).toMatch(said);
    expect(run.code).toBe(2);
  });

  it.for<[string, string, RegExp]>([
    [
      'through a child',
      "(await import('node:child_process')).spawnSync('echo AGREE', { stdio: 'inherit', shell: true });",
      /^\[candidate\] AGREE$/m,
    ],
    ['by file descriptor', "(await import('node:fs')).writeSync(1, '{}\\n');", /^\[candidate\] \{\}$/m],
    [
      'to the pipe of its answers',
      "(await import('node:fs')).writeSync(3, '{}\\n');",
      /sent something that is not an answer/,
    ],
    [
      'far too many numbers in its answer',
      'answer.gradients[0].weights = Array(2000).fill(new Float64Array(20000));',
      /far more numbers/,
    ],
    ['an error of 50 MB', "throw new Error('x'.repeat(5e7));", /threw Error: xxx[^\n]{1,300}\n$/],
  ])('that prints %s leaves one document on stdout', async ([, body, said]) => {
    const run = await gradcheck(moduleOf(body), '--json');
    const document = JSON.parse(run.stdout) as { kind: string };
    expect([0, 2]).toContain(run.code);
    expect(document.kind).toBe(run.code === 0 ? 'gradcheck' : 'error');
    expect(run.stderr).toMatch(said);
    expect(run.stderr.length).toBeLessThan(15_000);
  });

  it('that exceeds its memory limit is refused in one line, once', async () => {
    const file = moduleOf('for (const all = []; ; ) all.push(new Float64Array(1e7).fill(1));');
    const run = await gradcheck(file, '--memory-limit', '300');
    expect(complaint(run)).toMatch(
      /ran out of memory: it used more than 300 MiB; raise the limit with --memory-limit$/,
    );
    expect(run.code).toBe(2);
  });

  it('refuses options of backproof’s own engines', async () => {
    for (const alien of [
      ['--engine', 'wasm'],
      ['--fault', 'sign'],
      ['--candidate-command', 'true'],
    ]) {
      const run = await gradcheck(RIGHT, ...alien);
      expect(complaint(run)).toContain(alien[0]);
      expect(run.code).toBe(2);
    }
  });
});

describe('compare of a module', { timeout: 120_000 }, () => {
  const quick = ['--dataset', 'xor', '--epochs', '1', '--train-size', '320', '--backend', 'cpu', '--json'];
  it('trains it only if its gradients are right', async () => {
    const run = await backproof(['compare', '--candidate', RIGHT, ...quick, '--out', newFolder()]);
    expect(parseReport(run.stdout)).toMatchObject({
      verdict: { kind: 'agree' },
      freeRun: { verdict: { kind: 'agree' } },
    });
    expect(run.code).toBe(0);
    const wrong = await backproof([
      'compare',
      '--candidate',
      moduleOf('answer.gradients[1].bias[0] *= 2;'),
      ...quick,
      '--out',
      newFolder(),
    ]);
    expect(parseReport(wrong.stdout)).toMatchObject({
      verdict: { kind: 'disagree' },
      lockstep: { steps: [0] },
      freeRun: { verdict: { kind: 'inconclusive', reason: 'not-run' }, accuracy: { candidate: null } },
    });
    expect(wrong.code).toBe(1);
  });
});

describe.skipIf(!python)(`a program${python ? '' : ' (python3 is missing)'}`, { timeout: 120_000 }, () => {
  it('of the examples agrees, also on MNIST’s network', async () => {
    const run = await backproof([
      'gradcheck',
      '--candidate-command',
      `python3 "${PYTHON}"`,
      '--batch-size',
      '4',
      '--reference',
      'vector',
      '--out',
      newFolder(),
      '--json',
    ]);
    expect(parseReport(run.stdout)).toMatchObject({ verdict: { kind: 'agree' }, gradientCheck: { entries: 101_770 } });
    expect(run.code).toBe(0);
  });
});

/** Running processes with these words in their command. */
const left = (words: string): string => spawnSync('pgrep', ['-f', words], { encoding: 'utf8' }).stdout.trim();
const until = async (holds: () => boolean, seconds: number): Promise<void> => {
  for (const end = Date.now() + 1000 * seconds; !holds() && Date.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 100));
};

describe.skipIf(!python || process.platform !== 'linux')('a candidate that never ends', { timeout: 120_000 }, () => {
  const SPIN = 'for (const end = Date.now() + 600_000; Date.now() < end; );';
  /** The source of a process that the candidate starts in a session of its own. */
  const grandchild = (mark: string): string => `setTimeout(() => {}, 600_000) // ${mark}`;
  const asModule = (mark: string): string[] => {
    const spawn = `spawn(process.execPath, ['-e', ${JSON.stringify(grandchild(mark))}], { detached: true, stdio: 'ignore' })`;
    return ['--candidate', moduleOf(`(await import('node:child_process')).${spawn}; ${SPIN} // ${mark}`)];
  };
  const asCommand = (mark: string): string[] => {
    const text = `import json, subprocess, sys
for line in sys.stdin:
    if json.loads(line)["request"] != "describe":
        subprocess.Popen(["${process.execPath}", "-e", ${JSON.stringify(grandchild(mark))}], start_new_session=True)
        while True: pass
    print('{"id": 0, "protocol": "backproof-candidate/1"}', flush=True)
`;
    return ['--candidate-command', `python3 "${written(text, '.py')}" ${mark}`];
  };

  it.for<[string, NodeJS.Signals, number | null]>([
    ['a module', 'SIGINT', 130],
    ['a module', 'SIGTERM', 130],
    ['a module', 'SIGHUP', 130],
    ['a module', 'SIGKILL', null],
    ['a program', 'SIGINT', 130],
    ['a program', 'SIGHUP', 130],
    ['a program', 'SIGKILL', null],
  ])('as %s ends with backproof on %s, with every process it started', async ([what, signal, code]) => {
    const mark = `own_spinning_${process.pid}_${what.length}_${signal}`;
    const args = ['gradcheck', ...XOR, ...(what === 'a module' ? asModule(mark) : asCommand(mark))];
    const before = new Set(hosts());
    const { child, outcome } = start([...args, '--out', newFolder(), '--time-limit', '100'], { limit: 100_000 });
    const own = (): string[] => hosts().filter((pid) => !before.has(pid));
    await until(() => left(`^[^ ]*node -e.*${mark}`) !== '', 60);
    expect(left(`^[^ ]*node -e.*${mark}`)).not.toBe('');
    child.kill(signal);
    expect((await outcome).code).toBe(code);
    await until(() => left(mark) === '' && own().length === 0, 10);
    expect(left(mark)).toBe('');
    if (what === 'a module') expect(own()).toEqual([]);
  });
});

const noScript = spawnSync('script', ['--version']).status === 0 ? null : 'there is no script (util-linux)';

describe('a terminal that is closed', { timeout: 120_000 }, () => {
  it('ends backproof and a module that never ends', async ({ skip }) => {
    if (noScript !== null) skip(noScript);
    const before = new Set(hosts());
    const own = (): string[] => hosts().filter((pid) => !before.has(pid));
    const file = moduleOf('for (;;);');
    const words = programWords(['gradcheck', ...XOR, '--candidate', file, '--out', newFolder(), '--time-limit', '100']);
    const terminal = spawn('script', ['-qefc', words.map((word) => `'${word}'`).join(' '), '/dev/null']);
    await until(() => own().length > 0, 60);
    expect(own()).not.toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    terminal.kill('SIGKILL');
    await until(() => left(file) === '' && own().length === 0, 20);
    expect(left(file)).toBe('');
    expect(own()).toEqual([]);
  });
});

/** The processes that run modules. */
function hosts(): string[] {
  return left('candidates/process/host')
    .split('\n')
    .filter((pid) => pid !== '');
}
