// The rules of eslint.config.js that keep results the same in every runtime, each on sources that
// break it; and the width of comments.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import tseslint from 'typescript-eslint';
import { describe, expect, it, test } from 'vitest';
import { ROOT } from '../scripts/package/pack.ts';

// Without the rules that need types: they are not tested here, and loading them takes half
// a minute.
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: tseslint.configs.disableTypeChecked as ESLint.Options['overrideConfig'],
});

/** The messages about restricted things in a text that is linted as this file. */
async function refused(text: string, file = 'src/ops/layers/dense.ts'): Promise<string[]> {
  const [{ messages }] = await eslint.lintText(text, { filePath: join(ROOT, file) });
  expect(messages.filter(({ fatal }) => fatal)).toEqual([]);
  return messages.filter(({ ruleId }) => ruleId?.startsWith('no-restricted')).map(({ message }) => message);
}

/** The functions of Math that ECMAScript defines to the last bit, for all arguments. */
const EXACT = [
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
  'trunc',
];

/** The folders whose comments must be narrow. */
const NARROW_FOLDERS = ['src', 'test', 'scripts', 'examples'];
/** For a line that is a comment, and for a line of code that ends in one (Prettier's width). */
const WIDTH = { comment: 100, code: 120 };
const EXEMPT = /https?:\/\/|eslint-|prettier-ignore|@ts-|\/\/\/ </;

/** Combining marks take no column. */
function columnsOf(line: string): number {
  return [...line.replaceAll(/\p{M}/gu, '')].length;
}

/** The lines of comments that are too wide: "file.ts:12: 104 columns". */
function wideComments(text: string, file: string): string[] {
  const lines = text.split('\n');
  if (!lines.some((line) => columnsOf(line) > WIDTH.comment)) return []; // parsing takes longer
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return commentsOf(source).flatMap(([from, to]) => {
    const [first, last] = [from, to].map((at) => source.getLineAndCharacterOfPosition(at).line);
    return lines.slice(first, last + 1).flatMap((line, n) => {
      const columns = columnsOf(line);
      const afterCode = n === 0 && !/^\s*\/[/*]/.test(line);
      const tooWide = columns > (afterCode ? WIDTH.code : WIDTH.comment) && !EXEMPT.test(line);
      return tooWide ? [`${file}:${first + n + 1}: ${columns} columns`] : [];
    });
  });
}

/** Where each comment begins and ends. Only spaces and comments are between two tokens. */
function commentsOf(source: ts.SourceFile): [from: number, to: number][] {
  const found: [number, number][] = [];
  const visit = (node: ts.Node): void => {
    const parts = node.getChildren(source).filter(({ kind }) => kind !== ts.SyntaxKind.JSDoc);
    if (parts.length > 0) parts.forEach(visit);
    else if (node.kind !== ts.SyntaxKind.JsxText) {
      const space = source.text.slice(node.pos, node.getStart(source));
      for (const { 0: comment, index } of space.matchAll(/\/\/.*|\/\*[^]*?\*\//g))
        found.push([node.pos + index, node.pos + index + comment.length]);
    }
  };
  visit(source);
  return found;
}

test('exactly the functions of Math without fixed bits are refused', async () => {
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
    'Math.random nowhere, not even in %s',
    async (file) => {
      expect(await refused('export const f = Math.random();', file)).toEqual([expect.stringContaining('numeric/rng')]);
    },
  );
});

test('no file of src is longer than 300 lines', () => {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const lines = (file: string): number => readFileSync(join(ROOT, 'src', file), 'utf8').split('\n').length - 1;
  const sources = files.filter((file) => /\.(tsx?|mjs|css)$/.test(file));
  expect(sources.length).toBeGreaterThan(0);
  expect(sources.filter((file) => lines(file) > 300)).toEqual([]);
});

describe('comments', () => {
  it.each(NARROW_FOLDERS)('of %s are at most 100 columns wide', (folder) => {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => /\.(tsx?|mjs)$/.test(file)).map((file) => join(folder, file));
    expect(sources.length).toBeGreaterThan(0);
    expect(sources.flatMap((file) => wideComments(readFileSync(join(ROOT, file), 'utf8'), file))).toEqual([]);
  });

  const long = 'word '.repeat(20).trim(); // 99 columns
  it.each([
    ['a line', `let a = 1;\n// ${long}`, 2],
    ['a line of a block', `/**\n * short\n * ${long}\n */`, 3],
    ['the end of a line of code', `let a = 1; // ${long} and more`, 1],
    ['within an expression', `let a = [\n  // ${long}\n];`, 2],
    ['in JSX', `const a = <p>{/* ${long} */}</p>;`, 1],
  ])('are refused where too wide: %s', (_, text, line) => {
    expect(wideComments(text, 'a.tsx')).toEqual([expect.stringMatching(`^a.tsx:${line}: 1[0-9]{2} columns`)]);
  });

  it.each([
    ['100 columns', `// ${'x'.repeat(97)}`],
    ['combining marks, which take no column', `// ${'x\u0302'.repeat(97)}`],
    ['a URL', `// https://example.org/${'x'.repeat(100)}`],
    ['a directive', `// eslint-disable-next-line eqeqeq -- ${long}`],
    ['a string', `let a = '// ${long}';`],
    ['a template', `let a = \`\${1}\n// ${long}\`;`],
    ['text of JSX', `const a = <p>\n// ${long}\n</p>;`],
  ])('are allowed: %s', (_, text) => {
    expect(wideComments(text, 'a.tsx')).toEqual([]);
  });
});
