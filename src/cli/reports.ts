// Writes a report in the chosen formats, and prints it.
import { join } from 'node:path';
import { closingBlocks } from '../report/blocks/blocks.ts';
import { FORMAT_NAMES, filesOf } from '../report/formats/formats.ts';
import type { Files } from '../report/formats/formats.ts';
import { formatJson } from '../report/formats/json.ts';
import type { Report } from '../report/report.ts';
import { formatTerminal, renderTerminal } from '../report/formats/terminal.ts';
import { requireWritable } from '../data/files/write.ts';
import { wantsColours } from '../program/colours.ts';
import type { Io } from '../program/io.ts';
import { attempt } from '../program/write-all.ts';
import { DEFAULTS } from './arguments/defaults.ts';
import type { Options } from './options.ts';

export function outFolder(options: Options): string {
  return options.out ?? DEFAULTS.out;
}

/** Checks before a long run, not after it, that the folder can be written. @throws OutputError */
export function prepareOut(options: Options): string {
  const folder = outFolder(options);
  requireWritable(folder);
  return folder;
}

/**
 * Checks each folder that the chosen formats write into; without formats no folder is made.
 * @throws OutputError
 */
export async function prepareReports(kind: Report['kind'], options: Options): Promise<string> {
  const formats = await formatsOf(options);
  if (formats.length === 0) return outFolder(options);
  const folder = prepareOut(options);
  for (const below of formats.flatMap(({ folders }) => folders(kind))) requireWritable(join(folder, below));
  return folder;
}

function formatsOf({ format = FORMAT_NAMES }: Options): Promise<Files[]> {
  return filesOf(format.filter((name) => name !== 'terminal'));
}

/**
 * Prints the report, and writes the chosen formats into `folder`; its JSON is printed at the end.
 * @returns whether everything was written; the verdict is printed even if it was not
 */
export async function publish(report: Report, folder: string, options: Options, io: Io): Promise<boolean> {
  const printed = options.json === true ? formatJson(report) : null; // throws on an invalid document
  if (printed === null) io.out(formatTerminal(report, wantsColours(io.outIsTty, process.env)));
  const written: string[] = [];
  let all = true;
  for (const { write } of await formatsOf(options)) {
    const keep = async (): Promise<void> =>
      void written.push(...[await write(report, folder)].filter((f) => f !== null));
    if (!(await attempt(keep, io))) all = false;
  }
  if (printed !== null) {
    io.out(printed);
    io.err(renderTerminal([{ kind: 'files', written }], false));
  } else {
    io.out(renderTerminal(closingBlocks(written, report.command), false));
  }
  return all;
}
