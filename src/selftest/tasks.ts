// The self-test as tasks that are independent of each other, so that several processes share them.
import type { Phase, Watch } from '../check/watch.ts';
import { UNWATCHED } from '../check/watch.ts';
import { tryNetworks } from './false-alarms.ts';
import type { Part } from './false-alarms.ts';
import { countKills, tryKills } from './kills.ts';
import type { Tried } from './kills.ts';
import type { Makers } from './makers.ts';
import { tryOracles } from './oracles.ts';
import type { TriedOracle } from './oracles.ts';
import { tryPairs } from './pairs.ts';
import type { TriedPair } from './pairs.ts';
import type { Range } from './range.ts';
import { tryEntries } from './single-entries.ts';
import type { TriedEntry } from './single-entries.ts';

/** How much each part of a self-test tries. */
export interface SelftestPlan {
  /** Whether the kill table is whole, instead of a part with each mistake. */
  readonly thorough: boolean;
  readonly networks: number;
  readonly pairs: number;
  readonly entries: number;
  readonly oracles: number;
  readonly seed: number;
}

/** The parts of a self-test, and what a range of each results in. */
export interface Results {
  readonly kills: readonly Tried[];
  readonly pairs: readonly TriedPair[];
  readonly entries: readonly TriedEntry[];
  readonly oracles: readonly TriedOracle[];
  readonly networks: readonly Part[];
}

/** One of Results. */
export type PartId = keyof Results & Phase;

/** A range of the trials of one part. */
export interface Task extends Range {
  readonly part: PartId;
}

/**
 * Trials per task: enough to make a task worthwhile, few enough that all processes end at about the
 * same time, and that little is lost when they are stopped.
 */
const TRIALS: Record<PartId, number> = { kills: 10, pairs: 10, entries: 25, oracles: 5, networks: 20 };
/** Random networks take longest: each process gets at least this many tasks of them. */
const TASKS_EACH = 8;

/** How many trials each part has. */
export function trialsOf({ thorough, pairs, entries, oracles, networks }: SelftestPlan): Record<PartId, number> {
  return { kills: countKills(thorough), pairs, entries, oracles, networks };
}

/** All tasks of a self-test, in the order in which to begin them. */
export function tasksOf(plan: SelftestPlan, processes: number): Task[] {
  const few = Math.ceil(plan.networks / (processes * TASKS_EACH));
  return (Object.entries(trialsOf(plan)) as [PartId, number][]).flatMap(([part, count]) => {
    const most = part === 'networks' ? Math.min(TRIALS.networks, few) : TRIALS[part];
    const starts = Array.from({ length: Math.ceil(count / most) }, (_, n) => n * most);
    return starts.map((from) => ({ part, from, to: Math.min(count, from + most) }));
  });
}

const RUN: {
  readonly [P in PartId]: (makers: Makers, plan: SelftestPlan, range: Range, watch: Watch) => Promise<Results[P]>;
} = {
  kills: (makers, { thorough }, range, watch) => tryKills(makers, thorough, range, watch),
  pairs: (makers, _plan, range, watch) => tryPairs(makers, range, watch),
  entries: (makers, { seed }, range, watch) => tryEntries(makers, range, seed, watch),
  oracles: (makers, { seed }, range, watch) => tryOracles(makers, range, seed, watch),
  networks: async (makers, { seed }, { from, to }) => [await tryNetworks(makers, to - from, seed + from)],
};

/** Runs one task. The result belongs to the part of the task. */
export function runTask(
  makers: Makers,
  plan: SelftestPlan,
  task: Task,
  watch: Watch = UNWATCHED,
): Promise<Results[PartId]> {
  return RUN[task.part](makers, plan, task, watch);
}
