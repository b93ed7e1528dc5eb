// Times checkers side by side: one run each in turn (A B C A B C ...). One that fails is dropped;
// the others go on.
import type { Checker, Prepared, Said } from './checkers.ts';
import { NotHere } from './checkers.ts';
import type { Ran } from './command.ts';

export interface VerdictPlan {
  readonly rounds: number;
  /** A checker that took this long in all takes part in no further rounds. */
  readonly enoughSeconds: number;
  /** The time limit of one run. */
  readonly limitSeconds: number;
}

export interface Round extends Said {
  /** What it took here, without extrapolation. */
  readonly spentSeconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

export type Timed =
  | { readonly checker: Checker; readonly kind: 'measured'; readonly rounds: readonly Round[] }
  | { readonly checker: Checker; readonly kind: 'unable' | 'failed'; readonly reason: string };

/** @throws the signal's reason, if it is aborted */
export type RunChecker = (checker: Checker, prepared: Prepared) => Promise<Ran>;

export async function timeVerdicts(
  checkers: readonly Checker[],
  prepared: Prepared,
  { rounds, enoughSeconds }: VerdictPlan,
  run: RunChecker,
  signal: AbortSignal,
  progress: (what: string, done: number, total: number) => void,
): Promise<Timed[]> {
  const lanes = checkers.map((checker) => ({ checker, rounds: [] as Round[], out: null as Timed | null, spent: 0 }));
  for (let round = 0; round < rounds; round++) {
    for (const [i, lane] of lanes.entries()) {
      if (lane.out !== null || lane.spent >= enoughSeconds) continue;
      const { checker } = lane;
      progress(checker.label, round * lanes.length + i, rounds * lanes.length);
      try {
        const ran = await run(checker, prepared);
        lane.spent += ran.seconds;
        const { seconds: spentSeconds, cpuSeconds, peakBytes } = ran;
        lane.rounds.push({ ...checker.read(ran), spentSeconds, cpuSeconds, peakBytes });
      } catch (error) {
        signal.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        lane.out = { checker, kind: error instanceof NotHere ? 'unable' : 'failed', reason };
      }
    }
  }
  return lanes.map(({ checker, rounds, out }) => out ?? { checker, kind: 'measured', rounds });
}
