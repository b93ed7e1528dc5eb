// (a) Before training: every entry of every gradient of one batch, candidate and reference against the exact ones.
import type { Engine, LossAndGradients } from '../engines/engine.ts';
import { CandidateError } from '../errors.ts';
import type { Batch } from '../network/batch.ts';
import { copyParameters, indexOf, namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { lastLayer } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { boundedGradients } from './bounded-backprop.ts';
import type { BoundedGradients, Kink } from './bounded-backprop.ts';
import { explained, likelyConventions } from './conventions.ts';
import type { Alternative, OtherConventions } from './conventions.ts';
import { diagnoseGradients } from './diagnose.ts';
import type { Diagnosis, Known } from './diagnose.ts';
import { scatterOf } from './entries.ts';
import type { Scatter } from './entries.ts';
import { firstWrongOfBoth } from './first-wrong.ts';
import type { FirstWrong } from './first-wrong.ts';
import { findingsOf, gradientComparisons, measure, measureNumber } from './measure.ts';
import type { Compare } from './measure.ts';
import { gradientsTwice } from './protocol.ts';
import type { Twice } from './protocol.ts';
import { sideOf } from './update-check.ts';
import { UNWATCHED } from './watch.ts';
import type { Watch } from './watch.ts';
import { checkOracle } from './oracle-check.ts';
import { checkOwnLoss } from './own-loss.ts';
import type { OwnLoss } from './own-loss.ts';
import type { OracleCheck } from './oracle-check.ts';
import { dtypesOf, excused } from './range.ts';
import type { Judged } from './range.ts';
import { overall, verdictOf } from './verdict.ts';
import type { CheckName, Compared as What, Finding, TensorMeasure, Verdict } from './verdict.ts';

/** What a gradient check found: measures, and where something is wrong, where first, and which known mistake it is. */
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
  /** Per tensor the gradients of the same batch once more, after another one: nothing may be left of that. */
  readonly again: readonly TensorMeasure[];
  /** Where each engine first left the exact values, in the order of computation; null where it did not. */
  readonly firstWrong: Readonly<Record<'candidate' | 'reference', FirstWrong | null>>;
  /** Conventions with which the candidate agrees, if it declared them; empty where nothing is wrong, or where there are none. */
  readonly looksLike: readonly OtherConventions[];
  /** Of somebody else's program that is wrong: whether its gradient is the slope of its own loss; null where that was not looked at. */
  readonly ownLoss: OwnLoss | null;
  /** null where nothing is wrong, where nothing to compare with was given, or where single precision decides no example. */
  readonly diagnosis: Diagnosis | null;
  /** Units whose branch binary32 does not decide; their contribution widens the bound. */
  readonly kinks: { readonly count: number; readonly first: readonly Kink[] };
  /** Examples of the batch whose scores are all 0 (`ratio` output only; else null). */
  readonly allZeroExamples: number | null;
  /** A sample of the gradients' entries to draw, tensor by tensor; empty where none was asked for. */
  readonly scatter: readonly Scatter[];
}

/** What a gradient check can use beside the two engines. */
export interface Helpers {
  /** A binary64 engine: where it is given, the exact gradients are checked too, by finite differences of its loss. */
  readonly oracle?: Engine | undefined;
  /** The scalar graph, for networks small enough: a derivation of its own to hold the exact gradients against. */
  readonly graph?: Engine | undefined;
  /** Where it is given, gradients that are wrong are compared with those of known mistakes. */
  readonly known?: Known | undefined;
  /** The candidate by other conventions, to find out whether that is all that is wrong. */
  readonly alternatives?: readonly Alternative[] | undefined;
  /** The exact values of this very problem, where they are known already. */
  readonly exact?: BoundedGradients | undefined;
  /** Whether entries to draw are kept. */
  readonly scatter?: boolean | undefined;
  /** Its signal ends the check after what is being computed. */
  readonly watch?: Watch | undefined;
}

/** Undecided units that a report names, of all it counts. */
export const KINKS_SHOWN = 10;

/** Loads `parameters` into both engines and compares loss, outputs and all gradients on `batch`. */
export async function gradientCheck(
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
  candidate: Engine,
  reference: Engine,
  helpers: Helpers = {},
): Promise<GradientCheck> {
  const { oracle, graph, known, alternatives = [], watch = UNWATCHED } = helpers;
  const exact = helpers.exact ?? boundedGradients(network, parameters, batch);
  const answers = {
    candidate: await gradientsTwice(candidate, parameters, batch).catch(async (error: unknown) => {
      if (!(error instanceof CandidateError) || error.hangs) throw error;
      throw explained(error, await likelyConventions(alternatives, parameters, batch, watch));
    }),
    reference: await gradientsTwice(reference, parameters, batch),
  };
  const compared = await compareAnswers('gradient-check', exact, batch, {
    candidate: { engine: candidate, ...answers.candidate.first },
    reference: { engine: reference, ...answers.reference.first },
  });
  const { outputs, gradients } = compared;
  const dtypes = dtypesOf(candidate, reference);
  const loss = worse(
    compared.loss,
    excused(
      measureNumber('loss', answers.candidate.again.loss, answers.reference.again.loss, exact.loss),
      ...(['loss', exact.extremes, dtypes] as const),
    ),
  );
  const again = gradientComparisons(answers.candidate.again.gradients, answers.reference.again.gradients, exact).map(
    (c) => excused(measure(c), 'gradient', exact.extremes, dtypes),
  );
  const oracleCheck =
    oracle === undefined ? null : await checkOracle({ network, parameters, batch, oracle, graph, seed: 1, watch });
  const flaws = candidate.flaws?.() ?? [];
  const missing = new Set(flaws.filter(({ kind }) => kind === 'missing').map(({ parameter }) => parameter));
  const formless = new Set([...missing, ...flaws.filter((f) => f.kind === 'shape').map(({ parameter }) => parameter)]);
  const found = [...compared.findings, ...(loss === compared.loss ? [] : findingsOf('gradient-check', 'loss', [loss]))];
  const findings: Finding[] = [
    ...flaws.map((flaw) => ({ kind: 'answer', check: 'gradient-check', engine: 'candidate', flaw }) as const),
    ...found.filter((f) => f.kind !== 'beyond-bound' || !formless.has(f.measure.parameter)),
  ];
  const onlyAgain = found.length === 0;
  if (onlyAgain) findings.push(...findingsOf('gradient-check', 'again', again)); // what is wrong the first time is so the second
  const judged = gradients.filter(({ parameter }) => !missing.has(parameter));
  const side = sideOf([...judged, ...again.filter(({ parameter }) => !missing.has(parameter))]);
  const mistakes =
    side !== null && known !== undefined && !watch.signal.aborted
      ? await diagnoseGradients(
          known,
          parameters,
          batch,
          side === 'reference' ? reference : candidate,
          completed(answers[side], exact, missing),
        )
      : null;
  const misread = flaws.some(
    ({ kind, parameter }) => parameter !== 'outputs' && (kind === 'shape' || kind === 'missing'),
  );
  const computed = found.some((f) => f.kind === 'beyond-bound' && f.what !== 'outputs');
  const looksLike =
    [...missing].every((name) => name.startsWith('b')) && (misread || computed)
      ? await likelyConventions(alternatives, parameters, batch, watch)
      : [];
  if (onlyAgain && side === 'candidate' && mistakes?.length === 0)
    findings.unshift(...(await unsteadiness(candidate, parameters, batch)));
  const whole = verdictOf([loss, outputs, ...gradients, ...again], findings);
  const verdict: Verdict =
    watch.signal.aborted && whole.kind !== 'disagree' ? { kind: 'inconclusive', reason: 'interrupted' } : whole;
  const ownLossCounts = candidate.id === 'external' && computed && missing.size === 0 && looksLike.length === 0;
  const ownLoss = ownLossCounts ? await checkOwnLoss(candidate, network, parameters, batch, watch) : null;
  const which = onlyAgain ? 'again' : 'first';
  const wrong = async (): Promise<GradientCheck['firstWrong']> => {
    await candidate.load(parameters);
    await reference.load(parameters);
    const results = { candidate: answers.candidate[which], reference: answers.reference[which] };
    return firstWrongOfBoth({ candidate, reference }, batch, exact, results);
  };
  return {
    verdict: oracleCheck?.verdict.kind === 'disagree' ? overall([oracleCheck.verdict, verdict]) : verdict,
    batchSize: batch.inputs.rows,
    entries: gradients.reduce((sum, m) => sum + m.entries, 0),
    loss,
    outputs,
    parameters: gradients,
    again,
    oracleCheck,
    firstWrong: findings.length === 0 ? { candidate: null, reference: null } : withoutMissing(await wrong(), missing),
    looksLike,
    ownLoss,
    diagnosis: side !== null && mistakes !== null ? { engine: side, mistakes } : null,
    kinks: { count: exact.kinks.length, first: exact.kinks.slice(0, KINKS_SHOWN) },
    allZeroExamples: lastLayer(network).activation === 'ratio' ? countUniform(exact) : null,
    scatter: helpers.scatter === true ? compared.compared.map(scatterOf) : [],
  };
}

function worse(a: TensorMeasure, b: TensorMeasure): TensorMeasure {
  return b.usedOfBound > 1 && a.usedOfBound <= 1 ? b : a;
}

/** An answer with the exact gradients in the place of those that are missing: what is there may have a mistake of its own. */
function completed(answered: Twice, exact: BoundedGradients, missing: ReadonlySet<string>): Twice {
  if (missing.size === 0) return answered;
  const filled = ({ loss, gradients }: LossAndGradients): LossAndGradients => {
    const out = copyParameters(gradients, 'f64');
    const right = namedTensors(exact.gradients);
    namedTensors(out).forEach(({ name, values }, t) => {
      if (missing.has(name)) values.set(right[t].values);
    });
    return { loss, gradients: out };
  };
  return { first: filled(answered.first), again: filled(answered.again) };
}

/** What is not there is not wrong. */
function withoutMissing(wrong: GradientCheck['firstWrong'], missing: ReadonlySet<string>): GradientCheck['firstWrong'] {
  const { candidate } = wrong;
  return candidate !== null && missing.has(candidate.name.replace(/^d/, '')) ? { ...wrong, candidate: null } : wrong;
}

/** What differs when the same batch is asked twice in a row. */
async function unsteadiness(engine: Engine, parameters: Parameters, batch: Batch): Promise<Finding[]> {
  await engine.load(parameters);
  const first = namedTensors((await engine.lossAndGradients(batch)).gradients);
  const second = namedTensors((await engine.lossAndGradients(batch)).gradients);
  for (const [t, { name: parameter, shape, values }] of first.entries()) {
    const at = values.findIndex((value, i) => !Object.is(value, second[t].values[i]));
    if (at < 0) continue;
    const place = { parameter, index: indexOf(shape, at), first: values[at], second: second[t].values[at] };
    return [{ kind: 'answer', check: 'gradient-check', engine: 'candidate', flaw: { kind: 'unsteady', ...place } }];
  }
  return [];
}

/** An engine, and what it answered to the batch. */
type Answer = { readonly engine: Engine } & LossAndGradients;

interface Compared {
  readonly loss: TensorMeasure;
  readonly outputs: TensorMeasure;
  readonly gradients: readonly TensorMeasure[];
  /** The gradients themselves, beside the exact ones. */
  readonly compared: readonly Compare[];
  readonly findings: readonly Finding[];
}

/** Loss, outputs and gradients of two engines that hold the same parameters. Changes neither engine. */
export async function compareAnswers(
  check: CheckName,
  exact: BoundedGradients,
  batch: Batch,
  { candidate, reference }: Readonly<Record<'candidate' | 'reference', Answer>>,
  step?: number,
): Promise<Compared> {
  const [pc, pr] = [await candidate.engine.predict(batch.inputs), await reference.engine.predict(batch.inputs)];
  const { value, error } = exact.outputs;
  const dtypes = dtypesOf(candidate.engine, reference.engine);
  const fair = (m: TensorMeasure, what: Judged): TensorMeasure => excused(m, what, exact.extremes, dtypes);
  const loss = fair(measureNumber('loss', candidate.loss, reference.loss, exact.loss, step), 'loss');
  const raw = measure({
    ...{ parameter: 'outputs', shape: [value.rows, value.cols], candidate: pc.data, reference: pr.data },
    ...{ oracle: value.data, bounds: error.data, ...(step !== undefined && { step }) },
  });
  const compared = gradientComparisons(candidate.gradients, reference.gradients, exact, step);
  const outputs = fair(raw, 'outputs');
  const gradients = compared.map((c) => fair(measure(c), 'gradient'));
  const parts: [What, TensorMeasure[]][] = [
    ['gradient', gradients],
    ['loss', [loss]],
    ['outputs', [outputs]],
  ];
  const findings = parts.flatMap(([what, measures]) => findingsOf(check, what, measures));
  return { loss, outputs, gradients, compared, findings };
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
