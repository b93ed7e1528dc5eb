// The rules of eslint.config.js that keep results the same in every runtime, on sources made up to break each.
import { join } from 'node:path';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it, test } from 'vitest';
import { ROOT } from '../scripts/package/pack.ts';

// Without the rules that need types: what is asked for here needs none, and loading them takes half a minute.
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: tseslint.configs.disableTypeChecked as ESLint.Options['overrideConfig'],
});

/** The restricted things found in a text that stands in the place of a file: "no-restricted-properties 'Math.exp' ...". */
async function refused(text: string, file = 'src/ops/layers/dense.ts'): Promise<string[]> {
  const [{ messages }] = await eslint.lintText(text, { filePath: join(ROOT, file) });
  expect(messages.filter(({ fatal }) => fatal)).toEqual([]);
  return messages.filter(({ ruleId }) => ruleId?.startsWith('no-restricted')).map(({ message }) => message);
}

/** What ECMAScript defines to the last bit, for whatever arguments. */
const EXACT = [
  ...[
    'abs',
    'ceil',
    'clz32',
    'f16round',
    'floor',
    'fround',
    'imul',
    'max',
    'min',
    'round',
    'sign',
    'sqrt',
    'sumPrecise',
  ],
  'trunc',
];

test('of all functions of Math those without fixed bits are refused, and no others', async () => {
  const all = Object.getOwnPropertyNames(Math).filter((name) => typeof Math[name as keyof Math] === 'function');
  expect(all.length).toBeGreaterThan(30);
  const text = all.map((name) => `export const ${name} = Math.${name};`).join('\n');
  const found = await refused(text);
  expect(found).toEqual(
    all.filter((name) => !EXACT.includes(name)).map((name): unknown => expect.stringContaining(`'Math.${name}'`)),
  );
});

describe('refused', () => {
  it.each([
    ['const { exp } = Math; export default exp(1);', 'numeric/elementary'],
    ['export const f = (x: number) => x ** 2;', 'square or power'],
    ['export const f = (x: number) => 2 ** x;', 'square or power'],
    ['export const f = 10 ** 2;', 'square or power'],
    ['export function f(x: number) { x **= 2; return x; }', 'square or power'],
    [`export const f = (n: number) => n.toLocaleString('en-US');`, 'locale'],
    [`export const f = (s: string) => s.toLocaleUpperCase();`, 'locale'],
    [`export const f = (a: string, b: string) => a.localeCompare(b);`, 'locale'],
    ['export const f = new Intl.NumberFormat();', 'data of the runtime'],
    ['export const f = (d: Date) => d.getHours();', 'time zone'],
    ['export const f = (d: Date) => d.getTimezoneOffset();', 'time zone'],
    ['export const f = (d: Date) => d.toDateString();', 'time zone'],
  ])('%s', async (text, message) => {
    expect(await refused(text)).toEqual([expect.stringContaining(message)]);
  });
});

describe('allowed', () => {
  it.each([
    ['export const f = 2 ** 24 + 2 ** -24;', 'src/ops/layers/dense.ts'],
    ['export const f = (d: Date) => d.toISOString() + d.getUTCHours();', 'src/ops/layers/dense.ts'],
    ['export const f = Math.exp(1);', 'src/numeric/elementary.ts'],
    ['export const f = Math.exp(1) ** 2;', 'src/report/html/client/log-axis.ts'],
    ['export const f = Math.exp(1) ** 2;', 'src/cli/template/network.ts'],
    ['export const f = Math.exp(1) ** 2;', 'test/fixtures.ts'],
  ])('%s in %s', async (text, file) => {
    expect(await refused(text, file)).toEqual([]);
  });

  it.each(['src/numeric/elementary.ts', 'src/report/html/client/log-axis.ts', 'src/cli/template/network.ts'])(
    'chance nowhere, not in %s',
    async (file) => {
      expect(await refused('export const f = Math.random();', file)).toEqual([expect.stringContaining('numeric/rng')]);
    },
  );
});
