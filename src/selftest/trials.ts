// The self-test as one list of trials, the parts one after the other, for whoever shares it out by
// numbers: what a trial results in depends on its number alone.
import { UNWATCHED } from '../check/watch.ts';
import type { Makers } from './makers.ts';
import { runTask, trialsOf } from './tasks.ts';
import type { PartId, Results, SelftestPlan } from './tasks.ts';

/** What one trial resulted in. */
export interface Trialled {
  readonly part: PartId;
  readonly result: Results[PartId][number];
}

/** Where a part is in the list. */
interface Place {
  readonly part: PartId;
  readonly from: number;
  readonly to: number;
}

function placesOf(plan: SelftestPlan): Place[] {
  let from = 0;
  return (Object.entries(trialsOf(plan)) as [PartId, number][]).map(([part, count]) => {
    const place = { part, from, to: from + count };
    from += count;
    return place;
  });
}

/** All parts together. */
export function countTrials(plan: SelftestPlan): number {
  return placesOf(plan).at(-1)?.to ?? 0;
}

/**
 * The trials from .. from + count - 1 of the list, in order; those done so far if it is stopped.
 */
export async function runTrials(
  makers: Makers,
  plan: SelftestPlan,
  { from, count }: { readonly from: number; readonly count: number },
  signal: AbortSignal = UNWATCHED.signal,
): Promise<Trialled[]> {
  const results: Trialled[] = [];
  for (const place of placesOf(plan)) {
    const { part, from: first } = place;
    const own = { from: Math.max(from, first) - first, to: Math.min(from + count, place.to) - first };
    const step = part === 'networks' ? 1 : count; // several networks in a task have one result
    for (let n = own.from; n < own.to && !signal.aborted; n += step) {
      const task = { part, from: n, to: Math.min(own.to, n + step) };
      const tried = await runTask(makers, plan, task, { ...UNWATCHED, signal });
      results.push(...tried.map((result) => ({ part, result })));
    }
  }
  return results;
}

/** Puts results in the order of their trials. */
export function ordered(plan: SelftestPlan): {
  take(from: number, results: readonly Trialled[]): void;
  all<P extends PartId>(part: P): Results[P][number][];
  /** Trials of this part that are done. */
  done(part: PartId): number;
} {
  const places = placesOf(plan);
  const byPart = new Map(places.map(({ part, from, to }) => [part, new Array<Trialled | undefined>(to - from)]));
  const starts = new Map(places.map(({ part, from }) => [part, from]));
  const done = new Map<PartId, number>();
  return {
    take(from, results) {
      results.forEach((one, n) => {
        const at = from + n - (starts.get(one.part) ?? 0);
        const own = byPart.get(one.part);
        if (own === undefined || own[at] !== undefined) return;
        own[at] = one;
        done.set(one.part, (done.get(one.part) ?? 0) + 1);
      });
    },
    all<P extends PartId>(part: P) {
      return (byPart.get(part) ?? []).flatMap((one) => (one === undefined ? [] : [one.result as Results[P][number]]));
    },
    done: (part) => done.get(part) ?? 0,
  };
}
