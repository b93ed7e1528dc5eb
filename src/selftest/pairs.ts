// Two mistakes at once: caught, and not named by a third name.
import type { Mistake } from '../engines/engine.ts';
import { namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { difference } from '../numeric/difference.ts';
import { createRng } from '../numeric/rng.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import type { BackwardRules } from '../ops/piece-fault.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import { faultOf } from '../check/diagnosis/diagnose.ts';
import type { Known } from '../check/diagnosis/diagnose.ts';
import type { Setting } from '../faults/fault.ts';
import { faultName, knownFault, mistakeOf, possibleFaults } from '../faults/registry.ts';
import type { FaultAt } from '../faults/registry.ts';
import type { Watch } from '../check/watch.ts';
import { breather } from '../check/watch.ts';
import type { Makers } from './makers.ts';
import { randomBatch, randomParameters } from './random-problem.ts';
import { tryOut } from './trial.ts';

export interface Pairs {
  readonly injected: number;
  readonly caught: number;
  /** Reported without a name, as it should be. */
  readonly unnamed: number;
  /** The two come to the same as one known mistake, which was named. */
  readonly sameAsOne: number;
  /** Named, though no one mistake is the same. */
  readonly namedWrong: readonly string[];
  /** The two undo each other: there is nothing to catch. */
  readonly cancelled: number;
  readonly notCaught: readonly string[];
}

/** Closer than this, two double-precision gradients are those of the same mistake. */
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
  const known: Known = {
    setting,
    mistaken: (mistake) => makers.own(NETWORK, setting.optimizer, { dtype: 'f64', mistake }),
  };
  const singles = possibleFaults(setting).filter(
    ({ id }) => knownFault(id).stage === 'gradient' && id !== 'inputs-not-scaled',
  );
  const rng = createRng(1, 'pairs of mistakes');
  const result = { injected: 0, caught: 0, unnamed: 0, sameAsOne: 0, cancelled: 0 };
  const [namedWrong, notCaught]: [string[], string[]] = [[], []];
  const breathe = breather(watch);
  while (result.injected < count && !watch.signal.aborted) {
    const [one, two] = [singles[rng.below(singles.length)], singles[rng.below(singles.length)]];
    if (!combine(setting, one, two)) continue;
    const both = (): Mistake => combine(setting, one, two) as Mistake;
    const [start, batch] = [randomParameters(NETWORK, rng, 1), randomBatch(NETWORK, 16, rng, 1)];
    const gradientsOf = async (mistake: Mistake): Promise<Parameters> => {
      const engine = await known.mistaken(mistake);
      await engine.load(start);
      return (await engine.lossAndGradients(batch)).gradients;
    };
    const wrong = await gradientsOf(both());
    result.injected++;
    if (apart(wrong, await gradientsOf({})) < SAME) {
      result.cancelled++;
      continue;
    }
    const candidate = await makers.own(NETWORK, setting.optimizer, { dtype: 'f32', mistake: both() });
    const reference = await makers.own(NETWORK, setting.optimizer, { dtype: 'f32' });
    const { gradients } = await tryOut(known, start, batch, candidate, reference);
    const what = `${faultName(one)} and ${faultName(two)}`;
    if (gradients.verdict.kind === 'disagree') result.caught++;
    else notCaught.push(what);
    const names = gradients.diagnosis?.mistakes ?? [];
    if (names.length === 0) result.unnamed++;
    for (const name of names) {
      const alone = faultOf(name);
      if (apart(wrong, await gradientsOf(mistakeOf(alone, setting))) < SAME) result.sameAsOne++;
      else namedWrong.push(`${what} named ${name.fault}`);
    }
    watch.progress('pairs', result.injected, count);
    await breathe();
  }
  return { ...result, namedWrong, notCaught };
}

function apart(a: Parameters, b: Parameters): number {
  const bs = namedTensors(b);
  return Math.max(...namedTensors(a).map(({ values }, t) => difference(values, bs[t].values).relative));
}

/** The two in one backward pass, where they are of different steps or different layers; else null. */
function combine(setting: Setting, one: FaultAt, two: FaultAt): Mistake | null {
  const [a, b] = [mistakeOf(one, setting).backward ?? {}, mistakeOf(two, setting).backward ?? {}];
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
