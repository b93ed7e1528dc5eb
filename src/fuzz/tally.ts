// Adds up the results of seeds in their order: how many were right or wrong, what was refused and
// what was tried. The result does not depend on how the seeds were cut.
import type { Outcome } from './judge.ts';
import type { Problem } from './draw.ts';
import { layersOf } from '../network/spec.ts';
import { additionsOf } from './training.ts';

/** What a problem is made of, by name. */
export type Tried = Readonly<Record<TriedName, readonly string[]>>;

/** The lists of what was tried. */
export const TRIED = [
  ...(['layers', 'inputs and units', 'examples', 'activations', 'outputs', 'losses', 'kinds'] as const),
  ...(['penalties', 'optimizers', 'additions', 'steps'] as const),
] as const;
/** One of TRIED. */
export type TriedName = (typeof TRIED)[number];

/** The result of a seed. Plain data. */
export interface SeedResult {
  readonly outcome: Outcome;
  readonly tried: Tried;
}

/** Problems that were refused with the same words. */
export interface RefusedGroup {
  readonly said: string;
  readonly count: number;
  readonly firstSeed: number;
}

/** Failures of one sort. */
export interface FailureGroup {
  readonly sign: string;
  readonly count: number;
  readonly firstSeed: number;
}

/** The results of all seeds so far. */
export interface Tally {
  readonly runs: number;
  readonly right: number;
  readonly wrong: number;
  readonly refused: number;
  readonly outOfRange: number;
  /** The largest share of the bound that a right answer used, and its seed. */
  readonly used: { readonly share: number; readonly seed: number } | null;
  readonly failures: readonly FailureGroup[];
  readonly refusals: readonly RefusedGroup[];
  /** How often each piece and size was tried, without the problems that were refused. */
  readonly coverage: Readonly<Record<TriedName, Readonly<Record<string, number>>>>;
}

/** Sorts of refusals and failures that are listed; of others only the number is kept. */
const LISTED = 10;

/** @param keepGoing whether seeds after the first failure are wanted */
export class Adding {
  readonly #keepGoing: boolean;
  readonly #counts = { runs: 0, right: 0, wrong: 0, refused: 0, outOfRange: 0 };
  readonly #failures = new Map<string, { count: number; firstSeed: number }>();
  readonly #refusals = new Map<string, { count: number; firstSeed: number }>();
  readonly #coverage = new Map<TriedName, Map<string, number>>(TRIED.map((name) => [name, new Map()]));
  #used: Tally['used'] = null;

  constructor(keepGoing: boolean) {
    this.#keepGoing = keepGoing;
  }

  /** @returns whether the next seed is wanted */
  add({ outcome, tried }: SeedResult, seed: number): boolean {
    this.#counts.runs++;
    if (outcome.kind === 'refused') {
      this.#counts.refused++;
      count(this.#refusals, outcome.said, seed);
      return true;
    }
    for (const name of TRIED) {
      const own = this.#coverage.get(name);
      for (const one of tried[name]) own?.set(one, (own.get(one) ?? 0) + 1);
    }
    if (outcome.kind === 'wrong') {
      this.#counts.wrong++;
      count(this.#failures, outcome.sign, seed);
      return this.#keepGoing;
    }
    if (outcome.kind === 'out-of-range') this.#counts.outOfRange++;
    else {
      this.#counts.right++;
      if (this.#used === null || outcome.used > this.#used.share) this.#used = { share: outcome.used, seed };
    }
    return true;
  }

  tally(): Tally {
    const coverage = Object.fromEntries(
      [...this.#coverage].map(([name, counts]) => [name, Object.fromEntries([...counts].sort(byName))]),
    ) as Tally['coverage'];
    return {
      ...this.#counts,
      used: this.#used,
      failures: [...this.#failures].slice(0, LISTED).map(([sign, rest]) => ({ sign, ...rest })),
      refusals: [...this.#refusals].slice(0, LISTED).map(([said, rest]) => ({ said, ...rest })),
      coverage,
    };
  }
}

/** Most different words that are kept: a subject may put random numbers into what it says. */
const KEPT = 1000;

function count(groups: Map<string, { count: number; firstSeed: number }>, key: string, seed: number): void {
  const group = groups.get(key);
  if (group !== undefined) group.count++;
  else if (groups.size < KEPT) groups.set(key, { count: 1, firstSeed: seed });
}

/** Numbers by size, then names by their letters. */
function byName([a]: readonly [string, number], [b]: readonly [string, number]): number {
  const [x, y] = [parseInt(a), parseInt(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? (a < b ? -1 : 1) : x - y;
}

/** What a problem is made of. */
export function triedIn({ network, optimizer, steps, batch }: Problem, updates: boolean): Tried {
  const layers = layersOf(network);
  const sizes = [network.inputs, ...layers.map(({ units }) => units)];
  const hidden = layers.slice(0, -1).map(({ activation }) => activation);
  const kinds = layers.map(({ page }) => page.id);
  return {
    layers: [String(layers.filter(({ page }) => page.id === 'dense').length)],
    'inputs and units': distinct(sizes.map(sizeName)),
    examples: [sizeName(batch.inputs.rows)],
    activations: distinct(hidden),
    outputs: layers.slice(-1).map(({ activation }) => activation),
    losses: [network.loss],
    kinds: distinct(kinds),
    penalties: distinct((network.penalties ?? []).map(({ kind }) => kind)),
    optimizers: updates ? [optimizer.id] : [],
    additions: updates ? distinct(additionsOf(optimizer)) : [],
    steps: updates ? [String(steps)] : [],
  };
}

function distinct<T>(all: readonly T[]): T[] {
  return [...new Set(all)];
}

/** Small sizes by themselves, larger ones by their power of two. */
export function sizeName(n: number): string {
  if (n <= 4) return String(n);
  let most = 8;
  while (n > most) most *= 2;
  return `${most / 2 + 1} to ${most}`;
}
