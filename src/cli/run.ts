// From the words of the command line to a command; from every outcome to an exit code and, on an
// error, one line.
import type { Argv } from 'yargs';
import { BackproofError, CandidateError, InterruptedError, UsageError } from '../errors.ts';
import { endBrowsers } from '../engines/tfjs/browser/open-browsers.ts';
import { loadNativeAhead } from '../engines/tfjs/native.ts';
import { safeLines, safeText } from '../text.ts';
import { VERSION } from '../report/version.ts';
import { EXIT, exitCodeOfError } from '../program/exit-codes.ts';
import type { Io } from '../program/io.ts';
import { asksForHelp, requireOptions, requireValues } from './arguments/check.ts';
import { DEFAULTS } from './arguments/defaults.ts';
import { helpOf, helpOfProgram } from './arguments/help.ts';
import { unknownWord } from './arguments/nearest.ts';
import { COMMANDS } from './command-table.ts';
import type { Command } from './command-table.ts';
import { complaint } from './complaint.ts';
import { parseOptions } from './options.ts';
import type { Options } from './options.ts';

/**
 * @param parseOnly whether to stop once the words are understood
 * @returns the exit code
 */
export async function run(argv: readonly string[], io: Io, parseOnly = false): Promise<number> {
  try {
    const named = argv[0] === 'help' ? argv.slice(1) : argv;
    const command = commandOf(named);
    if (argv[0] === 'help' || asksForHelp(argv)) {
      io.out(command === null ? helpOfProgram(COMMANDS, io) : helpOf(named[0], command, io));
      return EXIT.agree;
    }
    if (command !== null) {
      requireValues(argv, command);
      requireOptions(argv, command);
      // to understand the words takes a while
      if (!parseOnly && !argv.some((word) => ENGINES.test(word))) loadAhead(named[0], {});
    }
    const options = await parse(argv, io);
    if (command === null || options === null || parseOnly) return EXIT.agree;
    loadAhead(named[0], options);
    return await (
      await command.load()
    )(options, io);
  } catch (error) {
    if (isScarce(error)) throw error; // main.ts has the words for it
    const waited = io.signal.aborted && error instanceof CandidateError;
    return reportError(
      waited ? new InterruptedError('interrupted while the candidate was answering') : error,
      argv,
      io,
    );
  } finally {
    await endBrowsers();
  }
}

/** Words that name an engine. */
const ENGINES = /^--(backend|reference)/;

/** Native TensorFlow loads in a thread while this one loads the command. */
function loadAhead(command: string | undefined, options: Pick<Options, 'backend' | 'reference'>): void {
  const { backend = DEFAULTS.backend, reference = DEFAULTS.reference } = options;
  const checks = command === 'gradcheck' || command === 'compare';
  if (checks && reference === 'tfjs' && (backend === 'auto' || backend === 'node')) loadNativeAhead();
}

/**
 * @returns the options; null where nothing is to be run: the version is printed
 * @throws UsageError
 */
async function parse(argv: readonly string[], io: Io): Promise<Options | null> {
  const parser = await createParser();
  for (const [name, command] of Object.entries(COMMANDS) as [string, Command][]) addCommand(parser, name, command);
  try {
    void parser.parse([...argv], {}, (_error, _argv, output) => {
      if (output !== '') io.out(`${output}\n`); // --version
    });
  } catch (outcome) {
    if (outcome instanceof Understood) return outcome.options;
    throw outcome;
  }
  return null;
}

/** Thrown out of yargs, which otherwise goes on to lay out its own help, for nothing. */
class Understood extends Error {
  readonly options: Options;
  constructor(options: Options) {
    super('the words are understood');
    this.options = options;
  }
}

async function createParser(): Promise<Argv> {
  const { default: yargs } = await import('yargs'); // help is shown without it
  return yargs([])
    .scriptName('backproof')
    .locale('en') // yargs speaks the language of the machine, which nothing else here does
    .help(false) // arguments/help.ts
    .version(VERSION)
    .strict()
    .demandCommand(1, `a command is missing; choose one of ${Object.keys(COMMANDS).join(', ')}`)
    .parserConfiguration({
      'camel-case-expansion': false,
      'boolean-negation': false,
      'dot-notation': false,
      'populate--': true,
    })
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      const own = error as Error | undefined; // yargs's parser throws some complaints instead of reporting them
      throw own === undefined || own.name === 'YError' ? usageError(own?.message ?? message) : own;
    });
}

function addCommand(parser: Argv, name: string, command: Command): void {
  const { positional } = command;
  parser.command(
    positional === undefined ? name : `${name} [${positional}]`,
    command.describe,
    (builder) => {
      if (positional !== undefined) builder.positional(positional, { type: 'string' });
      for (const option of command.values) builder.option(option, { type: 'string', requiresArg: true });
      for (const flag of command.flags) builder.option(flag, { type: 'boolean' });
      return builder;
    },
    (raw) => {
      const rest = raw['--'] as unknown[] | undefined;
      if (rest !== undefined && rest.length > 0)
        throw new UsageError(`unexpected: ${rest.map(String).join(' ')}`, SEE_HELP);
      throw new Understood(parseOptions(raw));
    },
  );
}

/**
 * The command that is named first, null where an option is.
 * @throws UsageError on an unknown command: yargs would call it an unknown argument
 */
function commandOf([first]: readonly string[]): Command | null {
  if (first === undefined || first.startsWith('-')) return null;
  if (Object.hasOwn(COMMANDS, first)) return COMMANDS[first as keyof typeof COMMANDS];
  throw unknownWord('command', first, Object.keys(COMMANDS));
}

/** The system has run out of files or memory: no bug, and no wrong request. */
function isScarce(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM'].includes((error as NodeJS.ErrnoException | null)?.code ?? '');
}

const SEE_HELP = 'see backproof --help';

function usageError(message: string): UsageError {
  return new UsageError(message, SEE_HELP);
}

function reportError(error: unknown, argv: readonly string[], io: Io): number {
  const code = exitCodeOfError(error);
  const known = error instanceof BackproofError;
  const message = safeText(error instanceof Error ? error.message : String(error), 1000);
  const hint = known ? error.hint : 'this is a bug in backproof; please report it with the lines below';
  io.err(complaint(message, hint));
  if (!known && error instanceof Error && error.stack !== undefined) io.err(`${safeLines(error.stack)}\n`);
  if (argv.some((word) => word === '--json' || (word.startsWith('--json=') && word !== '--json=false'))) {
    const document = {
      schemaVersion: 1,
      kind: 'error',
      code: known ? error.code : 'internal',
      message,
      hint: hint ?? null,
    };
    io.out(`${JSON.stringify(document, null, 1)}\n`);
  }
  return code;
}
