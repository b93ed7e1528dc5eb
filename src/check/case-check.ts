// One case file: two engines and the case's own answer, all against the exact gradient.
import type { Engine } from '../engines/engine.ts';
import type { Case } from '../network/case.ts';
import { copyParameters, namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { boundedGradients } from './bounded-backprop.ts';
import { gradientCheck } from './gradient-check.ts';
import type { GradientCheck, Helpers } from './gradient-check.ts';
import { findingsOf, measureNumber, measureParameters } from './measure.ts';
import { overall, verdictOf } from './verdict.ts';
import type { TensorMeasure, Verdict } from './verdict.ts';

export interface ExpectedCheck {
  readonly verdict: Verdict;
  readonly source: string;
  readonly loss: TensorMeasure;
  readonly parameters: readonly TensorMeasure[];
}

export interface CaseCheck {
  readonly verdict: Verdict;
  readonly name: string;
  readonly gradientCheck: GradientCheck;
  /** The case's expected values (as candidate) and the hand-written binary64 ones (as reference); null where the case has none. */
  readonly expected: ExpectedCheck | null;
}

/** @param candidate, reference engines made for the case's network */
export async function checkCase(
  problem: Case,
  candidate: Engine,
  reference: Engine,
  helpers: Helpers = {},
): Promise<CaseCheck> {
  const { network, batch } = problem;
  // engines get what binary32 can hold, all of them the same numbers
  const rounded = copyParameters(problem.parameters, 'f32');
  const f32 = (m: typeof batch.inputs): typeof batch.inputs => ({ ...m, data: new Float32Array(m.data) });
  const roundedBatch = { inputs: f32(batch.inputs), targets: f32(batch.targets) };
  const gradients = await gradientCheck(network, rounded, roundedBatch, candidate, reference, helpers);
  const expected = checkExpected(problem);
  const parts = expected === null ? [gradients.verdict] : [gradients.verdict, expected.verdict];
  return { verdict: overall(parts), name: problem.name, gradientCheck: gradients, expected };
}

/** The expected values against the exact gradient of the numbers as written, with the bound of the precision they claim. */
function checkExpected({ network, parameters, batch, expected }: Case): ExpectedCheck | null {
  if (expected === null) return null;
  const exact = boundedGradients(network, parameters, batch);
  const ownError = expected.dtype === 'f64' ? 2 : 1; // what it is compared with is rounded to binary64 as well
  const scale = (ownError * UNIT_ROUNDOFF[expected.dtype]) / UNIT_ROUNDOFF.f32;
  const errors = scaled(exact.errors, scale);
  const loss = measureNumber('loss', expected.loss, exact.loss.value, {
    value: exact.loss.value,
    error: scale * exact.loss.error,
  });
  const measures = measureParameters(expected.gradients, exact.gradients, exact.gradients, errors);
  const findings = [...findingsOf('expected', 'gradient', measures), ...findingsOf('expected', 'loss', [loss])];
  return { verdict: verdictOf([loss, ...measures], findings), source: expected.source, loss, parameters: measures };
}

/** A binary32 bound as one of another precision. */
function scaled(errors: Parameters, scale: number): Parameters {
  const out = copyParameters(errors, 'f64');
  for (const { values } of namedTensors(out)) for (let i = 0; i < values.length; i++) values[i] *= scale;
  return out;
}
