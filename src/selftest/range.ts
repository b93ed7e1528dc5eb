// A part of the self-test is a list of trials that are independent of each other: any range of them
// can be tried alone, in any process.
import type { Phase, Watch } from '../check/watch.ts';
import { breather } from '../check/watch.ts';

/** The trials from .. to-1 of a part. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The results of a range of trials, in order; of those done so far if it is stopped. */
export async function eachOf<T>(
  phase: Phase,
  { from, to }: Range,
  watch: Watch,
  tryOne: (n: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  const breathe = breather(watch);
  for (let n = from; n < to && !watch.signal.aborted; n++) {
    results.push(await tryOne(n));
    watch.progress(phase, n + 1 - from, to - from);
    await breathe();
  }
  return results;
}
