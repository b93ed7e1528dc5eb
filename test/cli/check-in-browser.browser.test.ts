// backproof check and fuzz with a twin on webgl and webgpu: the file runs in a page of a browser.
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BROWSER, NO_BROWSER } from '../browser.ts';
import { ROOT, backproof, complaint, folderWith, newFolder, start } from './program.ts';
import { eventually } from '../running.ts';

const SINE = `
console.log('loaded');
import { scaled } from './scaled.ts';
export const parameters = { x: [0.3, -1.2, 2.5, 8] };
export const data: number = await Promise.resolve(3);
type P = { x: number[] };
export const value = ({ x }: P) => x.reduce((sum, v) => sum + Math.sin(v) * scaled(v, data), 0);
export const gradient = ({ x }: P) => ({ x: x.map((v) => Math.cos(v) * scaled(v, data) + 3 * Math.sin(v)) });
export const twin = (tf: any, { x }: any, factor: number) => tf.mul(tf.sin(x), scaled(x, factor)).sum();
`;
/** TensorFlow.js is the page's, also where a file imports it. */
const SCALED = `
import * as tf from '@tensorflow/tfjs';
export const scaled = (x: any, factor: number): any => (typeof x === 'number' ? factor * x : tf.mul(x, factor));
`;
const cube = (factor: string, more = ''): string => `${more}
export const parameters = { x: [1.5, -2] };
export const draw = (random) => ({ parameters: { x: random.numbers(random.integer(1, 3)) } });
export const value = ({ x }) => x.reduce((sum, v) => sum + v ** 3, 0);
export const gradient = ({ x }) => ({ x: x.map((v) => 3 * v * v) });
export const twin = (tf, { x }) => {
  const cubed = tf.customGrad((x, save) => {
    save([x]);
    return { value: x.pow(3), gradFunc: (dy, [x]) => dy.mul(x.square()).mul(${factor}) };
  });
  return cubed(x).sum();
};
`;
const folder = folderWith({
  'sine.mts': SINE,
  'scaled.ts': SCALED,
  'cube.mjs': cube('1'),
  'other.mjs': cube('3').replace('pow(3)', 'pow(3).mul(1 + x.size / 30)'),
  'files.mjs': cube('3', "import { readFileSync } from 'node:fs';"),
  'throws.mjs': cube('3').replace('return cubed', "throw new RangeError('mine'); return cubed"),
  'leaves.mjs': cube('3').replace('return cubed', "location.href = 'about:blank'; return cubed"),
  'hangs.mjs': cube('3').replace('return cubed', 'for (;;); return cubed'),
  'none.mjs': cube('3').replace('export const twin', 'const twin'),
});
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
const file = (name: string): string => join(folder, name);
const nowhere = { ...process.env, BACKPROOF_CHROME: '/no/such/chrome' };

describe('without a browser', () => {
  test.each([
    ['a twin', 'cube.mjs', 3, /webgl backend is not available: \/no\/such\/chrome does not start.*; install one/],
    ['a file without a twin', 'none.mjs', 2, /^--backend: none\.mjs has no twin in TensorFlow\.js/],
    [
      'a file that needs Node',
      'files.mjs',
      2,
      /^files\.mjs cannot run in a browser, .*: node:fs, which files\.mjs imports, is a module of Node \(.*files\.mjs:1\); use --backend cpu, wasm or node/,
    ],
  ] as const)('%s: one line', async (_what, name, code, line) => {
    const run = await backproof(['check', file(name), '--backend', 'webgl'], { env: nowhere });
    expect(complaint(run)).toMatch(line);
    expect(run.code).toBe(code);
  });
});

/** Command lines of processes that have this text in them. */
function withText(text: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return line.includes(text) ? [line] : [];
    } catch {
      return []; // it has ended
    }
  });
}

describe.skipIf(BROWSER === null)(NO_BROWSER === null ? 'in a page' : `in a page (not tried: ${NO_BROWSER})`, () => {
  test('a right twin agrees on webgl, whatever its sine is off by; what the file prints goes to stderr', async () => {
    const run = await backproof(['check', file('sine.mts'), '--backend', 'webgl']);
    expect(run.stdout).toMatch(/^AGREE: the gradient of sine\.mts is right/m);
    expect(run.stdout).toMatch(/^ {2}TensorFlow\.js's gradient of the twin agrees in x: apart by at most/m);
    expect(run.stderr).toMatch(/^(loaded\n)+$/);
    expect(run.code).toBe(0);
  });

  test('a wrong custom gradient of the twin is found on webgpu', async () => {
    const run = await backproof(['check', file('cube.mjs'), '--backend', 'webgpu', '--json']);
    const { verdict, twin } = JSON.parse(run.stdout) as { verdict: string; twin: object };
    expect(twin).toMatchObject({ isSame: true, tensors: [{ path: 'x', right: 'gradient' }] });
    expect(verdict).toBe('agree');
    expect(run.stderr).toBe('');
  });

  test('fuzz finds arguments for which the twin is another function, and makes them small', async () => {
    const out = newFolder();
    const run = await backproof(['fuzz', file('other.mjs'), '--backend', 'webgl', '--runs', '20', '--out', out]);
    expect(run.stdout).toMatch(/^DISAGREE: the twin of other\.mjs is another function: /m);
    expect(run.stdout).toMatch(/Smallest arguments that fail: parameters = \{ x: \[-?1\] \}\./);
    expect(run.code).toBe(1);
  });

  test.each([
    ['throws, which is said as in Node', 'throws.mjs', 'throws.mjs: twin threw RangeError: mine'],
    ['leaves its page', 'leaves.mjs', 'leaves.mjs ended the page that it runs in; it must not load another one'],
  ])('a twin %s', async (_what, name, line) => {
    const run = await backproof(['check', file(name), '--backend', 'webgl']);
    expect(complaint(run)).toBe(line);
    expect(run.code).toBe(2);
  });

  test('16 bits are too few', async () => {
    const env = { ...process.env, BACKPROOF_WEBGL_16_BITS: '1' };
    const run = await backproof(['check', file('cube.mjs'), '--backend', 'webgl'], { env });
    expect(complaint(run)).toMatch(
      /^the tfjs webgl backend has only 16 bits .*, and a twin needs 32; use --backend webgpu/,
    );
    expect(run.code).toBe(3);
  });

  test.each([
    ['the time limit', ['--time-limit', '4'], 2, /^hangs\.mjs was not checked within 4 s; is there an endless loop\?/],
    ['Ctrl-C', [], 130, /^interrupted before the check was done/],
  ] as const)('a twin that hangs is ended by %s, and so is its browser', async (_what, words, code, line) => {
    const tmp = join(newFolder(), 'tmp');
    mkdirSync(tmp);
    const command = ['check', file('hangs.mjs'), '--backend', 'webgl', ...words];
    const { child, outcome } = start(command, { env: { ...process.env, TMPDIR: tmp } });
    const isOpen = (): boolean => withText(tmp).some((one) => one.includes('--type=renderer'));
    if (process.platform === 'linux') expect(await eventually(isOpen, 30)).toBe(true);
    if (code === 130) setTimeout(() => child.kill('SIGINT'), 1500);
    const run = await outcome;
    expect(complaint(run)).toMatch(line);
    expect(run.code).toBe(code);
    if (process.platform === 'linux') expect(await eventually(() => withText(tmp).length === 0, 10)).toBe(true);
  });
});
