// What is timed from the command to the verdict: commands of the program, and sweeps of gradcheck
// in which one setting changes at a time.
import { UsageError } from '../../../src/errors.ts';

export const GROWTHS = ['hidden', 'batch', 'depth'] as const;
export type Growth = (typeof GROWTHS)[number];

/** A batch and a network, which other gradient checks get too. */
export interface Problem {
  readonly dataset: 'mnist' | 'xor';
  readonly hidden: readonly number[];
  readonly batchSize: number;
  /**
   * Parameters that checks with two evaluations per parameter try, from which the time for all is
   * extrapolated; null for all.
   */
  readonly sample: number | null;
}

export interface VerdictTask {
  readonly name: string;
  readonly family: 'compare' | 'gradcheck' | 'selftest' | Growth;
  /** What the sweep changes: units, batch size or hidden layers. */
  readonly at: number | null;
  /** The words after `backproof`. */
  readonly words: readonly string[];
  /** Random networks that the self-test tries. */
  readonly networks: number | null;
  /** null if no other gradient check can take part. */
  readonly problem: Problem | null;
}

/** Of weights, batches and generated data. */
export const SEED = 1;
const BATCH = 64;
const NETWORKS = 200;

function compare(backend: string): VerdictTask {
  return {
    name: `compare-${backend}`,
    family: 'compare',
    at: null,
    words: ['compare', '--backend', backend, '--seed', String(SEED)],
    networks: null,
    problem: null,
  };
}

function gradcheck(name: string, problem: Problem, family: VerdictTask['family'], at: number | null): VerdictTask {
  const { dataset, hidden, batchSize } = problem;
  const words = ['--dataset', dataset, '--hidden', hidden.join(','), '--batch-size', String(batchSize)];
  return { name, family, at, words: ['gradcheck', ...words, '--seed', String(SEED)], networks: null, problem };
}

function mnist(hidden: readonly number[], sample: number, batchSize = BATCH): Problem {
  return { dataset: 'mnist', hidden, batchSize, sample };
}

const XOR: Problem = { dataset: 'xor', hidden: [16], batchSize: BATCH, sample: null };

export const TASKS: readonly VerdictTask[] = [
  ...['node', 'wasm', 'cpu'].map(compare),
  gradcheck('gradcheck-xor', XOR, 'gradcheck', null),
  gradcheck('gradcheck-mnist', mnist([128], 200), 'gradcheck', null),
  gradcheck('gradcheck-2m', mnist([1024, 1024], 10), 'gradcheck', null),
  gradcheck('gradcheck-9m', mnist([3072, 2048], 4), 'gradcheck', null),
  {
    name: 'selftest',
    family: 'selftest',
    at: null,
    words: ['selftest', '--quick', '--networks', String(NETWORKS), '--seed', String(SEED)],
    networks: NETWORKS,
    problem: null,
  },
];

/** The task for --quick. */
export const QUICK_TASKS: readonly VerdictTask[] = TASKS.filter(({ name }) => name === 'gradcheck-xor');

export const GROWTH_TASKS: readonly VerdictTask[] = [
  ...[32, 64, 128, 256, 512, 1024].map((n) => gradcheck(`hidden-${n}`, mnist([n], 10), 'hidden', n)),
  ...[1, 4, 16, 64, 256].map((n) => gradcheck(`batch-${n}`, mnist([128], 10, n), 'batch', n)),
  ...[1, 2, 4, 8].map((n) => gradcheck(`depth-${n}`, mnist(Array<number>(n).fill(128), 10), 'depth', n)),
];

export function isGrowth(family: VerdictTask['family']): family is Growth {
  return (GROWTHS as readonly string[]).includes(family);
}

/**
 * Finds tasks by name or family.
 * @throws UsageError listing the choices
 */
export function findTasks(names: readonly string[]): VerdictTask[] {
  const all = [...TASKS, ...GROWTH_TASKS];
  for (const name of names) {
    if (all.some((task) => task.name === name || task.family === name)) continue;
    const choices = [...new Set(all.flatMap((task) => (task.at === null ? [task.family, task.name] : [task.family])))];
    throw new UsageError(`unknown task "${name}"`, `choose from ${choices.join(', ')}`);
  }
  return all.filter(({ name, family }) => names.includes(name) || names.includes(family));
}
