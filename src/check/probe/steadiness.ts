// Whether an engine's answers depend on chance or on the calls before: the same questions are asked
// in different company, and what is kept is found by what it predicts.
import { asCandidate } from '../../candidates/engine.ts';
import type { Batch } from '../../network/batch.ts';
import type { Parameters } from '../../network/parameters.ts';
import { countParameters } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { freshGradients, generalPoint, randomBatch, randomParameters } from '../slopes/general-point.ts';
import { UNWATCHED, breather } from '../watch.ts';
import type { Watch } from '../watch.ts';
import type { Asker } from './asker.ts';
import { areClose, areFinite, differing, differingNames, isDense, namedValues } from './pass/pass.ts';
import { History } from './steadiness/history.ts';
import type { Asked, Question } from './steadiness/history.ts';
import { memoriesOf } from './steadiness/memories.ts';
import type { Memory } from './steadiness/memories.ts';
import { keptOf } from './steadiness/sums.ts';
import type { Kept } from './steadiness/sums.ts';
import { tellKept, tellMemories, tellStalePrediction, tellUnknownMemory, tellUpdates } from './steadiness/tell.ts';
import { unexplained } from './steadiness/unexplained.ts';
import type { Told } from './told.ts';

/** Sizes of batches that no other question has: a value kept by size is then kept from here. */
const SIZES = [4, 6, 8];
const SMALLER = 2;
/** Far from the seeds of other points. */
const SEED = 7_300_001;
/** Products of a pass: a larger first call is not computed again. */
const LARGEST = 1e8;

interface Ask {
  readonly network: NetworkSpec;
  readonly asker: Asker;
  readonly watch?: Watch;
  /** Whether the user's own targets are one class per example. */
  readonly oneHot?: boolean;
  /** The very first question that the engine was asked, if it is known. */
  readonly first?: { readonly parameters: Parameters; readonly batch: Batch } | undefined;
}

/**
 * What is left to chance or kept between calls; empty if nothing is. The engine is asked 6 times if
 * its gradients are steady and wrong, 9 times if they are right, and at most 20 times. Throws
 * ENOUGH.
 */
export async function probeSteadiness(ask: Ask): Promise<readonly Told[]> {
  const { network, asker, watch = UNWATCHED, oneHot = true, first } = ask;
  if (!isDense(network)) return [];
  const n = sizeFor(asker, first?.batch.inputs.rows);
  const point = generalPoint(network, n, oneHot);
  const other = randomParameters(network, SEED);
  const batchOf = (k: number, B = n): Batch => randomBatch(network, B, SEED + k, oneHot);
  const X: Question = { parameters: point.parameters, batch: point.batch };
  const history = new History(network, asker);
  if (first !== undefined && first.batch.inputs.rows * countParameters(network) <= LARGEST)
    history.rememberFirst(first);
  const same = [await history.ask(X), await history.ask(X)];
  await history.ask({ ...X, batch: batchOf(1) });
  const seen = await between(history, asker, { parameters: other, batch: batchOf(2) });
  same.push(await history.ask(X));
  await history.ask({ parameters: other, batch: X.batch });
  await history.ask({ ...X, batch: batchOf(3, n > SMALLER ? SMALLER : n) });
  const answers = history.answers().map(({ asked }) => asked);
  if (!answers.every(({ found }) => areFinite(found))) return [];
  if (answers.every(isRight))
    return [...seen, ...(await afterUpdates(network, asker, history, { ...X, parameters: other }, X))];
  const fresh = [
    { parameters: other, batch: batchOf(4) },
    { parameters: X.parameters, batch: batchOf(5) },
  ];
  const kept = await remembered(network, history, fresh, watch);
  if (kept.length > 0) return kept;
  const unsteady = differingNames(
    same.map(({ found }) => found),
    same[0].right.values,
  );
  if (unsteady.length === 0) return seen;
  return unexplained(network, history, X, unsteady);
}

/** Batches of one where examples come one at a time: each is a call. */
function sizeFor({ engine }: Asker, given: number | undefined): number {
  if (asCandidate(engine).conventions?.['examples'] === 'one') return 1;
  return SIZES.find((size) => size !== given) ?? SIZES[0];
}

function isRight({ found, right }: Asked): boolean {
  return differing(found, right.values).every((name) => name === 'loss');
}

/** Asks for outputs, which should be those of the inputs that are given. */
async function between(history: History, asker: Asker, question: Question): Promise<readonly Told[]> {
  const { filledIn = [] } = asCandidate(asker.engine);
  if (filledIn.includes('predict')) return [];
  const before = history.calls[history.calls.length - 1];
  const found = await history.predict(question);
  const { right } = history.calls[history.calls.length - 1];
  const outputsOf = ({ a }: typeof right): Float64Array => Float64Array.from(a[a.length - 1].data);
  const isStale = areClose(found, outputsOf(before.right)) && !areClose(found, outputsOf(right));
  return isStale ? [tellStalePrediction()] : [];
}

/** Whether right answers are still right after updates, and updates the same each time. */
async function afterUpdates(
  network: NetworkSpec,
  asker: Asker,
  history: History,
  { parameters }: Question,
  X: Question,
): Promise<readonly Told[]> {
  const told: Told[] = [];
  const [g] = [freshGradients(network, parameters)(0)];
  const after = await asker.updates(parameters, [g]);
  const again = await history.ask(X);
  if (!areFinite(again.found)) return [];
  if (!isRight(again)) {
    const names = differing(again.found, again.right.values);
    told.push(tellUnknownMemory(names, 'an update'));
  }
  if (asCandidate(asker.engine).filledIn?.includes('applyGradients') === true) return told;
  const repeated = await asker.updates(parameters, [g]);
  const steps = [after, repeated].map(([w]) => namedValues(0, changeOf(w, parameters)));
  if (!steps.every(areFinite)) return told;
  const changed = differing(steps[1], steps[0]);
  return changed.length === 0 ? told : [...told, tellUpdates(changed.map((name) => name.slice(1)))];
}

function changeOf(after: Parameters, before: Parameters): Parameters {
  return after.map((tensor, t) => ({
    ...tensor,
    values: Float64Array.from(tensor.values, (w, i) => w - before[t].values[i]),
  }));
}

/** What is kept, if it predicts all answers and those to fresh questions. */
async function remembered(
  network: NetworkSpec,
  history: History,
  fresh: readonly Question[],
  watch: Watch,
): Promise<readonly Told[]> {
  const isKept = (all: readonly (Kept | null)[]): boolean =>
    all.every((one) => one !== null || false) && all.some((one) => one !== null && one.kind !== 'right');
  const gradientsOf = (): (Kept | null)[] =>
    keptOf(history.answers()).filter((one, n) => n > 0 || (one !== null && one.kind !== 'right'));
  const bySums = isKept(gradientsOf());
  const memories = bySums ? [] : await fitting(memoriesOf(network), history, watch);
  if (!bySums && memories.length === 0) return [];
  for (const question of fresh) await history.ask(question);
  const all = gradientsOf();
  if (bySums)
    return isKept(all)
      ? tellKept(
          network,
          all.filter((one) => one !== null),
        )
      : [];
  const lasting = await fitting(memories, history, watch);
  return lasting.length === 0 ? [] : [tellMemories(network, lasting)];
}

/** The memories that predict all answers, without those that say the same with more. */
async function fitting(memories: readonly Memory[], history: History, watch: Watch): Promise<Memory[]> {
  const breathe = breather(watch);
  const answers = history.answers();
  const found: { memory: Memory; known: number }[] = [];
  for (const memory of memories) {
    await breathe();
    if (watch.signal.aborted) return [];
    let known = 0;
    const isIt = answers.every((answered) => {
      const expected = memory.answer(answered);
      if (expected === null) return true;
      known++;
      const { found: own, right } = answered.asked;
      return differing(own, expected, right.values).every((name) => name === 'loss');
    });
    if (isIt && known >= ENOUGH_KNOWN) found.push({ memory, known });
  }
  const isSimplest = ({ memory, known }: (typeof found)[number]): boolean =>
    found.every(
      (other) =>
        (other.memory.part !== memory.part || other.known <= known) &&
        (other.memory.source !== memory.source || other.memory.values >= memory.values),
    );
  return found.filter(isSimplest).map(({ memory }) => memory);
}

/** Answers that an explanation must predict. */
const ENOUGH_KNOWN = 2;
