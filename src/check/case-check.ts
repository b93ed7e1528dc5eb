// One case file: two engines and the case's own answer, all against the exact gradient.
import type { Engine, Mistake } from '../engines/engine.ts';
import { UsageError } from '../errors.ts';
import type { Case, Expected, ExpectedTraining } from '../network/case.ts';
import { copyParameters, namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { Dtype, FloatArray } from '../numeric/dtype.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import type { OptimizerId, OptimizerSpec } from '../optimizers/optimizer.ts';
import { optimizerSpec } from '../optimizers/registry.ts';
import { boundedGradients } from './bounded-backprop.ts';
import { namedMistake } from './diagnose.ts';
import type { Known, NamedMistake } from './diagnose.ts';
import type { Setting } from './faults/fault.ts';
import { FAULTS, mistakeOf, parseFault, possibleFaults } from './faults/registry.ts';
import type { FaultAt } from './faults/registry.ts';
import { gradientCheck } from './gradient-check.ts';
import type { GradientCheck, Helpers } from './gradient-check.ts';
import { findingsOf, gradientComparisons, measure, measureNumber, measureParameters } from './measure.ts';
import { updateCheck } from './update-check.ts';
import type { UpdateCheck } from './update-check.ts';
import { overall, verdictOf } from './verdict.ts';
import type { TensorMeasure, Verdict } from './verdict.ts';

/** The answer that a case file brings, held against the exact one. */
export interface ExpectedCheck {
  readonly verdict: Verdict;
  readonly source: string;
  readonly loss: TensorMeasure;
  readonly parameters: readonly TensorMeasure[];
  /** Parameters after the last step of the case's training; null where it has none. */
  readonly training: ExpectedTrainingCheck | null;
}

/** The training that a case file brings, held against the exact one. */
export interface ExpectedTrainingCheck {
  /** How many steps. */
  readonly steps: number;
  /** The expected losses before each step (as candidate) beside those computed here (as reference). */
  readonly losses: TensorMeasure;
  /** Per tensor, the same of the parameters after the last. */
  readonly parameters: readonly TensorMeasure[];
  /** The other definition that the case says its framework has, and that was computed here; null where it is the same. */
  readonly differs: ExpectedTraining['differs'];
  /** Where they are not what is computed here: the known mistakes that would make them so. */
  readonly explained: readonly NamedMistake[];
}

/** What the check of a case file found: engines against each other, and the expected values against the exact ones. */
export interface CaseCheck {
  readonly verdict: Verdict;
  readonly name: string;
  readonly note: string | null;
  readonly gradientCheck: GradientCheck;
  /** null where the case has no optimizer. */
  readonly updateCheck: UpdateCheck | null;
  /** The case's expected values (as candidate) and the hand-written binary64 ones (as reference); null where the case has none. */
  readonly expected: ExpectedCheck | null;
}

/** The optimizer that a case names, or null. @throws UsageError on an unknown name or a number out of range */
export function caseOptimizer({ optimizer }: Case): OptimizerSpec | null {
  if (optimizer === null) return null;
  const { id, ...chosen } = optimizer;
  return optimizerSpec(id as OptimizerId, JSON.parse(JSON.stringify(chosen)) as Partial<OptimizerSpec>);
}

/** Refuses a case whose `differs` names no known mistake of its optimizer. @throws UsageError */
export function requireOtherDefinition({ network, expected }: Case, optimizer: OptimizerSpec): void {
  const differs = expected?.training?.differs ?? null;
  if (differs !== null) otherDefinition(differs.mistake, { network, optimizer, scaling: { mean: 0, deviation: 1 } });
}

/**
 * Checks the gradients and updates of a case in both engines, and the answer that the case brings.
 * @param optimizer that the engines were made with
 * @param candidate made for the case's network
 * @param reference made for it as well
 */
export async function checkCase(
  problem: Case,
  optimizer: OptimizerSpec,
  candidate: Engine,
  reference: Engine,
  helpers: Helpers & { readonly known: Known },
): Promise<CaseCheck> {
  const { name, note, network, batch } = problem;
  // engines get what binary32 can hold, all of them the same numbers
  const start = copyParameters(problem.parameters, 'f32');
  const f32 = (m: typeof batch.inputs): typeof batch.inputs => ({ ...m, data: new Float32Array(m.data) });
  const rounded = { inputs: f32(batch.inputs), targets: f32(batch.targets) };
  const gradients = await gradientCheck(network, start, rounded, candidate, reference, helpers);
  const right = (side: 'candidate' | 'reference'): boolean => gradients.firstWrong[side] === null;
  const updates =
    problem.optimizer === null
      ? null
      : await updateCheck({ network, optimizer, start }, rounded, candidate, reference, helpers.known, right);
  const expected = await checkExpected(problem, helpers.known);
  const parts = [gradients.verdict, ...(updates ? [updates.verdict] : []), ...(expected ? [expected.verdict] : [])];
  return { verdict: overall(parts), name, note, gradientCheck: gradients, updateCheck: updates, expected };
}

/** The expected values against the exact gradient of the numbers as written, with the bound of the precision they claim. */
async function checkExpected(problem: Case, known: Known): Promise<ExpectedCheck | null> {
  const { network, parameters, batch, expected } = problem;
  if (expected === null) return null;
  const exact = boundedGradients(network, parameters, batch);
  const ownError = expected.dtype === 'f64' ? 2 : 1; // what it is compared with is rounded to binary64 as well
  const scale = (ownError * UNIT_ROUNDOFF[expected.dtype]) / UNIT_ROUNDOFF.f32;
  // what a kink leaves open is no rounding: at and below it the bounds of binary32 stay
  const decided = Math.max(0, ...exact.kinks.map(({ layer }) => layer));
  const errors = scaled(exact.errors, scale).map((layer, l) => (l < decided ? exact.errors[l] : layer));
  const loss = measureNumber('loss', expected.loss, exact.loss.value, {
    value: exact.loss.value,
    error: scale * exact.loss.error,
  });
  const measures = gradientComparisons(expected.gradients, exact.gradients, { ...exact, errors }).map(measure);
  const findings = [...findingsOf('expected', 'gradient', measures), ...findingsOf('expected', 'loss', [loss])];
  const training = expected.training === null ? null : await checkTraining(problem, expected, expected.training, known);
  if (training !== null)
    findings.push(...findingsOf('expected', 'train-step', [training.losses, ...training.parameters]));
  const all = [loss, ...measures, ...(training === null ? [] : [training.losses, ...training.parameters])];
  return { verdict: verdictOf(all, findings), source: expected.source, loss, parameters: measures, training };
}

/**
 * How far two trainings of a few steps in the precision may be apart, relative to the largest entry of a tensor: each step is off by a few units in
 * the last place, and what is off is fed back. PyTorch and JAX are within 1.5e-15 of each other in binary64.
 */
const TRAINING_APART: Record<Dtype, number> = { f64: 1e-12, f32: 1e-4 };

async function checkTraining(
  { parameters, batch }: Case,
  { dtype }: Expected,
  { losses, parameters: expected, differs }: ExpectedTraining,
  known: Known,
): Promise<ExpectedTrainingCheck> {
  const { setting, mistaken } = known;
  const steps = losses.length;
  const trained = async (mistake: Mistake): Promise<{ end: Parameters; own: Float64Array }> => {
    const engine = await mistaken(mistake);
    await engine.load(parameters);
    const own = new Float64Array(steps);
    for (let step = 0; step < steps; step++) own[step] = await engine.trainStep(batch);
    const end = await engine.parameters();
    await engine.dispose();
    return { end, own };
  };
  const against = ({ end, own }: { end: Parameters; own: Float64Array }): TensorMeasure[] => {
    const bounds = copyParameters(end, 'f64');
    for (const { values } of namedTensors(bounds)) values.fill(TRAINING_APART[dtype] * largest(values));
    const allowed = own.map(() => TRAINING_APART[dtype] * largest(own));
    const found = Float64Array.from(losses);
    const loss = {
      parameter: 'losses',
      shape: [steps],
      candidate: found,
      reference: own,
      oracle: own,
      bounds: allowed,
    };
    return [measure(loss), ...measureParameters(expected, end, end, bounds)];
  };
  const asTold = differs === null ? {} : mistakeOf(otherDefinition(differs.mistake, setting), setting);
  const measures = against(await trained(asTold));
  const [ofLosses, ...ofParameters] = measures;
  const explained: NamedMistake[] = [];
  if (measures.some((m) => m.left !== null)) {
    for (const fault of possibleFaults(setting)) {
      if (FAULTS[fault.id].stage !== 'update') continue;
      const found = against(await trained(mistakeOf(fault, setting)));
      if (found.every((m) => m.left === null)) explained.push(namedMistake(fault));
    }
  }
  return { steps, losses: ofLosses, parameters: ofParameters, differs, explained };
}

/** @throws UsageError if it is no mistake of an optimizer: what a framework defines otherwise may not excuse a wrong gradient */
function otherDefinition(mistake: string, setting: Setting): FaultAt {
  const fault = parseFault(mistake, setting);
  if (FAULTS[fault.id].stage === 'update') return fault;
  throw new UsageError(`expected.training.differs: ${mistake} is no other definition of an optimizer`);
}

function largest(values: FloatArray): number {
  let most = 0;
  for (const x of values) most = Math.max(most, Math.abs(x));
  return most;
}

/** A binary32 bound as one of another precision. */
function scaled(errors: Parameters, scale: number): Parameters {
  const out = copyParameters(errors, 'f64');
  for (const { values } of namedTensors(out)) for (let i = 0; i < values.length; i++) values[i] *= scale;
  return out;
}
