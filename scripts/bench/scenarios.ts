// The scenarios: the standard tasks, and sweeps in which one setting changes at a time.
import { availableParallelism } from 'node:os';
import { UsageError } from '../../src/errors.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';

export type Data =
  | { readonly kind: 'mnist'; readonly examples: number }
  | {
      readonly kind: 'random';
      readonly examples: number;
      readonly inputs: number;
      readonly classes: number;
      /** The share of inputs that are not 0. */
      readonly density: number;
    };

export const SWEEPS = ['batch', 'width', 'depth', 'threads', 'density', 'examples'] as const;
export type Sweep = (typeof SWEEPS)[number];

export interface Scenario {
  readonly name: string;
  readonly family: 'standard' | 'tiny' | Sweep;
  /**
   * The value of the setting that the sweep changes: batch size, units, hidden layers, threads,
   * density or examples.
   */
  readonly at: number | null;
  readonly hidden: readonly number[];
  readonly optimizer: 'sgd' | 'adam';
  readonly learningRate: number;
  readonly batchSize: number;
  readonly data: Data;
  readonly threads: number | null;
}

const SGD = {
  ...{
    family: 'standard',
    at: null,
    hidden: [128],
    optimizer: 'sgd',
    learningRate: 0.2,
    batchSize: 128,
    threads: null,
  },
  data: mnist(128),
} as const satisfies Omit<Scenario, 'name'>;

/**
 * Random labels teach nothing, and dense inputs make large steps; a smaller learning rate keeps the
 * numbers in a normal range.
 */
const RANDOM = { ...SGD, learningRate: 0.01 } as const;

/** All batches are full in every scenario. */
function mnist(batchSize: number): Data {
  return { kind: 'mnist', examples: 60_000 - (60_000 % batchSize) };
}

function random(density: number): Data {
  return { kind: 'random', examples: 12_800, inputs: 784, classes: 10, density };
}

export const STANDARD: readonly Scenario[] = [
  ...[32, 128, 512].map((batchSize) => ({ ...SGD, name: `sgd-${batchSize}`, batchSize, data: mnist(batchSize) })),
  { ...SGD, name: 'adam-128', hidden: [256, 128], optimizer: 'adam', learningRate: 0.001 },
  { ...RANDOM, name: 'dense-128', data: random(1) },
];

/** The scenario for --quick. */
export const QUICK: readonly Scenario[] = STANDARD.filter(({ name }) => name === 'sgd-128');

const SWEPT: Record<Sweep, (cores: number) => Scenario[]> = {
  batch: () => [1, 8, 32, 128, 512, 2048].map((n) => ({ ...swept('batch', n), batchSize: n, data: mnist(n) })),
  width: () => [32, 64, 128, 256, 512, 1024].map((n) => ({ ...swept('width', n), hidden: [n] })),
  depth: () => [1, 2, 3, 4].map((n) => ({ ...swept('depth', n), hidden: Array<number>(n).fill(128) })),
  threads: (cores) => powersOfTwo(cores).map((n) => ({ ...swept('threads', n), threads: n })),
  density: () =>
    [0.01, 0.05, 0.2, 0.5, 1].map((d) => ({
      ...RANDOM,
      ...{ name: `density-${100 * d}`, family: 'density' as const, at: d, data: random(d) },
    })),
  examples: () =>
    [1000, 4000, 15_000, 60_000].map((n) => ({
      ...swept('examples', n),
      ...{ batchSize: 100, data: { kind: 'mnist' as const, examples: n } },
    })),
};

function swept(family: Sweep, at: number): Scenario {
  return { ...SGD, name: `${family}-${at}`, family, at, learningRate: family === 'batch' && at < 8 ? 0.02 : 0.1 };
}

function powersOfTwo(most: number): number[] {
  const all = Array.from({ length: 1 + Math.floor(Math.log2(most)) }, (_, i) => 2 ** i);
  return all.includes(most) ? all : [...all, most];
}

/** A scenario of one second, for tests of the benchmark itself. */
export const TINY: Scenario = {
  ...SGD,
  ...{ name: 'tiny', family: 'tiny', hidden: [8], batchSize: 8 },
  data: { kind: 'random', examples: 160, inputs: 16, classes: 4, density: 0.5 },
};

export function allScenarios(cores: number = availableParallelism()): Scenario[] {
  return [...STANDARD, ...SWEEPS.flatMap((sweep) => SWEPT[sweep](cores)), TINY];
}

export function isSweep(family: Scenario['family']): family is Sweep {
  return (SWEEPS as readonly string[]).includes(family);
}

/**
 * Finds scenarios by name, or a whole sweep by its family.
 * @throws UsageError listing the choices
 */
export function findScenarios(names: readonly string[], all: readonly Scenario[] = allScenarios()): Scenario[] {
  for (const name of names) {
    if (all.some((s) => s.name === name || s.family === name)) continue;
    const choices = [...new Set(all.map((s) => (s.at === null ? s.name : s.family)))];
    throw new UsageError(
      `unknown scenario "${name}"`,
      `choose from ${choices.join(', ')}, or one point of a sweep such as batch-32`,
    );
  }
  return all.filter((s) => names.includes(s.name) || names.includes(s.family));
}

export function networkOf({ hidden, data }: Scenario): NetworkSpec {
  return data.kind === 'mnist' ? reluNetwork(784, hidden, 10) : reluNetwork(data.inputs, hidden, data.classes);
}

/** relu layers, softmax and cross-entropy. */
export function reluNetwork(inputs: number, hidden: readonly number[], classes: number): NetworkSpec {
  return {
    inputs,
    layers: [
      ...hidden.map((units) => ({ units, activation: 'relu' as const })),
      { units: classes, activation: 'softmax' as const },
    ],
    loss: 'cross-entropy',
  };
}
