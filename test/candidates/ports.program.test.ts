// Misbehaving candidates in a process of their own: each gets one clear line, nothing hangs, and no
// process is left behind.
import { denseLayers } from '../../src/network/parameters.ts';
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { openCommand } from '../../src/candidates/process/command.ts';
import { DEFAULT_CONVENTIONS } from '../../src/candidates/conventions/conventions.ts';
import type { Conventions } from '../../src/candidates/conventions/conventions.ts';
import { createExternalEngine } from '../../src/candidates/external.ts';
import type { CandidateOptions } from '../../src/candidates/limits.ts';
import { lasting } from '../../src/candidates/process/lasting.ts';
import { openModule } from '../../src/candidates/process/module.ts';
import type { CandidatePort } from '../../src/candidates/request.ts';
import type { Engine, LossAndGradients } from '../../src/engines/engine.ts';
import { CandidateError } from '../../src/errors.ts';
import { FILLED_IN } from '../cli/filled-in.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { modules } from './modules.ts';
import { SGD } from './trial.ts';

const SPEC = network(3, [4], 'tanh', 2, 'softmax', 'cross-entropy');
const { written } = modules();

/** Asks twice and closes. */
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

/** The one line of the error. */
async function refused(opening: Promise<CandidatePort>): Promise<string> {
  const error = await asked(opening).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(CandidateError);
  const { message, hint } = error as CandidateError;
  const line = `${message}${hint === undefined ? '' : `; ${hint}`}`;
  expect(line).not.toContain('\n');
  return line;
}

test('a program that ends under other conventions answers the questions that follow, of ports opened before', async () => {
  const program = written(
    `import { createInterface } from 'node:readline';
     for await (const line of createInterface({ input: process.stdin })) {
       const { id, request, targets } = JSON.parse(line);
       if (request === 'describe') console.log(JSON.stringify({ id, protocol: 'backproof-candidate/1' }));
       else console.log(JSON.stringify({ id, loss: targets[0].length === 2 ? 1 : targets[0].map(Number), gradients: [] }));
     }`,
    '.mjs',
  );
  const { port, close } = lasting(() => openCommand(`node ${JSON.stringify(program)}`, {}));
  const engineBy = async (conventions: Conventions): Promise<Engine> => {
    const engine = createExternalEngine(await port(), SPEC, SGD, conventions);
    await engine.load(startOf(SPEC));
    return engine;
  };
  const [declared, other] = [
    await engineBy(DEFAULT_CONVENTIONS),
    await engineBy({ ...DEFAULT_CONVENTIONS, targets: 'classes' }),
  ];
  const batch = randomBatch(SPEC, 3);
  expect((await declared.lossAndGradients(batch)).loss).toBe(1);
  await expect(other.lossAndGradients(batch)).rejects.toThrow(/exited with code 1/);
  expect((await declared.lossAndGradients(batch)).loss).toBe(1);
  await expect(other.lossAndGradients(batch)).rejects.toThrow(CandidateError);
  await close();
});

describe('a module', () => {
  const right = written(FILLED_IN, '.mjs');
  /** A module that runs this before it returns the right answer. */
  const moduleOf = (body: string): string =>
    written(
      `import right from ${JSON.stringify(right)};\nexport default async function (problem) {\n  const answer = right(problem);\n  ${body}\n  return answer;\n}\n`,
      '.mjs',
    );

  test('loads as JavaScript, TypeScript and CommonJS, and its output is passed on', async () => {
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
    ['throws something that is not an error', "throw 'a tantrum';", /own-[\d-]+\.mjs threw a tantrum$/],
    ['hangs', 'for (;;);', /own-[\d-]+\.mjs did not answer \(gradients\) within 1 s; is there an endless loop/],
    [
      'never answers',
      'await new Promise(() => setInterval(() => {}, 1000));',
      /did not answer \(gradients\) within 1 s/,
    ],
    ['exits', 'process.exit(7);', /own-[\d-]+\.mjs exited with code 7$/],
    ['returns nothing', 'return undefined;', /returned nothing when asked for loss and gradients; expected \{ loss/],
    [
      'returns a value that cannot be sent',
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
      'is not a module',
      'own.py',
      /own\.py: expected a module \(.*\.mjs.*\); for programs in other languages, use --candidate-command$/,
    ],
    ['has a syntax error', written('\nexport default (', '.mjs'), /threw .*\(line 2 of own/],
    ['has a syntax error in TypeScript', written('\nexport default (', '.ts'), /threw .*\(line 2 of own/],
    [
      'has no default export',
      written('export const mine = () => 1;', '.mjs'),
      /has no default export that is a function; export default function/,
    ],
    [
      'exports something that is not a function',
      written('export const predict = 1;\nexport default () => 1;', '.mjs'),
      /predict is not a function$/,
    ],
    [
      'imports a package that does not exist',
      written("import 'no-such-package';\nexport default () => 1;", '.mjs'),
      /threw .*no-such-package/,
    ],
  ])('that %s is refused', async (_what, file, said) => {
    expect(await refused(openModule(file))).toMatch(said);
  });

  test('that floods its output has it cut', async () => {
    let printed = '';
    await asked(
      openModule(moduleOf("for (let i = 0; i < 20000; i++) console.error('noise ' + i);"), {
        log: (text) => (printed += text),
      }),
    );
    expect(printed.length).toBeLessThan(11_000);
    expect(printed).toMatch(/\[further output is left out\]\n$/);
  });

  test('is killed two seconds after the last caller stops waiting', async () => {
    const waiting = new AbortController();
    setTimeout(() => waiting.abort(), 1500);
    expect(await refused(openModule(moduleOf('for (;;);'), { signal: waiting.signal }))).toMatch(/within 2 s/);
  });
});

const python = spawnSync('python3', ['--version']).status === 0;
/** Running processes with these words in their command. */
const left = (words: string): string => spawnSync('pgrep', ['-f', words], { encoding: 'utf8' }).stdout.trim();

describe.skipIf(!python)(`a program${python ? '' : ' (python3 not found)'}`, () => {
  /** A program that runs this when asked for gradients, and returns zeros. */
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
    ['hangs and ignores signals', 'signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass', /did not answer/],
    ['leaves something behind that hangs', `subprocess.Popen(["sleep", "600"])\nsys.exit(0)`, /exited with code 0$/],
    [
      'prints garbage',
      'print("loading ...", flush=True)',
      /printed "loading \.\.\.", which is not a JSON object; standard output is for answers only/,
    ],
    ['prints endless garbage', 'while True: sys.stdout.write("x" * 65536)', /printed far more than one answer/],
    ['prints line after line', 'while True: print("x")', /printed "x", which is not a JSON object/],
    ['dies by a signal', 'os.kill(os.getpid(), signal.SIGSEGV)', /was killed by SIGSEGV/],
    ['ends quietly', 'sys.exit(3)', /exited with code 3$/],
    [
      'answers another question',
      'answer["id"] = 99',
      /answered with id 99, expected 1; an answer must repeat the id of its request$/,
    ],
    [
      'returns an error',
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
      'returns an error of a megabyte',
      'answer = {"id": request["id"], "error": "no" * 500000}',
      /returned an error: (no){100} \.\.\.$/,
    ],
    [
      'answers the next request in advance',
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
    ['returns a list', 'answer = [1, 2]', /printed "\[1, 2\]", which is not a JSON object/],
  ])('that %s', async (_what, body, said) => {
    const limits = { timeLimit: body.includes('everything') ? 30 : 1, memoryLimit: 300 };
    expect(await refused(openCommand(programOf(body), limits))).toMatch(said);
  });

  test('may return its error as an object', async () => {
    const command = programOf('answer = {"id": request["id"], "error": {"message": "nope"}}');
    expect(await refused(openCommand(command))).toMatch(/returned an error: \{"message":"nope"\}$/);
  });

  test('that floods stderr still gets its answers through', async () => {
    let printed = '';
    const command = programOf('sys.stderr.write("noise\\n" * 300000)');
    expect((await asked(openCommand(command, { log: (text) => (printed += text) }))).loss).toBe(0.5);
    expect(printed.length).toBeLessThan(11_000);
  });

  test('may write NaN and infinities as Python does, or as words', async () => {
    const bare = await asked(
      openCommand(programOf('answer["loss"] = float("nan")\nanswer["gradients"][0]["bias"][1] = -float("inf")')),
    );
    expect(bare.loss).toBeNaN();
    expect(denseLayers(bare.gradients)[0].bias[1]).toBe(-Infinity);
    expect((await asked(openCommand(programOf('answer["loss"] = "Infinity"')))).loss).toBe(Infinity);
  });

  test.each<[string, string, RegExp]>([
    ['does not exist', 'no-such-program-anywhere', /^no-such-program-anywhere exited with code 127: .*not found/],
    ['echoes its input', 'cat', /^cat repeated the request instead of answering it$/],
    ['prints nothing', 'cat > /dev/null', /did not answer \(describe\) within 10 s/],
    ['states no protocol version', `echo '{"id":0}'; cat > /dev/null`, /its description: protocol: /],
    [
      'states another protocol version',
      `echo '{"id":0,"protocol":"backproof-candidate/9"}'; cat > /dev/null`,
      /uses the protocol backproof-candidate\/9, expected backproof-candidate\/1/,
    ],
  ])('that %s is refused', { timeout: 20_000 }, async (_what, command, said) => {
    const error = await openCommand(command, { timeLimit: 1 }).catch((e: unknown) => e);
    expect((error as Error).message).toMatch(said);
  });
});
