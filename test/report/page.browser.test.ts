// The page of a report in a real browser: for each verdict nothing goes wrong, nothing is fetched, every mark is there, and every number is that of the JSON.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatJson } from '../../src/report/formats/json.ts';
import { formatHtml } from '../../src/report/html/page.ts';
import type { CompareReport } from '../../src/report/report.ts';
import { formatApart } from '../../src/report/words/numbers.ts';
import { formatNumber, formatUsed } from '../../src/report/words/numbers.ts';
import { formatPlace } from '../../src/report/words/findings.ts';
import { verdictSentence } from '../../src/report/words/sentences.ts';
import { NO_BROWSER, overflow, seriousFaults, visit } from '../browser.ts';
import type { Watched } from '../browser.ts';
import { realReport } from './fixture.ts';

const KINDS = ['agree', 'disagree', 'identical', 'inconclusive'] as const;
type Kind = (typeof KINDS)[number];

const folder = mkdtempSync(join(tmpdir(), 'backproof page '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

function write(name: string, html: string): string {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, html);
  return pathToFileURL(file).href;
}

/** Written once: making a page takes longer than showing it. */
const written = new Map<Kind, string>();

async function open(kind: Kind, view = {}): Promise<Watched> {
  const url = written.get(kind) ?? write(kind, await formatHtml(reports[kind]));
  written.set(kind, url);
  return visit(url, view);
}

const text = async (page: Page, selector: string): Promise<string> => (await page.locator(selector).innerText()).trim();
const texts = async (page: Page, selector: string): Promise<string[]> =>
  (await page.locator(selector).allInnerTexts()).map((t) => t.trim());
const cells = (page: Page, table: string): Promise<string[]> => texts(page, `${table} tbody td`);

/** Corners of the drawn line of that colour: one a step. */
function corners(page: Page, chart: string, color: string): Promise<number> {
  const line = `#${chart} svg path[fill="none"][stroke="var(--${color})"]:not([transform])`;
  return page.evaluate<number>(
    `[...document.querySelectorAll(${JSON.stringify(line)})].reduce((n, p) => n + p.getAttribute('d').split(/[ML]/).length - 1, 0)`,
  );
}

/** Points of that look; the legend has one more. */
async function points(page: Page, chart: string, attribute: 'fill' | 'stroke', color: string): Promise<number> {
  const symbols = `#${chart} svg path[${attribute}="var(--${color})"][transform]:not([fill="#000"])`;
  return Math.max(0, (await page.locator(symbols).count()) - 1);
}

describe.skipIf(NO_BROWSER !== null)(`the page of a report (${NO_BROWSER ?? 'Chromium'})`, () => {
  describe.each(KINDS)('%s', (kind) => {
    let opened: Watched;
    beforeAll(async () => {
      opened = await open(kind);
    });

    test('draws itself with nothing on the console and nothing fetched', () => {
      expect(reports[kind].verdict.kind).toBe(kind);
      expect(opened.complaints).toEqual([]);
      expect(opened.requests).toEqual([]);
    });

    test('carries the JSON as it is', async () => {
      const carried = await opened.page.locator('script#report').textContent();
      expect(JSON.parse(carried ?? '')).toEqual(JSON.parse(formatJson(reports[kind])));
    });

    test('says the verdict, the command, the figures', async () => {
      const report = reports[kind];
      const said = await text(opened.page, '#verdict');
      expect(said.toLowerCase()).toBe(verdictSentence(report.verdict, report).toLowerCase());
      expect(await text(opened.page, '.verdict strong')).toContain(kind);
      expect(await text(opened.page, '#command')).toBe(report.command);
      const [accuracy] = await cells(opened.page, '#outcome');
      const share = report.freeRun.accuracy.candidate;
      expect(accuracy).toBe(share === null ? '-' : `${(100 * share).toFixed(2)} %`);
    });

    test('draws every loss, and every difference', async () => {
      const { candidate, reference } = reports[kind].freeRun.loss;
      expect(await corners(opened.page, 'loss-chart', 'candidate')).toBe(candidate.length);
      expect(await points(opened.page, 'loss-chart', 'fill', 'candidate')).toBe(candidate.length);
      expect(await corners(opened.page, 'loss-chart', 'reference')).toBe(reference.length);
      const both = Math.min(candidate.length, reference.length);
      expect(await corners(opened.page, 'difference-chart', 'candidate')).toBe(both);
      expect(await points(opened.page, 'difference-chart', 'fill', 'candidate')).toBe(both);
      const bound = (reports[kind].freeRun.exact?.loss ?? []).length === 0 ? 0 : both;
      expect(await corners(opened.page, 'difference-chart', 'bound')).toBe(bound);
      const kinks = reports[kind].lockstep.kinks.steps.length;
      expect(await points(opened.page, 'difference-chart', 'fill', 'reference')).toBe(kinks);
    });

    test('has the losses of the JSON in the table below the chart', async () => {
      await opened.page.locator('#loss-chart summary').click();
      await opened.page.locator('#loss-chart table').waitFor(); // made when it is opened
      const { candidate, reference } = reports[kind].freeRun.loss;
      const rows = candidate.flatMap((x, step) => {
        const other = reference[step];
        return [String(step), formatNumber(x, 9), other === undefined ? '-' : formatNumber(other, 9)];
      });
      expect(await cells(opened.page, '#loss-chart table')).toEqual(rows);
    });

    test('has a cell for each tensor and step, with the share of the bound', async () => {
      const { cells: measured, steps } = reports[kind].lockstep;
      const shown = await texts(opened.page, '#heat-map button');
      expect(shown).toHaveLength(measured.length);
      expect(measured).toHaveLength(steps.length * 3 * 4);
      const times = (used: number): string =>
        used < 1000 ? formatNumber(used, 3) : used.toExponential(1).replace('+', '');
      const said = measured.map(({ usedOfBound: used }) => (used <= 1 ? formatUsed(used) : `✗ ${times(used)} ×`));
      expect([...shown].sort()).toEqual([...said].sort());
    });

    test('opens the worst entries of a cell from the keyboard, and closes them', async () => {
      const cell = reports[kind].lockstep.cells[0];
      const button = opened.page.locator('#heat-map button').first();
      await button.focus();
      await opened.page.keyboard.press('Enter');
      expect(await opened.page.locator('dialog').isVisible()).toBe(true);
      if (kind === 'disagree') expect(await seriousFaults(opened.page)).toEqual([]);
      const rows = cell.worst.flatMap((e) => [
        ...formatApart([e.candidate, e.reference, e.oracle], 9),
        formatNumber(e.bound, 3),
        formatUsed(e.usedOfBound),
      ]);
      expect(await cells(opened.page, '#worst-entries')).toEqual(rows);
      const places = cell.worst.map(({ index }) => formatPlace({ parameter: cell.parameter, index }));
      expect(await texts(opened.page, '#worst-entries tbody th')).toEqual(places);
      await opened.page.keyboard.press('Escape');
      expect(await opened.page.locator('dialog').isVisible()).toBe(false);
      expect(await button.and(opened.page.locator(':focus')).count()).toBe(1);
    });

    test('draws both gradients of every sampled entry against the exact ones', async () => {
      const { scatter } = reports[kind].gradientCheck;
      expect(scatter.map((s) => s.parameter)).toEqual(['W1', 'b1', 'W2', 'b2']);
      for (const { parameter, at } of scatter) {
        expect(await points(opened.page, `scatter-${parameter}`, 'stroke', 'candidate')).toBe(at.length);
        expect(await points(opened.page, `scatter-${parameter}`, 'fill', 'reference')).toBe(at.length);
      }
    });

    test('draws the weights of every unit, and the digits', async () => {
      const { pictures } = reports[kind];
      expect(await opened.page.locator('.weights canvas').count()).toBe(8);
      expect(await opened.page.locator('.digits canvas').count()).toBe(pictures?.digits?.shown.length ?? 0);
      const blank = await opened.page.evaluate<number>(
        `[...document.querySelectorAll('canvas')].filter((c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.every((x) => x === 0)).length`,
      );
      expect(blank).toBe(0);
      const said = await opened.page.evaluate<string[]>(
        `[...document.querySelectorAll('.digits canvas')].map((c) => c.ariaLabel)`,
      );
      const digits = pictures?.digits?.shown ?? [];
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
        opened.page.evaluate<number[]>(
          `[...document.querySelectorAll('${selector}')].slice(0, 1).flatMap((c) => [...c.getContext('2d').getImageData(${left}, 0, 28, 28).data])`,
        );
      for (const [n, side] of (['candidate', 'reference', 'difference'] as const).entries()) {
        const bytes = [...Buffer.from(pictures.weights[side], 'base64')].slice(0, 784);
        const drawn = await pixels('.weights canvas', 30 * n);
        const light = bytes.map((_, i) => drawn[4 * i] + drawn[4 * i + 1] + drawn[4 * i + 2]);
        const order = [...bytes.keys()].sort((a, b) => bytes[a] - bytes[b]);
        expect(order.every((i, rank) => rank === 0 || light[order[rank - 1]] <= light[i])).toBe(true); // larger is lighter
      }
      const ink = await pixels('.digits canvas', 0);
      const [first] = pictures.digits?.shown ?? [];
      expect(ink.filter((_, i) => i % 4 === 3)).toEqual([...Buffer.from(first?.pixels ?? '', 'base64')]);
    });

    test('has the confusion matrices of the JSON', async () => {
      for (const side of ['candidate', 'reference'] as const) {
        const counts = reports[kind].freeRun.confusion[side];
        const shown = await cells(opened.page, `#confusion-${side}`);
        expect(shown.filter((_, i) => i % 11 < 10).map(Number)).toEqual(counts?.flat() ?? []);
      }
    });

    test.each(['light', 'dark'] as const)('has no serious fault for axe-core, %s', async (colorScheme) => {
      await opened.page.emulateMedia({ colorScheme });
      expect(await seriousFaults(opened.page)).toEqual([]);
    });

    test('fits a phone, and paper', async () => {
      const { page } = await open(kind, { width: 390, colorScheme: 'dark' });
      expect(await overflow(page)).toBe(0);
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('nav').isVisible()).toBe(false);
      await page.close();
    });
  });

  test('a disagreement names place, diagnosis, the three numbers and the right formula', async () => {
    const { page } = await open('disagree');
    const place = reports.disagree.gradientCheck.firstWrong.candidate;
    if (place === null) throw new Error('nothing is wrong');
    expect(await text(page, 'section:has(#disagreement) h3 >> nth=0')).toContain(
      formatPlace({ parameter: place.name, index: place.index }),
    );
    const numbers = (await cells(page, '#first-wrong-candidate')).filter((_, i) => i % 3 === 0);
    const [exact, ...others] = formatApart([place.exact, place.found, place.other ?? NaN], 9);
    expect(numbers).toEqual([...others, exact]);
    expect(await text(page, '.formula')).toContain('db1 = Σ_b dz1');
    expect(await text(page, '#diagnosis')).toContain('bias-not-summed at layer 1');
    expect(await texts(page, '#heat-map td.over button')).not.toHaveLength(0);
  });

  test('a difference beyond its bound is drawn above it', async () => {
    const { exact, loss } = reports.disagree.freeRun;
    if (exact === null) throw new Error('identical');
    const above = loss.candidate.filter((x, step) => {
      const off = (y: number): number => Math.abs(y - exact.loss[step]);
      const other = loss.reference[step];
      return (
        Math.abs(x - other) >
        Math.min(exact.allowed.candidate[step] + off(other), exact.allowed.reference[step] + off(x))
      );
    });
    expect(above.length).toBeGreaterThan(5);
  });

  test('what is no number is never called the same', async () => {
    const overflowed = await realReport({ dataset: 'mnist', learningRate: 3e38 });
    expect(overflowed.freeRun.largestGap.gap).toBeNaN();
    const { page, complaints } = await visit(write('overflowed', await formatHtml(overflowed)));
    const words = (await page.locator('main').innerText()).replaceAll('\n', ' ');
    expect(words).toContain('a loss is no finite number');
    expect(words).toMatch(/of these weights of the candidate are no finite numbers: they are drawn as red squares/);
    expect(words).not.toMatch(/losses the same|every weight is the same|are the same to the last bit/);
    expect(complaints).toEqual([]);
  });

  test('a wrong training step is named with its step and side, and not by the formula of the right optimizer', async () => {
    const early = await realReport({ dataset: 'mnist', fault: 'updated-before-used' });
    const { page } = await visit(write('early', await formatHtml(early)));
    const title = await text(page, 'section:has(#disagreement) h3 >> nth=0');
    expect(title).toMatch(/of vector f32 \(candidate\) after a training step, step \d+$/);
    expect(await page.locator('.formula').count()).toBe(0);
    const ascent = await realReport({ dataset: 'mnist', fault: 'ascent' });
    const other = await visit(write('ascent', await formatHtml(ascent)));
    expect(await text(other.page, '.formula')).toBe('w ← w - lr·g');
  });

  test('dark is dark', async () => {
    const background = async (colorScheme: 'light' | 'dark'): Promise<string> => {
      const { page } = await open('agree', { colorScheme });
      return page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    };
    expect(await background('light')).not.toBe(await background('dark'));
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
      expect(await texts(page, '#heat-map button')).toContain('42 %');
      expect(await texts((await open('agree')).page, '#heat-map button')).not.toContain('42 %');
    });

    test('a page that breaks, fetches, or cannot be read by everybody', async () => {
      const html =
        '<!doctype html><html><body><img src="http://127.0.0.1:9/x"><p style="color:#eee;background:#fff">pale</p><script>nothing()</script></body></html>';
      const { page, complaints, requests } = await visit(write('bad', html));
      expect(complaints.join()).toContain('nothing is not defined');
      expect(requests).toEqual(['http://127.0.0.1:9/x']);
      expect((await seriousFaults(page)).join()).toMatch(/color-contrast.*image-alt|image-alt.*color-contrast/);
    });

    test('a browser that refuses what is not in the page', async () => {
      const fetching =
        '<img src="http://127.0.0.1:9/x" alt=""><script>fetch("http://127.0.0.1:9/y").catch(() => {})</script>';
      const html = (await formatHtml(reports.agree)).replace('<main', `${fetching}<main`);
      const { complaints } = await visit(write('fetching', html));
      for (const name of ['x', 'y']) {
        const said = complaints.filter((c) => c.includes(`127.0.0.1:9/${name}`));
        expect(said.join()).toContain('Content Security Policy');
      }
    });
  });
});
