// The command line of `npm run experiments`.
import { UsageError } from '../../src/errors.ts';
import { flag, once, parse, text, whole } from '../options.ts';
import type { Experiment } from './experiment.ts';
import { DEFAULT_SEED } from './section.ts';

export interface ExperimentsOptions {
  /** Always in the order of the registry. */
  readonly experiments: readonly Experiment[];
  readonly seed: number;
  readonly quick: boolean;
  readonly list: boolean;
  readonly out: string;
}

export const DEFAULT_OUT = 'results/experiments';

/** @returns the options, or the help text for --help. @throws UsageError */
export async function parseExperimentsOptions(
  argv: readonly string[],
  all: readonly Experiment[],
): Promise<ExperimentsOptions | string> {
  const raw = await parse(argv, 'experiments', (parser) =>
    parser
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
      .parserConfiguration({
        ...{ 'camel-case-expansion': false, 'dot-notation': false, 'parse-positional-numbers': false },
      })
      .epilogue(`Names: ${names(all)}.\nExit codes: 0 done, 2 usage, 4 internal error, 130 interrupted.`),
  );
  if (typeof raw === 'string') return raw;
  return {
    experiments: chosen((raw['_'] as (string | number)[]).map(String), all),
    ...{ quick: raw['quick'] === true, list: raw['list'] === true },
    seed: whole(raw, 'seed') ?? DEFAULT_SEED,
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
