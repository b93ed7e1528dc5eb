// From words to a command, and from whatever happens to an exit code and one clear line.
import yargs from 'yargs';
import type { Argv } from 'yargs';
import { BackproofError, CandidateError, InterruptedError, UsageError } from '../errors.ts';
import { safeLines, safeText } from '../text.ts';
import { VERSION } from '../program/environment.ts';
import { EXIT, exitCodeOfError } from '../program/exit-codes.ts';
import type { Io } from '../program/io.ts';
import { nearest, unknownWord } from './nearest.ts';
import { FLAG_OPTIONS, MODEL_OPTIONS, VALUE_OPTIONS, parseOptions } from './options.ts';
import type { FlagOption, Options, ValueOption } from './options.ts';

interface Command {
  readonly describe: string;
  /** A value that may stand without its name. */
  readonly positional?: ValueOption;
  readonly values: readonly ValueOption[];
  readonly flags: readonly FlagOption[];
  /** What it needs is imported when it is run: nobody waits for the rest. */
  readonly load: () => Promise<(options: Options, io: Io) => Promise<number>>;
}

const CANDIDATE_OPTIONS = ['candidate', 'candidate-command', 'time-limit', 'memory-limit'] as const;
const ENGINE_OPTIONS = ['engine', 'dtype', 'backend', 'threads'] as const;

const COMMANDS = {
  init: {
    describe: 'write a network of your own to fill in, with a test and a CI step',
    positional: 'folder',
    values: ['language'],
    flags: ['json'],
    load: async () => (await import('./commands/init.ts')).runInit,
  },
  compare: {
    describe: 'train both paths and say whether they agree',
    values: [
      ...CANDIDATE_OPTIONS,
      ...MODEL_OPTIONS,
      ...ENGINE_OPTIONS,
      'reference',
      'fault',
      'baseline',
      'out',
      'format',
    ],
    flags: ['update-baseline', 'json'],
    load: async () => (await import('./commands/compare.ts')).runCompare,
  },
  gradcheck: {
    describe: 'compare every gradient of one batch, or of a case file',
    values: [...CANDIDATE_OPTIONS, ...MODEL_OPTIONS, ...ENGINE_OPTIONS, 'reference', 'fault', 'case', 'out', 'format'],
    flags: ['json'],
    load: async () => (await import('./commands/gradcheck.ts')).runGradcheck,
  },
  train: {
    describe: 'train one engine alone and keep its parameters',
    values: [...MODEL_OPTIONS, ...ENGINE_OPTIONS, 'fault', 'load', 'save', 'out'],
    flags: ['json'],
    load: async () => (await import('./commands/train.ts')).runTrain,
  },
  report: {
    describe: 'show the report of a comparison as a page, and the list of all reports',
    positional: 'file',
    values: ['out', 'port'],
    flags: ['open', 'serve', 'json'],
    load: async () => (await import('./commands/report.ts')).runReport,
  },
  selftest: {
    describe: 'put every known mistake into the hand-written path, and try thousands of networks that are right',
    values: ['engine', 'backend', 'threads', 'networks', 'seed', 'out'],
    flags: ['quick', 'json'],
    load: async () => (await import('./commands/selftest.ts')).runSelftest,
  },
  predict: {
    describe: 'draw a digit, your own (--image) or a test digit, and the probabilities both paths give it',
    values: [...MODEL_OPTIONS, ...ENGINE_OPTIONS, 'reference', 'load', 'image', 'index', 'out'],
    flags: ['json'],
    load: async () => (await import('./commands/predict.ts')).runPredict,
  },
} as const satisfies Record<string, Command>;

/** @param parseOnly whether it ends where the words are understood
 * @returns the exit code */
export async function run(argv: readonly string[], io: Io, parseOnly = false): Promise<number> {
  let code: number = EXIT.agree;
  const parser = createParser();
  for (const [name, command] of Object.entries(COMMANDS) as [string, Command][])
    addCommand(parser, name, command, async (options) => {
      if (!parseOnly) code = await (await command.load())(options, io);
    });
  try {
    requireCommand(argv);
    requireOptions(argv);
    await parser.parseAsync([...argv], {}, (_error, _argv, output) => {
      if (output !== '') io.out(`${output}\n`); // --help and --version
    });
    return code;
  } catch (error) {
    if (isScarce(error)) throw error; // main.ts has the words for it
    const waited = io.signal.aborted && error instanceof CandidateError;
    return reportError(
      waited ? new InterruptedError('interrupted while the candidate was answering') : error,
      argv,
      io,
    );
  }
}

function createParser(): Argv {
  return yargs([])
    .scriptName('backproof')
    .locale('en') // yargs speaks the language of the machine, which nothing else here does
    .usage('$0 <command> [options]\n\nProves hand-written backpropagation right, or says what is wrong with it.')
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
    .wrap(Math.min(120, process.stdout.columns ?? 100))
    .epilogue(
      'Exit codes: 0 agree, 1 disagree or regressed, 2 usage or bad input, 3 inconclusive (backend missing), 4 internal error, 130 interrupted.',
    )
    .fail((message, error) => {
      const own = error as Error | undefined; // yargs's parser throws some complaints instead of reporting them
      throw own === undefined || own.name === 'YError' ? usageError(own?.message ?? message) : own;
    });
}

function addCommand(parser: Argv, name: string, command: Command, use: (options: Options) => Promise<void>): void {
  const { positional } = command;
  parser.command(
    positional === undefined ? name : `${name} [${positional}]`,
    command.describe,
    (builder) => {
      if (positional !== undefined)
        builder.positional(positional, { type: 'string', describe: VALUE_OPTIONS[positional].describe });
      for (const option of command.values)
        builder.option(option, { type: 'string', requiresArg: true, describe: VALUE_OPTIONS[option].describe });
      for (const flag of command.flags)
        builder.option(flag, { type: 'boolean', describe: FLAG_OPTIONS[flag].describe });
      return builder;
    },
    async (raw) => {
      const rest = raw['--'] as unknown[] | undefined;
      if (rest !== undefined && rest.length > 0)
        throw new UsageError(`unexpected: ${rest.map(String).join(' ')}`, SEE_HELP);
      await use(parseOptions(raw));
    },
  );
}

/** yargs would call a mistyped command an unknown argument. */
function requireCommand(argv: readonly string[]): void {
  const [first] = argv;
  if (first === undefined || first.startsWith('-') || Object.hasOwn(COMMANDS, first)) return;
  throw unknownWord('command', first, Object.keys(COMMANDS));
}

/** Of the first option that the command does not have, the one that is meant. */
function requireOptions([command = '', ...words]: readonly string[]): void {
  if (!Object.hasOwn(COMMANDS, command)) return;
  const { values, flags } = COMMANDS[command as keyof typeof COMMANDS] as Command;
  const injector = [...values, ...flags, 'help', 'version'];
  for (const word of words) {
    if (word === '--') return;
    const [, option] = /^--?([a-z][^=]+)/i.exec(word) ?? [];
    if (option === undefined || (word.startsWith('--') && injector.includes(option))) continue;
    const near = nearest(option, injector);
    const hint = `see backproof ${command} --help`;
    throw new UsageError(
      `unknown option ${word.split('=', 1)[0]}`,
      near === undefined ? hint : `did you mean --${near}? ${hint}`,
    );
  }
}

/** Nothing is wrong here or with what was asked for: the system has no more to give. */
function isScarce(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM'].includes((error as NodeJS.ErrnoException | null)?.code ?? '');
}

const SEE_HELP = 'see backproof --help';

function usageError(message: string): UsageError {
  return new UsageError(message, SEE_HELP);
}

function reportError(error: unknown, argv: readonly string[], io: Io): number {
  const code = exitCodeOfError(error);
  const injector = error instanceof BackproofError;
  const message = safeText(error instanceof Error ? error.message : String(error), 1000);
  const hint = injector ? error.hint : 'this is a fault of backproof itself; please report it with the lines below';
  io.err(`backproof: ${message}${hint === undefined ? '' : `; ${hint}`}\n`);
  if (!injector && error instanceof Error && error.stack !== undefined) io.err(`${safeLines(error.stack)}\n`);
  if (argv.some((word) => word === '--json' || (word.startsWith('--json=') && word !== '--json=false'))) {
    const document = {
      schemaVersion: 1,
      kind: 'error',
      code: injector ? error.code : 'internal',
      message,
      hint: hint ?? null,
    };
    io.out(`${JSON.stringify(document, null, 1)}\n`);
  }
  return code;
}
