// The pages of a user: written by compare, made again by report, listed, compared side by
// side, served.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { NO_BROWSER, overflow, seriousFaults, visit } from '../browser.ts';
import { SMALL, backproof, complaint, filesIn, inTurn, newFolder, start, withoutProgress } from './program.ts';

const out = newFolder();
beforeAll(async () => {
  const MNIST = ['--train-size', '640', '--test-size', '200', '--hidden', '16', '--backend', 'cpu', '--out', out];
  const first = await backproof(['compare', ...MNIST]);
  expect(withoutProgress(first.stderr)).toBe('');
  expect(first.stdout).toContain(join(out, 'report.html'));
  const second = await backproof(['compare', ...MNIST, '--fault', 'missing-batch-mean', '--seed', '2']);
  expect(second.code).toBe(1);
});

/** What a page carries as data. */
function carried(file: string, id: string): unknown {
  const [, json] =
    new RegExp(`<script type="application/json" id="${id}">(.*?)</script>`, 's').exec(readFileSync(file, 'utf8')) ?? [];
  return JSON.parse(json ?? 'null');
}

/** What a request by another name for this machine is answered. */
function statusFor(address: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(`${address}report.html`, { headers: { host } }, (response) =>
      resolve(response.resume().statusCode),
    );
    request.on('error', reject);
  });
}

interface Listed {
  readonly file: string;
  readonly verdict: string;
}

test('compare writes a page of less than 1 MB that carries its JSON, keeps it, and lists it', () => {
  const page = join(out, 'report.html');
  expect(statSync(page).size).toBeLessThan(1e6);
  expect(carried(page, 'report')).toEqual(JSON.parse(readFileSync(join(out, 'compare.json'), 'utf8')));
  const listed = carried(join(out, 'reports/index.html'), 'reports') as Listed[];
  expect(listed.map((r) => r.verdict)).toEqual(['disagree', 'identical']);
  expect(listed.map((r) => r.file).sort()).toEqual(
    readdirSync(join(out, 'reports'))
      .filter((f) => f !== 'index.html')
      .sort(),
  );
});

test('report makes the same page from the JSON', async () => {
  const again = newFolder();
  const { code, stdout } = await backproof(['report', join(out, 'compare.json'), '--out', again]);
  expect(code).toBe(0);
  expect(stdout).toContain(join(again, 'report.html'));
  expect(carried(join(again, 'report.html'), 'report')).toEqual(carried(join(out, 'report.html'), 'report'));
});

test('report --json says where the pages are', async () => {
  const { code, stdout } = await backproof(['report', '--out', out, '--json']);
  const document = JSON.parse(stdout) as { kind: string; verdict: string; page: string; reports: Listed[] };
  expect(code).toBe(0);
  expect(document).toMatchObject({ kind: 'report', verdict: 'disagree', page: join(out, 'report.html') });
  expect(document.reports).toHaveLength(2); // the same run again is the same page
});

describe('one line and exit code 2 for', () => {
  test('a report that is cut short; nothing is written', async () => {
    const folder = newFolder();
    const file = join(folder, 'report.json');
    writeFileSync(file, readFileSync(join(out, 'compare.json'), 'utf8').slice(0, 5000));
    const outcome = await backproof(['report', file]);
    expect(complaint(outcome)).toMatch(/report\.json: not JSON .*cut short or broken; npm run compare makes a new one/);
    expect(outcome.code).toBe(2);
    expect(filesIn(folder)).toEqual(['report.json']);
  });

  test('a file that is not there, and says what makes it', async () => {
    const outcome = await backproof(['report'], { cwd: newFolder() });
    expect(complaint(outcome)).toBe('results/compare.json: there is no such file; npm run compare makes one');
    expect(outcome.code).toBe(2);
  });

  test('a folder that cannot be written', async () => {
    const outcome = await backproof(['report', join(out, 'compare.json'), '--out', '/proc/nowhere']);
    expect(complaint(outcome)).toContain('/proc/nowhere/reports: cannot be written');
    expect(outcome.code).toBe(2);
  });
});

test('what else is in the folder is left alone, and out of the list', async () => {
  const folder = newFolder();
  mkdirSync(join(folder, 'reports/2020-folder.html'), { recursive: true });
  expect((await backproof(['compare', ...SMALL, '--backend', 'cpu', '--out', folder])).code).toBe(0);
  const old = join(folder, 'reports/2020-01-01T00-00-00.000Z-agree.html');
  writeFileSync(old, '<script type="application/json" id="report">{"kind":"compare","schemaVersion":0}</script>');
  expect((await backproof(['report', '--out', folder])).code).toBe(0);
  expect(carried(join(folder, 'reports/index.html'), 'reports')).toHaveLength(1);
  expect(readFileSync(old, 'utf8')).toContain('"schemaVersion":0');
  expect(carried(join(folder, 'report.html'), 'report')).toMatchObject({ pictures: null }); // moons has no pictures
  rmSync(old);
});

describe.skipIf(process.platform !== 'linux')('--open', () => {
  test("hands the page to the system's browser", async () => {
    const place = mkdtempSync(join(tmpdir(), 'browser-')); // xdg-open takes a space in BROWSER for its end
    const [browser, opened] = [join(place, 'browser'), join(place, 'opened')];
    writeFileSync(browser, `#!/bin/sh\necho "$1" > ${opened}\n`, { mode: 0o755 });
    const env = { ...process.env, BROWSER: browser, DISPLAY: '' };
    const { code, stderr } = await backproof(['report', '--out', out, '--open'], { env });
    expect([code, stderr]).toEqual([0, '']);
    expect(readFileSync(opened, 'utf8').trim()).toBe(join(out, 'report.html'));
    rmSync(place, { recursive: true });
  });

  test('says where the page is if none can be started', async () => {
    const { code, stdout, stderr } = await backproof(['report', '--out', out, '--open'], {
      env: { ...process.env, BROWSER: '/nowhere/browser', DISPLAY: '' },
    });
    expect(stdout).toContain(join(out, 'report.html'));
    expect(stderr).toBe(`backproof: no browser could be started; open ${join(out, 'report.html')} yourself\n`);
    expect(code).toBe(3);
  });
});

test('compare says before it runs that its pages have no place', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'reports'), 'mine');
  const outcome = await backproof(['compare', '--dataset', 'moons', '--epochs', '1000000', '--out', folder]);
  expect(complaint(outcome)).toMatch(/reports: cannot be written \(\w+\); choose another folder with --out/);
  expect(outcome.code).toBe(2);
});

describe('--serve', () => {
  test('answers on this machine until Ctrl-C; another on the same port is told so', async () => {
    await inTurn(async () => {
      const { child, outcome } = start(['report', '--out', out, '--serve', '--port', '0']);
      const address = await new Promise<string>((resolve) => {
        child.stderr?.on('data', (data: Buffer | string) => {
          const [found] = /http:\/\/[\d.:]+\//.exec(String(data)) ?? [];
          if (found !== undefined) resolve(found);
        });
      });
      expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      expect(await (await fetch(`${address}report.html`)).text()).toBe(readFileSync(join(out, 'report.html'), 'utf8'));
      expect((await fetch(`${address}nothing.html`)).status).toBe(404);
      expect(await statusFor(address, 'evil.example')).toBe(403);
      expect((await fetch(`${address}..%2f..%2fetc/passwd`)).status).toBe(404);
      const second = await start(['report', '--out', out, '--serve', '--port', new URL(address).port]).outcome;
      expect(second.code).toBe(2);
      expect(second.stderr).toMatch(
        /^backproof: port \d+ cannot be used \(EADDRINUSE\); choose another with --port\n$/,
      );
      child.kill('SIGINT');
      expect((await outcome).code).toBe(0);
    });
  });
});

describe.skipIf(NO_BROWSER !== null)(`the list of reports (${NO_BROWSER ?? 'Chromium'})`, () => {
  test('lays two runs side by side, and marks what differs', async () => {
    const { page, complaints, requests } = await visit(pathToFileURL(join(out, 'reports/index.html')).href);
    expect(await page.locator('#reports tbody tr').count()).toBe(2);
    expect(await seriousFaults(page)).toEqual([]);
    expect(requests).toEqual([]);
    await page.locator('input[name=A]').nth(0).check();
    expect(await page.locator('#two').count()).toBe(0); // one alone is no comparison
    await page.locator('input[name=B]').nth(1).check();
    const lines = await page.locator('#two tbody tr').allInnerTexts();
    const differing = lines.filter((line) => line.startsWith('≠')).map((line) => line.split('\t')[0]);
    expect(differing).toEqual(expect.arrayContaining(['≠ verdict', '≠ seed', '≠ fault injected']));
    expect(differing).not.toContain('≠ batch size');
    expect(await page.locator('#two-losses .chart svg').count()).toBe(1);
    for (const [n, verdict] of ['disagree', 'identical'].entries()) {
      const frame = page.frameLocator('iframe').nth(n);
      expect((await frame.locator('h1').innerText()).toLowerCase()).toContain(verdict);
    }
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(requests.every((url) => url.startsWith(pathToFileURL(join(out, 'reports')).href))).toBe(true);
  });

  test('fits a phone', async () => {
    const { page } = await visit(pathToFileURL(join(out, 'reports/index.html')).href, { width: 390 });
    expect(await overflow(page)).toBe(0);
  });
});
