// Step (c) of a comparison: both engines train the whole run on their own, then label the test set.
// This file judges the two trainings.
import type { Batches } from '../../data/batches.ts';
import type { EngineFactory } from '../../engines/engine.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { difference } from '../../numeric/difference.ts';
import { findingsOf } from '../measure.ts';
import type { Watch } from '../watch.ts';
import { SIDES, mapPair, opposite, pairOf } from '../pair.ts';
import type { Pair, Side } from '../pair.ts';
import { hadToOverflow } from './overflow.ts';
import { countDifferent } from './test-set.ts';
import { finalLoss } from './training.ts';
import type { Trajectory } from './training.ts';
import { allowances, drift, whyParted } from './trajectory.ts';
import type { BoundsOfStep, Cause } from './checked-run.ts';
import type { Drift, Rerun } from './trajectory.ts';
import type { Culprit, Finding, TensorMeasure, Verdict } from '../verdict.ts';

/** The run left the exact one at `partedAt`, because of what happened at the cause's `step`. */
export type Parting = { readonly engine: Side; readonly partedAt: number } & Cause;

/** Two whole trainings side by side, and how the trained networks do on the test set. */
export interface FreeRun {
  readonly verdict: Verdict;
  /** Loss of every step on both sides, before its update. */
  readonly loss: Pair<readonly number[]>;
  /**
   * The same run in binary64, and how far each side may be from it at each step; null if the two
   * runs are the same to the last bit.
   */
  readonly exact: {
    readonly loss: readonly number[];
    readonly allowed: Pair<readonly number[]>;
  } | null;
  /** Mean loss over the last tenth of the steps. */
  readonly finalLoss: Pair<number>;
  /**
   * Share of the test examples labelled correctly; null if training did not finish, or if they have
   * no classes.
   */
  readonly accuracy: Pair<number | null>;
  /**
   * Of regression: mean loss over the test set; null if training did not finish, or for a loss that
   * is not computed from outputs. Missing where the examples have classes.
   */
  readonly testLoss?: Pair<number | null> | undefined;
  readonly testSize: number;
  /** Counts by class (row) and label given (column); null if training did not finish. */
  readonly confusion: Pair<readonly (readonly number[])[] | null>;
  /** Test examples to which the two sides give different classes. */
  readonly labelledDifferently: number | null;
  /** `ratio` output: test examples whose scores are all 0. */
  readonly allZeroExamples: Pair<number | null>;
  /** Largest distance of the two losses, and its step. */
  readonly largestGap: { readonly step: number; readonly gap: number };
  /**
   * Distance of each side from the same run in binary64; null if the two runs are the same to the
   * last bit.
   */
  readonly drift: Pair<Drift & { beyond: boolean }> | null;
  readonly parted: Parting | null;
  /**
   * Outputs on test examples after training, against the exact outputs of the engine's own
   * parameters.
   */
  readonly outputs: Pair<TensorMeasure | null>;
}

export interface Runs {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly initial: Parameters;
  readonly batches: Batches;
  readonly testSize: number;
  /** Whether the examples have targets in place of classes. */
  readonly isRegression?: boolean;
  readonly trajectory: Pair<Trajectory>;
  readonly outputs: Pair<TensorMeasure | null>;
  /** Losses of the same run in binary64; null if the two runs are the same to the last bit. */
  readonly exact: readonly number[] | null;
  /**
   * Losses of a further single-precision run that shows what rounding does to this one; null if
   * there is none.
   */
  readonly f32Baseline: readonly number[] | null;
  /** A binary64 run is no baseline for a binary32 one. */
  readonly singlePrecision: Pair<boolean>;
  /** The factories of the runs: some of them are run again. */
  readonly factories: Pair<EngineFactory> & {
    readonly exact: EngineFactory;
    readonly f32Baseline?: EngineFactory | undefined;
  };
  /** Bounds on what a step computes, in another thread; default: in this one. */
  readonly bounds?: BoundsOfStep | undefined;
  /** Why the run did not finish; null if it did. */
  readonly cutShort: 'interrupted' | 'not-run' | null;
}

/** @param watch its signal ends the search for what explains a drift */
export async function judgeFreeRun(runs: Runs, watch: Watch): Promise<FreeRun> {
  const { trajectory, outputs } = runs;
  const losses = mapPair(trajectory, (run) => run.losses);
  const evaluated = mapPair(trajectory, ({ evaluation }) => evaluation);
  const labels = mapPair(evaluated, (evaluation) => evaluation?.labels ?? null);
  const { findings: driftFindings, partings, exact, drifts, interrupted } = await judgeDrifts(runs, watch);
  const { findings: overflows, excuse } = await judgeOverflows(runs);
  const findings = [...overflows, ...outputFindings(outputs), ...driftFindings];
  return {
    verdict: verdict(interrupted ? { ...runs, cutShort: 'interrupted' } : runs, findings, excuse, drifts, partings),
    loss: losses,
    exact,
    finalLoss: mapPair(losses, finalLoss),
    accuracy: mapPair(evaluated, (evaluation) => evaluation?.accuracy ?? null),
    ...(runs.isRegression === true && { testLoss: mapPair(evaluated, (evaluation) => evaluation?.loss ?? null) }),
    testSize: runs.testSize,
    confusion: mapPair(evaluated, (evaluation) => evaluation?.confusion ?? null),
    labelledDifferently: isWhole(labels) ? countDifferent(labels) : null,
    allZeroExamples: mapPair(evaluated, (evaluation) => evaluation?.allZero ?? null),
    largestGap: largestGap(losses),
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
  if (sameBits(runs.trajectory)) return { kind: 'identical' };
  const used = [runs.outputs.candidate?.usedOfBound ?? 0, runs.outputs.reference?.usedOfBound ?? 0];
  for (const side of SIDES) {
    const d = drifts?.[side];
    if (d !== undefined && d.allowed > 0 && !partings.some(({ engine }) => engine === side))
      used.push(d.gap / d.allowed);
  }
  return { kind: 'agree', usedOfBound: Math.max(...used) };
}

type Drifts = Pair<Drift & { beyond: boolean }>;

/** Whether every loss, final parameter and test label has the same bits. */
export function sameBits({ candidate: a, reference: b }: Pair<Trajectory>): boolean {
  if (a.losses.length !== b.losses.length) return false;
  if (!difference(Float64Array.from(a.losses), Float64Array.from(b.losses)).identical) return false;
  if (!a.parameters.every(({ values }, t) => difference(values, b.parameters[t].values).identical)) return false;
  const labels = { candidate: a.evaluation?.labels ?? null, reference: b.evaluation?.labels ?? null };
  return isWhole(labels) ? countDifferent(labels) === 0 : labels.candidate === labels.reference;
}

/** Whether both sides have a value. */
function isWhole<T>(pair: Pair<T | null>): pair is Pair<T> {
  return pair.candidate !== null && pair.reference !== null;
}

/**
 * How far each side may be from the exact run, and is. From the step where it parted, a run no
 * longer shows what rounding does to the other one.
 */
function measureDrifts(
  { trajectory, f32Baseline, singlePrecision }: Runs,
  exact: readonly number[],
  partings: readonly Parting[],
): { exact: NonNullable<FreeRun['exact']>; drifts: Drifts } {
  const baselines = f32Baseline === null ? [] : [f32Baseline];
  const allowed = pairOf((side) => {
    const other = opposite(side);
    const parted = partings.find(({ engine }) => engine === other);
    const losses = trajectory[other].losses.slice(0, parted?.partedAt);
    return allowances(exact, singlePrecision[other] ? [losses, ...baselines] : baselines);
  });
  return {
    exact: { loss: exact, allowed },
    drifts: mapPair(trajectory, ({ losses }, side) => drift(losses, exact, allowed[side])),
  };
}

interface JudgedDrifts {
  readonly findings: readonly Finding[];
  readonly partings: readonly Parting[];
  readonly exact: FreeRun['exact'];
  readonly drifts: Drifts | null;
  /** Before a drift was explained or found to be a mistake. */
  readonly interrupted: boolean;
}

/**
 * A run beyond the allowance is explained by a unit that took another branch or by rounding that
 * was fed back; otherwise it is a finding.
 */
async function judgeDrifts(runs: Runs, watch: Watch): Promise<JudgedDrifts> {
  const findings: Finding[] = [];
  const partings: Parting[] = [];
  if (runs.exact === null) return { findings, partings, exact: null, drifts: null, interrupted: false };
  const open = new Set(SIDES.filter((side) => runs.trajectory[side].overflowedAt === null));
  for (;;) {
    const { exact, drifts } = measureDrifts(runs, runs.exact, partings);
    const side = SIDES.find((one) => open.has(one) && drifts[one].beyond);
    if (side === undefined) return { findings, partings, exact, drifts, interrupted: false };
    open.delete(side);
    const d = drifts[side];
    const cause = await whyParted(rerunOf(runs, side), d, watch);
    if (cause === 'interrupted') return { findings, partings, exact, drifts, interrupted: true };
    if (cause !== null) partings.push({ engine: side, partedAt: d.step, ...cause });
    else findings.push({ kind: 'trajectory', engine: side, step: d.step, gap: d.gap, allowed: d.allowed });
  }
}

function rerunOf(runs: Runs, side: Side): Rerun {
  const { factories, singlePrecision, trajectory } = runs;
  const { exact, f32Baseline } = factories;
  const other = opposite(side);
  const others = [...(singlePrecision[other] ? [factories[other]] : []), ...(f32Baseline ? [f32Baseline] : [])];
  return { ...runs, engine: factories[side], exact, others, losses: trajectory[side].losses };
}

/**
 * An overflow that no engine could avoid excuses the run; any other is a finding. Outputs out of
 * range excuse it too.
 */
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
  const one = (engine: Culprit, { losses, overflowedAt }: Trajectory): Finding => {
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

function largestGap({ candidate: a, reference: b }: Pair<readonly number[]>): { step: number; gap: number } {
  let worst = { step: 0, gap: 0 };
  for (let step = 0; step < Math.min(a.length, b.length); step++) {
    const gap = Math.abs(a[step] - b[step]);
    if (Number.isNaN(gap)) return { step, gap }; // nothing is farther apart
    if (gap > worst.gap) worst = { step, gap };
  }
  return worst;
}
