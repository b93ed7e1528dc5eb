// The report of the times to a verdict as one document.
import { ratio, summarize } from '../statistics.ts';
import type { Summary } from '../statistics.ts';
import type { BenchReport } from '../report.ts';
import type { Side } from './checkers.ts';
import type { Timed, VerdictPlan } from './measure.ts';
import type { VerdictTask } from './tasks.ts';
import type { Commit } from './versions.ts';

/** Increased when a field changes its meaning or is removed. */
export const VERDICT_SCHEMA_VERSION = 1;

export interface MeasuredVerdict {
  readonly id: string;
  readonly label: string;
  readonly side: Side;
  readonly kind: 'measured';
  /** The gradients are right, so a check that disagrees raises a false alarm. */
  readonly verdict: 'agree' | 'disagree';
  /** From the command to the verdict; where `checked` is less than `of`, extrapolated to all. */
  readonly seconds: Summary;
  /** The seconds of each round; take ratios round by round. */
  readonly rounds: readonly number[];
  /** Parameters checked, of all; null for commands of this program, which check all. */
  readonly checked: number | null;
  readonly of: number | null;
  /** What a run took, without extrapolation. */
  readonly spentSeconds: Summary;
  readonly cpuSeconds: Summary;
  readonly peakMiB: number;
  /** Random networks of the self-test per second. */
  readonly networksPerSecond: Summary | null;
  /** Its time divided by that of this checkout. */
  readonly timesThis: Summary | null;
  /** Its time divided by its own at the sweep's first point. */
  readonly timesFirstPoint: Summary | null;
}

export type VerdictResult =
  | MeasuredVerdict
  | {
      readonly id: string;
      readonly label: string;
      readonly side: Side;
      readonly kind: 'unable' | 'failed';
      readonly reason: string;
    };

export interface VerdictTaskReport {
  readonly name: string;
  readonly family: VerdictTask['family'];
  readonly at: number | null;
  /** The command that is timed. */
  readonly command: string;
  readonly parameters: number | null;
  readonly results: readonly VerdictResult[];
}

export interface VerdictReport {
  readonly schemaVersion: typeof VERDICT_SCHEMA_VERSION;
  readonly kind: 'verdict';
  /** The command that repeats the run. */
  readonly command: string;
  readonly date: string;
  /** This checkout; `changed` if its sources differ from the commit. null without git. */
  readonly commit: (Commit & { readonly changed: boolean }) | null;
  readonly against: Commit | null;
  readonly environment: Omit<BenchReport['environment'], 'peakGflops'>;
  readonly settings: { readonly standard: VerdictPlan; readonly sweeps: VerdictPlan };
  readonly tasks: readonly VerdictTaskReport[];
}

/** @param first the outcomes at the first point of the sweep */
export function taskReport(
  task: VerdictTask,
  parameters: number | null,
  outcomes: readonly Timed[],
  first: readonly Timed[] | null,
): VerdictTaskReport {
  const base = secondsOf(outcomes, 'this');
  const results = outcomes.map((outcome): VerdictResult => {
    const { id, label, side } = outcome.checker;
    if (outcome.kind !== 'measured') return { id, label, side, kind: outcome.kind, reason: outcome.reason };
    const { rounds } = outcome;
    const seconds = rounds.map((r) => r.seconds);
    const { networks } = task;
    return {
      ...{ id, label, side, kind: 'measured' },
      verdict: rounds.every(({ agree }) => agree) ? 'agree' : 'disagree',
      seconds: summarize(seconds),
      rounds: seconds,
      checked: rounds[0].checked,
      of: rounds[0].of,
      spentSeconds: summarize(rounds.map((r) => r.spentSeconds)),
      cpuSeconds: summarize(rounds.map((r) => r.cpuSeconds)),
      peakMiB: Math.round(Math.max(...rounds.map((r) => r.peakBytes)) / 2 ** 20),
      networksPerSecond: networks === null ? null : summarize(seconds.map((s) => networks / s)),
      timesThis: ratio(seconds, base),
      timesFirstPoint: first === null ? null : ratio(seconds, secondsOf(first, id)),
    };
  });
  const { name, family, at, words } = task;
  return { name, family, at, command: ['backproof', ...words].join(' '), parameters, results };
}

function secondsOf(outcomes: readonly Timed[], id: string): readonly number[] {
  const found = outcomes.find(({ checker }) => checker.id === id);
  return found?.kind === 'measured' ? found.rounds.map(({ seconds }) => seconds) : [];
}

export function measuredVerdicts({ results }: VerdictTaskReport): MeasuredVerdict[] {
  return results.filter((r) => r.kind === 'measured');
}

/** What this program got wrong, or could not do: one line each. Other checks may fail. */
export function ownFailures({ tasks }: VerdictReport): { readonly wrong: string[]; readonly failed: string[] } {
  const own = tasks.flatMap(({ name, results }) =>
    results.filter(({ side }) => side === 'this' || side === 'earlier').map((r) => ({ name, r })),
  );
  return {
    wrong: own.flatMap(({ name, r }) =>
      r.kind === 'measured' && r.verdict === 'disagree' ? [`${r.label} in ${name}`] : [],
    ),
    failed: own.flatMap(({ name, r }) => (r.kind === 'failed' ? [`${r.label} in ${name}: ${r.reason}`] : [])),
  };
}
