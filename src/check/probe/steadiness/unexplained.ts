// Answers to the same question that differ, where nothing that is known to be kept explains it:
// chance of some kind, or a memory that is told by what it does.
import type { NetworkSpec } from '../../../network/spec.ts';
import { dot, norm } from '../../../numeric/norms.ts';
import { onlyExamples } from '../../questions/protocol.ts';
import { areClose, differingNames } from '../pass/pass.ts';
import type { Values } from '../pass/pass.ts';
import type { Told } from '../told.ts';
import { chanceIn } from './chance.ts';
import { drawnIn } from './drawn.ts';
import type { Asked, History, Question } from './history.ts';
import { tellDrawn, tellDrift, tellMask, tellNoise, tellSteps, tellUnknownMemory } from './tell.ts';

/**
 * Asks again, for one example and for the whole batch X.
 * @param names values that differed in answers to the same question
 */
export async function unexplained(
  network: NetworkSpec,
  history: History,
  X: Question,
  names: readonly string[],
): Promise<readonly Told[]> {
  const one = { ...X, batch: onlyExamples(X.batch, [0]) };
  const singles: Asked[] = [];
  for (let k = 0; k < SINGLES; k++) singles.push(await history.ask(one));
  const right = singles[0].right.values;
  const varying = differingNames(
    singles.slice(1).map(({ found }) => found),
    right,
  );
  if (varying.length > 0) {
    const chance = chanceIn(network, singles);
    const masks = chance.flatMap((found) => (found.kind === 'mask' ? [found] : []));
    if (masks.length > 0) return masks.map(tellMask);
    const noise = chance.find(({ kind }) => kind === 'noise') ?? null;
    const share = sharedStep(singles, varying);
    const isAlike = differingNames(lastOf(singles, 2), right).length === 0;
    const drifts = isDrift(singles);
    if (share !== null || drifts || isAlike) {
      // masks of one example may come in such an order by chance, those of a whole batch hardly
      const { settled, again } = await askedAgain(history, X);
      const first = again.slice(0, SINGLES);
      const same = sharedStep(first, varying);
      if (share !== null && same !== null && Math.abs(same - share) < 1e-3) return [tellSteps(varying, share)];
      if (drifts && isDrift(first)) return [tellDrift(varying, noise?.layer ?? null)];
      if (isAlike && settled) return [tellUnknownMemory(names, 'other questions')];
    }
    return [tellNoise(noise?.kind === 'noise' ? noise : null, varying)];
  }
  const { settled, again } = await askedAgain(history, X);
  if (settled) return [tellUnknownMemory(names, 'other questions')];
  const drawn = drawnIn(network, again);
  return drawn === null ? [tellNoise(null, names)] : [tellDrawn(drawn)];
}

/** X again and again: the answers, and whether they become the same. */
async function askedAgain(history: History, X: Question): Promise<{ settled: boolean; again: readonly Asked[] }> {
  const again: Asked[] = [];
  for (let k = 0; k < REPEATED; k++) again.push(await history.ask(X));
  return { settled: differingNames(lastOf(again, REPEATED - 2), again[0].right.values).length === 0, again };
}

function lastOf(answers: readonly Asked[], count: number): Values[] {
  return answers.slice(-count).map(({ found }) => found);
}

/** Calls for one example that tell chance from a statistic that settles. */
const SINGLES = 4;
/** Calls for one batch; the last three are alike if no more than two calls are remembered. */
const REPEATED = 5;

/** c where each step of these values is c times the step before; null if there is none. */
function sharedStep(calls: readonly Asked[], names: readonly string[]): number | null {
  const all = calls.map(({ found }) =>
    Float64Array.from(found.flatMap(({ name, values }) => (names.includes(name) ? Array.from(values) : []))),
  );
  const steps = all.slice(1).map((values, k) => values.map((value, i) => value - all[k][i]));
  const [one, two, three] = steps;
  const square = dot(one, one);
  if (!(square > 0)) return null;
  const c = dot(two, one) / square;
  const share = Math.abs(c - 1) < 1e-4 ? 1 : c;
  const isIt = [one, two].every((step, k) => {
    const next = [two, three][k];
    return areClose(
      next,
      step.map((value) => share * value),
      all[0],
    );
  });
  return isIt && Math.abs(share) > 1e-2 && norm(three) > 1e-3 * norm(all[0]) ? share : null;
}

/** Whether all numbers move on in one direction, by less each time. */
function isDrift(calls: readonly Asked[]): boolean {
  const all = calls.map(({ found }) => found.slice(1).flatMap(({ values }) => Array.from(values)));
  const steps = all.slice(1).map((values, k) => values.map((value, i) => value - all[k][i]));
  return steps.slice(1).every((step, k) => {
    const [now, before] = [norm(step), norm(steps[k])];
    const along = step.reduce((sum, value, i) => sum + value * steps[k][i], 0);
    return before > 0 && now < before && along > ALONG * now * before;
  });
}

/** Cosine between two steps in one direction; between steps of chance it is near -1/2. */
const ALONG = 0.9;
