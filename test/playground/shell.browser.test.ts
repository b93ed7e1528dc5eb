// The playground's shell and "Break it" in Chromium: parts, colours, the keyboard, and a visit
// without a network.
import { describe, expect, it } from 'vitest';
import { FAULT_IDS } from '../../src/faults/registry.ts';
import { NO_BROWSER, done, overflow, seriousFaults, until } from '../browser.ts';
import { backproof, newFolder } from '../cli/program.ts';
import { gradcheckDocument } from '../cli/documents.ts';
import { open, verdictOf } from './site.ts';

describe.skipIf(NO_BROWSER !== null)(
  `a browser${NO_BROWSER === null ? '' : ` (skipped: ${NO_BROWSER})`}`,
  { timeout: 120_000 },
  () => {
    it('every part opens by the keyboard, has one heading, and says its name', async () => {
      const { page, complaints, requests } = await open('#questions');
      const names = ['Your own', 'Break it', 'Train', 'Draw a digit', 'Nine questions'];
      expect(await page.locator('nav a').allInnerTexts()).toEqual(names);
      for (const name of names) {
        await page.getByRole('link', { name, exact: true }).focus();
        await page.keyboard.press('Enter');
        await page.locator(`nav a[aria-current="page"]:text-is("${name}")`).waitFor();
        await until(page, `document.title.startsWith(${JSON.stringify(name)})`);
        expect(await page.locator('h1').count()).toBe(1);
      }
      await page.getByRole('link', { name: 'Skip to the content' }).focus();
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
      expect({ complaints, requests }).toEqual({ complaints: [], requests: [] });
    });

    it('the colours that a reader chooses are kept', async () => {
      const { page } = await open('#draw');
      const paper = (): Promise<string> => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
      const light = await paper();
      for (const _ of ['light', 'dark']) await page.getByRole('button', { name: /^colours/ }).click();
      expect(await paper()).not.toBe(light);
      await page.reload();
      await page.locator('h1').waitFor();
      expect(await paper()).not.toBe(light);
      await page.getByRole('button', { name: /^colours/ }).click(); // those of the system again
      expect(await paper()).toBe(light);
    });

    it('a mistake by a click: what the loss says, and what the check says, as on the command line', async () => {
      const opened = await open('#break');
      const { page, complaints } = opened;
      expect(await verdictOf(page)).toBe('Disagree');
      const { length } = FAULT_IDS;
      await page.getByText(new RegExp(`^${length} of ${length} mistakes, \\d+ places$`)).waitFor({ timeout: 60_000 });
      await page.getByLabel('Find').fill('adam bias correction');
      await page.getByRole('button', { name: /^put in adam-no-bias-correction/ }).click();
      await page.locator('.about-fault code:text-is("adam-no-bias-correction")').waitFor();
      expect(await verdictOf(page)).toBe('Disagree');
      expect(await page.locator('.pane .answer').innerText()).toMatch(/adam-no-bias-correction/);
      await page.locator('#break-losses .chart svg').waitFor();
      expect(await page.locator('.loss-card p').first().innerText()).toMatch(/^(Nothing|It) /);
      const { hash } = new URL(page.url());
      const network = ['--hidden', '8,8', '--optimizer', 'adam', '--fault', 'adam-no-bias-correction'];
      const run = await backproof([
        'gradcheck',
        '--dataset',
        'moons',
        '--reference',
        'vector',
        ...network,
        '--json',
        '--out',
        newFolder(),
      ]);
      const { verdict } = gradcheckDocument(run.stdout);
      if (verdict.kind !== 'disagree') throw new Error(verdict.kind);
      const [first] = verdict.findings;
      const place = first?.kind === 'beyond-bound' ? first.measure.parameter : '';
      expect(place).not.toBe('');
      expect(await page.locator('.pane .headline').innerText()).toContain(place);
      await until(page, `location.hash !== ${JSON.stringify(hash)} || location.hash.startsWith('#break/')`);
      const link = new URL(page.url()).hash;
      await done(opened);
      const other = await open(link);
      await other.page.locator('.about-fault code:text-is("adam-no-bias-correction")').waitFor({ timeout: 60_000 });
      expect([...complaints, ...other.complaints]).toEqual([]);
    });

    it('"Break it": axe-core finds nothing serious in light and dark, and it fits', async () => {
      const { page } = await open('#break', { width: 390, height: 844 });
      await verdictOf(page);
      await page.locator('#break-losses .chart svg').waitFor();
      expect(await overflow(page)).toBe(0);
      expect(await seriousFaults(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await seriousFaults(page, { rules: ['color-contrast'] })).toEqual([]);
    });

    it('works without a network after the first visit', async () => {
      const { page, complaints } = await open('#train', { fresh: true });
      await page.evaluate('navigator.serviceWorker.ready');
      await until(page, 'navigator.serviceWorker.controller !== null');
      await page.context().setOffline(true);
      await page.reload();
      await page.getByRole('link', { name: 'Your own' }).click();
      expect(await verdictOf(page)).toBe('Disagree'); // a part that was not opened before
      expect(complaints).toEqual([]);
    });
  },
);
