// What an engine's updates are: its steps are an unknown function of the history of gradients.
// It is asked for a few updates in which every entry has a history of its own.
import { countParameters } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { rateFactorOf } from '../../../ops/optimizers/at-step.ts';
import type { OptimizerSpec } from '../../../ops/optimizers/optimizer.ts';
import type { Parameters } from '../../../network/parameters.ts';
import type { Watch } from '../../watch.ts';
import type { Asker } from '../asker.ts';
import type { Told } from '../told.ts';
import { explainedBy } from './fit.ts';
import type { Suspect } from './fit.ts';
import { historyOf, observedOf } from './histories.ts';
import type { History } from './histories.ts';
import { declaredFamily } from './rule.ts';
import type { Rule } from './rule.ts';
import { lookupOf } from './lookup.ts';
import type { Lookup } from './lookup.ts';
import { linearOf } from './linear.ts';
import { explanationsOf } from './search.ts';
import type { Explanation } from './search.ts';
import { tellTraits } from './tell-traits.ts';
import { tellNotFresh, tellStill, tellUpdate } from './tell.ts';
import { firstWrong, traitsOf } from './traits.ts';

/** Updates that are searched for a rule, and fresh ones that it must predict. */
const STEPS = [10, 13];
/** The same for networks of more than LARGE parameters, whose updates take long. */
const STEPS_IF_LARGE = [6, 7];
const LARGE = 20_000;
/** Updates that are enough where the engine fails at a later one. */
const LEAST = 5;
/** Far from the seeds of other points. */
const SEED = 7_200_001;
/** Milliseconds for the search, which takes about one second: more where others compute. */
const AT_MOST = 20_000;
/** Parameters up to which updates are kept. */
const LARGEST = 1_000_000;
/** With more rules that fit, nothing is told. */
const MOST_ALTERNATIVES = 3;

interface AskedFor {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly asker: Asker;
  readonly watch: Watch;
}

/**
 * What is wrong with the updates, or what they depend on if no rule gives them; empty if nothing is
 * wrong or nothing can be said. Throws ENOUGH.
 */
export async function probeUpdates({ network, optimizer, asker, watch }: AskedFor): Promise<readonly Told[]> {
  const size = countParameters(network);
  if (!(optimizer.learningRate > 0) || size > LARGEST) return [];
  const histories = (size > LARGE ? STEPS_IF_LARGE : STEPS).map((steps, n) => historyOf(network, steps, SEED + n));
  const found: Parameters[][] = [];
  for (const { start, gradients } of histories) found.push(await asker.updates(start, gradients, LEAST));
  const [again] = await asker.updates(histories[0].start, histories[0].gradients.slice(0, 1));
  if (!areSame(again, found[0][0])) return [tellNotFresh()];
  const { dtype } = asker.engine;
  const lr = optimizer.learningRate;
  const suspects = histories.map((history, n): Suspect => {
    const gradients = history.gradients.slice(0, found[n].length);
    return {
      observed: observedOf({ ...history, gradients }, found[n], rateFactorOf(optimizer)),
      lr,
      dtype,
      counts: () => true,
    };
  });
  const began = watch.now();
  const mayGoOn = (): boolean => !watch.signal.aborted && watch.now() - began <= AT_MOST;
  const lookups = new Map<string, Lookup>();
  const lookupFor: LookupFor = (part, counts) => {
    const key = part.join();
    const lookup = lookups.get(key) ?? lookupOf(optimizer, { ...suspects[0], counts }, mayGoOn);
    lookups.set(key, lookup);
    return lookup;
  };
  const told = toldOf(optimizer, suspects, lookupFor);
  if (told !== null) return told;
  const unexplained = (): Promise<readonly Told[]> =>
    size > LARGE ? Promise.resolve([]) : measuredOf({ optimizer, asker }, histories, suspects);
  if (dtype === 'f32') return unexplained();
  // a program in binary64 whose arithmetic is binary32 in places
  const asSingle = suspects.map((suspect): Suspect => ({ ...suspect, dtype: 'f32' }));
  return toldOf(optimizer, asSingle, lookupFor) ?? unexplained();
}

/** What can be said of wrong updates that no rule gives. Throws ENOUGH. */
async function measuredOf(
  { optimizer: spec, asker }: Pick<AskedFor, 'optimizer' | 'asker'>,
  [history, fresh]: readonly History[],
  suspects: readonly Suspect[],
): Promise<readonly Told[]> {
  const rule = declaredFamily(spec)?.rule;
  if (rule === undefined) return [];
  const wrong = wrongOf(rule, suspects);
  const [suspect, other] = suspects.map((one): Suspect => ({ ...one, counts: (t) => wrong.includes(t) }));
  const { tensors } = suspect.observed;
  const response = linearOf(rule, [suspect, other]);
  const traits = response === null ? await traitsOf({ spec, asker, rule, history, suspect, fresh }) : null;
  const told = tellTraits(spec, {
    names: wrong.map((t) => tensors[t].name),
    isAll: wrong.length === tensors.length,
    firstWrong: firstWrong(suspect, rule),
    response,
    traits,
  });
  return told === null ? [] : [told];
}

/** Tensors that a rule does not give. */
function wrongOf(rule: Rule, suspects: readonly Suspect[]): number[] {
  const each = suspects.map((suspect) => explainedBy(rule, suspect));
  return suspects[0].observed.tensors.flatMap((_, t) => (each.every((right) => right[t]) ? [] : [t]));
}

/** The rules that pass a first look at these tensors. */
type LookupFor = (part: readonly number[], counts: Suspect['counts']) => Lookup;

/** Null: wrong, and no rule gives it. */
function toldOf(spec: OptimizerSpec, suspects: readonly Suspect[], lookupFor: LookupFor): Told[] | null {
  const declared = declaredFamily(spec);
  const { tensors } = suspects[0].observed;
  const wrong = declared === undefined ? tensors.map((_, t) => t) : wrongOf(declared.rule, suspects);
  if (wrong.length === 0) return [];
  const still = wrong.filter((t) => suspects.every(({ observed }) => isStill(observed, t)));
  if (still.length > 0 && still.length < wrong.length) {
    const told = toldOfWrong(
      spec,
      suspects,
      wrong.filter((t) => !still.includes(t)),
      lookupFor,
    );
    return (
      told && [
        tellStill(
          spec,
          still.map((t) => tensors[t].name),
        ),
        ...told,
      ]
    );
  }
  return toldOfWrong(spec, suspects, wrong, lookupFor);
}

/** Whether a tensor never changes. */
function isStill({ cells, before, after }: Suspect['observed'], t: number): boolean {
  const own = [...cells.own].filter((cell) => cells.tensor[cell] === t);
  return after.every((row, k) => own.every((cell) => row[cell] === before[k][cell]));
}

/** Null: no rule gives the updates of these tensors. */
function toldOfWrong(
  spec: OptimizerSpec,
  suspects: readonly Suspect[],
  wrong: readonly number[],
  lookupFor: LookupFor,
): Told[] | null {
  const { tensors } = suspects[0].observed;
  const partitions = partitionsOf(wrong, tensors);
  for (const [kind, most] of ATTEMPTS) {
    const parts = partitions[kind];
    if (kind !== 'all' && parts.length === 1) continue;
    const told: Told[] = [];
    for (const part of parts) {
      const counts = (t: number): boolean => part.includes(t);
      const own = suspects.map((suspect) => ({ ...suspect, counts }));
      const found = explanationsOf({ spec, lookup: lookupFor(part, counts), suspects: own, most });
      if (!isClear(found)) break;
      const names = part.map((t) => tensors[t].name);
      told.push(tellUpdate(spec, found, names, tensors.length));
    }
    if (told.length === parts.length) return told;
  }
  return null;
}

/** How the wrong tensors are taken together, and how many mistakes are tried: simple ones first. */
const ATTEMPTS = [
  ['all', 1],
  ['roles', 1],
  ['all', 2],
  ['layers', 1],
  ['roles', 2],
  ['tensors', 1],
] as const;

function isClear({ length }: readonly Explanation[]): boolean {
  return length > 0 && length <= MOST_ALTERNATIVES;
}

type Partition = (typeof ATTEMPTS)[number][0];

/** The wrong tensors together; weights and biases apart; layer by layer; each alone. */
function partitionsOf(
  wrong: readonly number[],
  tensors: Suspect['observed']['tensors'],
): Readonly<Record<Partition, readonly number[][]>> {
  const by = (key: (t: number) => string | number): number[][] =>
    [...new Set(wrong.map(key))].map((group) => wrong.filter((t) => key(t) === group));
  return {
    all: by(() => 0),
    roles: by((t) => tensors[t].role),
    layers: by((t) => tensors[t].layer),
    tensors: by((t) => t),
  };
}

function areSame(a: Parameters, b: Parameters): boolean {
  return a.every(({ values }, t) => values.every((x, i) => Object.is(x, b[t].values[i]) || x === b[t].values[i]));
}
