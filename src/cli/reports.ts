// Writes a report in all its formats and shows it.
import { writePages } from '../report/html/archive.ts';
import { formatJson } from '../report/json.ts';
import { formatJunit } from '../report/junit.ts';
import { formatMarkdown } from '../report/markdown.ts';
import type { Report } from '../report/report.ts';
import { formatTerminal } from '../report/terminal.ts';
import { requireWritable } from '../data/files/write.ts';
import { wantsColours } from '../program/colours.ts';
import type { Io } from '../program/io.ts';
import { attempt, writeAll } from '../program/write-all.ts';
import type { Options } from './options.ts';

export function outFolder(options: Options): string {
  return options.out ?? 'results';
}

/** Fails before a long run, not after it. @throws OutputError */
export function prepareOut(options: Options): string {
  const folder = outFolder(options);
  requireWritable(folder);
  return folder;
}

/** Writes <kind>.json, .md and .junit.xml into `folder` (and the pages of a comparison), then prints the report (or its JSON).
 * @returns whether all of it was written: a verdict is not lost where there is no room for a file */
export async function publish(report: Report, folder: string, options: Options, io: Io): Promise<boolean> {
  const json = formatJson(report);
  const { written, all } = await writeAll(
    folder,
    {
      [`${report.kind}.json`]: json,
      [`${report.kind}.md`]: formatMarkdown(report),
      [`${report.kind}.junit.xml`]: formatJunit(report),
    },
    io,
  );
  const pages =
    report.kind !== 'compare' ||
    (await attempt(async () => {
      written.push((await writePages(report, folder)).page);
    }, io));
  const where = written.length === 0 ? '' : `Reports: ${written.join(', ')}\n`;
  if (options.json === true) {
    io.out(json);
    io.err(where);
  } else {
    io.out(formatTerminal(report, wantsColours(io.outIsTty, process.env)));
    io.out(where);
    io.out(`Repeat:  ${report.command}\n`);
  }
  return all && pages;
}
