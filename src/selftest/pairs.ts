// The self-test with two mistakes at once: they must be caught, and must not be named as a third
// mistake.
import type { FaultInjection } from '../engines/engine.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { difference } from '../numeric/difference.ts';
import { createRng } from '../numeric/rng.ts';
import type { Rng } from '../numeric/rng.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import type { BackwardRules } from '../ops/piece-fault.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import { faultOf } from '../check/diagnosis/diagnose.ts';
import type { FaultInjector } from '../check/diagnosis/diagnose.ts';
import type { Setting } from '../faults/fault.ts';
import { faultName, faultById, injectionOf, possibleFaults } from '../faults/registry.ts';
import type { FaultAt } from '../faults/registry.ts';
import type { Watch } from '../check/watch.ts';
import { breather } from '../check/watch.ts';
import { withEngines } from '../check/with-engines.ts';
import type { Makers } from './makers.ts';
import { randomBatch, randomParameters } from './random-problem.ts';
import { tryOut } from './trial.ts';

export interface Pairs {
  readonly injected: number;
  readonly caught: number;
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

export async function twoAtOnce(makers: Makers, count: number, watch: Watch): Promise<Pairs> {
  const setting: Setting = { network: NETWORK, optimizer: optimizerSpec('sgd'), scaling: { mean: 0, deviation: 255 } };
  const singles = possibleFaults(setting).filter(
    ({ id }) => faultById(id).stage === 'gradient' && id !== 'inputs-not-scaled',
  );
  const rng = createRng(1, 'pairs of mistakes');
  const result = { injected: 0, caught: 0, unnamed: 0, sameAsOne: 0, cancelled: 0 };
  const [namedWrong, notCaught]: [string[], string[]] = [[], []];
  const breathe = breather(watch);
  while (result.injected < count && !watch.signal.aborted) {
    const [one, two] = [singles[rng.below(singles.length)], singles[rng.below(singles.length)]];
    const injection = (): FaultInjection | null => combine(setting, one, two);
    if (injection() === null) continue;
    const tried = await tryPair(makers, setting, injection as () => FaultInjection, rng);
    result.injected++;
    if (tried === null) {
      result.cancelled++;
      continue;
    }
    const what = `${faultName(one)} and ${faultName(two)}`;
    if (tried.caught) result.caught++;
    else notCaught.push(what);
    if (tried.names.length === 0) result.unnamed++;
    for (const { fault, isSame } of tried.names) {
      if (isSame) result.sameAsOne++;
      else namedWrong.push(`${what} named ${fault}`);
    }
    watch.progress('pairs', result.injected, count);
    await breathe();
  }
  return { ...result, namedWrong, notCaught };
}

interface TriedPair {
  readonly caught: boolean;
  /** What was named, and whether it alone has the same effect as the two. */
  readonly names: readonly { readonly fault: string; readonly isSame: boolean }[];
}

/** Injects both at a random point; null if they cancel out. */
async function tryPair(
  makers: Makers,
  setting: Setting,
  injection: () => FaultInjection,
  rng: Rng,
): Promise<TriedPair | null> {
  const { network, optimizer } = setting;
  const inject: FaultInjector['inject'] = (wrong) => makers.own(network, optimizer, { dtype: 'f64', injection: wrong });
  const [start, batch] = [randomParameters(network, rng, 1), randomBatch(network, 16, rng, 1)];
  const gradientsOf = (wrong: FaultInjection): Promise<Parameters> =>
    withEngines(async (open) => {
      const engine = await open(() => inject(wrong));
      await engine.load(start);
      return (await engine.lossAndGradients(batch)).gradients;
    });
  const wrong = await gradientsOf(injection());
  if (apart(wrong, await gradientsOf({})) < SAME) return null;
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
  return { caught: gradients.verdict.kind === 'disagree', names };
}

/** The largest relative difference of a tensor. */
function apart(a: Parameters, b: Parameters): number {
  return Math.max(...a.map(({ values }, t) => difference(values, b[t].values).relative));
}

/**
 * Both in one backward pass, if they affect different steps or different layers; otherwise null.
 */
function combine(setting: Setting, one: FaultAt, two: FaultAt): FaultInjection | null {
  const [a, b] = [injectionOf(one, setting).backward ?? {}, injectionOf(two, setting).backward ?? {}];
  const shared = (Object.keys(a) as (keyof BackwardRules)[]).filter((rule) => b[rule] !== undefined);
  if (shared.length === 0) return { backward: { ...a, ...b } };
  if (one.layer === null || two.layer === null || one.layer === two.layer) return null;
  const rules = { ...BACKWARD, ...a };
  const others = { ...BACKWARD, ...b };
  return {
    backward: {
      loss: (...args) => (a.loss === undefined ? others : rules).loss(...args),
      activation: (layer, ...args) => (layer === two.layer ? others : rules).activation(layer, ...args),
      layer: (layer, step) => (layer === two.layer ? others : rules).layer(layer, step),
    },
  };
}
