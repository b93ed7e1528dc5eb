// Real Chromium for tests of pages: what a page writes to its console, what it requests, what
// axe-core finds.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach, expect } from 'vitest';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The path of a browser, or null. */
export const BROWSER = findBrowser();
/** For describe.skipIf: why tests of pages cannot run here. */
export const NO_BROWSER = BROWSER === null ? `none of ${NAMES.join(', ')} is installed` : null;

function findBrowser(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const places = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return places.find((place) => existsSync(place)) ?? null;
}

/** By the flags for their graphics. */
const browsers = new Map<string, Promise<Browser>>();
afterAll(async () => {
  for (const browser of browsers.values()) await (await browser).close();
});

/** Pages that the test opened; null between tests. */
let opened: Watched[] | null = null;
/**
 * Pages for the next visit, by the browser they are in. A new page is a new process, which takes
 * longer than what it shows.
 */
const standingBy = new Map<string, Page[]>();
/** Where a page goes when it is done; one that is not in here is used once. */
const places = new WeakMap<Page, Page[]>();

beforeEach(() => void (opened = []));
// What is left open goes on drawing. What a failed test leaves behind is not used again.
afterEach(async ({ task }) => {
  const failed = task.result?.state === 'fail';
  await Promise.all(opened?.map((watched) => (failed ? watched.page.close() : done(watched))) ?? []);
  opened = null;
});

/** Gives a page to the next visit. Happens after a test to what it opened. */
export async function done({ page }: Watched): Promise<void> {
  opened = opened?.filter((watched) => watched.page !== page) ?? null;
  const others = places.get(page);
  if (others === undefined) return page.close();
  if (page.isClosed()) return;
  for (const event of ['console', 'pageerror', 'request'] as const) page.removeAllListeners(event);
  await page.goto('about:blank');
  others.push(page);
}

const WITHOUT_GRAPHICS = ['--disable-gpu'];

function browserWith(graphics: readonly string[], key: string): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-background-networking', ...graphics];
  const browser = browsers.get(key) ?? chromium.launch({ executablePath: BROWSER ?? '', args });
  browsers.set(key, browser);
  return browser;
}

/** What happened on a page besides what it shows. */
export interface Watched {
  readonly page: Page;
  /** Errors, and everything the page wrote to the console. */
  readonly complaints: string[];
  /** Addresses it requested, except its own. */
  readonly requests: string[];
  /** Those within its site, if it has one, without what they begin with. */
  readonly files: string[];
}

export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  /** Flags of the browser for its graphics. Default: it has none. */
  readonly graphics?: readonly string[];
  /** What the addresses of its site begin with. */
  readonly site?: string;
  /** A page that nobody has used, with nothing stored, and that nobody uses after. */
  readonly fresh?: boolean;
}

/** Opens a file or an address in a page of its own, and waits until it is drawn. */
export async function visit(
  url: string,
  { width = 1280, height = 900, colorScheme = 'light', graphics = WITHOUT_GRAPHICS, site, fresh = false }: View = {},
): Promise<Watched> {
  const key = graphics.join(' ');
  const others = standingBy.get(key) ?? [];
  standingBy.set(key, others);
  const page = (fresh ? undefined : others.pop()) ?? (await (await browserWith(graphics, key)).newPage());
  if (!fresh) places.set(page, others);
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme, media: null });
  const watched: Watched = { page, complaints: [], requests: [], files: [] };
  const { complaints, requests, files } = watched;
  opened?.push(watched);
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    const asked = request.url();
    if (site !== undefined && asked.startsWith(site)) files.push(asked.slice(site.length));
    else if (asked !== url && !/^(data|blob):/.test(asked)) requests.push(asked);
  });
  await page.goto(url, { waitUntil: 'load' });
  await page.locator('.chart:not(:has(svg))').first().waitFor({ state: 'detached' }); // charts are drawn last
  return watched;
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Hides what a table has after a dozen rows, if it looks like the rest: no part of such a row has a
 * class. axe-core takes as long for each as for the first.
 */
const SHORTENED = `(() => {
  const rows = [...document.querySelectorAll('tbody tr:nth-child(n+13):not([class], :has([class]))')];
  for (const row of rows) row.style.setProperty('display', 'none', 'important');
  return () => rows.forEach((row) => row.style.removeProperty('display'));
})()`;

/** What a run of axe-core looks at. */
interface Looked {
  /** A selector. Default: the whole page. */
  readonly within?: string;
  /** Rules that it runs. Default: all. */
  readonly rules?: readonly string[];
}

/** What axe-core rates as serious or critical: "color-contrast: .muted". */
export async function seriousFaults(page: Page, { within = 'html', rules }: Looked = {}): Promise<string[]> {
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(AXE);
  const options = { iframes: false, resultTypes: ['violations'], ...(rules !== undefined && { runOnly: rules }) };
  const { violations } = await page.evaluate<Pick<AxeResults, 'violations'>>(`(async () => {
    const whole = ${SHORTENED};
    const { violations } = await axe.run(${JSON.stringify(within)}, ${JSON.stringify(options)});
    whole();
    return { violations };
  })()`);
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

/** How far the page is wider than its window; 0 if it fits. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/**
 * Waits until the expression is true. The policy of a page may allow no text as code: it is asked
 * for from here.
 */
export async function until(page: Page, expression: string): Promise<void> {
  await expect.poll(() => page.evaluate<boolean>(expression), { interval: 20, timeout: 30_000 }).toBe(true);
}
