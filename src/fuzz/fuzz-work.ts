// Fuzzing as work that seeds decide.
import { UNWATCHED, breather } from '../check/watch.ts';
import { drawProblem } from './draw.ts';
import type { Problem } from './draw.ts';
import { judge } from './judge.ts';
import type { Space } from './space.ts';
import type { Subject } from './subject.ts';
import { triedIn } from './tally.ts';
import type { SeedResult } from './tally.ts';
import type { SeedRange, SeedWork } from './work.ts';

/** The problem of a seed, as this subject can be asked it. */
export function problemOf(seed: number, subject: Subject, space: Space): Problem {
  return drawProblem(seed, space, subject.adapt);
}

/** Runs seeds of a space; results in the order of seeds. */
export type RunRange = (space: Space, range: SeedRange, signal: AbortSignal) => Promise<readonly SeedResult[]>;

/** Runs them here. */
export function rangesOf(subject: Subject): RunRange {
  return async (space, { from, count }, signal) => {
    const results: SeedResult[] = [];
    const breathe = breather(UNWATCHED); // Ctrl-C must be heard between two seeds
    for (let seed = from; seed < from + count && !signal.aborted; seed++) {
      const problem = problemOf(seed, subject, space);
      const outcome = await judge(subject, problem);
      results.push({ outcome, tried: triedIn(problem, subject.updates) });
      await breathe();
    }
    return results;
  };
}

/**
 * @param space what the subject computes of what was wanted: see learn
 * @param identity as of SeedWork, without what is found here
 */
export function fuzzWork(
  subject: Subject,
  space: Space,
  identity: { readonly version: string; readonly options?: unknown; readonly candidateHash?: string },
): SeedWork<SeedResult> {
  const { options, ...rest } = identity;
  return {
    kind: 'fuzz',
    identity: { ...rest, options: { ...(options as object | undefined), space } },
    run: (range, signal = UNWATCHED.signal) => rangesOf(subject)(space, range, signal),
  };
}
