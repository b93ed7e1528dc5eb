// The command line of `npm run experiments`.
import yargs from 'yargs';
import { UsageError } from '../../src/errors.ts';
import type { Experiment } from './experiment.ts';
import { DEFAULT_SEED } from './section.ts';

export interface ExperimentsOptions {
  /** In the order of the registry, whatever the order they were given in. */
  readonly experiments: readonly Experiment[];
  readonly seed: number;
  readonly quick: boolean;
  readonly list: boolean;
  readonly out: string;
}

export const DEFAULT_OUT = 'results/experiments';

/** @returns the options, or the text that --help asks for. @throws UsageError */
export async function parseExperimentsOptions(
  argv: readonly string[],
  all: readonly Experiment[],
): Promise<ExperimentsOptions | string> {
  const flag = (describe: string) => ({ type: 'boolean', describe }) as const;
  const text = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const;
  let help = '';
  const parser = yargs([])
    .scriptName('npm run experiments --')
    .usage(
      '$0 [names] [options]\n\nAnswers questions about a first network by measured runs on MNIST; all, or those named.',
    )
    .options({
      out: text(`folder for index.html, README.md, pictures and numbers (${DEFAULT_OUT})`),
      seed: text(`determines weights, order and all else that is drawn (${DEFAULT_SEED})`),
      quick: flag('fewer examples and points: under a minute for all'),
      list: flag('names and questions, nothing else'),
    })
    .strictOptions()
    .version(false)
    .exitProcess(false)
    .showHelpOnFail(false)
    .parserConfiguration({
      ...{ 'camel-case-expansion': false, 'dot-notation': false, 'parse-positional-numbers': false },
    })
    .epilogue(`Names: ${names(all)}.\nExit codes: 0 done, 2 usage, 4 internal error, 130 interrupted.`)
    .fail((message, error) => {
      const own = error as Error | undefined;
      throw new UsageError((message || own?.message || 'bad options').replace(/\s*\n\s*/g, ' '), 'see --help');
    });
  const raw: Record<string, unknown> = await parser.parseAsync([...argv], {}, (_error, _argv, output) => {
    help = output;
  });
  if (help !== '') return `${help}\n`;
  return {
    experiments: chosen((raw['_'] as (string | number)[]).map(String), all),
    ...{ quick: raw['quick'] === true, list: raw['list'] === true },
    seed: seedOf(once(raw, 'seed')),
    out: once(raw, 'out') ?? DEFAULT_OUT,
  };
}

function names(all: readonly Experiment[]): string {
  return all.map(({ name }) => name).join(', ');
}

function chosen(wanted: readonly string[], all: readonly Experiment[]): readonly Experiment[] {
  const unknown = wanted.find((name) => !all.some((e) => e.name === name));
  if (unknown !== undefined) throw new UsageError(`unknown experiment "${unknown}"`, `choose from ${names(all)}`);
  return wanted.length === 0 ? all : all.filter(({ name }) => wanted.includes(name));
}

function once(raw: Readonly<Record<string, unknown>>, option: string): string | null {
  const text = raw[option];
  if (text === undefined) return null;
  if (typeof text !== 'string') throw new UsageError(`--${option}: given more than once`);
  if (text === '') throw new UsageError(`--${option}: a value expected, nothing found`);
  return text;
}

function seedOf(text: string | null): number {
  if (text === null) return DEFAULT_SEED;
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new UsageError(`--seed: a whole number expected, "${text}" found`);
}
