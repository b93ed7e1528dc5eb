// The committed page of all experiments in a real browser: whole, the same as its JSON, and
// readable by everybody.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXPERIMENTS } from '../../scripts/experiments/questions/registry.ts';
import { readSection } from '../../scripts/experiments/store.ts';
import { NO_BROWSER, overflow, seriousFaults, visit } from '../browser.ts';
import type { Watched } from '../browser.ts';

const FOLDER = new URL('../../results/experiments/', import.meta.url);
const PAGE = new URL('index.html', FOLDER).href;

const sections = EXPERIMENTS.map(({ name }) => readSection(fileURLToPath(FOLDER), name));

test('every experiment has committed results, of a whole run', () => {
  for (const [i, { name, question }] of EXPERIMENTS.entries()) {
    expect(sections[i], name).toMatchObject({ name, question, quick: false, seed: 1 });
  }
});

test('the committed Markdown has all the sentences', () => {
  const markdown = readFileSync(new URL('README.md', FOLDER), 'utf8').replaceAll('\\', '');
  for (const section of sections) for (const said of section?.answer.sentences ?? []) expect(markdown).toContain(said);
});

describe.skipIf(NO_BROWSER !== null)(`the page (${NO_BROWSER ?? 'Chromium'})`, () => {
  let opened: Watched;
  beforeAll(async () => {
    opened = await visit(PAGE);
  });
  afterAll(() => opened.page.close());

  test('fetches nothing and complains of nothing', () => {
    expect([...opened.requests, ...opened.complaints]).toEqual([]);
  });

  test('has every figure with its text, every table with its rows, every sentence', async () => {
    for (const section of sections) {
      if (section === null) throw new Error('not there');
      const { figures, tables, sentences } = section.answer;
      const place = opened.page.locator(`section#${section.name}`);
      const said = await place.locator('figure svg[role=img]').all();
      expect(await Promise.all(said.map((svg) => svg.getAttribute('aria-label')))).toEqual(
        figures.map((f) => f.alternative),
      );
      expect(await place.locator('tbody tr').count()).toBe(tables.reduce((sum, { rows }) => sum + rows.length, 0));
      const words = (await place.innerText()).replaceAll('\u00a0', ' ');
      for (const sentence of sentences) expect(words).toContain(sentence);
    }
  });

  test.each(['light', 'dark'] as const)('has no serious fault for axe-core, %s', async (colorScheme) => {
    await opened.page.emulateMedia({ colorScheme });
    expect(await seriousFaults(opened.page)).toEqual([]);
  });

  test('fits a phone', async () => {
    const { page } = await visit(PAGE, { width: 390 });
    expect(await overflow(page)).toBe(0);
    await page.close();
  });
});
