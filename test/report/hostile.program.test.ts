// Foreign texts in every string of a report that may hold one, in every format, parsed as its
// readers parse it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { checkCase } from '../../src/check/expected/case-check.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { parseCase } from '../../src/network/case.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { formatHtml } from '../../src/report/html/page.ts';
import { formatIndex } from '../../src/report/html/page.ts';
import { summaryOf } from '../../src/report/html/summary.ts';
import { formatJson, parseReport } from '../../src/report/formats/json.ts';
import { formatJunit } from '../../src/report/formats/junit.ts';
import { formatMarkdown } from '../../src/report/formats/markdown.ts';
import type { CompareReport, GradcheckReport, Report } from '../../src/report/report.ts';
import { withStrings } from '../../src/report/safe-report.ts';
import { reportSchema } from '../../src/report/schema/report.ts';
import { formatTerminal } from '../../src/report/formats/terminal.ts';
import { safeText } from '../../src/text.ts';
import { NO_BROWSER, visit } from '../browser.ts';
import { realReport } from './fixture.ts';
import { HOSTILE, html, json, junit, markdown, terminal } from './hostile.ts';
import type { Check } from './hostile.ts';

const EXTERNAL = {
  engine: 'external',
  versions: { node: '20' },
  conventions: { weights: 'units-inputs' },
  filledIn: ['predict'] as const,
};

const compared = await comparison();
const checked = await gradcheck(1);
const several = await gradcheck(4);

async function comparison(): Promise<CompareReport> {
  const report = await realReport({ fault: 'sign@1' });
  const figure = {
    figure: 'accuracy',
    side: 'candidate',
    value: 0.5,
    baseline: 0.9,
    limit: 0.8,
    regressed: true,
  } as const;
  const baseline = { file: 'results/baseline.json', regressed: true, figures: [figure] };
  const settings = { ...report.settings, fault: 'sign@1' };
  return { ...report, settings, candidate: { ...report.candidate, ...EXTERNAL }, baseline };
}

async function gradcheck(count: number): Promise<GradcheckReport> {
  const file = fileURLToPath(new URL('../../data/cases/torch-sgd.json', import.meta.url));
  const problem = parseCase(readFileSync(file, 'utf8'), file);
  const optimizer = optimizerSpec('sgd');
  const { network } = problem;
  const [candidate, reference] = [
    await createEngine('vector', network, optimizer),
    await createEngine('autograd', network, optimizer),
  ];
  const setting = { network, optimizer, scaling: { mean: 0, deviation: 255 } };
  const inject = () => createEngine('vector', network, optimizer, { dtype: 'f64' });
  const one = await checkCase(
    { ...problem, note: 'a note' },
    optimizer,
    { candidate, reference },
    {
      injector: { setting, inject },
    },
  );
  const {
    kind: _kind,
    settings: _s,
    lockstep: _l,
    freeRun: _f,
    pictures: _p,
    baseline: _b,
    interrupted: _i,
    ...head
  } = compared;
  const differs = { kind: 'unsteady', parameter: 'W1', index: [0, 0], first: 1, second: 2 } as const;
  const expected = one.expected && {
    ...one.expected,
    training: one.expected.training && {
      ...one.expected.training,
      differs: { mistake: 'a mistake', reason: 'a reason' },
      explained: [{ fault: 'ascent', layer: null, description: 'what it does', remedy: 'what to do' } as const],
    },
    looksLike: [{ conventions: { gradients: 'sum', loss: 'mean', squaredError: 'mean' }, decimals: 9 } as const],
  };
  return {
    ...head,
    kind: 'gradcheck',
    settings: null,
    updateCheck: null,
    cases: Array.from({ length: count }, () => ({
      ...one,
      gradientCheck: { ...one.gradientCheck, differs },
      expected,
    })),
  };
}

/** Paths of the strings in a report: cases.*.name. Keys of records count too. */
type Places = ReadonlySet<string>;

/**
 * The report with another text in each string (and each key of a record) that the schema
 * leaves free.
 */
function poisoned<R extends Report>(report: R, text: string, free: Places): R {
  const visit = (value: unknown, place: string): unknown => {
    if (typeof value === 'string') return free.has(place) ? text : value;
    if (Array.isArray(value)) return value.map((part) => visit(part, `${place}.*`));
    if (typeof value !== 'object' || value === null) return value;
    const record = /(versions|conventions)$/.test(place) && !place.includes('.expected.'); // their keys are ours
    const [first] = Object.keys(value);
    const entries = Object.entries(value).map(([key, part]) => [
      record && key === first ? text : key,
      visit(part, record ? `${place}.*` : place === '' ? key : `${place}.${key}`),
    ]);
    return Object.fromEntries(entries);
  };
  return visit(report, '') as R;
}

/** Places where the schema takes any string. */
function freePlaces(report: Report): Places {
  const document = JSON.parse(formatJson(report)) as unknown;
  const places = new Set<string>();
  const visit = (value: unknown, place: string): void => {
    if (typeof value === 'string') places.add(place);
    else if (Array.isArray(value)) value.forEach((part) => visit(part, `${place}.*`));
    else if (typeof value === 'object' && value !== null)
      for (const [key, part] of Object.entries(value))
        visit(part, /(versions|conventions)$/.test(place) ? `${place}.*` : place === '' ? key : `${place}.${key}`);
  };
  visit(document, '');
  const takes = (place: string): boolean =>
    reportSchema.safeParse(poisoned(document as Report, 'any text', new Set([place]))).success;
  return new Set([...places].filter((place) => takes(place) && !place.startsWith('pictures')));
}

const REPORTS = { comparison: compared, 'case file': checked, 'four case files': several };
const FREE = Object.fromEntries(Object.entries(REPORTS).map(([name, report]) => [name, freePlaces(report)]));

const FORMATS: Record<string, { print: (report: Report) => string | Promise<string>; check: Check }> = {
  terminal: { print: (report) => formatTerminal(report, false), check: terminal },
  'terminal with colours': { print: (report) => formatTerminal(report, true), check: terminal },
  Markdown: { print: formatMarkdown, check: markdown },
  JUnit: { print: formatJunit, check: junit },
  JSON: { print: formatJson, check: json },
  HTML: { print: formatHtml, check: html },
  'list of reports': {
    print: (report) => formatIndex([summaryOf(parseReport(formatJson(report), 'x'), '2026-01-01-agree.html')]),
    check: html,
  },
};

const EVERY_PIECE = process.env['EVERY_PIECE'] === '1';

/** Case files are printed alike, one or several: each of the two gets half of the texts. */
function textsFor(name: string): [string, string][] {
  const turn = ['case file', 'four case files'].indexOf(name);
  return Object.entries(HOSTILE).filter((_, n) => EVERY_PIECE || turn < 0 || n % 2 === turn);
}

const HARMLESS = 'Zqx7';
const ROWS = Object.keys(REPORTS).flatMap((name) => Object.keys(FORMATS).map((format) => [name, format] as const));

/** The report with that text wherever others may have written it. */
function written(name: string, text: string): Report {
  return poisoned(reportOf(name), text, FREE[name] ?? new Set());
}

const reportOf = (name: string): Report => REPORTS[name as keyof typeof REPORTS];
const formatOf = (name: string) => FORMATS[name];

test('the places where others can write are found', () => {
  expect([...(FREE['comparison'] ?? [])]).toEqual(
    expect.arrayContaining([
      'candidate.label',
      'candidate.versions.*',
      'candidate.conventions.*',
      'command',
      'settings.dataset',
      'baseline.file',
    ]),
  );
  const places = [
    'cases.*.name',
    'cases.*.note',
    'cases.*.expected.source',
    'cases.*.expected.training.differs.reason',
  ];
  for (const name of ['case file', 'four case files'])
    expect([...(FREE[name] ?? [])]).toEqual(expect.arrayContaining(places));
});

describe.each(ROWS)('a %s in the format %s', (name, format) => {
  const { print, check } = formatOf(format);
  const harmless = Promise.resolve(print(written(name, HARMLESS)));

  test('is correct with harmless names, and shows them', async () => {
    expect(check(await harmless, await harmless)).toEqual([]);
    expect(await harmless).toContain(HARMLESS);
  });

  test.each(textsFor(name))('shows a text that %s, and no more', async (_what, text) => {
    const shown = await print(written(name, text));
    expect(check(shown, await harmless)).toEqual([]);
  });
});

/** The texts with which a renderer that prints strings unchanged is caught, per format. */
const CAUGHT: Record<string, (keyof typeof HOSTILE)[]> = {
  terminal: [
    ...(['clears the screen', 'sets the title', 'hides an address', 'moves by C1', 'forges a line'] as const),
    ...([
      'forges it by a return',
      'forges it by a separator',
      'turns the direction',
      'holds what does not show',
    ] as const),
    ...(['holds what is no character', 'is a command of a CI system', 'is a megabyte', 'piles up accents'] as const),
  ],
  Markdown: [
    ...(['forges a line', 'ends the script', 'is a comment', 'is a link', 'is a picture', 'is an address'] as const),
    ...(['is a mention', 'breaks the table', 'is code', 'is a formula', 'is emphasis', 'is a megabyte'] as const),
  ],
  JUnit: ['clears the screen', 'holds what is no character', 'ends the script', 'ends CDATA', 'is a megabyte'],
  HTML: ['ends the script', 'is a comment', 'is a megabyte'],
};

/** Replaces as often as the size of the text allows. */
function replacedOnce(harmless: string, text: string): string {
  return text.length > 1000 ? harmless.replace(HARMLESS, () => text) : harmless.replaceAll(HARMLESS, () => text);
}

describe.each(Object.entries(CAUGHT))('printed unchanged in the format %s', (format, texts) => {
  const { print, check } = formatOf(format);
  const report = written('comparison', HARMLESS);

  test.each(texts)('a text that %s is caught', async (text) => {
    const harmless = await print(report);
    expect(check(replacedOnce(harmless, HOSTILE[text]), harmless)).not.toEqual([]);
  });
});

describe.skipIf(NO_BROWSER !== null)(`in a browser (${NO_BROWSER ?? 'Chromium'})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'backproof hostile '));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['comparison', 'HTML'],
    ['comparison', 'list of reports'],
    ['four case files', 'HTML'],
  ])('a %s as %s shows them as text, and runs none of them', async (name, format) => {
    const texts = Object.entries(HOSTILE).filter(([what]) => !/megabyte|accents|empty/.test(what));
    const text = texts.map(([, one]) => one).join(' ').slice(0, 190); // prettier-ignore
    for (const one of [HOSTILE['ends the script'], HOSTILE['is a comment'], text]) {
      const file = join(folder, 'page.html');
      writeFileSync(file, await formatOf(format).print(written(name, one)));
      const { page, complaints, requests } = await visit(pathToFileURL(file).href);
      expect([...complaints, ...requests]).toEqual([]);
      expect(await page.locator('img[src="x"], a[href*="example.com"]').count()).toBe(0);
      expect(await page.locator('body').innerText()).toContain(safeText(one).slice(0, 20));
      await page.close();
    }
  });
});

test('a report read from a file is as safe as a new one', () => {
  const text = JSON.stringify(written('comparison', HOSTILE['clears the screen']));
  const strings: string[] = [];
  withStrings(parseReport(text, 'compare.json'), (string) => (strings.push(string), string));
  // eslint-disable-next-line no-control-regex
  expect(strings.filter((string) => /[\u0000-\u001f\u007f-\u009f]/.test(string))).toEqual([]);
  expect(strings).toContain('AGREE everything');
});
