// What steps at several rates show about a candidate whose gradients are recovered from updates:
// whether it starts from the parameters it is given, uses the rate it is given, and computes its
// gradients before it updates.
import { boundedGradients } from '../../bounds/gradients.ts';
import { asCandidate } from '../../candidates/engine.ts';
import type { Recovery } from '../../candidates/engine.ts';
import type { Engine, LossAndGradients } from '../../engines/engine.ts';
import { allFinite, apart, withZeroBiases } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { dot, norm } from '../../numeric/norms.ts';
import type { FaultInjector } from '../diagnosis/evidence.ts';
import { orEnough } from '../probe/asker.ts';
import type { Told } from '../probe/told.ts';
import { singleExamples } from '../questions/protocol.ts';
import type { Question } from '../questions/protocol.ts';
import { usedOfBound } from '../measure.ts';
import { stepped, steppingEngine } from './step-injector.ts';
import {
  tellAfterEachExample,
  tellFactor,
  tellLossAfterwards,
  tellNotMoved,
  tellOtherStart,
  tellOwnRate,
  tellTwiceAnew,
} from './tell.ts';

/** Rates of the steps; powers of two. At 1, a rate that is squared does not show. */
export const RATE = 1 / 2;
const OTHER_RATE = 1 / 8;
/** A step so small that it ends where it starts. */
const HARDLY_ANY = 2 ** -60;
/** Relative distance within which two steps are the same; single precision is off by 1e-7. */
const SAME = 1e-4;
/** Times the rounding of both steps by which the same gradient may differ. */
const ROUNDINGS = 8;

/** What the experiments showed. */
export interface StepsFound {
  readonly told: readonly Told[];
  /** Whether the gradients are others at another rate. */
  readonly dependsOnRate: boolean;
  /** How many steps it was asked for. */
  readonly asked: number;
}

interface Step extends LossAndGradients {
  readonly after: Parameters;
}

/** Where to look, and what to compare with. */
export interface StepsProblem {
  readonly network: NetworkSpec;
  readonly candidate: Engine;
  readonly recovery: Recovery;
  /** One at general parameters, and one elsewhere. */
  readonly at: Question;
  readonly elsewhere: Question;
  readonly injector: FaultInjector | undefined;
}

/** Throws ENOUGH where the candidate fails. It is left at the rate that costs least. */
export async function experimentOnSteps(problem: StepsProblem): Promise<StepsFound> {
  const { at, elsewhere, recovery } = problem;
  let asked = 0;
  const step = async ({ parameters, batch }: Question, rate: number): Promise<Step> => {
    asked++;
    const answer = await orEnough(async () => {
      recovery.at(rate);
      await problem.candidate.load(parameters);
      return problem.candidate.lossAndGradients(batch);
    });
    return { ...answer, after: stepped(parameters, answer.gradients, rate) };
  };
  try {
    const found = (told: readonly Told[], dependsOnRate = false): StepsFound => ({ told, dependsOnRate, asked });
    const [here, there] = [await step(at, HARDLY_ANY), await step(elsewhere, HARDLY_ANY)];
    const gap = apart(at.parameters, elsewhere.parameters);
    if (gap > 0 && apart(here.after, there.after) <= SAME * gap) return found([tellOtherStart()]);
    const [one, again, other] = [await step(at, RATE), await step(at, RATE), await step(at, OTHER_RATE)];
    if (!allFinite(one.gradients) || !isSame(one, again)) return found([]);
    const loss = lossAfterwards(problem, one);
    const moved = apart(one.after, at.parameters);
    if (moved === 0) return found(norms(at.exact.gradients) > 0 ? [tellNotMoved(), ...loss] : loss);
    if (apart(one.after, other.after) <= SAME * moved)
      return found([tellOwnRate(factorOf(stepOf(one, at), at.exact.gradients)), ...loss], true);
    if (isSame(one, other)) {
      const factor = factorOf(one.gradients, at.exact.gradients);
      return found([...(factor === null ? [] : tellFactor(factor)), ...loss]);
    }
    return found([...(await inWhichOrder(problem, one)), ...loss], true);
  } finally {
    recovery.at(null);
  }
}

/** The step that was taken, before - after. */
function stepOf({ after }: Step, { parameters }: Question): Parameters {
  return stepped(parameters, after, 1);
}

/** Whether two gradients are the same but for the rounding of the steps. */
function isSame(one: Step, other: Step): boolean {
  return one.gradients.every(({ values }, t) =>
    values.every((g, i) => {
      const allowed = ((one.rounding?.[t].values[i] ?? 0) + (other.rounding?.[t].values[i] ?? 0)) * ROUNDINGS;
      return Math.abs(g - other.gradients[t].values[i]) <= allowed;
    }),
  );
}

/** How many times `right` it is; null if it is no multiple. */
function factorOf(found: Parameters, right: Parameters): number | null {
  const product = (a: Parameters, b: Parameters): number =>
    a.reduce((sum, { values }, t) => sum + dot(values, b[t].values), 0);
  const factor = product(found, right) / product(right, right);
  const rest = apart(
    found,
    right.map(({ values, ...tensor }) => ({ ...tensor, values: Float64Array.from(values, (g) => factor * g) })),
  );
  return rest <= SAME * norms(found) ? factor : null;
}

function lossAfterwards({ network, at }: StepsProblem, { loss, after }: Step): Told[] {
  if (usedOfBound(loss, at.exact.loss.value, at.exact.loss.error) <= 1 || !allFinite(after)) return [];
  const { value, error } = boundedGradients(network, after, at.batch).loss;
  return usedOfBound(loss, value, error + SAME * Math.abs(value)) <= 1 ? [tellLossAfterwards()] : [];
}

/** Which order of gradients and updates leads to the step that was taken. */
async function inWhichOrder({ injector, network, at }: StepsProblem, { after }: Step): Promise<Told[]> {
  if (injector === undefined) return [];
  const { parameters, batch } = at;
  const singles = singleExamples(batch);
  const moved = apart(after, parameters);
  const leadsThere = async (rate: number, batches: readonly (typeof batch)[]): Promise<boolean> => {
    const engine = await steppingEngine(injector.inject, {}, rate);
    await engine.load(parameters);
    for (const one of batches) await engine.trainStep(one);
    const end = await engine.parameters();
    await engine.dispose();
    return apart(withZeroBiases(network, end), after) <= SAME * moved;
  };
  for (const rate of [RATE, RATE / singles.length])
    if (await leadsThere(rate, singles)) return [tellAfterEachExample()];
  for (const rate of [RATE, RATE / 2]) if (await leadsThere(rate, [batch, batch])) return [tellTwiceAnew()];
  return [];
}

function norms(all: Parameters): number {
  return norm(...all.map(({ values }) => values));
}

/** How a candidate's gradients are recovered; null for any other engine. */
export function recoveryOf(engine: Engine): Recovery | null {
  return asCandidate(engine).recovery ?? null;
}
