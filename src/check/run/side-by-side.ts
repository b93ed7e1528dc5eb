// Several pieces of work at the same time, as many as there is room for.
import type { Watch } from '../watch.ts';

/** Gets a watch that stops it when another one fails. */
export type Job<T> = (watch: Watch) => Promise<T>;

/**
 * The results in the order of the jobs, which begin in that order, `atOnce` at a time.
 * @throws the first job's error, in the order of the jobs, when all that had begun have stopped
 */
export async function sideBySide<T>(jobs: readonly Job<T>[], atOnce: number, watch: Watch): Promise<T[]> {
  const failed = new AbortController();
  const own: Watch = { ...watch, signal: AbortSignal.any([watch.signal, failed.signal]) };
  const results = new Array<T>(jobs.length);
  const failures = new Map<number, unknown>();
  let next = 0;
  const keepBusy = async (): Promise<void> => {
    while (next < jobs.length && failures.size === 0) {
      const i = next++;
      try {
        results[i] = await jobs[i](own);
      } catch (error) {
        failures.set(i, error);
        failed.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, keepBusy));
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
  return results;
}
