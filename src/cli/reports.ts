// Writes a report in the formats that were chosen, and shows it.
import { join } from 'node:path';
import { OutputError } from '../errors.ts';
import { closingBlocks } from '../report/blocks/blocks.ts';
import { FORMAT_NAMES, filesOf } from '../report/formats/formats.ts';
import type { Files } from '../report/formats/formats.ts';
import { formatJson } from '../report/formats/json.ts';
import type { Report } from '../report/report.ts';
import { formatTerminal, renderTerminal } from '../report/formats/terminal.ts';
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

/** The same for each folder that the chosen formats write into; where none is chosen, nothing is made. @throws OutputError */
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

/** Writes the chosen formats into `folder`, then prints the report (or its JSON).
 * @returns whether all of it was written: a verdict is not lost where there is no room for a file */
export async function publish(report: Report, folder: string, options: Options, io: Io): Promise<boolean> {
  const printed = options.json === true ? formatJson(report) : null; // a document that is not sound stops here
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
    io.out(formatTerminal(report, wantsColours(io.outIsTty, process.env)));
    io.out(renderTerminal(closingBlocks(written, report.command), false));
  }
  return all;
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
