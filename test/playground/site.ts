// The playground, built once per test run and served on this machine, opened in Chromium.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, inject } from 'vitest';
import { askWorker } from '../../scripts/playground/ask-worker.ts';
import { buildPlayground } from '../../scripts/playground/build.ts';
import { until, visit } from '../browser.ts';
import type { View, Watched } from '../browser.ts';
import { PLAYGROUND } from '../built.ts';
import type { Job, Outcome } from '../../src/playground/own/messages.ts';

const folder = join(inject('built'), PLAYGROUND);
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

/** By whichever process of the test run asks first: it takes seconds. */
async function built(): Promise<void> {
  const [inWork, unfinished] = [`${folder}, in work`, `${folder}, unfinished`];
  while (!existsSync(folder)) {
    try {
      mkdirSync(inWork);
    } catch {
      await pause(50); // another one builds it
      continue;
    }
    try {
      if (existsSync(folder)) return;
      await buildPlayground(unfinished);
      renameSync(unfinished, folder);
    } finally {
      rmSync(inWork, { recursive: true });
    }
  }
}

let site: Promise<string> | undefined;

/** Its address. */
export function address(): Promise<string> {
  return (site ??= built().then(() =>
    serve((path) => {
      const file = path === '/' ? 'index.html' : path.slice(1);
      return { type: TYPES[extname(file)] ?? 'application/octet-stream', body: readFileSync(join(folder, file)) };
    }),
  ));
}

interface Answer {
  readonly type: string;
  readonly body: string | Uint8Array;
}

/** A server on this machine, until the tests of the file are over. */
export async function serve(answer: (path: string) => Answer): Promise<string> {
  const server = createServer(({ url = '/' }, response) => {
    try {
      const { type, body } = answer(new URL(url, 'http://localhost').pathname);
      response.writeHead(200, { 'content-type': type }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Opens a part: "#own". */
export async function open(hash = '', view: View = {}): Promise<Watched> {
  const site = await address();
  return visit(`${site}${hash}`, { ...view, site });
}

/** Waits for the verdict on what stands in the editor, or on the mistake that is put in. */
export async function verdictOf(page: Page): Promise<string> {
  await page.locator('.pane[aria-busy="false"] .answer').waitFor();
  return (await page.locator('.answer .verdict').first().innerText()).replace(/\W+/g, '');
}

/**
 * Does what makes the page check anew, and waits until it does. That may be over at once, so it is
 * watched from before. The page's policy allows no text as code: the flag is asked for from here.
 */
export async function busyAfter(page: Page, act: () => Promise<unknown>): Promise<void> {
  await page.locator('.pane[aria-busy="false"]').waitFor();
  await page.evaluate(`{
    window.wasBusy = false;
    const observer = new MutationObserver(() => {
      window.wasBusy = true;
      observer.disconnect();
    });
    observer.observe(document.body, { subtree: true, attributeFilter: ['aria-busy'] });
  }`);
  await act();
  await until(page, 'window.wasBusy');
}

/** Replaces what stands in the editor by pasting. */
export async function paste(page: Page, text: string): Promise<void> {
  await busyAfter(page, async () => {
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+a');
    await page.evaluate(`{
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', ${JSON.stringify(text)});
      const pasted = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
      document.querySelector('.cm-content').dispatchEvent(pasted);
    }`);
  });
}

/** The file of a chunk: "check-worker". */
export function chunk(name: string): string {
  const file = readdirSync(join(folder, 'assets')).find((one) => one.startsWith(`${name}-`) && one.endsWith('.js'));
  if (file === undefined) throw new Error(`there is no chunk ${name}`);
  return `assets/${file}`;
}

/** Bytes, gzipped. */
export function gzipped(path: string): number {
  return gzipSync(readFileSync(join(folder, path === '' ? 'index.html' : path)), { level: 9 }).length;
}

/** Asks the worker behind the editor, as the page does, for all that it answers. */
export async function ask(page: Page, job: Omit<Job, 'id'>): Promise<Outcome> {
  const url = new URL(chunk('check-worker'), await address()).href;
  return JSON.parse(await askWorker(page, url, { ...job, id: 1 })) as Outcome;
}
