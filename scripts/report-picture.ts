// node --import tsx scripts/report-picture.ts: makes results/report.png, the picture of a report
// page in README.md. It runs a comparison with an injected mistake, and takes a screenshot of the
// top of its page in Chromium.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launchChromium } from './chromium.ts';

const COMMAND = ['compare', '--train-size', '6400', '--fault', 'missing-activation-derivative@1', '--format', 'html'];
/** Enough for the verdict, the network and the first map. */
const SIZE = { width: 1200, height: 1180 };

const out = mkdtempSync(join(tmpdir(), 'backproof picture '));
try {
  execFileSync(process.execPath, ['scripts/run.mjs', ...COMMAND, '--out', out], { stdio: 'ignore' });
} catch (error) {
  const { status } = error as { readonly status: number | null };
  if (status !== 1) throw error; // 1 means that it disagrees, as expected
}
const browser = await launchChromium();
const page = await browser.newPage({ viewport: SIZE, colorScheme: 'light' });
await page.goto(pathToFileURL(join(out, 'report.html')).href);
await page.locator('.map canvas').first().waitFor();
await page.screenshot({ path: 'results/report.png' });
await browser.close();
rmSync(out, { recursive: true });
