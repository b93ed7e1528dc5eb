// Measures how often two known mistakes at once are both named, on random networks:
//   node --import tsx scripts/pairs.ts [--pairs 1000] [--seed 1]
// Named wrong: a mistake that is none of the two that were put in, or mistakes that do not give
// their numbers.
import { parseArgs } from 'node:util';
import { faultOf } from '../src/check/diagnosis/diagnose.ts';
import type { FaultInjector, NamedFault } from '../src/check/diagnosis/diagnose.ts';
import { gradientsOf, questionsOf } from '../src/check/questions/protocol.ts';
import { gradientCheck } from '../src/check/gradient-check.ts';
import type { FaultInjection, LossAndGradients } from '../src/engines/engine.ts';
import { createVectorEngine } from '../src/engines/vector/vector.ts';
import type { Setting } from '../src/faults/fault.ts';
import { faultById, faultName, injectionOf, possibleFaults } from '../src/faults/registry.ts';
import type { FaultAt } from '../src/faults/registry.ts';
import { twoInjected } from '../src/faults/two.ts';
import { distance, norm } from '../src/numeric/norms.ts';
import { createRng } from '../src/numeric/rng.ts';
import { randomProblem } from '../src/selftest/random-problem.ts';
import type { RandomProblem } from '../src/selftest/random-problem.ts';

const LARGEST = 16; // units of a layer
/** Gradients in binary64 that are closer than this, relative to all of them, are the same. */
const SAME = 1e-9;

const { values } = parseArgs({ options: { pairs: { type: 'string' }, seed: { type: 'string' } } });
const [count, firstSeed] = [Number(values.pairs ?? 1000), Number(values.seed ?? 1)];

/** The result of one pair. */
type Outcome =
  | 'cancelled'
  | 'one alone'
  | 'one shown'
  | 'one of two'
  | 'both named'
  | 'either or'
  | 'another pair'
  | 'a single'
  | 'unnamed';

async function tryPair(n: number): Promise<{ outcome: Outcome; wrong: string[]; what: string; milliseconds: number }> {
  const problem = randomProblem(firstSeed + n, { largest: LARGEST, deepest: 4 });
  const { network, optimizer, start, batch } = problem;
  const setting: Setting = { network, optimizer, scaling: { mean: 0, deviation: 2 } };
  const inject: FaultInjector['inject'] = async (injection) =>
    createVectorEngine(network, optimizer, { dtype: 'f64', injection });
  const singles = possibleFaults(setting).filter(({ id }) => ['gradient', 'again'].includes(faultById(id).stage));
  const rng = createRng(firstSeed + n, 'pairs');
  const drawn = (): FaultAt => singles[rng.below(singles.length)];
  const [one, two] = [drawn(), drawn()];
  const what = `seed ${problem.seed}: ${faultName(one)} and ${faultName(two)}`;
  const answers = (injection: FaultInjection): Promise<LossAndGradients[]> => allAnswers(inject, injection, problem);
  const truth = await answers(twoInjected(one, two, setting));
  if (same(truth, await answers({}))) return { outcome: 'cancelled', wrong: [], what, milliseconds: 0 };
  let isOne = false;
  for (const single of singles) isOne ||= same(truth, await answers(injectionOf(single, setting)));
  const checkOf = (injection: FaultInjection): ReturnType<typeof gradientCheck> => {
    const candidate = createVectorEngine(network, optimizer, { dtype: 'f32', injection });
    const reference = createVectorEngine(network, optimizer, { dtype: 'f32' });
    return gradientCheck(network, start, batch, { candidate, reference }, { injector: { setting, inject } });
  };
  /** Whether this network shows a mistake in single precision. */
  const isShown = async (fault: FaultAt): Promise<boolean> =>
    (await checkOf(injectionOf(fault, setting))).verdict.kind === 'disagree';
  const began = performance.now();
  const check = await checkOf(twoInjected(one, two, setting));
  const milliseconds = performance.now() - began;
  const { mistakes = [], pairs = [] } = check.diagnosis ?? {};
  const name = (named: NamedFault): string => faultName(faultOf(named));
  const wrong: string[] = [];
  // where one of them does not show, the other is what there is to name
  const shown = mistakes.length === 0 ? [] : [await isShown(one), await isShown(two)];
  const alone = shown[0] === shown[1] ? null : shown[0] ? one : two;
  if (!isOne && alone !== null && mistakes.map(name).includes(faultName(alone)))
    return { outcome: 'one shown', wrong, what, milliseconds };
  const put = [one, two].map(faultName);
  if (!isOne && mistakes.length > 0 && mistakes.map(name).every((one) => put.includes(one)))
    return { outcome: 'one of two', wrong, what, milliseconds };
  for (const mistake of mistakes) {
    if (!same(truth, await answers(injectionOf(faultOf(mistake), setting)))) wrong.push(name(mistake));
  }
  for (const [first, second] of pairs) {
    const both = await answers(twoInjected(faultOf(first), faultOf(second), setting));
    if (!same(truth, both)) wrong.push(`${name(first)} and ${name(second)}`);
  }
  const isThere = pairs.some((pair) => pair.map(name).toSorted().join() === put.toSorted().join());
  const outcome = outcomeOf(isOne, mistakes.length > 0, pairs.length, isThere);
  return { outcome, wrong, what, milliseconds };
}

function outcomeOf(isOne: boolean, single: boolean, pairs: number, isThere: boolean): Outcome {
  if (isOne) return 'one alone';
  if (single) return 'a single';
  if (pairs === 0) return 'unnamed';
  if (!isThere) return 'another pair';
  return pairs === 1 ? 'both named' : 'either or';
}

async function allAnswers(
  inject: FaultInjector['inject'],
  injection: FaultInjection,
  { network, start, batch }: RandomProblem,
): Promise<LossAndGradients[]> {
  const engine = await inject(injection);
  const all: LossAndGradients[] = [];
  for await (const answer of gradientsOf(engine, questionsOf(network, start, batch))) all.push(answer);
  return all;
}

function same(one: readonly LossAndGradients[], two: readonly LossAndGradients[]): boolean {
  return one.every(({ gradients }, n) => {
    const others = two[n].gradients;
    const size = norm(...gradients.map(({ values: x }) => x));
    return gradients.every(
      ({ values: x }, t) => distance([x], [others[t].values]) <= SAME * Math.max(norm(x), 1e-3 * size),
    );
  });
}

const counts = new Map<Outcome, number>();
const [wrong, times]: [string[], number[]] = [[], []];
for (let n = 0; n < count; n++) {
  const result = await tryPair(n);
  counts.set(result.outcome, (counts.get(result.outcome) ?? 0) + 1);
  times.push(result.milliseconds);
  if (result.wrong.length > 0) wrong.push(`${result.what} named ${result.wrong.join(', or ')}`);
  if (['unnamed', 'a single', 'another pair'].includes(result.outcome))
    console.log(`${result.outcome}: ${result.what}`);
}
const of = (outcome: Outcome): number => counts.get(outcome) ?? 0;
const real = count - of('cancelled') - of('one alone') - of('one shown');
console.log(Object.fromEntries(counts));
console.log(
  `${real} pairs differ from every single mistake; both named: ${of('both named') + of('either or')} (${of('either or')} of them with others that give the same numbers)`,
);
console.log(`named wrong: ${wrong.length}`);
for (const line of wrong) console.log(`  ${line}`);
console.log(`longest check: ${Math.max(...times).toFixed(0)} ms`);
