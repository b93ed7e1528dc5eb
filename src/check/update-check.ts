// Checks the optimizer alone, then one training step as a whole. Several updates with the same
// gradients in both engines tell a wrong optimizer from wrong gradients. A training step that is
// wrong although its gradients and its update are right does things in the wrong order.
import type { Engine } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { optimizerPage } from '../ops/optimizers/registry.ts';
import { asCandidate } from '../candidates/engine.ts';
import { boundedGradients } from '../bounds/gradients.ts';
import type { BoundedGradients } from '../bounds/gradients.ts';
import { boundedUpdates } from '../bounds/update.ts';
import type { BoundedUpdates } from '../bounds/update.ts';
import { culpritOf, isCulprit } from './diagnosis/culprit.ts';
import { diagnoseTrainStep, diagnoseUpdates } from './diagnosis/diagnose.ts';
import type { Diagnosis, FaultInjector, UpdateSequence } from './diagnosis/diagnose.ts';
import { besideStoring, comparisons, findingsOf, measure, measureNumber, worstOfEach } from './measure.ts';
import type { TensorCompare } from './measure.ts';
import { excused } from './out-of-range.ts';
import type { Judged } from './out-of-range.ts';
import { inTurn, mapPair, pairOf } from './pair.ts';
import type { Pair, Side } from './pair.ts';
import { isKept, sequencesOf } from './update-sequences.ts';
import { verdictOf } from './verdict.ts';
import { UNWATCHED, orElse } from './watch.ts';
import type { Watch } from './watch.ts';
import type { CheckName, Finding, TensorMeasure, Verdict } from './verdict.ts';

/** The result of checking the optimizer and a training step. */
export interface UpdateCheck {
  readonly verdict: Verdict;
  /**
   * Parameters after applyGradients with the same gradients in both engines; the worst of
   * all updates.
   */
  readonly updates: readonly TensorMeasure[];
  /** Parameters after one trainStep, each engine with its own gradients. */
  readonly trainSteps: readonly TensorMeasure[];
  readonly diagnosis: Diagnosis | null;
  /** Updates and training steps from the given start, where the problem says how many. */
  readonly training?: number;
}

/** What both engines start from, and the optimizer. */
export interface UpdateProblem {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly start: Parameters;
  readonly check: CheckName;
  readonly step?: number;
  /** Whether to ask further where no known mistake explains an update. Default: true. */
  readonly probes?: boolean;
}

/** What depends on the problem alone, and not on the engines that are checked. */
export interface KeptUpdates {
  sequences?: readonly UpdateSequence[];
}

/**
 * Compares several updates with the same gradients in both engines, then one training step of each.
 * @param problem with `kept`: what earlier checks of this very problem have found out; and with
 *   `training`: updates, and training steps, from the given start alone. Default: UPDATES and one
 *   training step there, MORE_UPDATES at the general point
 * @param gradientsAreRight whether a side's gradients were right: only then is its wrong training
 *   step diagnosed
 * @param exact the exact values of this very problem, if they are known already
 */
export async function updateCheck(
  {
    kept = {},
    training,
    ...problem
  }: Omit<UpdateProblem, 'check'> & {
    readonly kept?: KeptUpdates | undefined;
    readonly training?: number | undefined;
  },
  batch: Batch,
  engines: Pair<Engine>,
  injector: FaultInjector | null = null,
  gradientsAreRight: (side: Side) => boolean = () => true,
  exact: BoundedGradients = boundedGradients(problem.network, problem.start, batch),
): Promise<UpdateCheck> {
  const own: UpdateProblem = { ...problem, check: 'update-check' };
  const sequences = (kept.sequences ??= sequencesOf(own, exact.gradients, training === undefined, training));
  const hasOwnSteps = asCandidate(engines.candidate).ownSteps === true;
  const updates = hasOwnSteps ? NOTHING : await compareUpdates(own, sequences, engines, injector);
  const steps =
    hasOwnSteps || ((training ?? 1) > 1 && !isCulprit('candidate', updates.measures))
      ? await stepsOf(own, { batch, training }, engines.candidate, injector, gradientsAreRight)
      : NOTHING;
  const wrong = (side: Side): boolean =>
    !gradientsAreRight(side) || isCulprit(side, updates.measures) || (side === 'candidate' && steps.diagnosis !== null);
  const going: Watch = { ...UNWATCHED, ...(isCulprit('candidate', updates.measures) && { failed: () => {} }) };
  const step = compareTrainStep(own, { batch, exact }, engines, injector, wrong);
  const trained = await orElse<Compared>(going, step, NOTHING); // wrong updates are told even if it fails now
  const findings = [...updates.findings, ...trained.findings, ...steps.findings];
  const trainSteps = [...trained.measures, ...steps.measures];
  return {
    verdict: verdictOf(
      [...updates.measures, ...trainSteps, ...(trained.loss === undefined ? [] : [trained.loss])],
      findings,
    ),
    updates: worstOfEach(updates.measures),
    trainSteps: worstOfEach(trainSteps),
    diagnosis: updates.diagnosis ?? steps.diagnosis ?? trained.diagnosis,
    ...(training !== undefined && { training }),
  };
}

/** Several training steps of the candidate, one after the other. */
async function stepsOf(
  problem: UpdateProblem,
  { batch, training }: { readonly batch: Batch; readonly training: number | undefined },
  candidate: Engine,
  injector: FaultInjector | null,
  gradientsAreRight: (side: Side) => boolean,
): Promise<Compared> {
  const { compareSteps, diagnoseSteps } = await import('./steps/compare-steps.ts');
  const steps = await compareSteps(problem, batch, candidate, training);
  const isWrong = isCulprit('candidate', steps.measures);
  const mistakes =
    isWrong && injector !== null && gradientsAreRight('candidate') ? await diagnoseSteps(injector, steps) : null;
  // where none is found, the training step alone may say more
  return { ...steps, diagnosis: mistakes === null || mistakes.length === 0 ? null : { engine: 'candidate', mistakes } };
}

/**
 * Whether a bound says anything of updates. In 16 bits the squares of gradients vanish: a step that
 * is divided by the root of them may be anything.
 */
export function judgesUpdates({ arithmetic }: NetworkSpec, { id }: OptimizerSpec): boolean {
  return arithmetic !== 'gpu16' || optimizerPage(id).squares !== true;
}

interface Compared {
  readonly measures: readonly TensorMeasure[];
  readonly findings: readonly Finding[];
  readonly diagnosis: Diagnosis | null;
  /** Of a training step. */
  readonly loss?: TensorMeasure;
}

const NOTHING: Compared = { measures: [], findings: [], diagnosis: null };

/** Runs both engines from fresh optimizer state, with the same gradients one after the other. */
export async function compareUpdates(
  problem: UpdateProblem,
  sequences: readonly UpdateSequence[],
  engines: Pair<Engine>,
  injector: FaultInjector | null,
): Promise<Compared> {
  const dtypes = mapPair(engines, ({ dtype }) => dtype);
  const measures: TensorMeasure[] = [];
  const findings: Finding[] = [];
  const done: Pair<Updated[]> = { candidate: [], reference: [] };
  for (const [s, sequence] of sequences.entries()) {
    const updated = await updatedBy(problem, sequence, engines, dtypes);
    for (const one of updated.measures) {
      measures.push(...one);
      findings.push(...findingsOf(problem.check, 'update', one, s === 0 ? 'given' : 'random'));
    }
    mapPair(done, (all, side) => all.push({ ...sequence, found: updated.found[side] }));
  }
  const engine = culpritOf(measures);
  const mistakes =
    engine && injector && (await diagnoseUpdates(injector, await remembered(done[engine], engines[engine])));
  const isUnknown =
    engine !== null && mistakes?.length === 0 && problem.check === 'update-check' && problem.probes !== false;
  const probed = isUnknown
    ? await (await import('./probe/probe.ts')).probeUpdatesOf(engines[engine], problem, UNWATCHED)
    : null;
  const told = probed !== null && probed.told.length > 0 && { probed };
  return { measures, findings, diagnosis: engine && mistakes && { engine, mistakes, ...told } };
}

/** A sequence, and an engine's parameters after each of its updates; empty if they are not kept. */
type Updated = UpdateSequence & { readonly found: readonly Parameters[] };

/**
 * With the parameters after each update of a large network, which were not kept: it is repeated.
 */
async function remembered(done: readonly Updated[], engine: Engine): Promise<Updated[]> {
  const all: Updated[] = [];
  for (const updated of done) {
    const found: Parameters[] = [];
    if (!isKept(updated)) {
      await engine.load(updated.start);
      for (const g of updated.gradients) {
        await engine.applyGradients(g);
        found.push(await engine.parameters());
      }
    }
    all.push(found.length > 0 ? { ...updated, found } : updated);
  }
  return all;
}

/** One sequence in both engines: the parameters after each update, and their measures. */
async function updatedBy(
  { network, optimizer, step }: UpdateProblem,
  sequence: UpdateSequence,
  engines: Pair<Engine>,
  dtypes: Pair<Dtype>,
): Promise<{ found: Pair<Parameters[]>; measures: TensorMeasure[][] }> {
  const { start, gradients } = sequence;
  const expected = boundedUpdates(network, optimizer, start);
  await inTurn(engines, (engine) => engine.load(start));
  const found: Pair<Parameters[]> = pairOf(() => []);
  const measures: TensorMeasure[][] = [];
  let update = 0;
  for (const g of gradients) {
    await inTurn(engines, (engine) => engine.applyGradients(g));
    expected.step(g);
    const now = await inTurn(engines, (engine) => engine.parameters());
    const number = ++update; // from 1, as a candidate gets it
    const compared = comparisons(now, expected.parameters, expected.errors, step ?? number);
    const fair = excusing('update', expected.extremes, dtypes);
    const measured = compared.map((c, t) => ({ ...fair(c), update: number, ...withoutStoring(c, expected, t) }));
    measures.push(measured);
    if (!isKept(sequence)) continue;
    found.candidate.push(now.candidate);
    found.reference.push(
      now.reference.map((own, t) => (measured[t].identical ? now.candidate[t] : own)), // the same bits are kept once
    );
  }
  return { found, measures };
}

/** Measures a tensor, without blame for a side whose numbers had to leave the range. */
function excusing(
  what: Extract<Judged, { layer: number }>['what'],
  extremes: BoundedGradients['extremes'],
  dtypes: Pair<Dtype>,
): (c: TensorCompare) => TensorMeasure {
  return (c) => excused(measure(c), { what, layer: c.layer }, extremes, dtypes);
}

function withoutStoring(
  c: TensorCompare,
  { storing }: BoundedUpdates,
  t: number,
): Pick<TensorMeasure, 'besideStoring'> {
  return { besideStoring: besideStoring(c, storing[t].values) };
}

/** A batch, and the exact answer to it at the parameters where a step starts. */
export interface KnownBatch {
  readonly batch: Batch;
  readonly exact: BoundedGradients;
}

/**
 * Lets both engines take one training step on the batch, from `start`.
 * @param alreadyWrong whether a side's gradients or updates are wrong: then its wrong training step
 *   is not diagnosed
 */
export async function compareTrainStep(
  { network, optimizer, start, check, step, probes = true }: UpdateProblem,
  { batch, exact }: KnownBatch,
  engines: Pair<Engine>,
  injector: FaultInjector | null,
  alreadyWrong: (side: Side) => boolean,
): Promise<Compared & { readonly loss: TensorMeasure }> {
  const expected = boundedUpdates(network, optimizer, start);
  expected.step(exact.gradients, exact.errors, exact.followed);
  await inTurn(engines, (engine) => engine.load(start));
  const losses = await inTurn(engines, (engine) => engine.trainStep(batch));
  const found = await inTurn(engines, (engine) => engine.parameters());
  const extremes = [...exact.extremes, ...expected.extremes];
  const dtypes = mapPair(engines, ({ dtype }) => dtype);
  const loss = excused(measureNumber('loss', losses, exact.loss, step), { what: 'loss' }, extremes, dtypes);
  const compared = comparisons(found, expected.parameters, expected.errors, step);
  const fair = excusing('train-step', extremes, dtypes);
  const measures = compared.map((c, t) => ({ ...fair(c), ...withoutStoring(c, expected, t) }));
  const findings = [...findingsOf(check, 'train-step', measures), ...findingsOf(check, 'loss', [loss])];
  const engine = culpritOf(measures);
  const unexplained = engine !== null && injector !== null && !alreadyWrong(engine);
  const mistakes = unexplained ? await diagnoseTrainStep(injector, start, batch, found[engine], expected) : null;
  const isUnknown = unexplained && mistakes?.length === 0 && probes;
  const probed = isUnknown
    ? await (
        await import('./probe/probe.ts')
      ).probeTrainStepOf(engines[engine], { network, optimizer, start, batch }, found[engine], UNWATCHED)
    : null;
  const told = probed !== null && probed.told.length > 0 && { probed };
  return { measures, findings, loss, diagnosis: engine && mistakes && { engine, mistakes, ...told } };
}
