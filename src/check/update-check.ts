// The optimizer alone, and one training step as a whole. Several updates with the same gradients in both engines tell a wrong optimizer from
// wrong gradients; a training step whose gradients and update are right each, and which is wrong, does things in the wrong order.
import type { Engine } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import { allFinite, copyParameters, withZeroBiases } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { boundedGradients } from '../bounds/gradients.ts';
import type { BoundedGradients } from '../bounds/gradients.ts';
import { boundedUpdates } from '../bounds/update.ts';
import { diagnoseTrainStep, diagnoseUpdates } from './diagnosis/diagnose.ts';
import type { Diagnosis, Known, UpdateSequence } from './diagnosis/diagnose.ts';
import { freshGradients, generalPoint } from './slopes/general-point.ts';
import { findingsOf, measureNumber, measureParameters, worstOfEach } from './measure.ts';
import { dtypesOf, excused } from './out-of-range.ts';
import { verdictOf } from './verdict.ts';
import type { CheckName, Finding, Left, TensorMeasure, Verdict } from './verdict.ts';

/** What a check of the optimizer and of a training step found. */
export interface UpdateCheck {
  readonly verdict: Verdict;
  /** Parameters after applyGradients, the same gradients in both engines; the worst of UPDATES steps. */
  readonly updates: readonly TensorMeasure[];
  /** Parameters after one trainStep: each engine's own gradients. */
  readonly trainSteps: readonly TensorMeasure[];
  readonly diagnosis: Diagnosis | null;
}

/** Updates with the same gradients: more than one, so that the optimizer's state counts. */
export const UPDATES = 3;
/** The same where nothing is hidden. */
export const MORE_UPDATES = 5;

/** What both engines are to start from, and by which optimizer. */
export interface UpdateProblem {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly start: Parameters;
  readonly check: CheckName;
  readonly step?: number;
}

/** Several updates with the same gradients in both engines, then one training step of each on its own.
 * @param gradientsAreRight whose gradients were found right: only of those is a wrong training step diagnosed
 * @param exact the exact values of this very problem, where they are known already */
export async function updateCheck(
  problem: Omit<UpdateProblem, 'check'>,
  batch: Batch,
  candidate: Engine,
  reference: Engine,
  known: Known | null = null,
  gradientsAreRight: (engine: Diagnosis['engine']) => boolean = () => true,
  exact: BoundedGradients = boundedGradients(problem.network, problem.start, batch),
): Promise<UpdateCheck> {
  const own: UpdateProblem = { ...problem, check: 'update-check' };
  const sequences = sequencesOf(own, exact.gradients);
  const updates = await compareUpdates(own, sequences, candidate, reference, known);
  const wrong = (engine: Diagnosis['engine']): boolean =>
    !gradientsAreRight(engine) || updates.measures.some((m) => m.left === engine || m.left === 'both');
  const trained = await compareTrainStep(own, batch, exact, candidate, reference, known, wrong);
  const findings = [...updates.findings, ...trained.findings];
  return {
    verdict: verdictOf([...updates.measures, ...trained.measures, trained.loss], findings),
    updates: worstOfEach(updates.measures),
    trainSteps: trained.measures,
    diagnosis: updates.diagnosis ?? trained.diagnosis,
  };
}

interface Compared {
  readonly measures: TensorMeasure[];
  readonly findings: Finding[];
  readonly diagnosis: Diagnosis | null;
}

/** Updates from the start that is given, with its own gradients first; and from parameters at which nothing is hidden. None with gradients that are not finite:
 * the comparison of the gradients themselves, or the free run, says so.
 * @param elsewhere whether the random parameters are wanted: once is enough for a whole run */
export function sequencesOf({ network, start }: UpdateProblem, own: Parameters, elsewhere = true): UpdateSequence[] {
  const first = copyParameters(own, 'f32'); // the same numbers for every engine
  if (!allFinite(first)) return [];
  const fresh = (from: number, count: number): Parameters[] =>
    Array.from({ length: count }, (_, i) => withoutBiasesIf(network, freshGradients(first, from + i)));
  const given = { start, gradients: [first, ...fresh(0, UPDATES - 1)] };
  if (!elsewhere) return [given];
  return [given, { start: generalPoint(network, 1, true).parameters, gradients: fresh(UPDATES, MORE_UPDATES) }];
}

function withoutBiasesIf(network: NetworkSpec, gradients: Parameters): Parameters {
  return network.biases === false ? withZeroBiases(gradients) : gradients;
}

/** Both engines, from fresh optimizer state, with the same gradients one after the other. */
export async function compareUpdates(
  { network, optimizer, check, step }: UpdateProblem,
  sequences: readonly UpdateSequence[],
  candidate: Engine,
  reference: Engine,
  known: Known | null,
): Promise<Compared> {
  const dtypes = dtypesOf(candidate, reference);
  const measures: TensorMeasure[] = [];
  const findings: Finding[] = [];
  const done: { sequence: UpdateSequence; found: Record<Diagnosis['engine'], Parameters[]> }[] = [];
  for (const [s, sequence] of sequences.entries()) {
    const expected = boundedUpdates(network, optimizer, sequence.start);
    await candidate.load(sequence.start);
    await reference.load(sequence.start);
    const found: Record<Diagnosis['engine'], Parameters[]> = { candidate: [], reference: [] };
    for (const [i, g] of sequence.gradients.entries()) {
      await candidate.applyGradients(g);
      await reference.applyGradients(g);
      expected.step(g);
      const [c, r] = [await candidate.parameters(), await reference.parameters()];
      found.candidate.push(c);
      found.reference.push(r);
      const update = i + 1; // as a candidate is given it
      const all = measureParameters(c, r, expected.parameters, expected.errors, step ?? update);
      const now = all.map((m) => ({ ...excused(m, 'update', expected.extremes, dtypes), update }));
      measures.push(...now);
      findings.push(...findingsOf(check, 'update', now, s === 0 ? 'given' : 'random'));
    }
    done.push({ sequence, found });
  }
  const engine = sideOf(measures);
  const mistakes =
    engine &&
    known &&
    (await diagnoseUpdates(
      known,
      done.map(({ sequence, found }) => ({ ...sequence, found: found[engine] })),
    ));
  return { measures, findings, diagnosis: engine && mistakes && { engine, mistakes } };
}

/** Both engines take one training step on `batch` from `start`. */
export async function compareTrainStep(
  { network, optimizer, start, check, step }: UpdateProblem,
  batch: Batch,
  exact: BoundedGradients,
  candidate: Engine,
  reference: Engine,
  known: Known | null,
  alreadyWrong: (engine: Diagnosis['engine']) => boolean,
): Promise<Compared & { loss: TensorMeasure }> {
  const expected = boundedUpdates(network, optimizer, start);
  expected.step(exact.gradients, exact.errors);
  await candidate.load(start);
  await reference.load(start);
  const [lossC, lossR] = [await candidate.trainStep(batch), await reference.trainStep(batch)];
  const [c, r] = [await candidate.parameters(), await reference.parameters()];
  const [dtypes, extremes] = [dtypesOf(candidate, reference), [...exact.extremes, ...expected.extremes]];
  const loss = excused(measureNumber('loss', lossC, lossR, exact.loss, step), 'loss', extremes, dtypes);
  const measures = measureParameters(c, r, expected.parameters, expected.errors, step).map((m) =>
    excused(m, 'train-step', extremes, dtypes),
  );
  const findings = [...findingsOf(check, 'train-step', measures), ...findingsOf(check, 'loss', [loss])];
  const engine = sideOf(measures);
  const unexplained = engine !== null && known !== null && !alreadyWrong(engine);
  const found = engine === 'reference' ? r : c;
  const mistakes = unexplained ? await diagnoseTrainStep(known, start, batch, found, expected) : null;
  return { measures, findings, loss, diagnosis: engine && mistakes && { engine, mistakes } };
}

/** Whose numbers to explain; where both are wrong, the candidate's. */
export function sideOf(measures: readonly { left: Left | null }[]): Diagnosis['engine'] | null {
  const left = measures.find((m) => m.left !== null)?.left ?? null;
  return left === 'both' ? 'candidate' : left;
}
