// backproof check FILE: functions and layers from files, exit codes, JSON, and files that
// misbehave.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { checkTemplate } from '../../src/cli/template/check.ts';
import { backproof, complaint, filesIn, newFolder } from './program.ts';

const folder = newFolder();

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const f = (gradient: string): string => `
export const parameters = { w: [0.5, -1.5, 2], b: 0.25 };
console.log('loaded');
export const value = ({ w, b }) => w[0] * w[1] * w[2] + b * b;
export const gradient = ({ w, b }) => (${gradient});
`;
const right = file('right.mjs', f('{ w: [w[1] * w[2], w[0] * w[2], w[0] * w[1]], b: 2 * b }'));
const wrong = file('wrong.mjs', f('{ w: [w[1] * w[2], w[0] * w[2], w[0] * w[1]], b: b }'));

test('a right function agrees; what the file prints goes to stderr', async () => {
  const run = await backproof(['check', right]);
  expect(run.code).toBe(0);
  expect(run.stdout).toMatch(/^right\.mjs: \d+ evaluations/);
  expect(run.stdout).toContain('AGREE: the gradient of right.mjs is right (4 numbers in 2 tensors');
  expect(run.stdout).toContain(`Repeat:  npx backproof check '${right}' --seed 1`);
  expect(run.stdout).not.toContain('loaded');
  expect(run.stderr).toContain('loaded');
});

test('a wrong one disagrees, with the tensor, the factor and the entry', async () => {
  const run = await backproof(['check', wrong, '--seed', '5']);
  expect(run.code).toBe(1);
  expect(run.stdout).toContain('DISAGREE: the gradient of wrong.mjs is wrong in b: it is 0.5 times the right one');
  expect(run.stdout).toMatch(/^ {2}b is 0\.25, measured 0\.5 ± /m);
  expect(run.stdout).toContain('--seed 5');
});

test('--json prints one document', async () => {
  const run = await backproof(['check', wrong, '--json']);
  expect(run.code).toBe(1);
  expect(JSON.parse(run.stdout)).toMatchObject({
    schemaVersion: 1,
    kind: 'check',
    subject: 'function',
    name: 'wrong.mjs',
    verdict: 'disagree',
    tensors: [
      { path: 'w', verdict: 'agree' },
      { path: 'b', verdict: 'disagree', look: { kind: 'times', factor: 0.5 } },
    ],
  });
});

test('a layer in TypeScript that changes its inputs', async () => {
  const layer = file(
    'relu.ts',
    `export const inputs: number[] = [1, -2, 3];
     export function forward(x: number[]): number[] { x.forEach((v, i) => (x[i] = Math.max(0, v))); return [...x]; }
     export const backward = (dy: number[], x: number[]) => ({ inputs: dy.map((d, i) => (x[i] > 0 ? d : 0)) });`,
  );
  const run = await backproof(['check', layer]);
  expect(run.code).toBe(1);
  expect(run.stdout).toContain('DISAGREE: relu.ts changes inputs in its forward pass');
});

describe('files', () => {
  test('are written where they are asked for, and named', async () => {
    const out = newFolder();
    const run = await backproof(['check', wrong, '--out', out]);
    expect(run.code).toBe(1);
    expect(filesIn(out)).toEqual(['check.html', 'check.json', 'check.junit.xml', 'check.md']);
    expect(run.stdout).toContain(`Reports: ${join(out, 'check.json')}, ${join(out, 'check.md')}, `);
    expect(run.stdout).not.toContain('--out'); // it changes nothing about the check
    expect(JSON.parse(readFileSync(join(out, 'check.json'), 'utf8'))).toMatchObject({ verdict: 'disagree' });
  });

  test('one format into results, and none without a wish', async () => {
    const cwd = newFolder();
    await backproof(['check', wrong], { cwd });
    await backproof(['check', wrong, '--format', 'terminal'], { cwd });
    expect(filesIn(cwd)).toEqual([]);
    const run = await backproof(['check', right, '--format', 'junit', '--json'], { cwd });
    expect(filesIn(cwd)).toEqual(['check.junit.xml']);
    expect(JSON.parse(run.stdout)).toMatchObject({ verdict: 'agree' });
    expect(run.stderr).toContain('Reports: results/check.junit.xml');
  });

  test('a folder that cannot be written is refused before the check', async () => {
    const run = await backproof(['check', wrong, '--out', '/proc/nowhere']);
    expect(complaint(run)).toContain('cannot be written');
    expect(run.code).toBe(2);
  });
});

describe('a twin in TensorFlow.js', () => {
  const start = checkTemplate('function', 'javascript', 'twin.mjs');
  const [, comment = ''] = /^(\/\/ export function twin[^]*?^\/\/ \}$)/m.exec(start) ?? [];
  const withTwin = start.replace(comment, comment.replaceAll(/^\/\/ /gm, ''));

  test('that agrees is a line of the report', async () => {
    const run = await backproof(['check', file('twin.mjs', withTwin)]);
    expect(run.stdout).toMatch(
      /^ {2}TensorFlow\.js's gradient of the twin agrees in weights and bias: apart by at most \S+ of a tensor's length\.$/m,
    );
    expect(run.code).toBe(0);
  });

  test('gets the data of the file, and decides against a wrong gradient', async () => {
    const text = withTwin.replace('g.bias += dz;', '');
    const own = text.replace('twin(tf, { weights, bias })', 'twin(tf, { weights, bias }, { x, t })');
    const passed = own.replace('tensor2d(inputs)', 'tensor2d(x)').replace('(targets, z)', '(t, z)');
    const exported = `${passed}\nexport const data = { x: inputs, t: targets };`;
    const run = await backproof(['check', file('passed.mjs', exported), '--backend', 'wasm', '--json']);
    expect(JSON.parse(run.stdout)).toMatchObject({
      verdict: 'disagree',
      twin: { isSame: true, tensors: [{ right: 'both' }, { right: 'twin', apart: 1 }] },
    });
    expect(run.code).toBe(1);
  });

  test('that is another function is told as that', async () => {
    const run = await backproof(['check', file('other.mjs', withTwin.replace('(targets, z)', '(targets, z).mul(2)'))]);
    expect(run.stdout).toMatch(/^DISAGREE: the twin of other\.mjs is another function: its value is \S+, that of /m);
    expect(run.code).toBe(1);
  });
});

test('chance is inconclusive', async () => {
  const run = await backproof([
    'check',
    file(
      'chance.mjs',
      'let n = 0; export const parameters = [1]; export const value = ([x]) => x + n++; export const gradient = () => [1];',
    ),
  ]);
  expect(run.code).toBe(3);
  expect(run.stdout).toContain('INCONCLUSIVE: chance.mjs gives another value the second time');
});

describe('refused, in one line, with exit code 2', () => {
  it.each([
    ['no file is named', [], 'a file is missing'],
    ['no such file', ['nowhere.mjs'], 'there is no file nowhere.mjs'],
    [
      'nothing is exported',
      [file('empty.mjs', 'export const x = 1;')],
      'exports neither value nor forward and backward',
    ],
    ['it does not load', [file('broken.mjs', 'export const = 1;')], 'broken.mjs cannot be loaded: Error: ParseError'],
    [
      'it throws',
      [
        file(
          'throws.mjs',
          'export const parameters = [1]; export const value = () => { throw new Error("mine"); }; export const gradient = () => [1];',
        ),
      ],
      'throws.mjs: value threw Error: mine',
    ],
    [
      'the gradient has another form',
      [
        file(
          'form.mjs',
          'export const parameters = [1, 2]; export const value = ([x]) => x; export const gradient = () => [1];',
        ),
      ],
      'gradient: expected (2), found (1)',
    ],
    [
      '--backend has no use',
      [file('quiet.mjs', f('{ w: [0, 0, 0], b: 0 }').replace(/^console.*$/m, '')), '--backend', 'cpu'],
      'quiet.mjs has no twin in TensorFlow.js',
    ],
    [
      'the twin throws',
      [
        file(
          'twin-throws.mjs',
          'export const parameters = [1]; export const value = ([x]) => x; export const gradient = () => [1]; export const twin = () => { throw new Error("mine"); };',
        ),
      ],
      'twin-throws.mjs: twin threw Error: mine',
    ],
    [
      'the twin of a layer returns no tensor',
      [
        file(
          'twin-layer.mjs',
          'export const inputs = [1]; export const forward = (x) => x; export const backward = (dy) => ({ inputs: dy }); export const twin = () => 1;',
        ),
      ],
      'the twin returned number, expected tensors',
    ],
    [
      'it hangs',
      [
        file(
          'hangs.mjs',
          'export const parameters = [1]; export const value = () => { for (;;); }; export const gradient = () => [1];',
        ),
        '--time-limit',
        '3',
      ],
      'hangs.mjs was not checked within 3 s',
    ],
    [
      'it throws in a timer',
      [
        file(
          'late.mjs',
          'setTimeout(() => { throw new Error("late"); }); export const parameters = [1]; export const value = () => new Promise(() => {}); export const gradient = () => [1];',
        ),
      ],
      'late.mjs threw outside any call: Error: late',
    ],
    [
      'it ends its process',
      [
        file(
          'exits.mjs',
          'export const parameters = [1]; export const value = () => process.exit(0); export const gradient = () => [1];',
        ),
      ],
      'exits.mjs ended the program that it runs in',
    ],
  ])('%s', async (_what, words, message) => {
    const run = await backproof(['check', ...words]);
    expect(run.code, run.stderr).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toContain(message);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });
});
