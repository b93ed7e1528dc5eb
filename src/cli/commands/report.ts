// backproof report: makes the page of the latest comparison or gradient check from its JSON, and
// shows it.
import { dirname, join } from 'node:path';
import { readTextIfThere } from '../../data/files/read-text.ts';
import { DataError } from '../../errors.ts';
import { parseReport } from '../../report/formats/json.ts';
import { ARCHIVE, writePages } from '../../report/html/archive.ts';
import { requireWritable } from '../../data/files/write.ts';
import { EXIT } from '../../program/exit-codes.ts';
import type { Io } from '../../program/io.ts';
import { DEFAULTS } from '../arguments/defaults.ts';
import type { Options } from '../options.ts';
import { outFolder } from '../reports.ts';
import { serve, show } from '../serve.ts';

export async function runReport(options: Options, io: Io): Promise<number> {
  const file = options.file ?? newestIn(outFolder(options));
  const text = readTextIfThere(file);
  if (text === null) throw new DataError(`${file}: there is no such file`, 'npm run compare makes one');
  const report = parseReport(text, file);
  const folder = options.out ?? dirname(file);
  requireWritable(join(folder, ARCHIVE));
  const { page, index, reports } = await writePages(report, folder);
  if (options.json === true) {
    const document = { schemaVersion: 1, kind: 'report', verdict: report.verdict.kind, page, index, reports };
    io.out(`${JSON.stringify(document, null, 1)}\n`);
  } else {
    io.out(`Report: ${page}\nAll ${reports.length}: ${index}\n`);
  }
  if (options.serve !== true) {
    return options.open === true && !(await shown(page, io)) ? EXIT.inconclusive : EXIT.agree;
  }
  const ready = async (address: string): Promise<void> => {
    io.err(`Serving ${address}report.html and ${address}${ARCHIVE}/ until Ctrl-C.\n`);
    if (options.open === true) await shown(`${address}report.html`, io);
  };
  await serve({ folder, port: options.port ?? DEFAULTS.port, ready }, io);
  return EXIT.agree;
}

/** The files that the commands leave behind. */
const REPORTS = ['compare.json', 'gradcheck.json'] as const;

/** The latest report of a folder, whichever command made it. */
function newestIn(folder: string): string {
  const there = REPORTS.map((name) => join(folder, name))
    .map((file) => ({ file, startedAt: startOf(readTextIfThere(file)) }))
    .filter(({ startedAt }) => startedAt !== null)
    .sort((a, b) => ((a.startedAt ?? '') < (b.startedAt ?? '') ? 1 : -1));
  return there[0]?.file ?? join(folder, REPORTS[0]);
}

/** null where there is nothing; "" where it cannot be told. */
function startOf(text: string | null): string | null {
  if (text === null) return null;
  const [, startedAt = ''] = /"startedAt":\s*"([^"]*)"/.exec(text) ?? [];
  return startedAt;
}

/** Shows a page, or says that it cannot. */
async function shown(page: string, io: Io): Promise<boolean> {
  const started = await show(page);
  if (!started) io.err(`backproof: no browser could be started; open ${page} yourself\n`);
  return started;
}
