// Transcripts of the documents: each command is run once, and what a block shows is compared with
// what it prints. What may differ (times, speeds, dates, versions of the runtime) is masked;
// scripts/docs/masked.ts has the list.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { documents, textOf } from '../scripts/docs/documents.ts';
import { masked } from '../scripts/docs/masked.ts';
import { formatted, withMadeParts } from '../scripts/docs/pieces.ts';
import { commands, outputOf, removeFolder, startOf, workFolder } from '../scripts/docs/run.ts';
import { comparedElsewhere, excerpt, rewritten, transcriptsOf } from '../scripts/docs/transcripts.ts';
import { ROOT } from '../scripts/package/pack.ts';

const HOW = 'npm run docs:transcripts writes it anew';
const built = inject('built');
const all = documents().map((document) => ({ document, transcripts: transcriptsOf(textOf(document), document) }));
const outputs = new Map<string, string>();
let folder = '';

beforeAll(async () => {
  folder = workFolder();
  for (const command of commands()) outputs.set(command, await outputOf(command, folder, built));
}, 300_000);
afterAll(() => removeFolder(folder));

describe('a transcript', () => {
  it('is found', () => {
    expect(commands().length).toBeGreaterThan(5);
  });

  for (const { document, transcripts } of all)
    it.each(transcripts.map((one) => [`${document}:${one.line}: ${one.command}`, one] as const))('%s', (where, one) => {
      const expected = excerpt(outputs.get(one.command) ?? '', one.shown, where);
      expect(masked(one.text), HOW).toBe(masked(expected));
    });

  it('that another test compares is named there', () => {
    const tests = all.flatMap(({ document }) =>
      comparedElsewhere(textOf(document)).map((test) => ({ document, test })),
    );
    for (const { document, test } of tests) expect(existsSync(join(ROOT, test)), `${document}: ${test}`).toBe(true);
  });
});

describe('a table made of the pages in src/ops', () => {
  it.each(all.map(({ document }) => document).filter((name) => textOf(name).includes('<!-- made of')))(
    'is up to date in %s',
    async (document) => {
      expect(textOf(document), HOW).toBe(await formatted(withMadeParts(textOf(document))));
    },
  );
});

describe('what is wrong is found', () => {
  const MARKDOWN = '<!-- output: npx backproof x | first 1, /^b/ -->\n\n```text\na 12\n...\nb 0.25\n```\n';
  const OUTPUT = 'a 12\n\nmiddle\nb 0.25\nend\n';

  it('a changed digit', () => {
    const [{ text, shown }] = transcriptsOf(MARKDOWN.replace('0.25', '0.26'), 'x.md');
    expect(masked(text)).not.toBe(masked(excerpt(OUTPUT, shown, 'x.md:1')));
    expect(rewritten(MARKDOWN.replace('0.25', '0.26'), 'x.md', new Map([['npx backproof x', OUTPUT]]))).toBe(
      MARKDOWN.replace('0.25\n', '0.25\n...\n'),
    );
  });

  it.each([
    ['2', '...\nmiddle\n...'],
    ['/^mid/+1', '...\nmiddle\nb 0.25\n...'],
    ['first 1, last 2', 'a 12\n...\nb 0.25\nend'],
  ])('other lines than those asked for: %s', (shown, expected) => {
    expect(excerpt('a 12\nmiddle\nb 0.25\nend\n', shown, 'x.md:1')).toBe(expected);
  });

  it('in every transcript there is: with one digit of the check changed it is another text', () => {
    for (const { transcripts } of all)
      for (const { text } of transcripts) {
        const digits = Array.from(masked(text).matchAll(/\d/g), ({ index }) => index);
        const changed = digits.map((at) => {
          const digit = (Number(masked(text)[at]) + 1) % 10;
          return masked(`${masked(text).slice(0, at)}${digit}${masked(text).slice(at + 1)}`);
        });
        expect(changed).not.toContain(masked(text));
      }
  });

  it.each([
    ['8,447/s    6,114/s    examples per second', 'SPEED SPEED examples per second'],
    ['against tfjs cpu (342 s), 1.5 min', 'against tfjs cpu (TIME), TIME'],
    ['made on 2026-11-28T20:31:46.795Z', 'made on DATE'],
    [
      'my-mlp.ts (node 20.20.2) against tfjs cpu (tfjs 4.22.0)',
      'my-mlp.ts (node VERSION) against tfjs cpu (tfjs 4.22.0)',
    ],
    [
      'b1 [5]  252000 times  0.96 of 1e-7, 12 % at step 5, 10 steps',
      'b1 [5] 252000 times 0.96 of 1e-7, 12 % at step 5, 10 steps',
    ],
  ])('masked is "%s" no more than it must be', (text, expected) => {
    expect(masked(text)).toBe(expected);
  });

  it.each([
    ['<!-- output: npx backproof x -->\nno block\n', /expected a block of text below/],
    ['<!-- output: npx backproof x -->\n```sh\nls\n```\n', /expected a block of text below/],
  ])('a comment without a block: %j', (markdown, complaint) => {
    expect(() => transcriptsOf(markdown, 'x.md')).toThrow(complaint);
  });

  it.each([
    ['9', /has no line "9"/],
    ['/nowhere/', /has no line "\/nowhere\/"/],
    ['the middle', /is not understood/],
  ])('lines that are not there: %s', (shown, complaint) => {
    expect(() => excerpt(OUTPUT, shown, 'x.md:1')).toThrow(complaint);
  });

  it('a command that is none of the program', () => {
    expect(() => startOf('npm run bench', built)).toThrow(/a transcript is of/);
    expect(() => startOf('ls', built)).toThrow(/a transcript is of/);
  });

  it('a table that is not what the pages say', async () => {
    const table = '<!-- made of src/ops: losses -->\n\nanything\n\n<!-- end -->\n';
    expect(await formatted(withMadeParts(table))).toContain('(1/B) Σ_b (1/K) Σ_k (target - output)²');
    expect(() => withMadeParts(table.replace('losses', 'lossses'))).toThrow(/there is no table lossses/);
  });
});
