// Runs a self-test on this machine: one process per core.
import { availableParallelism } from 'node:os';
import type { Watch } from '../../check/watch.ts';
import { selftest } from '../../selftest/selftest.ts';
import type { SelftestResult } from '../../selftest/selftest.ts';
import type { PartId, Results } from '../../selftest/tasks.ts';
import { openProcesses } from '../processes.ts';
import type { SelftestOptions } from './work.ts';
import type { WorkerTask } from './worker.ts';

export async function selftestHere(options: SelftestOptions, watch: Watch): Promise<SelftestResult> {
  const most = availableParallelism();
  const { signal } = watch;
  const pool = await openProcesses<WorkerTask, Results[PartId]>('./worker', import.meta.url, { most, signal });
  try {
    return await selftest(options.plan, (task) => pool.run({ ...options, task }), most, watch);
  } finally {
    await pool.close();
  }
}
