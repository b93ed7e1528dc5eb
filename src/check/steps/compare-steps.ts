// Several training steps of a candidate, each compared with the exact step from where the candidate
// was.
import { boundedGradients } from '../../bounds/gradients.ts';
import { boundedUpdates } from '../../bounds/update.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Batch } from '../../network/batch.ts';
import { copyParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { diagnoseUpdates } from '../diagnosis/diagnose.ts';
import type { FaultInjector, NamedFault, UpdateSequence } from '../diagnosis/diagnose.ts';
import { comparisons, findingsOf, measure, measureNumber } from '../measure.ts';
import { excused } from '../out-of-range.ts';
import { both } from '../pair.ts';
import { otherBatch } from '../questions/protocol.ts';
import { generalPoint, isOneHot, randomBatch } from '../slopes/general-point.ts';
import type { Finding, QuestionName, TensorMeasure } from '../verdict.ts';
import { STEPS } from './counts.ts';

/** Far from the seeds of other batches. */
const SEED = 9_100_001;

interface StepsProblem {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly start: Parameters;
}

/** Steps that were taken: the parameters after each, and what it started from. */
export interface StepsTaken {
  readonly measures: readonly TensorMeasure[];
  readonly findings: readonly Finding[];
  readonly taken: readonly TakenSteps[];
}

/** The exact gradients of each step, and the bounds on them. */
interface TakenSteps extends UpdateSequence {
  readonly found: readonly Parameters[];
  readonly gradientErrors: readonly Parameters[];
}

/**
 * Asks for steps on batches one after the other, from fresh optimizer state.
 * @param training how many from the given start alone; without it, also from the general point
 */
export async function compareSteps(
  problem: StepsProblem,
  batch: Batch,
  candidate: Engine,
  training?: number,
): Promise<StepsTaken> {
  const { network, start } = problem;
  const oneHot = isOneHot(batch.targets);
  const other = otherBatch(batch);
  const given = Array.from({ length: training ?? STEPS.given }, (_, n) => (n % 2 === 0 ? batch : other));
  const first = await stepsFrom(problem, candidate, start, given, 'given');
  if (training !== undefined) return first;
  const there = generalPoint(network, batch.inputs.rows, oneHot).parameters;
  const random = Array.from({ length: STEPS.general }, (_, n) =>
    randomBatch(network, batch.inputs.rows, SEED + n, oneHot),
  );
  const sequences = [first, await stepsFrom(problem, candidate, there, random, 'random')];
  return {
    measures: sequences.flatMap(({ measures }) => measures),
    findings: sequences.flatMap(({ findings }) => findings),
    taken: sequences.flatMap(({ taken }) => taken),
  };
}

async function stepsFrom(
  { network, optimizer }: StepsProblem,
  candidate: Engine,
  start: Parameters,
  batches: readonly Batch[],
  question: QuestionName,
): Promise<StepsTaken> {
  const expected = boundedUpdates(network, optimizer, start);
  const measures: TensorMeasure[] = [];
  const losses: TensorMeasure[] = [];
  const [found, gradients, gradientErrors]: Parameters[][] = [[], [], []];
  await candidate.load(start);
  let from = start;
  for (const [n, batch] of batches.entries()) {
    const exact = boundedGradients(network, from, batch);
    const loss = await candidate.trainStep(batch);
    const after = await candidate.parameters();
    expected.step(exact.gradients, exact.errors, exact.followed);
    const right = copyParameters(expected.parameters, 'f64');
    const extremes = [...exact.extremes, ...expected.extremes];
    const own = comparisons({ candidate: after, reference: right }, right, expected.errors).map((c) => ({
      ...excused(measure(c), { what: 'train-step', layer: c.layer }, extremes, both(candidate.dtype)),
      update: n + 1,
    }));
    measures.push(...own);
    const measured = measureNumber('loss', { candidate: loss, reference: exact.loss.value }, exact.loss);
    losses.push(excused(measured, { what: 'loss' }, extremes, both(candidate.dtype)));
    found.push(after);
    gradients.push(exact.gradients);
    gradientErrors.push(exact.errors);
    if (own.some(({ left }) => left !== null)) break; // later steps start from wrong parameters, or state
    expected.goOnFrom(after);
    from = after;
  }
  const findings = [
    ...findingsOf('update-check', 'train-step', measures, question),
    ...findingsOf('update-check', 'loss', losses, question),
  ];
  return { measures, findings, taken: [{ start, gradients, gradientErrors, found }] };
}

/** Mistakes of the optimizer that lead to the steps that were taken with right gradients. */
export function diagnoseSteps(injector: FaultInjector, { taken }: StepsTaken): Promise<NamedFault[]> {
  return diagnoseUpdates(injector, taken);
}
