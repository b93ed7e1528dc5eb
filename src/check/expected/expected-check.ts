// The answer that a case file brings, held against the exact one: as precise as it claims to be, and where it states a number.
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

/** The answer that a case file brings, held against the exact one. What it does not state is not in it. */
export interface ExpectedCheck {
  readonly verdict: Verdict;
  readonly source: string;
  /** Digits after the point by which its numbers were judged; null: by its precision alone. */
  readonly decimals: number | null;
  readonly loss: TensorMeasure | null;
  readonly parameters: readonly TensorMeasure[];
  /** Parameters after the last step of the case's training; null where it has none. */
  readonly training: ExpectedTrainingCheck | null;
  /** Where it disagrees: what the case would have to declare for all of its numbers to fit. */
  readonly looksLike: readonly Reading[];
}

/** The training that a case file brings, held against the exact one. */
export interface ExpectedTrainingCheck {
  /** How many steps. */
  readonly steps: number;
  /** The expected losses before each step (as candidate) beside those computed here (as reference). */
  readonly losses: TensorMeasure | null;
  /** Per tensor, the same of the parameters after the last. */
  readonly parameters: readonly TensorMeasure[];
  /** The other definition that the case says its framework has, and that was computed here; null where it is the same. */
  readonly differs: ExpectedTraining['differs'];
  /** Where they are not what is computed here: the known mistakes that would make them so. */
  readonly explained: readonly NamedFault[];
}

/** Refuses a case whose `differs` names no known mistake of its optimizer. @throws UsageError */
export function requireOtherDefinition({ network, expected }: Case, optimizer: OptimizerSpec): void {
  const differs = expected?.training?.differs ?? null;
  if (differs !== null) otherDefinition(differs.mistake, { network, optimizer, scaling: { mean: 0, deviation: 1 } });
}

/** The expected values against the exact gradient of the numbers as written, with the bound of the precision they claim. */
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
    ...{ source: expected.source, decimals: expected.decimals, loss, parameters: gradients, training },
    looksLike: findings.length === 0 ? [] : await otherReadings(expected, network, fits),
  };
}

/** Half a unit of the last digit that is given, and what writing a decimal in binary costs. A number written with more digits than declared may be cut off instead of
 * rounded, by a unit of its own last digit, and no more. */
function ofDigits(decimals: number | null): (value: number, stated: number) => number {
  if (decimals === null) return () => 0;
  return (value, stated) => {
    const written = decimalsOf(stated);
    const cutOff = written > decimals && written <= MOST_WRITTEN ? Number(`1e-${written}`) : Infinity;
    return Math.min(Number(`0.5e-${decimals}`), cutOff) + 2 * UNIT_ROUNDOFF.f64 * Math.abs(value);
  };
}

/** Loss and gradients as the reading means them. */
function judge(
  { network, batch }: Case,
  expected: Expected,
  exact: BoundedGradients,
  { conventions, decimals }: Reading,
): { loss: TensorMeasure | null; gradients: TensorMeasure[] } {
  const ownError = expected.dtype === 'f64' ? 2 : 1; // what it is compared with is rounded to binary64 as well
  const scale = (ownError * UNIT_ROUNDOFF[expected.dtype]) / UNIT_ROUNDOFF.f32;
  const times = timesTheMean(conventions, network, batch.inputs.rows);
  const rounding = ofDigits(decimals);
  const multiplied = (factor: number, value: number): number =>
    factor === 1 ? 0 : UNIT_ROUNDOFF.f64 * Math.abs(factor * value);
  const bound = (factor: number, value: number, error: number, stated: number, own = scale): number =>
    factor * own * error + multiplied(factor, value) + rounding(factor * value, stated);
  const stated = namedTensors(expected.gradients);
  const exactErrors = namedTensors(exact.errors);
  // what a kink leaves open is not rounding: at and below it the bounds of binary32 stay
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
      ...{ parameter: 'loss', shape: [], candidate: one(expected.loss), reference: one(loss), exact: one(loss) },
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
 * How far two trainings of a few steps in the precision may be apart, relative to the largest entry of a tensor: each step is off by a few units in
 * the last place, and what is off is fed back. PyTorch and JAX are within 1.5e-15 of each other in binary64.
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

/** The optimizer that the case says its framework has. */
function asTold({ differs }: ExpectedTraining, { setting }: FaultInjector): FaultInjection {
  return differs === null ? {} : injectionOf(otherDefinition(differs.mistake, setting), setting);
}

/** Does the training here, with a mistake in the optimizer or none, and measures the expected one against it. */
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

/** @throws UsageError if it is no mistake of an optimizer: what a framework defines otherwise may not excuse a wrong gradient */
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

/** Every entry of every tensor changed, in binary64. */
function mapped(parameters: Parameters, change: (value: number, tensor: number, at: number) => number): Parameters {
  const out = copyParameters(parameters, 'f64');
  namedTensors(out).forEach(({ values }, t) => values.forEach((value, i) => (values[i] = change(value, t, i))));
  return out;
}
