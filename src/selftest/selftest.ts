// The self-test: runs all its parts and lists what failed. The check must catch known mistakes,
// name them, and raise no false alarm.
import type { Watch } from '../check/watch.ts';
import { together } from './false-alarms.ts';
import type { FalseAlarms } from './false-alarms.ts';
import { killTable } from './kills.ts';
import type { KillTable } from './kills.ts';
import { oraclesOf } from './oracles.ts';
import type { Oracles } from './oracles.ts';
import { twoAtOnce } from './pairs.ts';
import type { Pairs } from './pairs.ts';
import { singleEntries } from './single-entries.ts';
import type { SingleEntries } from './single-entries.ts';
import { tasksOf, trialsOf } from './tasks.ts';
import type { PartId, Results, SelftestPlan, Task } from './tasks.ts';

export interface SelftestResult {
  readonly killTable: KillTable;
  readonly pairs: Pairs;
  readonly singleEntries: SingleEntries;
  readonly oracles: Oracles;
  readonly falseAlarms: FalseAlarms;
  /** The requirements that were not met; empty if the self-test passed. */
  readonly failures: readonly string[];
  readonly interrupted: boolean;
}

/** The requirements of the self-test. */
export const REQUIRED = {
  /** Shares of all injected mistakes. */
  caught: 1,
  named: 0.95,
  /** Relative differences of the exact gradients. */
  slopesApart: 1e-7,
  graphApart: 1e-12,
  taylorOrder: 1.5,
} as const;

/**
 * Runs all tasks, `processes` of them at a time. A task that fails because the self-test is stopped
 * is left out.
 * @param run runs one task, here or in another process
 */
export async function selftest(
  plan: SelftestPlan,
  run: (task: Task) => Promise<Results[PartId]>,
  processes: number,
  watch: Watch,
): Promise<SelftestResult> {
  const tasks = tasksOf(plan, processes);
  const [total, done] = [trialsOf(plan), { kills: 0, pairs: 0, entries: 0, oracles: 0, networks: 0 }];
  const results = new Map<Task, Results[PartId]>();
  let begun = 0;
  const keepBusy = async (): Promise<void> => {
    while (begun < tasks.length && !watch.signal.aborted) {
      const task = tasks[begun++];
      results.set(task, await run(task));
      done[task.part] += task.to - task.from;
      watch.progress(task.part, done[task.part], total[task.part]);
    }
  };
  try {
    await Promise.all(Array.from({ length: processes }, keepBusy));
  } catch (error) {
    if (!watch.signal.aborted) throw error; // stopped: the results so far count
  }
  // tasks end in an order that differs from run to run
  const all = <P extends PartId>(part: P): Results[P][number][] =>
    tasks.filter((task) => task.part === part).flatMap((task) => (results.get(task) ?? []) as Results[P][number][]);
  return concluded(plan, all, watch.signal.aborted);
}

/** @param all what the trials of a part resulted in, in their order */
export function concluded(
  plan: SelftestPlan,
  all: <P extends PartId>(part: P) => Results[P][number][],
  interrupted: boolean,
): SelftestResult {
  const parts = {
    killTable: killTable(all('kills')),
    pairs: twoAtOnce(all('pairs')),
    singleEntries: singleEntries(all('entries')),
    oracles: oraclesOf(all('oracles')),
    falseAlarms: together(all('networks'), plan.seed),
  };
  return { ...parts, failures: failuresOf(parts), interrupted };
}

export type Parts = Omit<SelftestResult, 'failures' | 'interrupted'>;

/** The requirements that the parts do not meet, one line per failure. */
export function failuresOf({
  killTable,
  pairs,
  singleEntries: entries,
  oracles,
  falseAlarms: alarms,
}: Parts): string[] {
  const total = (of: 'injected' | 'caught' | 'named' | 'namedWrong'): number =>
    killTable.kills.reduce((sum, kill) => sum + kill[of], 0);
  const failures: string[] = [];
  const require = (met: boolean, otherwise: string): void => {
    if (!met) failures.push(otherwise);
  };
  const injected = total('injected');
  require(total('caught') >=
    REQUIRED.caught * injected, `${injected - total('caught')} injected mistakes were not caught`);
  require(total('named') >=
    REQUIRED.named * injected, `only ${total('named')} of ${injected} injected mistakes were named`);
  require(total('namedWrong') === 0, `${total('namedWrong')} injected mistakes were given a wrong name`);
  const misplaced = killTable.misses.filter(({ what }) => what === 'first place wrong').length;
  require(misplaced === 0, `${misplaced} injected mistakes were located at a wrong place`);
  const idle = killTable.kills.filter((kill) => kill.injected === 0).map(({ fault }) => fault);
  require(idle.length === 0, `never injected: ${idle.join(', ')}`);
  require(pairs.notCaught.length === 0, `pairs of mistakes not caught: ${pairs.notCaught.join('; ')}`);
  require(pairs.namedWrong.length === 0, `pairs of mistakes given a name: ${pairs.namedWrong.join('; ')}`);
  require(entries.missed.length === 0, `single wrong entries not caught: ${entries.missed.join('; ')}`);
  const { everyEntry } = entries;
  require(everyEntry.caughtOnce ===
    everyEntry.entries, `${everyEntry.entries - everyEntry.caughtOnce} of ${everyEntry.entries} entries are not compared exactly once`);
  require(oracles.disagree.length === 0, `exact gradients refuted for seeds ${oracles.disagree.join(', ')}`);
  require(oracles.slopesApart <=
    REQUIRED.slopesApart, `central differences differ from the exact gradients by ${oracles.slopesApart}`);
  require(oracles.graphApart <=
    REQUIRED.graphApart, `the scalar graph differs from the exact gradients by ${oracles.graphApart}`);
  require(oracles.smallestOrder >= REQUIRED.taylorOrder, `a Taylor remainder has order ${oracles.smallestOrder}`);
  require(alarms.alarms.length === 0, `${alarms.alarms.length} false alarms`);
  require(alarms.entriesCompared ===
    alarms.entriesThereAre, `${alarms.entriesCompared} gradient entries were compared, expected ${alarms.entriesThereAre}`);
  return failures;
}
