// (c) Both engines train the whole time on their own; then the test set. Here the two trainings are judged.
import type { Batches } from '../../data/batches.ts';
import type { EngineFactory } from '../../engines/engine.ts';
import type { Parameters } from '../../network/parameters.ts';
import { namedTensors } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { difference } from '../../numeric/difference.ts';
import { findingsOf } from '../measure.ts';
import { hadToOverflow } from './overflow.ts';
import { countDifferent } from './test-set.ts';
import { finalLoss } from './training.ts';
import type { Trajectory } from './training.ts';
import { allowances, drift, whyParted } from './trajectory.ts';
import type { Cause, Drift } from './trajectory.ts';
import type { Finding, Left, TensorMeasure, Verdict } from '../verdict.ts';

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
  const { findings: driftFindings, partings, exact, drifts } = await judgeDrifts(runs);
  const { findings: overflows, excuse } = await judgeOverflows(runs);
  const findings = [...overflows, ...outputFindings(outputs), ...driftFindings];
  const [c, r] = [candidate.evaluation, reference.evaluation];
  return {
    verdict: verdict(runs, findings, excuse, drifts, partings),
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
    parted: partings[0] ?? null,
    outputs,
  };
}

type Excuse = Extract<Verdict, { kind: 'inconclusive' }>;

function verdict(
  runs: Runs,
  findings: readonly Finding[],
  excuse: Excuse | null,
  drifts: Drifts | null,
  partings: readonly Parting[],
): Verdict {
  if (findings.length > 0) return { kind: 'disagree', findings };
  if (excuse !== null) return excuse;
  if (runs.cutShort !== null) return { kind: 'inconclusive', reason: runs.cutShort };
  if (sameBits(runs.trajectory.candidate, runs.trajectory.reference)) return { kind: 'identical' };
  const used = [runs.outputs.candidate?.usedOfBound ?? 0, runs.outputs.reference?.usedOfBound ?? 0];
  for (const side of SIDES) {
    const d = drifts?.[side];
    if (d !== undefined && d.allowed > 0 && !partings.some(({ engine }) => engine === side))
      used.push(d.gap / d.allowed);
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

/** How far each may be from the exact run, and is. From where it parted on, a run shows no longer what rounding does to the other one. */
function measureDrifts(
  { trajectory, yardsticks, singlePrecision }: Runs,
  oracle: readonly number[],
  partings: readonly Parting[],
): { exact: NonNullable<FreeRun['exact']>; drifts: Drifts } {
  const beside = (other: Side): number[] => {
    const parted = partings.find(({ engine }) => engine === other);
    const losses = trajectory[other].losses.slice(0, parted?.partedAt);
    return allowances(oracle, singlePrecision[other] ? [losses, ...yardsticks] : yardsticks);
  };
  const allowed = { candidate: beside('reference'), reference: beside('candidate') };
  const of = (side: Side): Drift & { beyond: boolean } => drift(trajectory[side].losses, oracle, allowed[side]);
  return {
    exact: { loss: oracle, allowed },
    drifts: { candidate: of('candidate'), reference: of('reference') },
  };
}

interface JudgedDrifts {
  readonly findings: readonly Finding[];
  readonly partings: readonly Parting[];
  readonly exact: FreeRun['exact'];
  readonly drifts: Drifts | null;
}

/** What is beyond the allowance is explained by a unit that took another branch, or by rounding that was fed back, or it is a finding. */
async function judgeDrifts(runs: Runs): Promise<JudgedDrifts> {
  const findings: Finding[] = [];
  const partings: Parting[] = [];
  if (runs.oracle === null) return { findings, partings, exact: null, drifts: null };
  const open = new Set(SIDES.filter((side) => runs.trajectory[side].overflowedAt === null));
  for (;;) {
    const { exact, drifts } = measureDrifts(runs, runs.oracle, partings);
    const side = SIDES.find((one) => open.has(one) && drifts[one].beyond);
    if (side === undefined) return { findings, partings, exact, drifts };
    open.delete(side);
    const d = drifts[side];
    const other = side === 'candidate' ? 'reference' : 'candidate';
    const { factories } = runs;
    const others = [...(runs.singlePrecision[other] ? [factories[other]] : []), ...factories.yardsticks];
    const cause = await whyParted(
      { ...runs, engine: factories[side], oracle: factories.oracle, others, losses: runs.trajectory[side].losses },
      d,
    );
    if (cause !== null) partings.push({ engine: side, partedAt: d.step, ...cause });
    else findings.push({ kind: 'trajectory', engine: side, step: d.step, gap: d.gap, allowed: d.allowed });
  }
}

/** Overflows that are nobody's fault excuse the run; the others are findings. So do outputs out of range. */
async function judgeOverflows(runs: Runs): Promise<{ findings: Finding[]; excuse: Excuse | null }> {
  const blamed: Side[] = [];
  let excuse: Excuse | null = null;
  for (const side of SIDES) {
    const at = runs.trajectory[side].overflowedAt;
    const why = at === null ? null : await hadToOverflow({ ...runs, engine: runs.factories[side], at });
    if (at !== null && why === null) blamed.push(side);
    if (why !== null) excuse ??= { kind: 'inconclusive', reason: 'out-of-range', ...why };
    const outputs = runs.outputs[side]?.outOfRange;
    if (outputs !== undefined) excuse ??= { kind: 'inconclusive', reason: 'out-of-range', step: null, ...outputs };
  }
  const one = (engine: Left, { losses, overflowedAt }: Trajectory): Finding => {
    const step = overflowedAt ?? 0;
    return { kind: 'non-finite', check: 'free-run', engine, step, loss: losses[step] ?? NaN };
  };
  const { candidate, reference } = runs.trajectory;
  const together = blamed.length === 2 && candidate.overflowedAt === reference.overflowedAt;
  return {
    findings: together ? [one('both', candidate)] : blamed.map((side) => one(side, runs.trajectory[side])),
    excuse,
  };
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
