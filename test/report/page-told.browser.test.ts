// What asking a candidate found out, on the page: the fix, and the formula in use beside the right
// one.
import { beforeAll, describe, expect, test } from 'vitest';
import type { CompareReport } from '../../src/report/report.ts';
import { NO_BROWSER, overflow, seriousFaults } from '../browser.ts';
import { realReport } from './fixture.ts';
import { open, text, texts } from './page.ts';
import { CHANCE, DERIVATIVE, OTHER_LOSS, SUM, probed, withProbed } from './told.ts';

describe.skipIf(NO_BROWSER !== null)(`what is told on a page (${NO_BROWSER ?? 'Chromium'})`, () => {
  let wrong: CompareReport;
  beforeAll(async () => {
    wrong = await realReport({ fault: 'sign@1' });
  });

  test('the fix and both formulas stand at the top, each once', async () => {
    const report = withProbed(wrong, probed(41, DERIVATIVE, SUM));
    const { page, complaints } = await open('told', report, { width: 390, height: 844 });
    expect(complaints).toEqual([]);
    expect((await text(page, '.cause h2')).toLowerCase()).toBe('found by asking the candidate 41 times');
    expect(await texts(page, '.told .formulas .bad dd')).toEqual([DERIVATIVE.used, SUM.used]);
    expect(await texts(page, '.told .formulas .good dd')).toEqual([DERIVATIVE.right, SUM.right]);
    expect(await texts(page, '.remedy')).toEqual(['Fix: sum dz2 over the batch.']);
    const words = await page.locator('main').innerText();
    for (const said of [DERIVATIVE.text, SUM.text, '41 times'])
      expect(words.toLowerCase().split(said.toLowerCase())).toHaveLength(2);
    expect(words).not.toMatch(/No known mistake|→ look at/);
    expect(await overflow(page)).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
  });

  test('chance stands before a named mistake, and a loss of its own is not called wrong', async () => {
    const named = withProbed(wrong, probed(12, OTHER_LOSS, CHANCE), wrong.gradientCheck.diagnosis?.mistakes);
    const { page } = await open('told-chance', named);
    const cause = await text(page, '.cause');
    expect(cause.indexOf(CHANCE.text)).toBeGreaterThan(0);
    expect(cause.indexOf(CHANCE.text)).toBeLessThan(cause.toLowerCase().indexOf('likely cause'));
    expect(cause.indexOf(OTHER_LOSS.text)).toBeGreaterThan(cause.toLowerCase().indexOf('likely cause'));
    expect(cause.toLowerCase().split('found by asking')).toHaveLength(2);
    expect(await page.locator('.told .formulas .bad').count()).toBe(0);
    expect(await texts(page, '.told .formulas dd')).toEqual([OTHER_LOSS.used, OTHER_LOSS.right]);
  });

  test('where nothing is told, the formula to look at is shown', async () => {
    const { page } = await open('untold', withProbed(wrong, probed(100)));
    expect(await page.locator('.told').count()).toBe(0);
    expect(await text(page, '.formulas dt')).toBe('→ look at');
  });
});
