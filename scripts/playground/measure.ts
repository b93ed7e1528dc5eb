// `node --import tsx scripts/playground/measure.ts`: how quick the playground is in Chromium, from
// a server on this machine: first paint, first verdict, and from a key to the verdict.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PAUSE } from '../../src/playground/own/pause.ts';
import { launchChromium } from '../chromium.ts';
import { buildPlayground } from './build.ts';
import { serve } from './serve.ts';

const RUNS = 5;
const KEYS = 8;
const DONE = '.pane[aria-busy="false"] .answer';

const out = mkdtempSync(join(tmpdir(), 'backproof playground '));
try {
  await buildPlayground(out);
  const address = await serve(out);
  const browser = await launchChromium();
  const [paints, verdicts, keys]: number[][] = [[], [], []];
  for (let run = 0; run < RUNS; run++) {
    const context = await browser.newContext(); // nothing is kept from the run before
    const page = await context.newPage();
    await page.goto(address);
    await page.locator(DONE).waitFor();
    // as the page's own clock has it
    verdicts.push(await page.evaluate<number>('performance.now()'));
    paints.push(await page.evaluate<number>(`performance.getEntriesByName('first-contentful-paint')[0].startTime`));
    await page.getByLabel('Start from').selectOption('template');
    await page.locator('.pane[aria-busy="true"]').waitFor();
    await page.locator(DONE).waitFor();
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+End');
    for (let key = 0; key < KEYS; key++) {
      await page.waitForTimeout(1500); // the reader thinks
      await page.keyboard.type(' ');
      const begun = performance.now();
      await page.locator('.pane[aria-busy="true"]').waitFor();
      await page.locator(DONE).waitFor();
      keys.push(performance.now() - begun);
    }
    await context.close();
  }
  await browser.close();
  console.log(`first paint             ${words(paints)}`);
  console.log(`first verdict           ${words(verdicts)}`);
  console.log(`from a key to a verdict ${words(keys)}, the pause of ${PAUSE} ms included`);
} finally {
  rmSync(out, { recursive: true, force: true });
}
process.exit(); // the server has no end of its own

function words(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string => String(Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? NaN));
  return `median ${at(0.5)} ms (${at(0)} to ${at(1)})`;
}
