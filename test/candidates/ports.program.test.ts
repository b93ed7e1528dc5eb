// Candidates that misbehave, in a process of their own: one clear line each, nothing hangs and
// nothing is left behind.
import { denseLayers } from '../../src/network/parameters.ts';
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { openCommand } from '../../src/candidates/process/command.ts';
import { DEFAULT_CONVENTIONS } from '../../src/candidates/conventions/conventions.ts';
import { createExternalEngine } from '../../src/candidates/external.ts';
import type { CandidateOptions } from '../../src/candidates/limits.ts';
import { openModule } from '../../src/candidates/process/module.ts';
import type { CandidatePort } from '../../src/candidates/request.ts';
import type { LossAndGradients } from '../../src/engines/engine.ts';
import { CandidateError } from '../../src/errors.ts';
import { FILLED_IN } from '../cli/filled-in.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { modules } from './modules.ts';
import { SGD } from './trial.ts';

const SPEC = network(3, [4], 'tanh', 2, 'softmax', 'cross-entropy');
const { written } = modules();

/** Asks twice, and closes. */
async function asked(opening: Promise<CandidatePort>): Promise<LossAndGradients> {
  const port = await opening;
  const engine = createExternalEngine(port, SPEC, SGD, DEFAULT_CONVENTIONS);
  try {
    await engine.load(startOf(SPEC));
    await engine.lossAndGradients(randomBatch(SPEC, 3));
    return await engine.lossAndGradients(randomBatch(SPEC, 3));
  } finally {
    await engine.dispose();
  }
}

/** The one line of what is refused. */
async function refused(opening: Promise<CandidatePort>): Promise<string> {
  const error = await asked(opening).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(CandidateError);
  const { message, hint } = error as CandidateError;
  const line = `${message}${hint === undefined ? '' : `; ${hint}`}`;
  expect(line).not.toContain('\n');
  return line;
}

describe('a module', () => {
  const right = written(FILLED_IN, '.mjs');
  /** A module that does this before it gives the right answer. */
  const moduleOf = (body: string): string =>
    written(
      `import right from ${JSON.stringify(right)};\nexport default async function (problem) {\n  const answer = right(problem);\n  ${body}\n  return answer;\n}\n`,
      '.mjs',
    );

  test('is loaded in JavaScript, TypeScript and CommonJS, and what it prints is passed on', async () => {
    const answers: LossAndGradients[] = [];
    let printed = '';
    const options: CandidateOptions = { log: (text) => (printed += text) };
    answers.push(await asked(openModule(moduleOf("console.log('here I am');"), options)));
    expect(printed).toBe('here I am\nhere I am\n');
    const helper = written('export const half: number = 0.5;\n', '.ts');
    const typed = `import right from ${JSON.stringify(right)};\nimport { half } from ${JSON.stringify(helper)};\nenum Side { Left }\nexport default (p: { inputs: number[][] }): unknown => (half + Side.Left > 0 ? right(p as never) : null);\n`;
    answers.push(await asked(openModule(written(typed, '.ts'))));
    const common = `const own = import(${JSON.stringify(right)});\nmodule.exports = async (problem) => (await own).default(problem);\n`;
    answers.push(await asked(openModule(written(common, '.cjs'))));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0].loss).toBeGreaterThan(0);
  });

  test.each<[string, string, RegExp]>([
    [
      'throws',
      "throw new RangeError('no such layer');",
      /own-[\d-]+\.mjs threw RangeError: no such layer \(line 4 of own-[\d-]+\.mjs\)$/,
    ],
    ['throws what is no error', "throw 'a tantrum';", /own-[\d-]+\.mjs threw a tantrum$/],
    ['hangs', 'for (;;);', /own-[\d-]+\.mjs did not answer \(gradients\) within 1 s; is there an endless loop/],
    [
      'never answers',
      'await new Promise(() => setInterval(() => {}, 1000));',
      /did not answer \(gradients\) within 1 s/,
    ],
    ['ends itself', 'process.exit(7);', /own-[\d-]+\.mjs exited with code 7$/],
    ['answers nothing', 'return undefined;', /returned nothing when asked for loss and gradients; expected \{ loss/],
    [
      'answers what cannot be sent',
      'answer.loss = () => 1;',
      /returned something that is not data: loss is a function; expected plain numbers and arrays$/,
    ],
    [
      'fails later',
      "setTimeout(() => { throw new Error('too late'); }, 0); await new Promise(() => {});",
      /threw outside any call: Error: too late$/,
    ],
    [
      'needs all memory',
      'const all = []; for (;;) all.push(new Array(1e6).fill(answer.loss + all.length));',
      /ran out of memory: it used more than 64 MiB; raise the limit with --memory-limit$/,
    ],
  ])('that %s', { timeout: 30_000 }, async (_what, body, said) => {
    expect(
      await refused(openModule(moduleOf(body), { timeLimit: body.includes('all.push') ? 30 : 1, memoryLimit: 64 })),
    ).toMatch(said);
  });

  test.each<[string, string, RegExp]>([
    [
      'is no module',
      'own.py',
      /own\.py: expected a module \(.*\.mjs.*\); for programs in other languages, use --candidate-command$/,
    ],
    ['has an error of syntax', written('\nexport default (', '.mjs'), /threw .*\(line 2 of own/],
    ['has an error of syntax in TypeScript', written('\nexport default (', '.ts'), /threw .*\(line 2 of own/],
    [
      'has no default export',
      written('export const mine = () => 1;', '.mjs'),
      /has no default export that is a function; export default function/,
    ],
    [
      'exports what is no function',
      written('export const predict = 1;\nexport default () => 1;', '.mjs'),
      /predict is not a function$/,
    ],
    [
      'imports what is not there',
      written("import 'no-such-package';\nexport default () => 1;", '.mjs'),
      /threw .*no-such-package/,
    ],
  ])('that %s is refused', async (_what, file, said) => {
    expect(await refused(openModule(file))).toMatch(said);
  });

  test('that floods its output is cut short', async () => {
    let printed = '';
    await asked(
      openModule(moduleOf("for (let i = 0; i < 20000; i++) console.error('noise ' + i);"), {
        log: (text) => (printed += text),
      }),
    );
    expect(printed.length).toBeLessThan(11_000);
    expect(printed).toMatch(/\[further output is left out\]\n$/);
  });

  test('is given up two seconds after nobody waits any longer', async () => {
    const waiting = new AbortController();
    setTimeout(() => waiting.abort(), 1500);
    expect(await refused(openModule(moduleOf('for (;;);'), { signal: waiting.signal }))).toMatch(/within 2 s/);
  });
});

const python = spawnSync('python3', ['--version']).status === 0;
/** Processes that were started with these words and are still there. */
const left = (words: string): string => spawnSync('pgrep', ['-f', words], { encoding: 'utf8' }).stdout.trim();

describe.skipIf(!python)(`a program${python ? '' : ' (python3 is not there)'}`, () => {
  /** A program that does this when it is asked for gradients, and answers zeros. */
  const programOf = (body: string): string => {
    const indented = body
      .split('\n')
      .map((line) => `        ${line}`)
      .join('\n');
    const text = `import json, os, signal, subprocess, sys, time
for line in sys.stdin:
    request = json.loads(line)
    answer = {"id": request["id"], "protocol": "backproof-candidate/1"}
    if request["request"] == "gradients":
        zeros = lambda rows: [[0.0] * len(row) for row in rows]
        layers = [{"weights": zeros(p["weights"]), "bias": [0.0] * len(p["bias"])} for p in request["parameters"]]
        answer = {"id": request["id"], "loss": 0.5, "gradients": layers}
${indented}
    print(json.dumps(answer), flush=True)
`;
    return `python3 "${written(text, '.py')}"`;
  };
  afterAll(() => expect(left(`own-${process.pid}-`)).toBe(''));

  test.each<[string, string, RegExp]>([
    ['raises', 'raise ValueError("no such layer")', /exited with code 1: ValueError: no such layer$/],
    ['hangs', 'time.sleep(600)', /did not answer \(gradients\) within 1 s; does it write a whole line and flush it/],
    ['hangs and will not end', 'signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass', /did not answer/],
    ['leaves something behind that hangs', `subprocess.Popen(["sleep", "600"])\nsys.exit(0)`, /exited with code 0$/],
    [
      'prints garbage',
      'print("loading ...", flush=True)',
      /printed "loading \.\.\.", which is not a JSON object; standard output is for answers only/,
    ],
    ['prints garbage without end', 'while True: sys.stdout.write("x" * 65536)', /printed far more than one answer/],
    ['prints line after line', 'while True: print("x")', /printed "x", which is not a JSON object/],
    ['dies by a signal', 'os.kill(os.getpid(), signal.SIGSEGV)', /was killed by SIGSEGV/],
    ['ends quietly', 'sys.exit(3)', /exited with code 3$/],
    [
      'answers another question',
      'answer["id"] = 99',
      /answered with id 99, expected 1; an answer must repeat the id of its request$/,
    ],
    [
      'says why not',
      'answer = {"id": request["id"], "error": "gelu is not\\nwritten yet"}',
      /returned an error: gelu is not written yet$/,
    ],
    ['answers twice', 'print(json.dumps(answer), flush=True)', /without a request|answered with id 1, expected 2/],
    [
      'cuts its line short',
      'sys.stdout.write(json.dumps(answer)[:40]); sys.stdout.flush(); time.sleep(600)',
      /did not answer \(gradients\) within 1 s/,
    ],
    [
      'answers with an id of a megabyte',
      'answer["id"] = "9" * 1000000',
      /answered with id "9{80}" \.\.\., expected 1; an answer must repeat/,
    ],
    [
      'says why not in a megabyte',
      'answer = {"id": request["id"], "error": "no" * 500000}',
      /returned an error: (no){100} \.\.\.$/,
    ],
    [
      'answers what is asked next',
      'print(json.dumps({**answer, "id": 2}), flush=True)',
      /id 2, expected 1|without a request/,
    ],
    [
      'prints bytes that are not text',
      'os.write(1, bytes([255, 254, 10]))',
      /printed "��", which is not a JSON object/,
    ],
    ['ends its group', 'os.killpg(0, signal.SIGKILL)', /was killed by SIGKILL/],
    [
      'fills the memory',
      'everything = []\nwhile True: everything.append(bytearray(b"x") * 20000000)',
      /ran out of memory: it used more than 300 MiB; raise the limit with --memory-limit$/,
    ],
    ['answers a list', 'answer = [1, 2]', /printed "\[1, 2\]", which is not a JSON object/],
  ])('that %s', async (_what, body, said) => {
    const limits = { timeLimit: body.includes('everything') ? 30 : 1, memoryLimit: 300 };
    expect(await refused(openCommand(programOf(body), limits))).toMatch(said);
  });

  test('may give its reason as an object', async () => {
    const command = programOf('answer = {"id": request["id"], "error": {"message": "nope"}}');
    expect(await refused(openCommand(command))).toMatch(/returned an error: \{"message":"nope"\}$/);
  });

  test('that floods stderr is heard all the same', async () => {
    let printed = '';
    const command = programOf('sys.stderr.write("noise\\n" * 300000)');
    expect((await asked(openCommand(command, { log: (text) => (printed += text) }))).loss).toBe(0.5);
    expect(printed.length).toBeLessThan(11_000);
  });

  test('writes what is no number as Python does, or as a word', async () => {
    const bare = await asked(
      openCommand(programOf('answer["loss"] = float("nan")\nanswer["gradients"][0]["bias"][1] = -float("inf")')),
    );
    expect(bare.loss).toBeNaN();
    expect(denseLayers(bare.gradients)[0].bias[1]).toBe(-Infinity);
    expect((await asked(openCommand(programOf('answer["loss"] = "Infinity"')))).loss).toBe(Infinity);
  });

  test.each<[string, string, RegExp]>([
    ['is not there', 'no-such-program-anywhere', /^no-such-program-anywhere exited with code 127: .*not found/],
    ['repeats what it hears', 'cat', /^cat repeated the request instead of answering it$/],
    ['says nothing', 'cat > /dev/null', /did not answer \(describe\) within 10 s/],
    ['speaks no version', `echo '{"id":0}'; cat > /dev/null`, /its description: protocol: /],
    [
      'speaks another version',
      `echo '{"id":0,"protocol":"backproof-candidate/9"}'; cat > /dev/null`,
      /uses the protocol backproof-candidate\/9, expected backproof-candidate\/1/,
    ],
  ])('that %s is refused', { timeout: 20_000 }, async (_what, command, said) => {
    const error = await openCommand(command, { timeLimit: 1 }).catch((e: unknown) => e);
    expect((error as Error).message).toMatch(said);
  });
});
