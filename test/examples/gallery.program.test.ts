// Every example of examples/README.md as its reader runs it: the right one agrees, the wrong one
// disagrees and its mistake is named. What the page shows is compared with what is printed.
//
// WRITE_TRANSCRIPTS=1 npx vitest run test/examples/gallery.program.test.ts writes the blocks of the
// page anew.
import { execSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, test } from 'vitest';
import { masked } from '../../scripts/docs/masked.ts';
import { startOf } from '../../scripts/docs/run.ts';
import { gradcheckDocument } from '../cli/documents.ts';
import { ROOT, backproof, newFolder } from '../cli/program.ts';
import { GALLERY, sections } from './gallery.ts';
import type { Run, Section } from './gallery.ts';
import { LANGUAGES, TEMPORARY } from './program.ts';

const SECTIONS = sections();
/** Modules: the folder below examples/. */
const MODULES: Record<string, string> = {
  'A class with a cache': 'class',
  'Loops over the examples': 'loops',
  Columns: 'columns',
};
const WRITE = process.env['WRITE_TRANSCRIPTS'] === '1';
const folder = newFolder();

beforeAll(() => symlinkSync(join(ROOT, 'examples'), join(folder, 'examples')));
afterAll(() => rmSync(TEMPORARY, { recursive: true }));

const languageOf = ({ title }: Section) => LANGUAGES.find(({ name }) => name === title);

/** The mistake that the table on top of the page names. */
function nameOf({ title }: Section): string | undefined {
  const anchor = title.toLowerCase().replaceAll(' ', '-');
  return new RegExp(`\\(#${anchor}\\).*\`([a-z-]+)\` +\\|$`, 'm').exec(readFileSync(join(ROOT, GALLERY), 'utf8'))?.[1];
}

async function outcomeOf({ before, command }: Run) {
  for (const line of before) execSync(line, { cwd: folder, stdio: 'pipe' });
  const out = newFolder();
  const [, ...args] = startOf(command, inject('built'));
  const { code, stdout, stderr } = await backproof([...args, '--out', out], { cwd: folder });
  expect(stderr).toBe('');
  return { code, stdout, document: gradcheckDocument(readFileSync(join(out, 'gradcheck.json'), 'utf8')) };
}

function compare({ text, shownOf, written }: Run, stdout: string): void {
  const shown = shownOf(stdout);
  const page = join(ROOT, GALLERY);
  if (WRITE) writeFileSync(page, written(readFileSync(page, 'utf8'), shown));
  else expect(masked(text), 'WRITE_TRANSCRIPTS=1 writes it anew').toBe(masked(shown));
}

describe.each(SECTIONS.map((section) => [section.title, section] as const))('%s', (_title, section) => {
  const missing = languageOf(section)?.missing ?? null;
  describe.skipIf(missing !== null)(missing ?? 'as the page shows it', () => {
    it('agrees', async () => {
      const { code, stdout, document } = await outcomeOf(section.right);
      expect(document.verdict.kind).toBe('agree');
      if (languageOf(section) !== undefined) expect(document.candidate).toMatchObject({ filledIn: [] });
      expect(code).toBe(0);
      compare(section.right, stdout);
    });

    it('with its mistake disagrees, and the mistake is named', async () => {
      const { code, stdout, document } = await outcomeOf(section.wrong);
      const mistakes = [document.gradientCheck?.diagnosis, document.updateCheck?.diagnosis].flatMap(
        (found) => found?.mistakes ?? [],
      );
      expect(mistakes.map(({ fault }) => fault)).toEqual([nameOf(section)]);
      expect(code).toBe(1);
      compare(section.wrong, stdout);
    });
  });
});

test('the page has every example', () => {
  const titles = SECTIONS.map(({ title }) => title);
  expect(titles).toEqual([...Object.keys(MODULES), ...LANGUAGES.map(({ name }) => name)]);
});

test.each(Object.entries(MODULES))(
  '%s: the wrong module differs from the right one in the line of the diff',
  (title, name) => {
    const file = (stem: string): string =>
      readFileSync(join(ROOT, 'examples', name, `${stem}.${name === 'loops' ? 'mjs' : 'ts'}`), 'utf8');
    const mistake = SECTIONS.find((section) => section.title === title)?.mistake;
    const line = (text: string): string => `    ${text}\n`;
    const [right, wrong] = [line(mistake?.right ?? ''), mistake?.wrong === null ? '' : line(mistake?.wrong ?? '')];
    expect(file('network').split(right)).toHaveLength(2);
    expect(file('network').replace(right, wrong)).toBe(file('mistake'));
  },
);
