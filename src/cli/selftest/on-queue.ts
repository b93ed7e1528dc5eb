// Runs a self-test on the workers of a queue.
import type { Watch } from '../../check/watch.ts';
import type { Io } from '../../program/io.ts';
import type { Address } from '../../queue/address.ts';
import { concluded } from '../../selftest/selftest.ts';
import type { SelftestResult } from '../../selftest/selftest.ts';
import { trialsOf } from '../../selftest/tasks.ts';
import type { PartId } from '../../selftest/tasks.ts';
import { countTrials, ordered } from '../../selftest/trials.ts';
import type { Trialled } from '../../selftest/trials.ts';
import { askQueue } from '../queue/ask.ts';
import { codeVersion } from '../queue/code-version.ts';
import { selftestWork } from './work.ts';
import type { SelftestOptions } from './work.ts';

export interface QueueOptions {
  readonly address: Address;
  readonly chunk: number | undefined;
  readonly folder: string;
}

/**
 * @returns the result, and what removes the note of how far the run is, once the report is written
 * @throws QueueError, UsageError, or the error of a worker
 */
export async function selftestOnQueue(
  options: SelftestOptions,
  queue: QueueOptions,
  watch: Watch,
  io: Io,
): Promise<{ result: SelftestResult; forget: () => Promise<void> }> {
  const { plan } = options;
  const total = trialsOf(plan);
  const trials = ordered(plan);
  const take = (from: number, results: readonly Trialled[]): boolean => {
    trials.take(from, results);
    for (const part of Object.keys(total) as PartId[]) watch.progress(part, trials.done(part), total[part]);
    return true;
  };
  const work = selftestWork(options, codeVersion());
  const { isComplete, forget } = await askQueue(
    { ...queue, work, range: { from: 0, count: countTrials(plan) }, take },
    io,
  );
  return { result: concluded(plan, trials.all, !isComplete), forget: isComplete ? forget : async () => {} };
}
