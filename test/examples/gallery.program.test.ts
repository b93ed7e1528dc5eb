// Every example of examples/README.md as a reader runs it: the right one agrees, the wrong one
// disagrees and its mistake is named. The transcripts of the page are compared with the output.
//
// WRITE_TRANSCRIPTS=1 npx vitest run test/examples/gallery.program.test.ts writes the transcripts
// of the page again.
import { execSync } from 'node:child_process';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, test } from 'vitest';
import { masked } from '../../scripts/docs/masked.ts';
import { startOf } from '../../scripts/docs/run.ts';
import { gradcheckDocument } from '../cli/documents.ts';
import { ROOT, backproof, newFolder, withoutProgress } from '../cli/program.ts';
import { GALLERY, sections } from './gallery.ts';
import type { Run, Section } from './gallery.ts';
import { LANGUAGES, TEMPORARY } from './program.ts';

const SECTIONS = sections();
/** The folder below examples/ of each module. */
const MODULES: Record<string, string> = {
  'A class with a cache': 'class',
  'Loops over the examples': 'loops',
  Columns: 'columns',
  Pictures: 'pictures',
};
const EXTENSIONS: Record<string, string> = { loops: 'mjs', pictures: 'mjs' };
const WRITE = process.env['WRITE_TRANSCRIPTS'] === '1';
const folder = newFolder();

beforeAll(() => symlinkSync(join(ROOT, 'examples'), join(folder, 'examples')));
afterAll(() => rmSync(TEMPORARY, { recursive: true }));

const languageOf = ({ title }: Section) => LANGUAGES.find(({ name }) => name === title);

/** The mistake that the table at the top of the page names. */
function nameOf({ title }: Section): string | undefined {
  const anchor = title.toLowerCase().replaceAll(' ', '-');
  return new RegExp(`\\(#${anchor}\\).*\`([a-z-]+)\` +\\|$`, 'm').exec(readFileSync(join(ROOT, GALLERY), 'utf8'))?.[1];
}

async function outcomeOf({ before, command }: Run) {
  for (const line of before) execSync(line, { cwd: folder, stdio: 'pipe' });
  const out = newFolder();
  const [, ...args] = startOf(command, inject('built'));
  const { code, stdout, stderr } = await backproof([...args, '--out', out], { cwd: folder });
  expect(withoutProgress(stderr)).toBe('');
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

    it('disagrees with its mistake, and the mistake is named', async () => {
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
      readFileSync(join(ROOT, 'examples', name, `${stem}.${EXTENSIONS[name] ?? 'ts'}`), 'utf8');
    const mistake = SECTIONS.find((section) => section.title === title)?.mistake;
    const lines = file('network').split('\n');
    const [at, ...more] = lines.flatMap((line, n) => (line.trim() === mistake?.right ? [n] : []));
    expect([at, more]).toEqual([expect.any(Number), []]);
    const wrong = mistake?.wrong ?? null;
    lines.splice(at, 1, ...(wrong === null ? [] : [lines[at].replace(/\S.*/, () => wrong)]));
    expect(lines.join('\n')).toBe(file('mistake'));
  },
);
