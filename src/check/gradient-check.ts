// (a) Before training: every entry of every gradient of one batch, candidate and reference against the exact ones.
import type { Engine } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import type { Parameters } from '../network/parameters.ts';
import { lastLayer } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { boundedGradients } from './bounded-backprop.ts';
import type { BoundedGradients, Kink } from './bounded-backprop.ts';
import { diagnose } from './diagnose.ts';
import type { Diagnosis, MistakenFactory } from './diagnose.ts';
import { findingsOf, measure, measureNumber, measureParameters } from './measure.ts';
import { UNWATCHED } from './watch.ts';
import type { Watch } from './watch.ts';
import { checkOracle } from './oracle-check.ts';
import type { OracleCheck } from './oracle-check.ts';
import { overall, verdictOf } from './verdict.ts';
import type { CheckName, Compared, Finding, TensorMeasure, Verdict } from './verdict.ts';

export interface GradientCheck {
  readonly verdict: Verdict;
  readonly batchSize: number;
  /** How many gradient entries were compared: all. */
  readonly entries: number;
  readonly loss: TensorMeasure;
  readonly outputs: TensorMeasure;
  readonly parameters: readonly TensorMeasure[];
  /** The exact gradients against finite differences of the loss; null where no oracle was given. */
  readonly oracleCheck: OracleCheck | null;
  /** Known mistakes that give the very gradients of the engine that is wrong; none where it is not one known mistake alone.
   * null where nothing is wrong, or nothing to compare with was given. */
  readonly diagnosis: { readonly engine: 'candidate' | 'reference'; readonly mistakes: readonly Diagnosis[] } | null;
  /** Units whose branch binary32 does not decide; their contribution widens the bound. */
  readonly kinks: { readonly count: number; readonly first: readonly Kink[] };
  /** Examples of the batch whose scores are all 0 (`ratio` output only; else null). */
  readonly allZeroExamples: number | null;
}

/** What a gradient check can use beside the two engines. */
export interface Helpers {
  readonly oracle?: Engine | undefined;
  readonly mistaken?: MistakenFactory | undefined;
  /** Its signal ends the check after what is being computed. */
  readonly watch?: Watch | undefined;
}

const KINKS_SHOWN = 10;

/** Loads `parameters` into both engines and compares loss, outputs and all gradients on `batch`.
 * @param helpers.oracle a binary64 engine: where it is given, the exact gradients are checked too, by finite differences of its loss
 * @param helpers.mistaken where it is given, gradients that are wrong are compared with those of known mistakes */
export async function gradientCheck(
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
  candidate: Engine,
  reference: Engine,
  { oracle, mistaken, watch = UNWATCHED }: Helpers = {},
): Promise<GradientCheck> {
  await candidate.load(parameters);
  await reference.load(parameters);
  const exact = boundedGradients(network, parameters, batch);
  const { measures, findings, candidateGradients, referenceGradients } = await compareOnBatch(
    'gradient-check',
    exact,
    batch,
    candidate,
    reference,
  );
  const [loss, outputs, ...gradients] = measures;
  const oracleCheck = oracle === undefined ? null : await checkOracle(network, parameters, batch, oracle, 1, watch);
  const found = verdictOf(measures, findings);
  const compared: Verdict =
    watch.signal.aborted && found.kind !== 'disagree' ? { kind: 'inconclusive', reason: 'interrupted' } : found;
  const wrong = gradients.find((m) => m.left !== null)?.left ?? null;
  const side = wrong === 'both' ? 'candidate' : wrong;
  const suspect = side === 'reference' ? referenceGradients : candidateGradients;
  const explained =
    side !== null && mistaken !== undefined && !watch.signal.aborted
      ? await diagnose(network, parameters, batch, suspect, exact, mistaken)
      : null;
  return {
    verdict: oracleCheck?.verdict.kind === 'disagree' ? overall([oracleCheck.verdict, compared]) : compared,
    batchSize: batch.inputs.rows,
    entries: gradients.reduce((sum, m) => sum + m.entries, 0),
    loss,
    outputs,
    parameters: gradients,
    oracleCheck,
    diagnosis: side !== null && explained !== null ? { engine: side, mistakes: explained } : null,
    kinks: { count: exact.kinks.length, first: exact.kinks.slice(0, KINKS_SHOWN) },
    allZeroExamples: lastLayer(network).activation === 'ratio' ? countUniform(exact) : null,
  };
}

/** Loss, outputs and gradients of two engines that hold the same parameters, in that order. Changes neither engine. */
export async function compareOnBatch(
  check: CheckName,
  exact: BoundedGradients,
  batch: Batch,
  candidate: Engine,
  reference: Engine,
  step?: number,
): Promise<{
  measures: TensorMeasure[];
  findings: Finding[];
  candidateGradients: Parameters;
  referenceGradients: Parameters;
}> {
  const [c, r] = [await candidate.lossAndGradients(batch), await reference.lossAndGradients(batch)];
  const [pc, pr] = [await candidate.predict(batch.inputs), await reference.predict(batch.inputs)];
  const { value, error } = exact.outputs;
  const loss = measureNumber('loss', c.loss, r.loss, exact.loss, step);
  const outputs = measure({
    ...{ parameter: 'outputs', shape: [value.rows, value.cols], candidate: pc.data, reference: pr.data },
    ...{ oracle: value.data, bounds: error.data, ...(step !== undefined && { step }) },
  });
  const gradients = measureParameters(c.gradients, r.gradients, exact.gradients, exact.errors, step);
  const parts: [Compared, TensorMeasure[]][] = [
    ['gradient', gradients],
    ['loss', [loss]],
    ['outputs', [outputs]],
  ];
  return {
    measures: [loss, outputs, ...gradients],
    findings: parts.flatMap(([what, measures]) => findingsOf(check, what, measures)),
    candidateGradients: c.gradients,
    referenceGradients: r.gradients,
  };
}

/** Rows of outputs that are exactly 1/K everywhere: `ratio` had nothing to share out. */
export function countUniformRows(rows: number, cols: number, data: ArrayLike<number>, uniform: number): number {
  let count = 0;
  for (let r = 0; r < rows; r++) {
    let all = true;
    for (let k = 0; k < cols; k++) if (data[r * cols + k] !== uniform) all = false;
    if (all) count++;
  }
  return count;
}

function countUniform({ outputs: { value } }: BoundedGradients): number {
  return countUniformRows(value.rows, value.cols, value.data, 1 / value.cols);
}
