// Asks an engine whose gradients are wrong, and that no known mistake explains, until it is known
// which operation is wrong.
import type { Engine } from '../../engines/engine.ts';
import { CandidateError } from '../../errors.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { hasPenalties } from '../../network/penalty-spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Result } from '../gradients/results.ts';
import type { Side } from '../pair.ts';
import { addsUp } from '../adds-up.ts';
import { isOneHot } from '../slopes/general-point.ts';
import type { TensorMeasure } from '../verdict.ts';
import type { Watch } from '../watch.ts';
import { withoutPenalties } from './without-penalties.ts';
import { Asker, ENOUGH } from './asker.ts';
import { probeBatch } from './batch.ts';
import { shuffledLossIn } from './batch/shuffled.ts';
import { probeSizes } from './batch/sizes.ts';
import { probeLoss } from './loss/loss.ts';
import type { LossFound } from './loss/loss.ts';
import { ruleOf } from './loss/recognised.ts';
import { probeOperations } from './operations/operations.ts';
import { probeUpdates } from './optimizer/updates.ts';
import { probePrediction } from './prediction.ts';
import { probeRounding } from './rounding/rounding.ts';
import { probeSteadiness } from './steadiness.ts';
import { probeTrainStep } from './train-step.ts';
import type { Found, Probed, Told } from './told.ts';

interface Suspect {
  readonly network: NetworkSpec;
  readonly engine: Engine;
  readonly side: Side;
  readonly results: readonly Result[];
  readonly watch: Watch;
}

/** What is wrong in the gradients of an engine; it may end with other parameters loaded. */
export async function probeGradients(suspect: Suspect): Promise<Probed> {
  const rounded = await roundedIn(suspect);
  if (rounded.told.length > 0) return rounded;
  return experimented(suspect, rounded.asked);
}

/** Penalties are rounded as well: they stay in. */
function roundedIn({ network, engine, watch, results, side }: Suspect): Promise<Probed> {
  const oneHot = isOneHot(results[0].question.batch.targets);
  if (!addsUp(network)) return Promise.resolve({ asked: 0, told: [] });
  return probedBy(engine, watch, (asker) => probeRounding({ network, asker, results, side, oneHot, watch }));
}

/** @param before questions that were asked already */
async function experimented(suspect: Suspect, before: number): Promise<Probed> {
  const { network, engine } = suspect;
  if (!hasPenalties(network)) {
    const { asked, told } = await probed(suspect, before);
    return { asked, told: told.map(({ besidePenalties: _, ...one }) => plain(one)) };
  }
  const bare = { ...network, penalties: [] };
  const { asked, told } = await probed(
    { ...suspect, network: bare, engine: withoutPenalties(network, engine) },
    before,
  );
  return { asked, told: told.map(besideThePenalty) };
}

function probed(suspect: Suspect, before: number): Promise<{ asked: number; told: readonly Found[] }> {
  const asker = new Asker(suspect.engine, suspect.watch);
  asker.asked = before;
  const told: Found[] = [];
  return toldBy(asker, told, () => experiments(suspect, asker, told));
}

/** Without what experiments tell each other. */
function plain({ isAlone: _alone, isSum: _sum, ...one }: Found): Told {
  return one;
}

/** The declared penalties are taken out of everything that the engine returned. */
function besideThePenalty({ besidePenalties, ...one }: Found): Told {
  return { ...plain(one), ...(besidePenalties ?? { text: `Without the declared penalty: ${one.text}` }) };
}

/** What was told until no further question was to be asked, or the engine failed. */
async function toldBy<T extends Told>(
  asker: Asker,
  told: readonly T[],
  ask: () => Promise<void>,
): Promise<{ asked: number; told: readonly T[] }> {
  try {
    await ask();
  } catch (error) {
    if (error instanceof CandidateError) asker.watch.failed?.(error);
    else if (error !== ENOUGH) throw error;
  }
  return { asked: asker.asked, told };
}

/** One experiment alone: what it tells, if anything. */
function probedBy(
  engine: Engine,
  watch: Watch,
  experiment: (asker: Asker) => Promise<readonly Told[] | Told | null>,
): Promise<Probed> {
  const asker = new Asker(engine, watch);
  const told: Told[] = [];
  return toldBy(asker, told, async () => void told.push(...[(await experiment(asker)) ?? []].flat()));
}

/** Adds what each experiment finds out: the later ones rest on the earlier ones. */
async function experiments({ network, side, results, watch }: Suspect, asker: Asker, told: Found[]): Promise<void> {
  if (!addsUp(network)) return;
  const first = results[0].question;
  const { targets, inputs } = first.batch;
  const examples = inputs.rows;
  const oneHot = isOneHot(targets);
  const isRight = ({ left }: TensorMeasure): boolean => left !== side && left !== 'both';
  const lossIsWrong = !results.every(({ loss }) => isRight(loss));
  told.push(...(await probeSteadiness({ network, asker, watch, oneHot, first })));
  if (told.length > 0) return;
  const shared = sharedOf(results, side);
  if (shared !== null) {
    told.push(shared);
    return;
  }
  const sizes = (): Promise<readonly Told[]> => probeSizes({ network, asker, oneHot, examples });
  const small = async (): Promise<readonly Told[]> => {
    const found = await sizes();
    return found.length > 0 ? found : [tellSmall()];
  };
  const areRight = results.every(({ gradients }) => gradients.every(isRight));
  const ofBatch = areRight ? null : await probeBatch({ network, asker, watch, oneHot });
  told.push(...(ofBatch?.told ?? []));
  if (ofBatch?.isLossToo === true) return;
  if (ofBatch?.isEmpty === true && !isEmptyIn(results[0], side)) {
    told.push(...(await small()));
    return;
  }
  const overflows = results
    .filter(
      ({ question: { exact }, answers }) => !Number.isFinite(answers[side].loss) && Number.isFinite(exact.loss.value),
    )
    .map(({ question: { parameters, batch }, answers }) => ({ loss: answers[side].loss, parameters, batch }));
  const loss = await probeLoss({ network, asker, watch, lossIsWrong, targets, overflows });
  // an example that is left out of the gradients is out of the loss too
  const isToldOnce = told.length > 0 && loss?.loss?.batch?.startsWith('without') === true;
  // the gradients are those of a loss that is made up otherwise: then the loss says it
  if (!isToldOnce && loss?.loss && !ruleOf(loss.loss).isAlike && loss.gradients.is === 'own') told.length = 0;
  told.unshift(...(isToldOnce ? [] : (loss?.told ?? [])));
  if (areRight && lossIsWrong && (told.length === 0 || loss?.loss?.batch === null)) {
    const shuffled = await shuffledLossIn({ network, asker, oneHot });
    if (shuffled.length > 0) told.length = 0;
    told.push(...shuffled);
  }
  if (areRight && told.length === 0) told.push(...(await sizes()));
  if (ofBatch === null || ofBatch.sumsOf === 'right' || isExplained(loss)) return;
  const { singles, sumsOf, unexplained } = ofBatch;
  if (sumsOf === 'neither' && unexplained === null) return;
  const forwardIsRight = !lossIsWrong && results.every(({ outputs }) => isRight(outputs));
  const operations = await probeOperations({ network, asker, singles, oneHot, forwardIsRight });
  if (!operations.every((one) => !isZero(one) || isZeroIn(results[0], side, one.place))) {
    told.push(...(await small()));
    return;
  }
  // where batches do not add up, what is wrong in a single example may be why
  const alone =
    unexplained === null ? operations : operations.filter(({ kind }) => kind !== 'factor').map(inBatchOfOne);
  if (unexplained !== null && alone.length > 0) told.splice(told.indexOf(unexplained), 1);
  const before = told.filter((one) => one.isSum !== true || !operations.some((own) => isWhy(own, one)));
  told.splice(0, told.length, ...before);
  told.push(...alone.filter((one) => !isSaid(one, before)));
  if (told.length > 0 || areRight) return;
  told.push(...(await sizes()));
}

/** Whether the sum of a batch is not divided because this has nothing of the layers above in it. */
function isWhy({ isAlone = false, place }: Found, ofBatch: Told): boolean {
  const layerOf = (name: string): number => Number(/\d+$/.exec(name)?.[0]);
  return isAlone && layerOf(place) >= layerOf(ofBatch.place);
}

/** Two tensors that are the same numbers in every answer, and should not be. */
function sharedOf(results: readonly Result[], side: Side): Told | null {
  const [{ compared }] = results;
  for (const [n, { parameter, shape }] of compared.entries())
    for (const other of compared.slice(n + 1)) {
      if (other.shape.join() !== shape.join() || !parameter.startsWith('W')) continue;
      const m = compared.indexOf(other);
      const isOne = results.every(({ compared: all }) => {
        const [a, b] = [all[n], all[m]];
        const isSame = a[side].every((x, i) => Object.is(x, b[side][i]));
        return isSame && a[side].some((x) => x !== 0) && a.exact.some((x, i) => x !== b.exact[i]);
      });
      if (!isOne) continue;
      const names = `d${parameter} and d${other.parameter}`;
      return {
        kind: 'state',
        place: `d${parameter}`,
        text: `${names} are the same numbers in every answer: one array may serve for both.`,
        used: null,
        right: null,
        fix: 'give each layer arrays of its own for its gradients',
      };
    }
  return null;
}

function isZero({ used, place }: Told): boolean {
  return used?.startsWith(`${place} = 0`) === true;
}

/** Whether all gradients are 0 in the answer to the given batch too. */
function isEmptyIn(result: Result, side: Side): boolean {
  return result.compared.every(({ parameter }) => isZeroIn(result, side, `d${parameter}`));
}

/** Whether the tensor dW1, db1 ... is 0 in the answer to the given batch too. */
function isZeroIn({ compared }: Result, side: Side, place: string): boolean {
  const tensor = compared.find(({ parameter }) => `d${parameter}` === place);
  return Array.from(tensor?.[side] ?? []).every((x) => Math.abs(x) <= 1e-6);
}

function tellSmall(): Told {
  const text = 'Gradients of a single example are 0, those of the given batch are not: examples are left out.';
  return { kind: 'batch', place: 'loss', text, used: null, right: null, fix: 'use every example of the batch' };
}

function inBatchOfOne(one: Found): Found {
  return { ...one, text: `In a batch of one: ${one.text}` };
}

/** Whether what is told already says it, or says more about the same. */
function isSaid({ place, used }: Told, told: readonly Told[]): boolean {
  return told.some(
    (one) => one.place === place || one.text.split(/[ ,.]/).includes(place) || (one.kind === 'loss' && used === null),
  );
}

/** Whether the gradients belong to a loss that is known: then no operation is wrong. */
function isExplained(loss: LossFound | null): boolean {
  const is = loss?.gradients.is;
  return is === 'own' || is === 'right';
}

/** What is wrong in the outputs of an engine whose loss and gradients are right. */
export async function probePredictionOf({ network, engine, results, watch }: Suspect): Promise<Probed> {
  const oneHot = isOneHot(results[0].question.batch.targets);
  return probedBy(engine, watch, (asker) => probePrediction(network, asker, oneHot));
}

/** What is wrong in the order of a training step, whose gradients and update alone are right. */
export async function probeTrainStepOf(
  engine: Engine,
  problem: Parameters<typeof probeTrainStep>[0],
  found: Parameters<typeof probeTrainStep>[1],
  watch: Watch,
): Promise<Probed> {
  return probedBy(engine, watch, (asker) => probeTrainStep(problem, found, asker));
}

/** What is wrong in the updates of an engine, which are made of given gradients. */
export async function probeUpdatesOf(
  engine: Engine,
  problem: { readonly network: NetworkSpec; readonly optimizer: OptimizerSpec },
  watch: Watch,
): Promise<Probed> {
  return probedBy(engine, watch, (asker) => probeUpdates({ ...problem, asker, watch }));
}
