// Writes a report in all its formats and shows it.
import { join } from 'node:path';
import { OutputError } from '../errors.ts';
import { writePages } from '../report/html/archive.ts';
import { formatJson } from '../report/formats/json.ts';
import { formatJunit } from '../report/formats/junit.ts';
import { formatMarkdown } from '../report/formats/markdown.ts';
import type { Report } from '../report/report.ts';
import { formatTerminal } from '../report/formats/terminal.ts';
import { requireWritable, writeText } from '../data/files/write.ts';
import { wantsColours } from '../program/colours.ts';
import type { Io } from '../program/io.ts';
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

/** Writes every file that can be written, and says of each other one why not. */
export async function writeAll(
  folder: string,
  files: Readonly<Record<string, string>>,
  io: Io,
  program = 'backproof',
): Promise<{ written: string[]; all: boolean }> {
  const written: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    if (await attempt(() => writeText(file, text), io, program)) written.push(file);
  }
  return { written, all: written.length === Object.keys(files).length };
}

/** false, and a line that says why, where something cannot be written: what a run has found out is not lost for that. */
export async function attempt(write: () => Promise<void>, io: Io, program = 'backproof'): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    io.err(`${program}: ${error.message}; ${error.hint ?? ''}\n`);
    return false;
  }
}
