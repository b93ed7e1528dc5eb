// The command line of `npm run bench`.
import { UsageError } from '../../src/errors.ts';
import { flag, once, parse, text, whole } from '../options.ts';
import type { Raw } from '../options.ts';

export interface BenchOptions {
  readonly quick: boolean;
  /** null: not said. */
  readonly scenarios: readonly string[] | null;
  readonly engines: readonly string[] | null;
  readonly sweeps: boolean | null;
  readonly rounds: number | null;
  readonly threads: number | null;
  readonly seed: number;
  readonly peers: boolean;
  readonly python: boolean;
  readonly out: string;
  readonly json: boolean;
}

export const DEFAULTS = { seed: 1, out: 'results' } as const;

/** @returns the options, or the text that --help asks for. @throws UsageError */
export async function parseBenchOptions(argv: readonly string[]): Promise<BenchOptions | string> {
  const list = (describe: string) => ({ type: 'string', array: true, requiresArg: true, describe }) as const;
  const raw = await parse(argv, 'bench', (parser) =>
    parser
      .usage('$0 [options]\n\nMeasures training engines side by side, and checks that they compute the same.')
      .options({
        quick: flag('one task, few rounds, under a minute'),
        scenario: list('tasks to measure, by name or sweep; repeat it or put commas between (all)'),
        engine: list('contenders, with commas between (the usual ones)'),
        sweeps: flag(
          'also batch size, width, depth, threads, density, number of examples; --no-sweeps leaves them out',
        ),
        rounds: text('laps of each contender'),
        threads: text('threads of those that can choose (their own choice)'),
        seed: text(`determines weights, order and random data (${DEFAULTS.seed})`),
        peers: flag('also other JavaScript libraries, installed in scripts/bench/peers'),
        python: flag('also PyTorch, JAX, Keras and NumPy, from scripts/bench/python/.venv'),
        out: text(`folder for bench.json, bench.md and bench.svg (${DEFAULTS.out})`),
        json: flag('print one JSON document on stdout, everything else on stderr'),
      })
      .strict()
      .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false, 'greedy-arrays': false })
      .epilogue(
        'Exit codes: 0 all losses agree, 1 a loss is wrong, 2 usage, 3 a contender that was named is not there, 4 internal error, 130 interrupted.',
      ),
  );
  if (typeof raw === 'string') return raw;
  const words = raw['_'] as (string | number)[];
  if (words.length > 0) throw new UsageError(`unexpected: ${words.join(' ')}`, 'see --help');
  return {
    ...{ quick: raw['quick'] === true, peers: raw['peers'] === true, python: raw['python'] === true },
    ...{ scenarios: names(raw, 'scenario'), engines: names(raw, 'engine'), json: raw['json'] === true },
    sweeps: (raw['sweeps'] as boolean | undefined) ?? null,
    ...{ rounds: whole(raw, 'rounds', 1), threads: whole(raw, 'threads', 1) },
    seed: whole(raw, 'seed') ?? DEFAULTS.seed,
    out: once(raw, 'out') ?? DEFAULTS.out,
  };
}

/** What repeats the run; where results go does not belong to it. */
export function benchCommand(o: BenchOptions): string {
  const flags = (['quick', 'peers', 'python'] as const).filter((name) => o[name]).map((name) => `--${name}`);
  const words = [
    ...flags,
    ...(o.sweeps === null ? [] : [o.sweeps ? '--sweeps' : '--no-sweeps']),
    ...(o.scenarios === null ? [] : ['--scenario', o.scenarios.join(',')]),
    ...(o.engines === null ? [] : ['--engine', o.engines.join(',')]),
    ...(o.rounds === null ? [] : ['--rounds', o.rounds]),
    ...(o.threads === null ? [] : ['--threads', o.threads]),
    ...(o.seed === DEFAULTS.seed ? [] : ['--seed', o.seed]),
  ];
  return ['npm run bench', ...(words.length > 0 ? ['--', ...words] : [])].join(' ');
}

function names(raw: Raw, option: string): string[] | null {
  const given = raw[option] as string[] | undefined;
  if (given === undefined) return null;
  const all = given.flatMap((text) => text.split(',')).map((name) => name.trim());
  if (all.includes(''))
    throw new UsageError(`--${option}: names with commas between expected, "${given.join()}" found`);
  return all;
}
