// The self-test with two mistakes at once: they must be caught, and must not be named as a third
// mistake.
import type { FaultInjection } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { difference } from '../numeric/difference.ts';
import { createRng } from '../numeric/rng.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import { faultOf } from '../check/diagnosis/diagnose.ts';
import type { FaultInjector } from '../check/diagnosis/diagnose.ts';
import type { Setting } from '../faults/fault.ts';
import { meet, twoInjected } from '../faults/two.ts';
import { faultName, faultById, injectionOf, possibleFaults } from '../faults/registry.ts';
import type { Watch } from '../check/watch.ts';
import { withEngines } from '../check/with-engines.ts';
import type { Makers } from './makers.ts';
import { eachOf } from './range.ts';
import type { Range } from './range.ts';
import { randomBatch, randomParameters } from './random-problem.ts';
import { tryOut } from './trial.ts';

export interface Pairs {
  readonly injected: number;
  readonly caught: number;
  /** Named as two mistakes that together have the same effect. */
  readonly together: number;
  /** Correctly reported without a name. */
  readonly unnamed: number;
  /** Named as one known mistake with the same effect as the two. */
  readonly sameAsOne: number;
  /** Named, although no single mistake has the same effect. */
  readonly namedWrong: readonly string[];
  /** The two cancel out, so there is nothing to catch. */
  readonly cancelled: number;
  readonly notCaught: readonly string[];
}

/** Double-precision gradients closer than this come from the same mistake. */
const SAME = 1e-9;
const NETWORK: NetworkSpec = {
  inputs: 7,
  layers: [
    { units: 6, activation: 'tanh' },
    { units: 5, activation: 'swish' },
    { units: 4, activation: 'softmax' },
  ],
  loss: 'mse',
};

/** Two mistakes, and the point at which they are tried. */
interface Pair {
  readonly what: string;
  /** A new injection of both, for one engine. */
  readonly injection: () => FaultInjection;
  readonly start: Parameters;
  readonly batch: Batch;
}

/** The first `count` pairs that do not meet in one step, drawn one after the other. */
function pairsOf(setting: Setting, count: number): Pair[] {
  const singles = possibleFaults(setting).filter(
    ({ id }) => faultById(id).stage === 'gradient' && id !== 'inputs-not-scaled',
  );
  const rng = createRng(1, 'pairs of mistakes');
  const pairs: Pair[] = [];
  while (pairs.length < count) {
    const [one, two] = [singles[rng.below(singles.length)], singles[rng.below(singles.length)]];
    if (meet(one, two, setting)) continue;
    const { network } = setting;
    const [start, batch] = [randomParameters(network, rng, 1), randomBatch(network, 16, rng, 1)];
    const what = `${faultName(one)} and ${faultName(two)}`;
    pairs.push({ what, injection: () => twoInjected(one, two, setting), start, batch });
  }
  return pairs;
}

/** Tries the pairs of this range. */
export async function tryPairs(makers: Makers, range: Range, watch: Watch): Promise<TriedPair[]> {
  const setting: Setting = { network: NETWORK, optimizer: optimizerSpec('sgd'), scaling: { mean: 0, deviation: 255 } };
  const pairs = pairsOf(setting, range.to);
  return eachOf('pairs', range, watch, (n) => tryPair(makers, setting, pairs[n]));
}

/** The results of all pairs, added up. */
export function twoAtOnce(all: readonly TriedPair[]): Pairs {
  const tried = all.filter(({ cancelled }) => !cancelled);
  const names = tried.flatMap(({ what, names }) => names.map((name) => ({ what, ...name })));
  return {
    injected: all.length,
    caught: tried.filter(({ caught }) => caught).length,
    together: tried.filter((pair) => pair.together).length,
    unnamed: tried.filter((pair) => pair.names.length === 0 && !pair.together).length,
    sameAsOne: names.filter(({ isSame }) => isSame).length,
    cancelled: all.length - tried.length,
    namedWrong: names.filter(({ isSame }) => !isSame).map(({ what, fault }) => `${what} named ${fault}`),
    notCaught: tried.filter(({ caught }) => !caught).map(({ what }) => what),
  };
}

/** The result of one pair. Plain data, because parts may run in other processes. */
export interface TriedPair {
  readonly what: string;
  /** Whether the two cancel out; then nothing else is known. */
  readonly cancelled: boolean;
  readonly caught: boolean;
  /** What was named, and whether it alone has the same effect as the two. */
  readonly names: readonly { readonly fault: string; readonly isSame: boolean }[];
  /** Whether two mistakes were named that have the same effect. */
  readonly together: boolean;
}

/** Injects both. */
async function tryPair(makers: Makers, setting: Setting, { what, injection, start, batch }: Pair): Promise<TriedPair> {
  const { network, optimizer } = setting;
  const inject: FaultInjector['inject'] = (wrong) => makers.own(network, optimizer, { dtype: 'f64', injection: wrong });
  const gradientsOf = (wrong: FaultInjection): Promise<Parameters> =>
    withEngines(async (open) => {
      const engine = await open(() => inject(wrong));
      await engine.load(start);
      return (await engine.lossAndGradients(batch)).gradients;
    });
  const wrong = await gradientsOf(injection());
  if (apart(wrong, await gradientsOf({})) < SAME)
    return { what, cancelled: true, caught: false, names: [], together: false };
  const { gradients } = await withEngines(async (open) => {
    const candidate = await open(() => makers.own(network, optimizer, { dtype: 'f32', injection: injection() }));
    const reference = await open(() => makers.own(network, optimizer, { dtype: 'f32' }));
    return tryOut({ setting, inject }, start, batch, { candidate, reference });
  });
  const names: { fault: string; isSame: boolean }[] = [];
  for (const name of gradients.diagnosis?.mistakes ?? []) {
    const alone = await gradientsOf(injectionOf(faultOf(name), setting));
    names.push({ fault: name.fault, isSame: apart(wrong, alone) < SAME });
  }
  const named = gradients.diagnosis?.pairs ?? [];
  for (const [first, second] of named) {
    const both = await gradientsOf(twoInjected(faultOf(first), faultOf(second), setting));
    if (!(apart(wrong, both) < SAME)) names.push({ fault: `${first.fault} and ${second.fault}`, isSame: false });
  }
  const caught = gradients.verdict.kind === 'disagree';
  return { what, cancelled: false, caught, names, together: named.length > 0 };
}

/** The largest relative difference of a tensor. */
function apart(a: Parameters, b: Parameters): number {
  return Math.max(...a.map(({ values }, t) => difference(values, b[t].values).relative));
}
