// Real Chromium for tests of pages: what a page writes to its console, what it requests, what
// axe-core finds.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import type { AxeResults } from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeEach } from 'vitest';

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

/** By what else they are started with. */
const browsers = new Map<string, Promise<Browser>>();
afterAll(async () => {
  for (const browser of browsers.values()) await (await browser).close();
});

/** Pages that the test opened; null between tests. What is left open goes on drawing. */
let opened: Page[] | null = null;
beforeEach(() => void (opened = []));
afterEach(async () => {
  await Promise.all(opened?.map((page) => page.close()) ?? []);
  opened = null;
});

const WITHOUT_GRAPHICS = ['--disable-gpu'];

function browserWith(graphics: readonly string[]): Promise<Browser> {
  const key = graphics.join(' ');
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
}

export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  /** Flags of the browser for its graphics. Default: it has none. */
  readonly graphics?: readonly string[];
}

/** Opens a file or an address in a new page, and waits until it is drawn. */
export async function visit(
  url: string,
  { width = 1280, height = 900, colorScheme = 'light', graphics = WITHOUT_GRAPHICS }: View = {},
): Promise<Watched> {
  const page = await (await browserWith(graphics)).newPage({ viewport: { width, height }, colorScheme });
  opened?.push(page);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== url && !request.url().startsWith('data:')) requests.push(request.url());
  });
  await page.goto(url, { waitUntil: 'load' });
  await page.locator('.chart:not(:has(svg))').first().waitFor({ state: 'detached' }); // charts are drawn last
  return { page, complaints, requests };
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core rates as serious or critical: "color-contrast: .muted". */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>('axe.run(document, { iframes: false })');
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

/** How far the page is wider than its window; 0 if it fits. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
