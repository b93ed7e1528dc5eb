// backproof check: any function and its gradient, or any layer's forward and backward pass, from a
// file or a program in any language.
import { basename, resolve } from 'node:path';
import { DEFAULT_TIME_LIMIT } from '../../candidates/limits.ts';
import { requireFile } from '../../data/files/read-text.ts';
import { UsageError } from '../../errors.ts';
import { exitCodeOfRun } from '../../program/exit-codes.ts';
import { wantsColours } from '../../program/colours.ts';
import { environment } from '../../program/environment.ts';
import type { Io } from '../../program/io.ts';
import { writeAll } from '../../program/write-all.ts';
import { closingBlocks } from '../../report/blocks/blocks.ts';
import { FORMAT_NAMES } from '../../report/formats/formats.ts';
import type { FormatName } from '../../report/formats/formats.ts';
import { functionCheckFiles } from '../../report/formats/function-check-files.ts';
import { formatFunctionCheck, functionCheckJson } from '../../report/formats/function-check.ts';
import { renderTerminal } from '../../report/formats/terminal.ts';
import type { AnyCheck } from '../../report/words/function-check.ts';
import { safeText } from '../../text.ts';
import { DEFAULTS } from '../arguments/defaults.ts';
import { limitsOf } from '../candidate.ts';
import { commandLine } from '../environment.ts';
import { checkProgram } from '../function/program.ts';
import { prepareOut } from '../reports.ts';
import { inThread } from '../function/thread.ts';
import type { Options } from '../options.ts';

/** Evaluations may be many: the limit is on all of them. */
const PATIENCE = 10;

export async function runCheck(options: Options, io: Io): Promise<number> {
  const { module: file, seed = DEFAULTS.seed } = options;
  const formats = chosenFormats(options);
  const folder = formats.length === 0 ? '' : prepareOut(options);
  const { name, check } = await checked(options, seed, io);
  const given = file === undefined ? [] : [file];
  const command = commandLine('check', { ...options, module: undefined }, { seed }, given);
  const report = { check, name, command, environment: environment() };
  const { written, all } = await writeAll(folder, functionCheckFiles(report, formats), io);
  if (options.json === true) {
    io.out(functionCheckJson(report));
    io.err(renderTerminal([{ kind: 'files', written }], false));
  } else {
    io.out(formatFunctionCheck(check, name, wantsColours(io.outIsTty, process.env)));
    io.out(renderTerminal(closingBlocks(written, command), false));
  }
  return exitCodeOfRun(check.verdict, { interrupted: false, allWritten: all });
}

/** A check takes a second and is repeated often: files are written only if they are asked for. */
function chosenFormats({ out, format }: Options): FormatName[] {
  if (out === undefined && format === undefined) return [];
  return FORMAT_NAMES.filter((name) => format === undefined || format.includes(name));
}

async function checked(options: Options, seed: number, io: Io): Promise<{ name: string; check: AnyCheck }> {
  const { module: file, command, backend, 'time-limit': limit = PATIENCE * DEFAULT_TIME_LIMIT } = options;
  if (command !== undefined) {
    if (file !== undefined) throw new UsageError(`${file} and --command: give one of them`);
    return checkProgram(command, { seed, backend }, limitsOf(options, io), io);
  }
  if (options['memory-limit'] !== undefined) throw new UsageError('--memory-limit needs --command');
  if (file === undefined)
    throw new UsageError('a file is missing: backproof check FILE', 'or --command; see backproof check --help');
  requireFile(file, 'check');
  const name = safeText(basename(file));
  return { name, check: await inThread({ file: resolve(file), name, seed, backend }, limit, io) };
}
