// (c) Both engines train the whole time on their own; then the test set. Here the two trainings are judged.
import type { Batches } from '../data/batches.ts';
import type { EngineFactory } from '../engines/engine.ts';
import type { Parameters } from '../network/parameters.ts';
import { namedTensors } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../optimizers/optimizer.ts';
import { difference } from '../numeric/difference.ts';
import { findingsOf } from './measure.ts';
import { countDifferent } from './test-set.ts';
import { finalLoss } from './training.ts';
import type { Trajectory } from './training.ts';
import { allowances, drift, whyParted } from './trajectory.ts';
import type { Cause, Drift } from './trajectory.ts';
import type { Finding, TensorMeasure, Verdict } from './verdict.ts';

/** The runs went different ways from `partedAt` on, because of what happened at the cause's `step`. */
export type Parting = { readonly engine: Side; readonly partedAt: number } & Cause;

/** The two sides of a comparison. */
export type Side = 'candidate' | 'reference';

/** Two whole trainings side by side, and what the trained networks make of the test set. */
export interface FreeRun {
  readonly verdict: Verdict;
  /** Loss of every step of both, before its update. */
  readonly loss: Readonly<Record<Side, readonly number[]>>;
  /** The same run in binary64, and how far each may be from it at each step; null where the two runs are the same to the last bit. */
  readonly exact: {
    readonly loss: readonly number[];
    readonly allowed: Readonly<Record<Side, readonly number[]>>;
  } | null;
  /** Mean loss over the last tenth of the steps. */
  readonly finalLoss: Readonly<Record<Side, number>>;
  /** Share of the test examples labelled right; null where training did not get there. */
  readonly accuracy: Readonly<Record<Side, number | null>>;
  readonly testSize: number;
  /** Class (row) against label given (column), as counts; null where training did not get there. */
  readonly confusion: Readonly<Record<Side, readonly (readonly number[])[] | null>>;
  /** Test examples to which the two give different classes. */
  readonly labelledDifferently: number | null;
  /** `ratio` output: test examples whose scores are all 0. */
  readonly allZeroExamples: Readonly<Record<Side, number | null>>;
  /** Largest distance of the two losses, and where. */
  readonly largestGap: { readonly step: number; readonly gap: number };
  /** Distance of each from the same run in binary64; null where the two runs are the same to the last bit. */
  readonly drift: Readonly<Record<Side, Drift & { beyond: boolean }>> | null;
  readonly parted: Parting | null;
  /** Outputs on test examples after training, against the exact outputs of the engine's own parameters. */
  readonly outputs: Readonly<Record<Side, TensorMeasure | null>>;
}

export interface Runs {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly initial: Parameters;
  readonly batches: Batches;
  readonly testSize: number;
  readonly trajectory: Readonly<Record<Side, Trajectory>>;
  readonly outputs: Readonly<Record<Side, TensorMeasure | null>>;
  /** Losses of the same run in binary64; null where the two runs are the same to the last bit. */
  readonly oracle: readonly number[] | null;
  /** Losses of single-precision runs that show what rounding does to this one, besides the two themselves. */
  readonly yardsticks: readonly (readonly number[])[];
  /** A binary64 run is no yardstick for a binary32 one. */
  readonly singlePrecision: Readonly<Record<Side, boolean>>;
  readonly factories: Readonly<Record<Side | 'oracle', EngineFactory>> & {
    readonly yardsticks: readonly EngineFactory[];
  };
  /** Why it did not come to its end; null where it did. */
  readonly cutShort: 'interrupted' | 'not-run' | null;
}

export async function judgeFreeRun(runs: Runs): Promise<FreeRun> {
  const { trajectory, outputs } = runs;
  const { candidate, reference } = trajectory;
  const exact = runs.oracle === null ? null : { loss: runs.oracle, allowed: allowedBeside(runs, runs.oracle) };
  const drifts = exact === null ? null : driftsOf(runs, exact);
  const { findings: driftFindings, parted } = await explainDrifts(runs, drifts);
  const findings = [...overflowFindings(candidate, reference), ...outputFindings(outputs), ...driftFindings];
  const [c, r] = [candidate.evaluation, reference.evaluation];
  return {
    verdict: verdict(runs, findings, drifts, parted),
    loss: { candidate: candidate.losses, reference: reference.losses },
    exact,
    finalLoss: { candidate: finalLoss(candidate.losses), reference: finalLoss(reference.losses) },
    accuracy: { candidate: c?.accuracy ?? null, reference: r?.accuracy ?? null },
    testSize: runs.testSize,
    confusion: { candidate: c?.confusion ?? null, reference: r?.confusion ?? null },
    labelledDifferently: c !== null && r !== null ? countDifferent(c.labels, r.labels) : null,
    allZeroExamples: { candidate: c?.allZero ?? null, reference: r?.allZero ?? null },
    largestGap: largestGap(candidate.losses, reference.losses),
    drift: drifts,
    parted,
    outputs,
  };
}

function verdict(runs: Runs, findings: readonly Finding[], drifts: Drifts | null, parted: Parting | null): Verdict {
  if (findings.length > 0) return { kind: 'disagree', findings };
  if (runs.cutShort !== null) return { kind: 'inconclusive', reason: runs.cutShort };
  if (sameBits(runs.trajectory.candidate, runs.trajectory.reference)) return { kind: 'identical' };
  const used = [runs.outputs.candidate?.usedOfBound ?? 0, runs.outputs.reference?.usedOfBound ?? 0];
  for (const side of SIDES) {
    const d = drifts?.[side];
    if (d !== undefined && d.allowed > 0 && parted?.engine !== side) used.push(d.gap / d.allowed);
  }
  return { kind: 'agree', usedOfBound: Math.max(...used) };
}

const SIDES = ['candidate', 'reference'] as const;
type Drifts = Record<Side, Drift & { beyond: boolean }>;

/** Every loss, every final parameter and every test label has the same bits. */
export function sameBits(a: Trajectory, b: Trajectory): boolean {
  if (a.losses.length !== b.losses.length) return false;
  if (!difference(Float64Array.from(a.losses), Float64Array.from(b.losses)).identical) return false;
  const [p, q] = [namedTensors(a.parameters), namedTensors(b.parameters)];
  if (!p.every(({ values }, n) => difference(values, q[n].values).identical)) return false;
  const [c, r] = [a.evaluation, b.evaluation];
  return c === null || r === null ? c === r : countDifferent(c.labels, r.labels) === 0;
}

function allowedBeside(
  { trajectory, yardsticks, singlePrecision }: Runs,
  oracle: readonly number[],
): Record<Side, number[]> {
  const beside = (other: Side): number[] =>
    allowances(oracle, singlePrecision[other] ? [trajectory[other].losses, ...yardsticks] : yardsticks);
  return { candidate: beside('reference'), reference: beside('candidate') };
}

function driftsOf({ trajectory }: Runs, { loss, allowed }: NonNullable<FreeRun['exact']>): Drifts {
  const of = (side: Side): Drift & { beyond: boolean } => drift(trajectory[side].losses, loss, allowed[side]);
  return { candidate: of('candidate'), reference: of('reference') };
}

/** What is beyond the allowance is explained by a unit that took another branch, or by rounding that was fed back, or it is a finding. */
async function explainDrifts(
  runs: Runs,
  drifts: Drifts | null,
): Promise<{ findings: Finding[]; parted: Parting | null }> {
  const findings: Finding[] = [];
  let parted: Parting | null = null;
  for (const side of SIDES) {
    const d = drifts?.[side];
    if (d === undefined || !d.beyond || runs.trajectory[side].overflowedAt !== null) continue;
    const other = side === 'candidate' ? 'reference' : 'candidate';
    const { factories } = runs;
    const others = [...(runs.singlePrecision[other] ? [factories[other]] : []), ...factories.yardsticks];
    const cause = await whyParted(
      { ...runs, engine: factories[side], oracle: factories.oracle, others, losses: runs.trajectory[side].losses },
      d,
    );
    if (cause !== null) parted ??= { engine: side, partedAt: d.step, ...cause };
    else findings.push({ kind: 'trajectory', engine: side, step: d.step, gap: d.gap, allowed: d.allowed });
  }
  return { findings, parted };
}

function overflowFindings(candidate: Trajectory, reference: Trajectory): Finding[] {
  const [c, r] = [candidate.overflowedAt, reference.overflowedAt];
  const one = (engine: 'candidate' | 'reference' | 'both', step: number, { losses }: Trajectory): Finding => {
    return { kind: 'non-finite', check: 'free-run', engine, step, loss: losses[step] ?? NaN };
  };
  if (c !== null && c === r) return [one('both', c, candidate)];
  return [
    ...(c === null ? [] : [one('candidate', c, candidate)]),
    ...(r === null ? [] : [one('reference', r, reference)]),
  ];
}

function outputFindings(outputs: Runs['outputs']): Finding[] {
  return SIDES.flatMap((side) => {
    const m = outputs[side];
    return m === null ? [] : findingsOf('free-run', 'outputs', [{ ...m, left: m.left === null ? null : side }]);
  });
}

function largestGap(a: readonly number[], b: readonly number[]): { step: number; gap: number } {
  let worst = { step: 0, gap: 0 };
  for (let step = 0; step < Math.min(a.length, b.length); step++) {
    const gap = Math.abs(a[step] - b[step]);
    if (Number.isNaN(gap)) return { step, gap }; // nothing is farther apart
    if (gap > worst.gap) worst = { step, gap };
  }
  return worst;
}
