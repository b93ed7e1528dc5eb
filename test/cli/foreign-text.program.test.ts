// Foreign text in the whole program: none of it passes for output of backproof, and no terminal
// obeys it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOSTILE, junit, markdown } from '../report/hostile.ts';
import { FILLED_IN } from './filled-in.ts';
import type { Outcome } from './program.ts';
import { ROOT, backproof, complaint, fileWriter, newFolder, inProcess } from './program.ts';

const XOR = ['--dataset', 'xor', '--hidden', '4', '--batch-size', '3', '--reference', 'vector'];
const written = fileWriter();
const RIGHT = written(FILLED_IN, '.mjs');
const candidate = (...lines: string[]): string =>
  written([`import right from ${JSON.stringify(RIGHT)};`, ...lines].join('\n'), '.mjs');

/** Both streams hold only what a terminal prints, and one verdict or none. */
function expectHarmless({ stdout, stderr }: Outcome, verdicts: number): void {
  // eslint-disable-next-line no-control-regex
  expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e\u2066]/);
  expect(stdout.match(/^\s*(AGREE|IDENTICAL|DISAGREE)\b/gm) ?? []).toHaveLength(verdicts);
  expect(stderr).not.toMatch(/^\s*(AGREE|IDENTICAL|DISAGREE)\b/m);
  expect(`${stdout}${stderr}`.length).toBeLessThan(20_000);
}

/** Other formats are tested on their renderers alone. */
const NAMES = ['clears the screen', 'forges a line', 'ends the script', 'is a megabyte'] as const;

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

interface Written {
  readonly run: Outcome;
  readonly md: string;
  readonly xml: string;
}

async function gradcheck(...args: readonly string[]): Promise<Written> {
  const out = newFolder();
  const run = await backproof(['gradcheck', ...args, '--out', out]);
  const read = (extension: string): string => readFileSync(join(out, `gradcheck.${extension}`), 'utf8');
  return { run, md: read('md'), xml: read('junit.xml') };
}

function expectAlike(hostile: Written, harmless: Written): void {
  expectHarmless(hostile.run, 1);
  expect(hostile.run.code).toBe(0);
  expect([...markdown(hostile.md, harmless.md), ...junit(hostile.xml, harmless.xml)]).toEqual([]);
}

describe.concurrent('a candidate', { timeout: 120_000 }, () => {
  const named = (name: string): Promise<Written> =>
    gradcheck(
      ...XOR,
      '--candidate',
      candidate(`export const name = ${JSON.stringify(name)};`, 'export default right;'),
    );
  const harmless = lazily(() => named('x'));

  it.for(NAMES)('with a name that %s is named harmlessly in every format', async (what) => {
    expectAlike(await named(HOSTILE[what]), await harmless());
  });

  it('that throws what clears the screen, over several lines, of megabytes, is refused in one line', async () => {
    const thrown = `\\u001b[2J\\n\\nAGREE  all\\n' + 'x y '.repeat(1e6) + '\\u0007 the end`;
    const run = await backproof(['gradcheck', ...XOR, '--candidate', candidate(`export default () => { throw new Error('${thrown}'); };`)]); // prettier-ignore
    expectHarmless(run, 0);
    expect(complaint(run)).toMatch(/^own-\d+\.mjs threw Error: AGREE all x y .* \.\.\. \(line 2 of own-\d+\.mjs\)$/);
    expect(run.code).toBe(2);
  });

  it('that prints a verdict, and what clears the screen, is quoted', async () => {
    const body = `export default (problem) => { console.error('\\u001b[2Jfirst\\nAGREE  all'); console.log('\\u009b2JDISAGREE'); return right(problem); };`;
    const run = await backproof(['gradcheck', ...XOR, '--candidate', candidate(body), '--out', newFolder()]);
    expectHarmless(run, 1);
    expect(run.stderr).toMatch(/^\[candidate\] first$/m);
    expect(run.stderr).toMatch(/^\[candidate\] AGREE {2}all$/m);
    expect(run.code).toBe(0);
  });

  it('that declares conventions and versions of that kind is refused, or shown, in one line', async () => {
    const unknown = candidate(
      `export const conventions = { ['\\u001b[2J' + 'k'.repeat(1e6)]: 'x' };`,
      'export default right;',
    );
    const refused = await backproof(['gradcheck', ...XOR, '--candidate', unknown]);
    expectHarmless(refused, 0);
    expect(complaint(refused)).toMatch(/^own-\d+\.mjs: conventions: expected at most 10,000 characters, got 1,000,\d+/);
    expect(refused.code).toBe(2);
    const answer = `{ id: 0, protocol: 'backproof-candidate/1', name: '\\u001b[2J\\nAGREE  all', versions: { ['\\u001b[2Jx']: 'y\\nz' } }`;
    const program = written(`process.stdin.once('data', () => console.log(JSON.stringify(${answer})));`, '.cjs');
    const run = await backproof(['gradcheck', ...XOR, '--candidate-command', `node '${program}'`, '--time-limit', '2']);
    expectHarmless(run, 0);
    expect(run.code).toBe(2); // it says no more than who it is
  });
});

const CASE = JSON.parse(readFileSync(join(ROOT, 'data/cases/by-hand.json'), 'utf8')) as Record<string, object>;

describe.concurrent('a case file', () => {
  const called = (text: string): Promise<Written> => {
    const content = { ...CASE, name: text, note: text, expected: { ...CASE['expected'], source: text } };
    return gradcheck('--case', written(JSON.stringify(content), '.json'), '--reference', 'vector');
  };
  const harmless = lazily(() => called('x'));

  it.for(NAMES)('whose name, note and source are a text that %s is shown harmlessly', async (what) => {
    expectAlike(await called(HOSTILE[what]), await harmless());
  });

  it.for([
    ['an unknown key', JSON.stringify({ ...CASE, [`\u001b[2J${'k'.repeat(1e6)}`]: 1 }), /Unrecognized key: "k+…k+"/],
    ['no JSON', '\u001b[2J\nAGREE  all', /not JSON/],
    ['an optimizer of that name', JSON.stringify({ ...CASE, optimizer: { id: '\u001b[2J\nx', learningRate: 1 } }), /unknown optimizer "x"/], // prettier-ignore
  ] as const)('with %s that clears the screen is refused in one line', async ([, content, line]) => {
    const run = await inProcess(['gradcheck', '--case', written(content, '.json'), '--reference', 'vector']);
    expectHarmless(run, 0);
    expect(complaint(run)).toMatch(line);
    expect(run.code).toBe(2);
  });
});

describe.concurrent('an option', () => {
  it.for([
    [['compare', '--loss', 'x\n\u001b[2JAGREE  all'], /unknown loss "x AGREE all"/],
    [['compare', '--epochs', '1\u001b[2J'], /--epochs: expected .*, got "1"/],
    [['compare', '--out', 'x\nAGREE  all'], /--out: expected a path without control characters, got "x AGREE all"/],
    [['report', '\u001b[2Jx'], /^--file: expected a path without control characters, got/],
    [['gradcheck', '--case', 'x\u202ey.json'], /--case: expected a path without control characters, got "xy\.json"/],
    [['compare', '--fault', `\u001b[2J${'x'.repeat(100_000)}`], /unknown fault "x+…x+"/],
    [['x\nAGREE  all'], /unknown command "x AGREE all"/],
    [['compare', '--x\n\u001b[2JAGREE', '1'], /unknown option --x AGREE/],
  ] as const)('of that kind (%j) is refused in one line', async ([args, line]) => {
    const run = await inProcess(args);
    expectHarmless(run, 0);
    expect(complaint(run)).toMatch(line);
    expect(run.code).toBe(2);
  });

  it('of several lines that is a command is repeated as a shell reads it', async () => {
    const program = written(`process.stdin.once('data', () => {});`, '.cjs');
    const command = `node '${program}' \n# \u001b[2J`;
    const run = await backproof(['gradcheck', ...XOR, '--candidate-command', command, '--time-limit', '2']);
    expectHarmless(run, 0);
    expect(run.code).toBe(2);
  });
});
