// The report of `check` in every format: the verdict, the wrong tensors, and foreign names as text.
import { SaxesParser } from 'saxes';
import { describe, expect, it, test } from 'vitest';
import { checkGradient } from '../../src/check/function/check-gradient.ts';
import { checkLayer } from '../../src/check/function/check-layer.ts';
import { functionCheckFiles } from '../../src/report/formats/function-check-files.ts';
import { formatFunctionCheck } from '../../src/report/formats/function-check.ts';
import { FORMAT_NAMES } from '../../src/report/formats/formats.ts';
import type { AnyCheck } from '../../src/report/words/function-check.ts';

const ODD = 'a|<b>\u001b[31m';
const at = { [ODD]: [1, 2], b: 3 };
const value = (p: typeof at): number => p[ODD][0] ** 2 * p.b + p[ODD][1];
const gradient = (factor: number) => (p: typeof at) => ({
  [ODD]: [2 * p[ODD][0] * p.b, 1],
  b: factor * p[ODD][0] ** 2,
});
const wrong = await checkGradient(value, { at, gradient: gradient(0) });
const right = await checkGradient(value, { at, gradient: gradient(1) });
let calls = 0;
const chance = await checkGradient((p: typeof at) => value(p) + calls++, { at, gradient: gradient(1) });
const changing = await checkLayer(
  {
    forward: (x) => (x as number[]).map((v, i, all) => (all[i] = v + 1)),
    backward: (dy) => ({ inputs: dy }),
  },
  { inputs: [1, 2] },
);

const environment = { backproof: '0', node: '20', platform: 'here', cpu: 'one <b>', cores: 1 };
const filesOf = (check: AnyCheck, name = 'mine <i>.mjs') =>
  functionCheckFiles({ check, name, command: "npx backproof check 'mine <i>.mjs'", environment }, FORMAT_NAMES);

/** The test cases of a JUnit file: name, and what is inside. */
function casesOf(xml: string): Record<string, string> {
  const cases: Record<string, string> = {};
  let current = '';
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'testcase') cases[(current = attributes['name'])] = '';
    if (name === 'failure' || name === 'skipped') cases[current] += `${name}: ${attributes['message']}`;
  });
  parser.write(xml).close();
  return cases;
}

test('every format that compare and gradcheck write is there', () => {
  expect(Object.keys(filesOf(wrong))).toEqual(['check.json', 'check.md', 'check.junit.xml', 'check.html']);
  expect(functionCheckFiles({ check: wrong, name: 'f', command: '', environment }, ['junit'])).toHaveProperty([
    'check.junit.xml',
  ]);
});

describe('JUnit', () => {
  it('has a case for each tensor, and the sentence in the first that fails', () => {
    const cases = casesOf(filesOf(wrong)['check.junit.xml']);
    expect(Object.values(cases)).toEqual([
      '',
      expect.stringMatching(/^failure: the gradient of mine <i>\.mjs is wrong in b/),
      '',
    ]);
    expect(Object.keys(cases)[0]).toContain('a|<b>');
    expect(Object.values(casesOf(filesOf(right)['check.junit.xml']))).toEqual(['', '', '']);
  });
  it('fails as a whole where no tensor is wrong, and skips what is undecided', () => {
    expect(casesOf(filesOf(changing, 'f')['check.junit.xml'])).toMatchObject({
      'as a whole': 'failure: f changes inputs in its forward pass.',
    });
    for (const inside of Object.values(casesOf(filesOf(chance, 'f')['check.junit.xml'])))
      expect(inside).toBe('skipped: f gives another value the second time: there is chance in it.');
  });
});

test('Markdown and HTML begin with the verdict, and show names as text', () => {
  const { 'check.md': md, 'check.html': page } = filesOf(wrong);
  expect(md).toMatch(
    /^# backproof check: disagree\n\n\*\*DISAGREE\*\*: the gradient of mine &lt;i&gt;\.mjs is wrong in b/,
  );
  expect(md).toContain('a\\|&lt;b&gt;');
  expect(md).toContain("`npx backproof check 'mine <i>.mjs'`");
  expect(page).toContain('<h1>backproof check: <span class="disagree">disagree</span></h1>');
  expect(page).toContain('the gradient of mine &lt;i&gt;.mjs is wrong in b');
  for (const text of [md.replace(/`.*`/, ''), page.replace(/<code>.*<.code>/, ''), filesOf(wrong)['check.junit.xml']]) {
    expect(text).not.toMatch(/<[bi]>[^<]/);
    expect(text).not.toContain('\u001b');
  }
  expect(page).not.toContain('<script');
  expect(filesOf(right)['check.md']).toContain('**AGREE**: the gradient of');
});

test('names that somebody gives to sizes are shown as text', async () => {
  const sizes = { 'my\u001b[31m size': 3 };
  const check = await checkGradient(value, { at, gradient: gradient(3), sizes });
  expect(check.tensors[1].look).toMatchObject({ kind: 'times', like: Object.keys(sizes)[0] });
  for (const text of [formatFunctionCheck(check), ...Object.values(filesOf(check))]) {
    expect(text).not.toContain('\u001b');
    expect(text).toMatch(/my size/);
  }
});

test('JSON has the numbers', () => {
  expect(JSON.parse(filesOf(wrong)['check.json'])).toMatchObject({
    schemaVersion: 1,
    kind: 'check',
    subject: 'function',
    verdict: 'disagree',
    tensors: [
      { verdict: 'agree' },
      { path: 'b', verdict: 'disagree', wrong: [{ given: 0, error: expect.any(Number) as number }] },
    ],
  });
});

test.each([
  [5e-4, '0.05 %'],
  [5e-5, '5e-5'],
])('the share %d is written as %s, in the table and in the sentence', (seenFrom, written) => {
  const text = formatFunctionCheck({ ...right, tensors: [{ ...right.tensors[1], seenFrom }] }, 'f');
  expect(text).toMatch(new RegExp(`agree +${written}$`, 'm'));
  expect(text).toContain(`one number off by ${written} of a typical one`);
});

test('where a single wrong entry would not have shown, that is said; not where it would', () => {
  const rough = {
    ...right,
    precision: 'f32' as const,
    tensors: right.tensors.map((t, n) => ({ ...t, seenFrom: n === 1 ? 78 : 0.01 })),
  };
  expect(formatFunctionCheck(rough)).toContain(
    'A single wrong entry would not have shown in b: compute it in binary64',
  );
  expect(formatFunctionCheck(right)).not.toContain('A single wrong entry');
});

test('a function that stops early: how little most entries are apart is said, and not of a large mistake', async () => {
  const root = (a: number): number => {
    let x = 1;
    for (let n = 0; n < 4; n++) x = (x + a / x) / 2; // four steps of Newton's
    return x;
  };
  const f = (p: number[]): number => p.reduce((sum, a) => sum + root(a), 0);
  const checkOf = (factor: number) =>
    checkGradient(f, { at: [3.1, 4.2, 5.3], gradient: (p: number[]) => p.map((a) => factor / (2 * Math.sqrt(a))) });
  expect(formatFunctionCheck(await checkOf(1))).toMatch(/They are apart by \S+ %? ?at most: if the function solves/);
  expect(formatFunctionCheck(await checkOf(2))).not.toContain('They are apart');
});
