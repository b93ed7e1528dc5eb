// What --help prints: of the program its commands, of a command its options in groups.
import { howToInstall } from '../../engines/tfjs/backends.ts';
import type { Io } from '../../program/io.ts';
import { program } from '../environment.ts';
import { FLAG_OPTIONS, VALUE_OPTIONS } from '../options.ts';
import type { FlagOption, ValueOption } from '../options.ts';
import { GROUPS } from './parsers.ts';
import type { Described, Group } from './parsers.ts';

/** A command, as far as it is seen from outside. */
export interface Usage {
  readonly describe: string;
  /** Without the name of the program. */
  readonly examples: readonly string[];
  /** A value that may stand without its name. */
  readonly positional?: string;
  readonly values: readonly string[];
  readonly flags: readonly string[];
  /** Values that it takes, so that the words of another command fit, but that change nothing. */
  readonly unlisted?: readonly string[];
  /** Where a flag means something else than in the table of options. */
  readonly means?: Readonly<Record<string, string>>;
  /** Defaults that differ from those in the table of options. */
  readonly defaults?: Readonly<Record<string, string>>;
}

const EXIT_CODES = `Exit codes
  0    agree
  1    disagree, or worse than the baseline
  2    wrong usage or bad input
  3    inconclusive, or a backend is missing
  4    internal error
  130  interrupted`;

/** The first two need nothing that is optional. */
const START = [
  ['init my-network', 'write a template of your own network'],
  ['compare --candidate my-network/my-mlp.ts', 'check it'],
  ['compare', 'compare backproof with TensorFlow.js'],
] as const;

const COLUMNS = { least: 60, most: 100 };
/** Between a name and what it means. */
const GAP = 2;

const OTHER: readonly (readonly [string, Described])[] = [
  ['help', { group: 'Other', describe: 'show this help' }],
  ['version', { group: 'Other', describe: 'show the version' }],
];

/** Commands, each with its purpose, and where to start. */
export function helpOfProgram(commands: Readonly<Record<string, Usage>>, io: Io): string {
  const rows = Object.entries(commands).map(([name, { describe }]) => [`  ${name}`, describe] as const);
  return `Usage: backproof <command> [options]

Checks hand-written backpropagation, and names what is wrong with it.

Commands
${table(rows, widthOf(io))}

Options
  --help     show this help; \`backproof <command> --help\` shows the options of a command
  --version  show the version

Start here
${table(
  START.map(([words, what]) => [`  ${program()} ${words}`, what]),
  Infinity,
)}

TensorFlow.js is optional. Without it, a candidate is compared with backproof's engine \`vector\`.
  ${howToInstall('cpu', 'wasm')}

${EXIT_CODES}
`;
}

/** Purpose, options in groups, examples. */
export function helpOf(
  name: string,
  { describe, positional, values, flags, examples, unlisted = [], means = {}, defaults = {} }: Usage,
  io: Io,
): string {
  const width = widthOf(io);
  const options = [
    ...values
      .filter((id) => !unlisted.includes(id))
      .map((id) => [id, withDefault(VALUE_OPTIONS[id as ValueOption], defaults[id])] as const),
    ...flags.map((id) => [id, withMeaning(FLAG_OPTIONS[id as FlagOption], means[id])] as const),
    ...OTHER,
  ];
  const groups = GROUPS.map((group) => [group, rowsOf(group, options)] as const).filter(([, rows]) => rows.length > 0);
  const own =
    positional === undefined ? [] : [[`  ${positional}`, meaning(VALUE_OPTIONS[positional as ValueOption])] as const];
  const left = Math.max(...[...own, ...groups.flatMap(([, rows]) => rows)].map(([word]) => word.length));
  return [
    `Usage: backproof ${name}${positional === undefined ? '' : ` [${positional}]`} [options]\n`,
    `${sentence(describe)}\n`,
    ...(own.length === 0 ? [] : [`Argument\n${table(own, width, left)}\n`]),
    ...groups.map(([group, rows]) => `${group}\n${table(rows, width, left)}\n`),
    `${examples.length === 1 ? 'Example' : 'Examples'}`,
    ...examples.map((words) => `  ${program()} ${words}`),
    '',
  ].join('\n');
}

function rowsOf(group: Group, options: readonly (readonly [string, Described])[]): (readonly [string, string])[] {
  return options
    .filter(([, option]) => option.group === group)
    .map(
      ([id, option]) => [`  --${id}${option.value === undefined ? '' : ` ${option.value}`}`, meaning(option)] as const,
    );
}

function withDefault(option: Described, own: string | undefined): Described {
  return own === undefined ? option : { ...option, default: own };
}

function withMeaning(option: Described, own: string | undefined): Described {
  return own === undefined ? option : { ...option, describe: own };
}

/** `optimizer: sgd, momentum, adam (default: sgd)` */
function meaning({ describe, choices, default: standard }: Described): string {
  const all = choices === undefined ? '' : `: ${choices.join(', ')}`;
  return `${describe}${all}${standard === undefined ? '' : ` (default: ${standard})`}`;
}

/** Two columns; what is too long goes on in the next line. */
export function table(
  rows: readonly (readonly [string, string])[],
  width: number,
  left = Math.max(...rows.map(([word]) => word.length)),
): string {
  const start = left + GAP;
  return rows
    .map(([word, text]) => word.padEnd(start) + wrapped(text, width - start).join(`\n${' '.repeat(start)}`))
    .join('\n');
}

/** Lines of at most so many characters; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Of the terminal, where there is one, within what reads well. */
export function widthOf({ outIsTty }: Io): number {
  const columns = outIsTty ? process.stdout.columns : COLUMNS.most;
  return Math.min(COLUMNS.most, Math.max(COLUMNS.least, columns));
}
