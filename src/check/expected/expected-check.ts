// Compares the answer in a case file with the exact answer: only the numbers it states, to the
// precision it claims.
import type { FaultInjection } from '../../engines/engine.ts';
import { UsageError } from '../../errors.ts';
import type { Case } from '../../network/case.ts';
import { MOST_WRITTEN, decimalsOf } from '../../network/expected.ts';
import type { Expected, ExpectedTraining } from '../../network/expected.ts';
import { timesTheMean } from '../../network/meaning.ts';
import { copyParameters, namedTensors } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Dtype, FloatArray } from '../../numeric/dtype.ts';
import { UNIT_ROUNDOFF } from '../../numeric/dtype.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import type { BoundedGradients } from '../../bounds/gradients.ts';
import { namedFault } from '../diagnosis/diagnose.ts';
import type { FaultInjector, NamedFault } from '../diagnosis/diagnose.ts';
import type { Setting } from '../../faults/fault.ts';
import { faultById, injectionOf, parseFault, possibleFaults } from '../../faults/registry.ts';
import type { FaultAt } from '../../faults/registry.ts';
import { comparisons, findingsOf, measureStated } from '../measure.ts';
import { otherReadings } from './readings.ts';
import type { Reading } from './readings.ts';
import { verdictOf } from '../verdict.ts';
import type { TensorMeasure, Verdict } from '../verdict.ts';

/** The answer in a case file, compared with the exact one. Holds only what the case states. */
export interface ExpectedCheck {
  readonly verdict: Verdict;
  readonly source: string;
  /** Decimals to which its numbers were judged; null: judged by its precision alone. */
  readonly decimals: number | null;
  readonly loss: TensorMeasure | null;
  readonly parameters: readonly TensorMeasure[];
  /** Parameters after the last training step; null if the case has no training. */
  readonly training: ExpectedTrainingCheck | null;
  /** If it disagrees: the declarations with which all its numbers would fit. */
  readonly looksLike: readonly Reading[];
}

/** The training in a case file, compared with the exact one. */
export interface ExpectedTrainingCheck {
  readonly steps: number;
  /** The expected losses before each step (as candidate) and those computed here (as reference). */
  readonly losses: TensorMeasure | null;
  /** One measure per tensor, of the parameters after the last step. */
  readonly parameters: readonly TensorMeasure[];
  /**
   * The other definition that the case declares for its framework, and that was used here; null if
   * there is none.
   */
  readonly differs: ExpectedTraining['differs'];
  /** If the numbers do not fit: the known mistakes that would produce them. */
  readonly explained: readonly NamedFault[];
}

/**
 * Rejects a case whose `differs` does not name a known mistake of its optimizer.
 * @throws UsageError
 */
export function requireOtherDefinition({ network, expected }: Case, optimizer: OptimizerSpec): void {
  const differs = expected?.training?.differs ?? null;
  if (differs !== null) otherDefinition(differs.mistake, { network, optimizer, scaling: { mean: 0, deviation: 1 } });
}

/**
 * Compares the expected values with the exact gradient of the numbers as written, with the bound of
 * the precision they claim.
 */
export async function checkExpected(problem: Case, injector: FaultInjector): Promise<ExpectedCheck | null> {
  const { network, parameters, batch, expected } = problem;
  if (expected === null) return null;
  const exact = boundedGradients(network, parameters, batch);
  const reading: Reading = { conventions: expected.conventions, decimals: expected.decimals };
  const { loss, gradients } = judge(problem, expected, exact, reading);
  const training =
    expected.training === null ? null : await checkTraining(problem, expected, expected.training, injector);
  const trained = training === null ? [] : [training.losses, ...training.parameters].filter((m) => m !== null);
  const ofLoss = loss === null ? [] : [loss];
  const findings = [
    ...findingsOf('expected', 'gradient', gradients),
    ...findingsOf('expected', 'loss', ofLoss),
    ...findingsOf('expected', 'train-step', trained),
  ];
  const fits = async (other: Reading): Promise<boolean> => {
    const first = judge(problem, expected, exact, other);
    if ([...first.gradients, ...(first.loss === null ? [] : [first.loss])].some((m) => m.left !== null)) return false;
    if (expected.training === null) return true;
    const again = await trainedBy(
      problem,
      expected,
      expected.training,
      injector,
      other,
    )(asTold(expected.training, injector));
    return again.every((m) => m.left === null);
  };
  return {
    verdict: verdictOf([...ofLoss, ...gradients, ...trained], findings),
    source: expected.source,
    decimals: expected.decimals,
    loss,
    parameters: gradients,
    training,
    looksLike: findings.length === 0 ? [] : await otherReadings(expected, network, fits),
  };
}

/**
 * Half a unit of the last stated decimal, plus the error of converting a decimal to binary. A
 * number written with more decimals than declared may be truncated instead of rounded: then it is
 * off by at most one unit of its own last decimal.
 */
function ofDigits(decimals: number | null): (value: number, stated: number) => number {
  if (decimals === null) return () => 0;
  return (value, stated) => {
    const written = decimalsOf(stated);
    const cutOff = written > decimals && written <= MOST_WRITTEN ? Number(`1e-${written}`) : Infinity;
    return Math.min(Number(`0.5e-${decimals}`), cutOff) + 2 * UNIT_ROUNDOFF.f64 * Math.abs(value);
  };
}

/** Loss and gradients under one reading. */
function judge(
  { network, batch }: Case,
  expected: Expected,
  exact: BoundedGradients,
  { conventions, decimals }: Reading,
): { loss: TensorMeasure | null; gradients: TensorMeasure[] } {
  const ownError = expected.dtype === 'f64' ? 2 : 1; // the exact value it is compared with is rounded to binary64 too
  const scale = (ownError * UNIT_ROUNDOFF[expected.dtype]) / UNIT_ROUNDOFF.f32;
  const times = timesTheMean(conventions, network, batch.inputs.rows);
  const rounding = ofDigits(decimals);
  const multiplied = (factor: number, value: number): number =>
    factor === 1 ? 0 : UNIT_ROUNDOFF.f64 * Math.abs(factor * value);
  const bound = (factor: number, value: number, error: number, stated: number, own = scale): number =>
    factor * own * error + multiplied(factor, value) + rounding(factor * value, stated);
  const stated = namedTensors(expected.gradients);
  const exactErrors = namedTensors(exact.errors);
  // An undecided kink is not rounding: in and below its layer the bounds of binary32 stay.
  const decided = Math.max(0, ...exact.kinks.map(({ layer }) => layer));
  const values = mapped(exact.gradients, (value) => times.gradients * value);
  const bounds = mapped(exact.gradients, (value, t, i) =>
    bound(
      times.gradients,
      value,
      exactErrors[t].values[i],
      stated[t].values[i],
      stated[t].layer <= decided ? 1 : scale,
    ),
  );
  const shifts = exact.shifts && mapped(exact.shifts, (shift) => times.gradients * shift);
  const one = (x: number): Float64Array => Float64Array.of(x);
  const loss = times.loss * exact.loss.value;
  return {
    loss: measureStated({
      parameter: 'loss',
      shape: [],
      candidate: one(expected.loss),
      reference: one(loss),
      exact: one(loss),
      bounds: one(bound(times.loss, exact.loss.value, exact.loss.error, expected.loss)),
    }),
    gradients: comparisons(
      { candidate: expected.gradients, reference: values },
      values,
      bounds,
      undefined,
      shifts,
    ).flatMap((c) => measureStated(c) ?? []),
  };
}

/**
 * How far two correct trainings of a few steps may be apart, relative to the largest entry of a
 * tensor: each step is off by a few units in the last place, and the next step starts from there.
 * PyTorch and JAX are within 1.5e-15 of each other in binary64.
 */
const TRAINING_APART: Record<Dtype, number> = { f64: 1e-12, f32: 1e-4 };

async function checkTraining(
  problem: Case,
  expected: Expected,
  training: ExpectedTraining,
  injector: FaultInjector,
): Promise<ExpectedTrainingCheck> {
  const { setting } = injector;
  const { differs } = training;
  const by = trainedBy(problem, expected, training, injector, expected);
  const measures = await by(asTold(training, injector));
  const explained: NamedFault[] = [];
  if (measures.some((m) => m.left !== null)) {
    for (const fault of possibleFaults(setting)) {
      if (faultById(fault.id).stage !== 'update') continue;
      const found = await by(injectionOf(fault, setting));
      if (found.every((m) => m.left === null)) explained.push(namedFault(fault));
    }
  }
  const losses = measures.find((m) => m.parameter === 'losses') ?? null;
  const parameters = measures.filter((m) => m !== losses);
  return { steps: training.losses.length, losses, parameters, differs, explained };
}

/** The optimizer as the case says its framework defines it. */
function asTold({ differs }: ExpectedTraining, { setting }: FaultInjector): FaultInjection {
  return differs === null ? {} : injectionOf(otherDefinition(differs.mistake, setting), setting);
}

/**
 * Returns a function that trains here, with or without a mistake in the optimizer, and compares the
 * expected training with the result.
 */
function trainedBy(
  { network, parameters, batch }: Case,
  { dtype }: Expected,
  { losses, parameters: expected }: ExpectedTraining,
  { inject }: FaultInjector,
  { conventions, decimals }: Reading,
): (injection: FaultInjection) => Promise<TensorMeasure[]> {
  const steps = losses.length;
  const times = timesTheMean(conventions, network, batch.inputs.rows);
  const rounding = ofDigits(decimals);
  return async (injection) => {
    const engine = await inject(injection);
    await engine.load(parameters);
    const own = new Float64Array(steps);
    for (let step = 0; step < steps; step++) {
      const { loss, gradients } = await engine.lossAndGradients(batch);
      own[step] = times.loss * loss;
      await engine.applyGradients(mapped(gradients, (g) => times.gradients * g));
    }
    const end = await engine.parameters();
    await engine.dispose();
    const [ends, stated] = [namedTensors(end), namedTensors(expected)];
    const allowed = (most: number, value: number, said: number): number =>
      TRAINING_APART[dtype] * most + rounding(value, said);
    const most = ends.map(({ values }) => largest(values));
    const bounds = mapped(end, (value, t, i) => allowed(most[t], value, stated[t].values[i]));
    const ofLosses = own.map((value, step) => allowed(largest(own), value, losses[step]));
    const curve = { parameter: 'losses', shape: [steps], reference: own, exact: own, bounds: ofLosses };
    const tensors = comparisons({ candidate: expected, reference: end }, end, bounds);
    return [{ ...curve, candidate: Float64Array.from(losses) }, ...tensors].flatMap((c) => measureStated(c) ?? []);
  };
}

/**
 * @throws UsageError if it is not a mistake of an optimizer: a framework's definition cannot excuse
 *   a wrong gradient
 */
function otherDefinition(injection: string, setting: Setting): FaultAt {
  const fault = parseFault(injection, setting);
  if (faultById(fault.id).stage === 'update') return fault;
  throw new UsageError(`expected.training.differs: ${injection} is not another definition of an optimizer`);
}

function largest(values: FloatArray): number {
  let most = 0;
  for (const x of values) most = Math.max(most, Math.abs(x));
  return most;
}

/** Applies `change` to every entry of every tensor, in binary64. */
function mapped(parameters: Parameters, change: (value: number, tensor: number, at: number) => number): Parameters {
  const out = copyParameters(parameters, 'f64');
  out.forEach(({ values }, t) => values.forEach((value, i) => (values[i] = change(value, t, i))));
  return out;
}
