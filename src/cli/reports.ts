// Writes a report in all its formats and shows it.
import { join } from 'node:path';
import { OutputError } from '../errors.ts';
import { writePages } from '../report/html/archive.ts';
import { formatJson } from '../report/json.ts';
import { formatJunit } from '../report/junit.ts';
import { formatMarkdown } from '../report/markdown.ts';
import type { CompareReport, Report } from '../report/report.ts';
import { formatTerminal } from '../report/terminal.ts';
import { requireWritable, writeText } from '../report/write.ts';
import type { Io } from './io.ts';
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

/** Writes <kind>.json, .md and .junit.xml into `folder` (and the pages of a comparison), then prints the report (or its JSON). */
export async function publish(report: Report, folder: string, options: Options, io: Io): Promise<void> {
  const json = formatJson(report);
  const files = { json, md: formatMarkdown(report), 'junit.xml': formatJunit(report) };
  const written: string[] = [];
  for (const [extension, text] of Object.entries(files)) {
    const file = join(folder, `${report.kind}.${extension}`);
    await writeText(file, text);
    written.push(file);
  }
  if (report.kind === 'compare') written.push(...(await pages(report, folder, io)));
  const where = `Reports: ${written.join(', ')}\n`;
  if (options.json === true) {
    io.out(json);
    io.err(where);
  } else {
    io.out(formatTerminal(report, io.outIsTty && process.env['NO_COLOR'] === undefined));
    io.out(where);
    io.out(`Repeat:  ${report.command}\n`);
  }
}

/** A verdict is not lost because there is no room for a page. */
async function pages(report: CompareReport, folder: string, io: Io): Promise<string[]> {
  try {
    return [(await writePages(report, folder)).page];
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    io.err(`backproof: ${error.message}; ${error.hint ?? ''}\n`);
    return [];
  }
}
