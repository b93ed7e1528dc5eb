// Candidates that misbehave, as modules and as programs: one clear line, the right exit code, nothing hangs and nothing is left behind.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseReport } from './documents.ts';
import { FILLED_IN } from './filled-in.ts';
import { ROOT, backproof, complaint, newFolder, start as startProgram } from './program.ts';

const XOR = ['gradcheck', '--dataset', 'xor', '--hidden', '4', '--batch-size', '3', '--backend', 'cpu'];
const PYTHON = join(ROOT, 'examples/languages/python/my_mlp.py');
const python = spawnSync('python3', ['--version']).status === 0;

const folder = newFolder();
let files = 0;
/** A file of its own for each text. */
function written(text: string, extension: string): string {
  const file = join(folder, `own-${files++}${extension}`);
  writeFileSync(file, text);
  return file;
}
/** A module whose function has this body; `right` in it is the right answer, of the template filled in. */
const RIGHT = written(FILLED_IN, '.mjs');
function moduleOf(body: string): string {
  return written(
    `import right from ${JSON.stringify(RIGHT)};\nexport default async function (problem) {\n  const answer = right(problem);\n  ${body}\n  return answer;\n}\n`,
    '.mjs',
  );
}
const onTrial = (file: string, ...more: string[]) =>
  backproof([...XOR, '--candidate', file, '--out', newFolder(), ...more]);

describe.concurrent('a module', () => {
  it('that is right agrees, in JavaScript and TypeScript, with what it prints on stderr', async () => {
    const run = await onTrial(moduleOf("console.log('here I am');"), '--json');
    expect(parseReport(run.stdout)).toMatchObject({ verdict: { kind: 'agree' }, candidate: { engine: 'external' } });
    expect(run.stderr).toContain('here I am');
    expect(run.code).toBe(0);
    const typed = written(
      `import right from ${JSON.stringify(RIGHT)};\ntype Problem = { inputs: number[][] };\nexport default (p: Problem): unknown => right(p as never);\n`,
      '.ts',
    );
    expect((await onTrial(typed)).code).toBe(0);
    const common = written(
      `const problem = import(${JSON.stringify(RIGHT)});\nmodule.exports = async (p) => (await problem).default(p);\n`,
      '.cjs',
    );
    expect((await onTrial(common)).code).toBe(0);
  });

  const REFUSED: [string, string, RegExp][] = [
    [
      'throws',
      "throw new RangeError('no such layer');",
      /own-\d+\.mjs throws RangeError: no such layer \(line 4 of own-\d+\.mjs\)/,
    ],
    ['throws what is no error', "throw 'a tantrum';", /own-\d+\.mjs throws a tantrum/],
    ['hangs', 'for (;;);', /own-\d+\.mjs did not answer \(gradients\) within 2 s/],
    [
      'never answers',
      'await new Promise(() => setInterval(() => {}, 1000));',
      /did not answer \(gradients\) within 2 s/,
    ],
    ['ends itself', 'process.exit(7);', /own-\d+\.mjs ended itself, with exit code 7/],
    ['answers nothing', 'return undefined;', /answers nothing when asked for loss and gradients/],
    ['answers what cannot be sent', 'answer.gradients[0].weights = () => 1;', /DataCloneError/],
    [
      'fails later',
      "setTimeout(() => { throw new Error('too late'); }, 0); await new Promise(() => {});",
      /threw outside of any call: Error: too late/,
    ],
  ];
  it.for(REFUSED)('that %s', async ([, body, said]) => {
    const run = await onTrial(moduleOf(body), '--time-limit', '2');
    expect(complaint(run)).toMatch(said);
    expect(run.code).toBe(2);
  });

  const WRONG: [string, string, RegExp][] = [
    ['answers NaN', 'answer.gradients[0].weights[1][2] = NaN;', /gradient of W1 \[1, 2\].*NaN/],
    [
      'answers another shape',
      'answer.gradients[0].bias.pop();',
      /gradient of b1 of own-\d+\.mjs \(candidate\): \(4\) expected, \(3\) found/,
    ],
    [
      'answers too few gradients',
      'answer.gradients.shift();',
      /does not answer the gradients of W2 \(4, 2\), b2 \(2\) yet/,
    ],
    ['changes its arguments', 'problem.inputs[0][0] = 5;', /changes what it is given: inputs \[0, 0\] was .* and is 5/],
    [
      'answers differently the second time',
      'answer.gradients[0].weights[0][0] += (globalThis.calls = (globalThis.calls ?? 0) + 1) > 1 ? globalThis.calls : 0;',
      /answers the same question differently/,
    ],
  ];
  it.for(WRONG)('that %s', async ([, body, said]) => {
    const run = await onTrial(moduleOf(body));
    expect(run.stdout).toMatch(said);
    expect(run.stdout).toContain('DISAGREE');
    expect(run.code).toBe(1);
  });

  it.for([
    ['is not there', 'nowhere.mjs', /there is no file nowhere\.mjs/],
    ['is no module', 'README.md', /a module \(.*\.mjs.*\) expected/],
    ['has an error of syntax', written('export default (', '.mjs'), /throws SyntaxError/],
    ['has no default export', written('export const mine = () => 1;', '.mjs'), /no default export that is a function/],
    [
      'imports what is not there',
      written("import 'no-such-package';\nexport default () => 1;", '.mjs'),
      /no-such-package/,
    ],
    ['hangs while it loads', written('for (;;);', '.mjs'), /did not load within 10 s/],
    [
      'declares what is unknown',
      written("export const conventions = { weights: 'upside-down' };\nexport default () => 1;", '.mjs'),
      /conventions: weights: .*units-inputs/,
    ],
  ] as const)('that %s is refused', async ([, file, said]) => {
    const run = await onTrial(file, '--time-limit', '2');
    expect(complaint(run)).toMatch(said);
    expect(run.code).toBe(2);
  });

  it('with a flood of output does not hide the report', async () => {
    const run = await onTrial(moduleOf("for (let i = 0; i < 20000; i++) console.error('noise ' + i);"));
    expect(run.code).toBe(0);
    expect(run.stderr.length).toBeLessThan(50_000);
    expect(run.stderr).toContain('[what it prints after this is left out]');
  });

  it('goes with no option that is for engines of ours', async () => {
    for (const alien of [
      ['--engine', 'wasm'],
      ['--dtype', 'f64'],
      ['--fault', 'sign'],
      ['--candidate-command', 'true'],
    ]) {
      const run = await onTrial(RIGHT, ...alien);
      expect(complaint(run)).toContain(alien[0]);
      expect(run.code).toBe(2);
    }
  });

  it('compare trains it, and an interruption ends it', async () => {
    const quick = [
      '--dataset',
      'xor',
      '--epochs',
      '1',
      '--train-size',
      '320',
      '--backend',
      'cpu',
      '--out',
      newFolder(),
    ];
    const run = await backproof(['compare', '--candidate', RIGHT, ...quick, '--json']);
    expect(parseReport(run.stdout)).toMatchObject({
      verdict: { kind: 'agree' },
      freeRun: { verdict: { kind: 'agree' } },
    });
    const wrong = await backproof([
      'compare',
      '--candidate',
      moduleOf('answer.gradients[1].bias[0] *= 2;'),
      ...quick,
      '--json',
    ]);
    expect(parseReport(wrong.stdout)).toMatchObject({
      verdict: { kind: 'disagree' },
      freeRun: { verdict: { kind: 'inconclusive', reason: 'not-run' }, accuracy: { candidate: null } },
    });
    expect(wrong.code).toBe(1);
  });
});

/** A marked process that is still there, by the words it was started with. */
const left = (mark: string): string => spawnSync('pgrep', ['-f', mark], { encoding: 'utf8' }).stdout.trim();

describe.skipIf(!python)(`a program${python ? '' : ' (python3 is not there)'}`, () => {
  const marks: string[] = [];
  /** A program that does `instead` when it is asked for gradients. */
  const programOf = (instead: string): string => {
    const mark = `own_${process.pid}_${files}`;
    marks.push(mark);
    const body = instead
      .split('\n')
      .map((line) => `        ${line}`)
      .join('\n');
    const text = `import json, os, signal, sys, time
for line in sys.stdin:
    request = json.loads(line)
    if request["request"] == "describe":
        print(json.dumps({"id": request["id"], "protocol": "backproof-candidate/1"}), flush=True)
    else:
        answer = {"id": request["id"], "loss": 0.5, "gradients": [
            {"weights": [[0.0] * len(layer["weights"][0]) for _ in layer["weights"]], "bias": [0.0] * len(layer["bias"])} for layer in request["parameters"]]}
${body}
        print(json.dumps(answer), flush=True)
`;
    const file = join(folder, `${mark}.py`);
    files++;
    writeFileSync(file, text);
    return `python3 "${file}"`;
  };
  const asked = (command: string, ...more: string[]) =>
    backproof([...XOR, '--candidate-command', command, '--out', newFolder(), ...more]);
  afterAll(() => {
    for (const mark of marks) expect(left(mark)).toBe('');
  });

  const REFUSED: [string, string, RegExp][] = [
    ['raises', 'raise ValueError("no such layer")', /ended with exit code 1: ValueError: no such layer/],
    ['hangs', 'time.sleep(600)', /did not answer \(gradients\) within 2 s/],
    [
      'hangs and ignores that its input ends',
      'signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass',
      /did not answer/,
    ],
    [
      'prints garbage',
      'print("loading ...", flush=True)',
      /prints "loading \.\.\.", which is no JSON object; standard output is for answers alone/,
    ],
    ['prints garbage without end', 'while True: sys.stdout.write("x" * 65536)', /prints far more than an answer/],
    ['dies by a signal', 'os.kill(os.getpid(), signal.SIGSEGV)', /was ended by SIGSEGV|ended with exit code 139/],
    ['ends quietly', 'sys.exit(3)', /ended with exit code 3/],
    ['answers another question', 'answer["id"] = 99', /answers with id 99, 1 expected; an answer repeats the id/],
    [
      'says why not',
      'answer = {"id": request["id"], "error": "gelu is not\\nwritten yet"}',
      /says: gelu is not written yet/,
    ],
    ['answers twice', 'print(json.dumps(answer), flush=True)', /prints .* without being asked|answers with id/],
    [
      'cuts its line short',
      'sys.stdout.write(json.dumps(answer)[:40]); sys.stdout.flush(); time.sleep(600)',
      /did not answer \(gradients\) within 2 s/,
    ],
  ];
  it.concurrent.for(REFUSED)('that %s', async ([, body, said]) => {
    const run = await asked(programOf(body), '--time-limit', '2');
    expect(complaint(run)).toMatch(said);
    expect(run.code).toBe(2);
  });

  it('that floods stderr is still heard', async () => {
    const run = await asked(programOf('sys.stderr.write("noise\\n" * 500000)'));
    expect(run.stdout).toContain('DISAGREE');
    expect(run.code).toBe(1);
    expect(run.stderr.length).toBeLessThan(50_000);
  });

  it('that answers NaN, as Python writes it, disagrees', async () => {
    const run = await asked(
      programOf('answer["gradients"][0]["weights"][1][2] = float("nan"); answer["loss"] = float("inf")'),
    );
    expect(run.stdout).toMatch(/gradient of W1 \[1, 2\].*NaN/);
    expect(run.code).toBe(1);
  });

  it.for([
    ['is not there', 'no-such-program-anywhere', /ended with exit code 127/],
    ['does not speak the protocol', 'cat', /its description: protocol: /],
    [
      'speaks another version',
      `python3 -c 'import sys,json; sys.stdin.readline(); print(json.dumps({"id":0,"protocol":"backproof-candidate/9"}), flush=True)'`,
      /speaks backproof-candidate\/9, not backproof-candidate\/1/,
    ],
  ] as const)('that %s is refused', async ([, command, said]) => {
    const run = await asked(command, '--time-limit', '2');
    expect(complaint(run)).toMatch(said);
    expect(run.code).toBe(2);
  });

  it('is ended with what it started when backproof is', async () => {
    const mark = `own_child_${process.pid}`;
    marks.push(mark);
    const command = programOf(
      `import subprocess\nsubprocess.Popen(["python3", "-c", "import time # ${mark}\\ntime.sleep(600)"])\ntime.sleep(600)`,
    );
    const { child, outcome } = startProgram([...XOR, '--candidate-command', command, '--out', newFolder()]);
    const until = Date.now() + 20_000;
    while (left(mark) === '' && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(left(mark)).not.toBe('');
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect((await outcome).code).toBe(130);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(left(mark)).toBe('');
  });

  it('of the examples agrees, MNIST’s network included', async () => {
    const run = await backproof([
      'gradcheck',
      '--candidate-command',
      `python3 "${PYTHON}"`,
      '--batch-size',
      '32',
      '--backend',
      'wasm',
      '--out',
      newFolder(),
      '--json',
    ]);
    expect(parseReport(run.stdout)).toMatchObject({ verdict: { kind: 'agree' }, gradientCheck: { entries: 101_770 } });
    expect(run.code).toBe(0);
  });
});
