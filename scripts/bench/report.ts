// The report of a benchmark as one document: turns raw laps into figures.
import type { NetworkSpec } from '../../src/network/spec.ts';
import type { OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';
import type { Environment } from '../../src/report/report.ts';
import type { Expected, ExpectedLoss } from './exact.ts';
import { flopsPerSample } from './flops.ts';
import type { Flops } from './flops.ts';
import type { Outcome, TrainedLoss } from './measure.ts';
import type { Scenario } from './scenarios.ts';
import { ratio, summarize } from './statistics.ts';
import type { Summary } from './statistics.ts';
import type { Task } from './task.ts';

/** Increased when a field changes its meaning or is removed. */
export const BENCH_SCHEMA_VERSION = 1;

/** `other` means off, but the contender itself says that it computes something else. */
export type LossVerdict = 'same' | 'other' | 'wrong';

export interface LossCheck {
  readonly steps: number;
  readonly value: number;
  readonly exact: number;
  /** Relative to the exact one. */
  readonly difference: number;
  readonly allowed: number;
  readonly verdict: LossVerdict;
}

export interface MeasuredResult {
  readonly id: string;
  readonly kind: 'measured';
  readonly label: string;
  readonly note: string | null;
  readonly samplesPerSecond: Summary;
  /** Samples per second of each round; take ratios round by round. */
  readonly rounds: readonly number[];
  readonly lapSteps: number;
  readonly microsecondsPerSample: number;
  /** Counts only the terms that are not 0. */
  readonly gflops: number;
  readonly shareOfPeak: number | null;
  readonly firstStepSeconds: Summary;
  readonly startSeconds: Summary;
  readonly residentMiB: number;
  /** Early, and after all steps that the contenders share. */
  readonly losses: readonly LossCheck[];
  /** The worst verdict of these. */
  readonly verdict: LossVerdict;
  /** The first contender's speed divided by this one's. */
  readonly timesSlower: Summary | null;
  /** The cost per sample, divided by that of the same contender at the sweep's first point. */
  readonly timesFirstPoint: Summary | null;
}

export type Result = MeasuredResult | Extract<Outcome, { kind: 'unable' | 'failed' }>;

export interface ScenarioReport {
  readonly name: string;
  readonly family: Scenario['family'];
  readonly at: number | null;
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly batchSize: number;
  readonly data: Scenario['data']['kind'];
  readonly examples: number;
  readonly density: number;
  readonly threads: number | null;
  readonly flopsPerSample: Flops;
  /** The contender that the others are compared with. */
  readonly base: string | null;
  readonly results: readonly Result[];
}

interface Rounds {
  readonly rounds: number;
  readonly lapSeconds: number;
}

export interface BenchReport {
  readonly schemaVersion: typeof BENCH_SCHEMA_VERSION;
  readonly kind: 'bench';
  /** The command that repeats the run. */
  readonly command: string;
  readonly date: string;
  readonly environment: Environment & {
    readonly v8: string;
    readonly os: string;
    /** The load of the last minute before the run. */
    readonly load: number;
    readonly peakGflops: number | null;
    readonly versions: Readonly<Record<string, string>>;
  };
  readonly settings: {
    readonly standard: Rounds;
    readonly sweeps: Rounds;
    readonly threads: number | null;
    readonly seed: number;
  };
  readonly wrong: readonly { readonly scenario: string; readonly id: string }[];
  readonly scenarios: readonly ScenarioReport[];
}

export interface Setting {
  readonly scenario: Scenario;
  readonly task: Task;
  readonly density: number;
  readonly peakGflops: number | null;
}

/** @param first the outcomes of the same contenders at the first point of the sweep */
export async function scenarioReport(
  { scenario, task, density, peakGflops }: Setting,
  outcomes: readonly Outcome[],
  first: readonly Outcome[] | null,
  expected: ExpectedLoss,
): Promise<ScenarioReport> {
  const flops = flopsPerSample(task.network, density);
  const base = outcomes.find((o) => o.kind === 'measured');
  const checks = await lossChecks(outcomes, expected);
  const results = outcomes.map((o): Result => {
    if (o.kind !== 'measured') return o;
    const samplesPerSecond = summarize(o.rates);
    const gflops = (samplesPerSecond.median * flops.nonZero) / 1e9;
    return {
      ...{ id: o.id, kind: o.kind, label: o.label, note: o.note, samplesPerSecond, rounds: o.rates },
      lapSteps: o.lapSteps,
      microsecondsPerSample: 1e6 / samplesPerSecond.median,
      gflops,
      shareOfPeak: peakGflops === null ? null : gflops / peakGflops,
      firstStepSeconds: summarize(o.firstStepSeconds),
      startSeconds: summarize(o.startSeconds),
      residentMiB: Math.round(o.residentBytes / 2 ** 20),
      ...verdictOf(checks.get(o.id) ?? []),
      timesSlower: base === undefined ? null : ratio(base.rates, o.rates),
      timesFirstPoint: ratio(ratesOf(first ?? [], o.id), o.rates),
    };
  });
  return {
    ...{ name: scenario.name, family: scenario.family, at: scenario.at, network: task.network },
    ...{ optimizer: task.optimizer, batchSize: task.batchSize, data: scenario.data.kind, examples: task.examples },
    ...{ density, threads: task.threads, flopsPerSample: flops, base: base?.id ?? null, results },
  };
}

function ratesOf(outcomes: readonly Outcome[], id: string): readonly number[] {
  const found = outcomes.find((o) => o.id === id);
  return found?.kind === 'measured' ? found.rates : [];
}

/** Checks in order of steps, so that the exact network trains only once. */
async function lossChecks(outcomes: readonly Outcome[], expected: ExpectedLoss): Promise<Map<string, LossCheck[]>> {
  const all = outcomes.flatMap((o) => (o.kind === 'measured' ? o.trained.map((t) => ({ ...o, trained: t })) : []));
  const checks = new Map<string, LossCheck[]>();
  for (const { id, trained, note } of all.sort((a, b) => a.trained.steps - b.trained.steps)) {
    const check = checkLoss(trained, note, await expected(trained.steps));
    checks.set(id, [...(checks.get(id) ?? []), check]);
  }
  return checks;
}

export function checkLoss(trained: TrainedLoss, note: string | null, { exact, allowed }: Expected): LossCheck {
  const { steps, loss: value } = trained;
  const difference = Math.abs(value - exact) / Math.abs(exact);
  const same = Number.isFinite(difference) && difference <= allowed;
  return { steps, value, exact, difference, allowed, verdict: same ? 'same' : note === null ? 'wrong' : 'other' };
}

function verdictOf(losses: readonly LossCheck[]): Pick<MeasuredResult, 'losses' | 'verdict'> {
  return { losses, verdict: losses.find(({ verdict }) => verdict !== 'same')?.verdict ?? 'same' };
}

export function wrongOnes(scenarios: readonly ScenarioReport[]): BenchReport['wrong'] {
  return scenarios.flatMap(({ name, results }) =>
    results.flatMap((r) => (r.kind === 'measured' && r.verdict === 'wrong' ? [{ scenario: name, id: r.id }] : [])),
  );
}

/** NaN and infinities become strings, because JSON cannot write them. Ends with a newline. */
export function benchJson(report: BenchReport): string {
  const word = (_key: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
  return `${JSON.stringify(report, word, 1)}\n`;
}
