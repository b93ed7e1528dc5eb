// The list of all pages: it is the same whether the pages are read again or the earlier list is.
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { wordsForNonFinite } from '../../src/report/non-finite.ts';
import type { Report } from '../../src/report/report.ts';
import { ARCHIVE, writePages } from '../../src/report/html/archive.ts';
import { realReport } from './fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'backproof-archive-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const index = join(folder, ARCHIVE, 'index.html');
const listed = async (report: Report): Promise<string> => {
  const { reports } = await writePages(report, folder);
  expect(readFileSync(index, 'utf8')).toContain(
    `id="reports">${JSON.stringify(reports, wordsForNonFinite).replaceAll('<', '\\u003c')}`,
  );
  return readFileSync(index, 'utf8');
};
/** Everything so far was written long ago; the list last. */
const age = (files: readonly string[]): void => {
  for (const [i, file] of files.entries()) utimesSync(file, 1000 + i, 1000 + i);
};

test('pages that are older than the list are not read again', async () => {
  const at = (day: number, report: Report): Report => ({
    ...report,
    timing: { ...report.timing, startedAt: `2026-01-0${day}T00:00:00.000Z` },
  });
  const first = at(1, await realReport());
  const second = at(2, await realReport({ fault: 'sign@1', learningRate: 3e38 }));
  const page = join(folder, ARCHIVE, `2026-01-01T00-00-00.000Z-${first.verdict.kind}.html`);
  await listed(first);
  const anew = await listed(second);
  expect(anew).toContain('2026-01-01T');
  const whole = readFileSync(page, 'utf8');
  writeFileSync(page, 'not a page'); // it shows if it is read
  age([page, index]);
  expect(await listed(second)).toBe(anew);

  age([index, page]); // a page that was changed after the list is read
  expect(await listed(second)).not.toContain('2026-01-01T');
  writeFileSync(page, whole);
  expect(await listed(second)).toBe(anew);
  writeFileSync(page, 'not a page');

  writeFileSync(index, anew.replace(/id="by">"[^"]*"/, 'id="by">"0.0.0"')); // another version's list is not used
  age([page, index]);
  expect(await listed(second)).not.toContain('2026-01-01T');
  writeFileSync(page, whole);
  writeFileSync(index, anew.replace('id="reports">', 'id="reports">{')); // nor is a damaged one
  age([page, index]);
  expect(await listed(second)).toBe(anew);

  rmSync(page);
  expect(await listed(second)).not.toContain('2026-01-01T');
});
