// The page of a report in a real browser: for each verdict nothing goes wrong, nothing is fetched,
// everything is there, and every number is that of the JSON.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerOf } from '../../src/report/answer/answer.ts';
import { formatJson } from '../../src/report/formats/json.ts';
import { formatHtml } from '../../src/report/html/page.ts';
import type { CompareReport } from '../../src/report/report.ts';
import { formatPlace } from '../../src/report/words/findings.ts';
import { formatApart, formatNumber, formatUsed } from '../../src/report/words/numbers.ts';
import { NO_BROWSER, done, overflow, seriousFaults, visit } from '../browser.ts';
import type { Watched } from '../browser.ts';
import { realReport } from './fixture.ts';
import { cells, open, text, texts, write } from './page.ts';

const KINDS = ['agree', 'disagree', 'identical', 'inconclusive'] as const;
type Kind = (typeof KINDS)[number];

const reports = {} as Record<Kind, CompareReport>;
beforeAll(async () => {
  if (NO_BROWSER !== null) return;
  const stop = new AbortController();
  const interrupted = {
    signal: stop.signal,
    now: () => performance.now(),
    progress: (phase: string, done: number) => phase === 'candidate' && done >= 5 && stop.abort(),
  };
  reports.identical = await realReport({ dataset: 'mnist' });
  reports.agree = await realReport({ dataset: 'mnist', backend: 'wasm' });
  reports.disagree = await realReport({ dataset: 'mnist', fault: 'bias-not-summed@1' });
  reports.inconclusive = await realReport({ dataset: 'mnist', watch: interrupted });
});

/** Corners of the drawn line of that colour: one per step. */
function corners(page: Page, chart: string, color: string): Promise<number> {
  const line = `#${chart} .chart svg path[fill="none"][stroke="var(--${color})"]:not([transform])`;
  return page.evaluate<number>(
    `[...document.querySelectorAll(${JSON.stringify(line)})].reduce((n, p) => n + p.getAttribute('d').split(/[ML]/).length - 1, 0)`,
  );
}

/** Points of that look. */
function points(page: Page, chart: string, attribute: 'fill' | 'stroke', color: string): Promise<number> {
  return page.locator(`[id="${chart}"] .chart svg path[${attribute}="var(--${color})"][transform]`).count();
}

/** Opens everything that is folded. */
async function unfold(page: Page): Promise<void> {
  for (let closed = 1; closed > 0;) {
    closed = await page.evaluate<number>(
      `(() => { const all = [...document.querySelectorAll('details:not([open])')]; for (const d of all) d.open = true; return all.length; })()`,
    );
    await page.waitForTimeout(50);
  }
}

describe.skipIf(NO_BROWSER !== null)(`the page of a comparison (${NO_BROWSER ?? 'Chromium'})`, () => {
  describe.each(KINDS)('%s', (kind) => {
    let opened: Watched;
    let page: Page;
    beforeAll(async () => {
      opened = await open(kind, reports[kind]);
      ({ page } = opened);
    });
    afterAll(() => done(opened));

    test('draws itself with nothing on the console and nothing fetched', () => {
      expect(reports[kind].verdict.kind).toBe(kind);
      expect(opened.complaints).toEqual([]);
      expect(opened.requests).toEqual([]);
    });

    test('carries the JSON as it is', async () => {
      const carried = await page.locator('script#report').textContent();
      expect(JSON.parse(carried ?? '')).toEqual(JSON.parse(formatJson(reports[kind])));
    });

    test('says the verdict, the command, the figures', async () => {
      const report = reports[kind];
      expect((await text(page, 'h1')).toLowerCase()).toContain(kind);
      const { headline, trouble } = answerOf(report);
      const said = await text(page, '.headline');
      if (trouble === null) expect(said.toLowerCase()).toBe(`${headline}.`.toLowerCase());
      else expect(said).toContain(formatPlace({ parameter: trouble.place.name, index: trouble.place.index }));
      expect(await text(page, '#command')).toBe(report.command);
      const [accuracy] = await cells(page, '#outcome');
      const share = report.freeRun.accuracy.candidate;
      expect(accuracy).toBe(share === null ? '-' : `${(100 * share).toFixed(2)} %`);
    });

    test('draws every loss, and every difference', async () => {
      const { candidate, reference } = reports[kind].freeRun.loss;
      expect(await corners(page, 'loss-chart', 'candidate')).toBe(candidate.length);
      expect(await points(page, 'loss-chart', 'fill', 'candidate')).toBe(candidate.length);
      expect(await corners(page, 'loss-chart', 'reference')).toBe(reference.length);
      const both = Math.min(candidate.length, reference.length);
      expect(await corners(page, 'difference-chart', 'candidate')).toBe(both);
      expect(await points(page, 'difference-chart', 'fill', 'candidate')).toBe(both);
      const bound = (reports[kind].freeRun.exact?.loss ?? []).length === 0 ? 0 : both;
      expect(await corners(page, 'difference-chart', 'bound')).toBe(bound);
      const kinks = reports[kind].lockstep.kinks.steps.length;
      expect(await points(page, 'difference-chart', 'fill', 'reference')).toBe(kinks);
    });

    test('has the losses of the JSON in the table below the chart', async () => {
      await page.locator('#loss-chart summary').click();
      await page.locator('#loss-chart table').waitFor(); // made when it is opened
      const { candidate, reference } = reports[kind].freeRun.loss;
      const rows = candidate.flatMap((x, step) => {
        const other = reference[step];
        return [String(step), formatNumber(x, 9), other === undefined ? '-' : formatNumber(other, 9)];
      });
      expect(await cells(page, '#loss-chart table')).toEqual(rows);
    });

    test('says what a pointer is at', async () => {
      const chart = page.locator('#loss-chart .chart');
      const box = await chart.boundingBox();
      await chart.hover({ position: { x: 60, y: (box?.height ?? 0) / 2 } });
      const { candidate, reference } = reports[kind].freeRun.loss;
      const said = await text(page, '#loss-chart .tip');
      expect(said).toContain('step 0');
      for (const x of [candidate[0], reference[0]]) if (x !== undefined) expect(said).toContain(formatNumber(x, 8));
    });

    test('has a cell for each tensor and step, with the share of the bound', async () => {
      await unfold(page);
      const { cells: measured, steps } = reports[kind].lockstep;
      const shown = await texts(page, '.step .share');
      expect(shown).toHaveLength(measured.length);
      expect(measured).toHaveLength(steps.length * 3 * 4);
      const times = (used: number): string => formatUsed(used).replace(' times', ' ×');
      const said = measured.map(({ usedOfBound: used }) => (used <= 1 ? formatUsed(used) : `✗ ${times(used)}`));
      expect([...shown].sort()).toEqual([...said].sort());
    });

    test('has a colour for what is over 100 %, and for nothing under it', async () => {
      await unfold(page);
      const backgrounds = (selector: string): Promise<string[]> =>
        page.evaluate<string[]>(
          `[...new Set([...document.querySelectorAll('${selector}')].map((b) => getComputedStyle(b).backgroundColor))]`,
        );
      expect(await backgrounds('.step:not(.over)')).toEqual(['rgba(0, 0, 0, 0)']);
      const over = reports[kind].lockstep.cells.filter(({ usedOfBound: used }) => !(used <= 1)).length;
      expect(await page.locator('.step.over').count()).toBe(over);
      expect(await backgrounds('.step.over')).toHaveLength(over === 0 ? 0 : 1);
    });

    test('opens the worst entries of a cell from the keyboard, and closes them', async () => {
      await unfold(page);
      const [cell] = reports[kind].lockstep.cells.filter(({ what }) => what === 'gradient');
      const button = page.locator('#heat-map-gradient button').first();
      await button.focus();
      await page.keyboard.press('Enter');
      const dialog = page.locator('dialog[open]');
      expect(await dialog.isVisible()).toBe(true);
      if (kind === 'disagree') expect(await seriousFaults(page, { within: 'dialog[open]' })).toEqual([]);
      const rows = cell.worst.flatMap((e) => [
        ...formatApart([e.candidate, e.reference, e.oracle], 9),
        formatNumber(e.bound, 3),
        e.usedOfBound <= 1 ? formatUsed(e.usedOfBound) : `✗ ${formatUsed(e.usedOfBound)}`,
      ]);
      expect(await cells(page, 'dialog[open] #worst-entries')).toEqual(rows);
      const places = cell.worst.map(({ index }) => formatPlace({ parameter: `d${cell.parameter}`, index }));
      expect(await texts(page, '#worst-entries tbody th')).toEqual(places);
      await page.keyboard.press('Escape');
      expect(await dialog.count()).toBe(0);
      expect(await button.and(page.locator(':focus')).count()).toBe(1);
    });

    test('draws both gradients of every sampled entry against the exact ones', async () => {
      await unfold(page);
      const { scatter } = reports[kind].gradientCheck;
      expect(scatter.map((s) => s.parameter)).toEqual(['W1', 'b1', 'W2', 'b2']);
      for (const { parameter, at } of scatter) {
        const chart = `tensor-d${parameter}-scatter`;
        expect(await points(page, chart, 'stroke', 'candidate')).toBe(at.length);
        expect(await points(page, chart, 'fill', 'reference')).toBe(at.length);
      }
    });

    test('draws the weights of every unit, and a dozen digits, and the rest when asked', async () => {
      const { pictures } = reports[kind];
      const digits = pictures?.digits?.shown ?? [];
      expect(await page.locator('.weights canvas').count()).toBe(8);
      expect(await page.locator('.digits canvas').count()).toBe(Math.min(12, digits.length));
      if (digits.length > 12)
        await page.getByRole('button', { name: `Show ${digits.length - 12} more digits` }).click();
      expect(await page.locator('.digits canvas').count()).toBe(digits.length);
      const blank = `[...document.querySelectorAll('.pictures canvas')].filter((c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.every((x) => x === 0)).length`;
      await expect.poll(() => page.evaluate<number>(blank)).toBe(0); // they are drawn after a frame
      const said = await page.evaluate<string[]>(
        `[...document.querySelectorAll('.digits canvas')].map((c) => c.ariaLabel)`,
      );
      expect(said).toEqual(
        digits.map(
          (d) =>
            `test example ${d.index}: class ${d.label}, candidate says ${d.candidate}, reference says ${d.reference}`,
        ),
      );
    });

    test('draws weights and digits as the bytes say', async () => {
      const { pictures } = reports[kind];
      if (pictures === null) throw new Error('MNIST has pictures');
      const pixels = (selector: string, left: number): Promise<number[]> =>
        page.evaluate<number[]>(
          `[...document.querySelectorAll('${selector}')].slice(0, 1).flatMap((c) => [...c.getContext('2d').getImageData(${left}, 0, 28, 28).data])`,
        );
      for (const [n, side] of (['candidate', 'reference', 'difference'] as const).entries()) {
        const bytes = [...Buffer.from(pictures.weights[side], 'base64')].slice(0, 784);
        const drawn = await pixels('.weights canvas', 30 * n);
        const light = bytes.map((_, i) => drawn[4 * i] + drawn[4 * i + 1] + drawn[4 * i + 2]);
        const order = [...bytes.keys()].sort((a, b) => bytes[a] - bytes[b]);
        // larger is lighter
        expect(order.every((i, rank) => rank === 0 || light[order[rank - 1]] <= light[i])).toBe(true);
      }
      const ink = await pixels('.digits canvas', 0);
      const [first] = pictures.digits?.shown ?? [];
      expect(ink.filter((_, i) => i % 4 === 3)).toEqual([...Buffer.from(first?.pixels ?? '', 'base64')]);
    });

    test('has the confusion matrices of the JSON', async () => {
      for (const side of ['candidate', 'reference'] as const) {
        const counts = reports[kind].freeRun.confusion[side];
        const shown = await cells(page, `#confusion-${side}`);
        expect(shown.filter((_, i) => i % 11 < 10).map(Number)).toEqual(counts?.flat() ?? []);
      }
    });

    if (kind === 'agree' || kind === 'disagree')
      test('has no serious fault for axe-core, all unfolded, and none in its dark colours', async () => {
        await unfold(page);
        expect(await seriousFaults(page)).toEqual([]);
        if (kind === 'agree') return;
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await seriousFaults(page, { rules: ['color-contrast'] })).toEqual([]);
      });

    test('fits a phone, folded and unfolded, with nothing cut', async () => {
      const phone = (await open(kind, reports[kind], { width: 390, height: 844, colorScheme: 'dark' })).page;
      expect(await overflow(phone)).toBe(0);
      await unfold(phone);
      expect(await overflow(phone)).toBe(0);
      const cut = await phone.evaluate<string[]>(
        `[...document.querySelectorAll('main *')].filter((e) => !e.closest('.scroll table, svg, .hidden, thead') && e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.outerHTML.slice(0, 80))`,
      );
      expect(cut).toEqual([]);
      if (kind === 'disagree') expect(await seriousFaults(phone)).toEqual([]);
    });

    test('on paper has no links and buttons, and fits', async () => {
      const sheet = (await open(kind, reports[kind], { width: 794, colorScheme: 'dark' })).page;
      await sheet.emulateMedia({ media: 'print' });
      expect(await sheet.locator('.bar nav').isVisible()).toBe(false);
      expect(await sheet.locator('.control').first().isVisible()).toBe(false);
      expect(await overflow(sheet)).toBe(0);
      expect(await sheet.evaluate<string>('getComputedStyle(document.body).color')).toBe('rgb(22, 25, 29)');
    });
  });

  test('a difference beyond its bound is drawn above it', async () => {
    const { page } = await open('disagree', reports.disagree);
    const heights = (color: string): Promise<number[]> =>
      page.evaluate<number[]>(
        `document.querySelector('#difference-chart .chart svg path[fill="none"][stroke="var(--${color})"]').getAttribute('d').split(/[ML]/).slice(1).map((p) => Number(p.split(',')[1]))`,
      );
    const [apart, bound] = [await heights('candidate'), await heights('bound')];
    expect(apart.filter((y, step) => y < bound[step]).length).toBeGreaterThan(5);
  });

  test('what is not a number is never called the same', async () => {
    const overflowed = await realReport({ dataset: 'mnist', learningRate: 3e38 });
    expect(overflowed.freeRun.largestGap.gap).toBeNaN();
    const { page, complaints } = await visit(write('overflowed', await formatHtml(overflowed)));
    const words = (await page.locator('main').innerText()).replaceAll('\n', ' ');
    expect(words).toContain('a loss is not a finite number');
    expect(words).toMatch(/of these weights of the candidate are not finite numbers; they are drawn in red/);
    expect(words).not.toMatch(/losses are the same|every weight is the same|are the same to the last bit/);
    expect(complaints).toEqual([]);
  });

  test('dark is dark', async () => {
    const background = async (colorScheme: 'light' | 'dark'): Promise<string> => {
      const { page } = await open('agree', reports.agree, { colorScheme });
      return page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    };
    expect(await background('light')).not.toBe(await background('dark'));
  });

  test('a long run has few losses on its page, at their own steps', async () => {
    const length = 9380;
    const many = (of: (step: number) => number): number[] => Array.from({ length }, (_, step) => of(step));
    const loss = {
      candidate: many((s) => (s === 5000 ? 7 : 2 / (1 + s / 500))),
      reference: many((s) => 2 / (1 + s / 500)),
    };
    const freeRun = { ...reports.agree.freeRun, loss, exact: null };
    const html = await formatHtml({ ...reports.agree, freeRun });
    expect(html.length).toBeLessThan((await formatHtml(reports.agree)).length + 100_000);
    const { page, complaints } = await visit(write('long', html));
    await page.locator('#loss-chart summary').click();
    const shown = await cells(page, '#loss-chart table');
    expect(shown.slice(shown.indexOf('5000'), shown.indexOf('5000') + 2)).toEqual(['5000', '7']);
    expect(await text(page, '#checks')).toContain('free run of 9,380 steps');
    expect(complaints).toEqual([]);
  });

  test('no text in the JSON becomes part of the page', async () => {
    const evil = '</script><img src="http://127.0.0.1:9/x"><script>console.log("in")</script>';
    const { page, complaints, requests } = await visit(
      write('evil', await formatHtml({ ...reports.agree, command: evil })),
    );
    expect(await text(page, '#command')).toBe(evil);
    expect([...complaints, ...requests]).toEqual([]);
  });

  describe('these tests see', () => {
    test('a number that is not that of the JSON', async () => {
      const [first, ...others] = reports.agree.lockstep.cells;
      const other = {
        ...reports.agree,
        lockstep: { ...reports.agree.lockstep, cells: [{ ...first, usedOfBound: 0.4242 }, ...others] },
      };
      const { page } = await visit(write('other', await formatHtml(other)));
      await unfold(page);
      expect(await texts(page, '.step .share')).toContain('42 %');
    });

    test('a page that breaks, fetches, is too wide, or cannot be read by everybody', async () => {
      const html =
        '<!doctype html><html><body><img src="http://127.0.0.1:9/x"><p style="color:#eee;background:#fff;width:2000px">pale</p><script>nothing()</script></body></html>';
      const { page, complaints, requests } = await visit(write('bad', html), { width: 390 });
      expect(complaints.join()).toContain('nothing is not defined');
      expect(requests).toEqual(['http://127.0.0.1:9/x']);
      expect(await overflow(page)).toBeGreaterThan(1000);
      expect((await seriousFaults(page)).join()).toMatch(/color-contrast.*image-alt|image-alt.*color-contrast/);
    });

    test('a browser that refuses what is not in the page', async () => {
      const fetching =
        '<img src="http://127.0.0.1:9/x" alt=""><script>fetch("http://127.0.0.1:9/y").catch(() => {})</script>';
      const html = (await formatHtml(reports.agree)).replace('<div id="page"', `${fetching}<div id="page"`);
      const { complaints } = await visit(write('fetching', html));
      for (const name of ['x', 'y']) {
        const said = complaints.filter((c) => c.includes(`127.0.0.1:9/${name}`));
        expect(said.join()).toContain('Content Security Policy');
      }
    });
  });
});
