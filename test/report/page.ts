// Pages of reports written to a folder and opened in Chromium.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { formatHtml } from '../../src/report/html/page.ts';
import type { Report } from '../../src/report/report.ts';
import { visit } from '../browser.ts';
import type { View, Watched } from '../browser.ts';

const folder = mkdtempSync(join(tmpdir(), 'backproof page '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @returns its address */
export function write(name: string, html: string): string {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, html);
  return pathToFileURL(file).href;
}

/** Written once: making a page takes longer than showing it. */
const written = new Map<string, string>();

export async function open(name: string, report: Report, view: View = {}): Promise<Watched> {
  const url = written.get(name) ?? write(name, await formatHtml(report));
  written.set(name, url);
  return visit(url, view);
}

export async function text(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).innerText()).trim();
}

export async function texts(page: Page, selector: string): Promise<string[]> {
  return (await page.locator(selector).allInnerTexts()).map((t) => t.trim());
}

export function cells(page: Page, table: string): Promise<string[]> {
  return texts(page, `${table} tbody td`);
}
