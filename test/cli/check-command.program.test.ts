// backproof check --command: programs in any language, right and wrong, and programs that
// misbehave.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { openFunctionCommand } from '../../src/candidates/process/function-command.ts';
import { CHECKED, FOLDER, TEMPORARY } from '../examples/program.ts';
import { backproof, complaint, newFolder, start } from './program.ts';

const folder = newFolder();
afterAll(() => rmSync(TEMPORARY, { recursive: true, force: true }));
const shell = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ');

const WRONG: Record<string, string> = {
  'a layer in Python': 'the gradient of layer norm in Python is wrong in inputs\n',
  'a function in C': 'the gradient of rosenbrock in C is wrong in x\n  x[1] is ',
};

describe.each(CHECKED)('$name', ({ name, file, missing, command }) => {
  it.skipIf(missing !== null)(`agrees, and with its mistake it does not (${missing ?? 'here'})`, async () => {
    const words = shell(command(join(FOLDER, file)));
    const right = await backproof(['check', '--command', words]);
    expect(right).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^AGREE: /m) as string });
    const wrong = await backproof(['check', '--command', `${words} --mistake`]);
    expect(wrong).toMatchObject({ code: 1, stderr: '' });
    expect(wrong.stdout).toContain(`DISAGREE: ${WRONG[name]}`);
  });
});

let programs = 0;
/**
 * A program in JavaScript of f(w) = Σ w², whose answers `change` may change: it has `answer`,
 * `request` and `n`, the number of requests before.
 */
function program(change = ''): string {
  const file = join(folder, `program-${programs++}.mjs`);
  writeFileSync(
    file,
    `import { createInterface } from 'node:readline';
    let n = 0;
    for await (const line of createInterface({ input: process.stdin })) {
      const request = JSON.parse(line);
      const { id, parameters = {} } = request;
      const { w = [] } = parameters;
      let answer = {
        describe: { protocol: 'backproof-function/1', name: 'squares', parameters: { w: [0.5, -1.5, 2], tag: 'kept' } },
        evaluate: { value: w.reduce((s, x) => s + x * x, 0) },
        gradient: { gradient: { w: w.map((x) => 2 * x) } },
      }[request.request];
      ${change}
      n++;
      console.log(typeof answer === 'string' ? answer : JSON.stringify({ id, ...answer }));
    }`,
  );
  return shell([process.execPath, file]);
}

const checked = (command: string, ...words: string[]) => backproof(['check', '--command', command, ...words]);

test('a function, its name, and what it prints on standard error', async () => {
  const run = await checked(program("if (n === 0) console.error('here I am');"), '--json');
  expect(run.code).toBe(0);
  expect(run.stderr).toBe('[candidate] here I am\n');
  expect(JSON.parse(run.stdout)).toMatchObject({
    kind: 'check',
    subject: 'function',
    name: 'squares',
    verdict: 'agree',
    tensors: [{ path: 'w', shape: [3], verdict: 'agree' }],
    command: expect.stringMatching(/^npx backproof check --command .* --seed 1$/) as string,
  });
});

test('a wrong one is named, its sizes too', async () => {
  const run = await checked(
    program(
      "answer.sizes = { 'batch size': 3 }; if (answer.gradient) answer.gradient.w[1] = answer.gradient.w[1] * 3;",
    ),
  );
  expect(run.code).toBe(1);
  expect(run.stdout).toMatch(/^DISAGREE: the gradient of squares is wrong in w\n {2}w\[1\] is -9, measured -3 ± /m);
});

test.each(['"NaN"', 'NaN', '"-Infinity"', 'Infinity'])('%s is read as a number, and is wrong', async (word) => {
  const run = await checked(
    program(`if (answer.gradient) answer = \`{ "id": \${id}, "gradient": { "w": [1, ${word}, 4] } }\`;`),
  );
  expect(run.stdout).toMatch(/wrong in w: it holds NaN or infinity\n {2}w\[1\] is (NaN|-?Infinity)$/m);
  expect(run.code).toBe(1);
});

test('an error at another point is where the function is not defined', async () => {
  const run = await checked(program("if (w[0] > 0.6) answer = { error: 'too large' };"));
  expect(run).toMatchObject({ code: 0, stderr: '' });
});

test('Ctrl-C ends the check and the program', async () => {
  const slow = program(
    'if (n === 9) console.error(`I am ${process.pid}`); await new Promise((r) => setTimeout(r, 100));',
  );
  const { child, outcome } = start(['check', '--command', slow]);
  const pid = await new Promise<number>((resolve) =>
    child.stderr?.on('data', (text: string) => {
      const [, found] = /I am (\d+)/.exec(text) ?? [];
      if (found !== undefined) resolve(Number(found));
    }),
  );
  child.kill('SIGINT');
  const run = await outcome;
  expect(run).toMatchObject({ code: 130, stdout: '' });
  expect(run.stderr).toContain('interrupted before the check was done');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('numbers come and go as they are', async () => {
  const own = await openFunctionCommand(program('if (answer.gradient) answer = { gradient: parameters };'));
  const w = [0.1, 1 / 3, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -123456789.12345679, 1e21];
  try {
    expect((await own.ask('gradient', { parameters: { w } }, 'gradient'))['gradient']).toEqual({ w });
  } finally {
    await own.close();
  }
});

describe('refused, in one line, with exit code 2:', () => {
  it.each([
    [
      'another protocol',
      "answer.protocol = 'backproof-candidate/1';",
      'uses the protocol backproof-candidate/1, expected backproof-function/1; see docs/check-protocol.md',
    ],
    ['no parameters', 'delete answer.parameters;', 'squares exports no parameters'],
    ['an error at first', "if (n > 0) answer = { error: 'not today' };", 'returned an error: not today'],
    ['no value', 'delete answer.value;', 'squares: its answer to evaluate has no value'],
    ['another form', 'if (answer.gradient) answer.gradient = [1, 2];', 'gradient of w: expected (3), found nothing'],
    ['no JSON', "answer = 'hello';", 'printed "hello", which is not a JSON object'],
    ['an end', "if (n > 9) { console.error('out of luck'); process.exit(3); }", 'exited with code 3: out of luck'],
    ['no answer', 'if (n > 9) continue;', 'did not answer (evaluate) within 1 s'],
  ])('%s', async (_what, change, said) => {
    const run = await checked(program(change), '--time-limit', '1');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    const [line, ...more] = run.stderr.split('\n').filter((text) => !text.startsWith('[candidate]') && text !== '');
    expect(line).toContain(said);
    expect(more).toEqual([]);
  });

  it.each([
    [['check', 'my.mjs', '--command', 'true'], 'my.mjs and --command: give one of them'],
    [['check', 'my.mjs', '--memory-limit', '100'], '--memory-limit needs --command'],
    [['check'], 'a file is missing: backproof check FILE; or --command'],
  ])('%j', async (words, said) => {
    expect(complaint(await backproof(words))).toContain(said);
  });
});
