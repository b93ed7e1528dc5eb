// The command line of `npm run bench`.
import { UsageError } from '../../src/errors.ts';
import { parseAddress } from '../../src/queue/address.ts';
import type { Address } from '../../src/queue/address.ts';
import { flag, once, parse, text, whole } from '../options.ts';
import type { Raw } from '../options.ts';

/** training: how fast engines train; verdict: how long the program takes to a verdict. */
export const PARTS = ['training', 'verdict'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly quick: boolean;
  /** null means not given. */
  readonly scenarios: readonly string[] | null;
  readonly engines: readonly string[] | null;
  readonly tasks: readonly string[] | null;
  readonly only: Part | null;
  /** The commit that the times to a verdict are compared with. */
  readonly against: string | null;
  readonly sweeps: boolean | null;
  readonly rounds: number | null;
  readonly threads: number | null;
  readonly seed: number;
  readonly peers: boolean;
  readonly python: boolean;
  /** The server that machines share their speeds on. */
  readonly queue: Address | null;
  readonly out: string;
  readonly json: boolean;
}

export const DEFAULTS = { seed: 1, out: 'results' } as const;

/** @returns the options, or the help text for --help. @throws UsageError */
export async function parseBenchOptions(argv: readonly string[]): Promise<BenchOptions | string> {
  const list = (describe: string) => ({ type: 'string', array: true, requiresArg: true, describe }) as const;
  const raw = await parse(argv, 'bench', (parser) =>
    parser
      .usage(
        '$0 [options]\n\nMeasures the training speed of engines side by side, and checks that their losses agree; then the time from a command to its verdict.',
      )
      .options({
        quick: flag('one task, few rounds, under a minute'),
        only: text(`the one part to measure: ${PARTS.join(', ')} (default: both, or the one that other options name)`),
        task: list('verdict: commands to time, by name or sweep (default: all)'),
        against: text('verdict: also time an earlier commit, in turn with this checkout'),
        scenario: list('tasks to measure, by name or sweep; repeatable or comma-separated (default: all)'),
        engine: list('contenders, comma-separated (default: the usual ones)'),
        sweeps: flag(
          'also vary batch size, width, depth, threads, density and number of examples; --no-sweeps turns it off',
        ),
        rounds: text('laps per contender, or runs per command'),
        threads: text('threads for contenders that can choose (default: their own choice)'),
        seed: text(`seed of weights, order and random data (default: ${DEFAULTS.seed})`),
        peers: flag('also measure other JavaScript libraries, installed in scripts/bench/peers'),
        python: flag('also measure PyTorch, JAX, Keras and NumPy, from scripts/bench/python/.venv'),
        queue: text('training: redis://... on which machines that run the same show their speeds to each other'),
        out: text(`folder for bench.json, bench.md and bench.svg, and verdict.* (default: ${DEFAULTS.out})`),
        json: flag('print one JSON document on stdout, everything else on stderr'),
      })
      .strict()
      .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false, 'greedy-arrays': false })
      .epilogue(
        'Exit codes: 0 all losses and verdicts agree, 1 a loss or verdict is wrong, 2 usage, 3 a named contender is missing, 4 internal error, 130 interrupted.',
      ),
  );
  if (typeof raw === 'string') return raw;
  const words = raw['_'] as (string | number)[];
  if (words.length > 0) throw new UsageError(`unexpected: ${words.join(' ')}`, 'see --help');
  const queue = once(raw, 'queue');
  return {
    quick: raw['quick'] === true,
    peers: raw['peers'] === true,
    python: raw['python'] === true,
    scenarios: names(raw, 'scenario'),
    engines: names(raw, 'engine'),
    tasks: names(raw, 'task'),
    only: part(raw),
    against: once(raw, 'against'),
    json: raw['json'] === true,
    sweeps: (raw['sweeps'] as boolean | undefined) ?? null,
    rounds: whole(raw, 'rounds', 1),
    threads: whole(raw, 'threads', 1),
    seed: whole(raw, 'seed') ?? DEFAULTS.seed,
    queue: queue === null ? null : parseAddress(queue),
    out: once(raw, 'out') ?? DEFAULTS.out,
  };
}

/**
 * The parts that the options ask for.
 * @throws UsageError if they contradict each other
 */
export function partsOf(o: BenchOptions): readonly Part[] {
  const training = [o.scenarios, o.engines, o.sweeps].some((option) => option !== null) || o.peers;
  const verdict = o.tasks !== null || o.against !== null;
  const parts =
    o.only !== null ? [o.only] : training === verdict ? PARTS : ([training ? 'training' : 'verdict'] as const);
  const idle = (part: Part, options: string): UsageError => new UsageError(`${options}: only for the part ${part}`);
  if (o.tasks !== null && !parts.includes('verdict')) throw idle('verdict', '--task');
  if (o.against !== null && !parts.includes('verdict')) throw idle('verdict', '--against');
  if (o.scenarios !== null && !parts.includes('training')) throw idle('training', '--scenario');
  if (o.engines !== null && !parts.includes('training')) throw idle('training', '--engine');
  if (o.queue !== null && !parts.includes('training')) throw idle('training', '--queue');
  if (o.json && parts.length > 1) throw new UsageError('--json prints the report of one part', 'add --only');
  return parts;
}

/** The command that repeats the run, without the output folder. */
export function benchCommand(o: BenchOptions): string {
  const flags = (['quick', 'peers', 'python'] as const).filter((name) => o[name]).map((name) => `--${name}`);
  const words = [
    ...flags,
    ...(o.only === null ? [] : ['--only', o.only]),
    ...(o.tasks === null ? [] : ['--task', o.tasks.join(',')]),
    ...(o.against === null ? [] : ['--against', o.against]),
    ...(o.sweeps === null ? [] : [o.sweeps ? '--sweeps' : '--no-sweeps']),
    ...(o.scenarios === null ? [] : ['--scenario', o.scenarios.join(',')]),
    ...(o.engines === null ? [] : ['--engine', o.engines.join(',')]),
    ...(o.rounds === null ? [] : ['--rounds', o.rounds]),
    ...(o.threads === null ? [] : ['--threads', o.threads]),
    ...(o.seed === DEFAULTS.seed ? [] : ['--seed', o.seed]),
  ];
  return ['npm run bench', ...(words.length > 0 ? ['--', ...words] : [])].join(' ');
}

function part(raw: Raw): Part | null {
  const given = once(raw, 'only');
  const found = PARTS.find((name) => name === given) ?? null;
  if (given !== null && found === null) {
    throw new UsageError(`--only: unknown part "${given}"`, `choose from ${PARTS.join(', ')}`);
  }
  return found;
}

function names(raw: Raw, option: string): string[] | null {
  const given = raw[option] as string[] | undefined;
  if (given === undefined) return null;
  const all = given.flatMap((text) => text.split(',')).map((name) => name.trim());
  if (all.includes('')) throw new UsageError(`--${option}: expected comma-separated names, got "${given.join()}"`);
  return all;
}
