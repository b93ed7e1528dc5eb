// A worker process of the self-test that runs some of its tasks.
import { runTask } from '../../selftest/tasks.ts';
import type { PartId, Results, SelftestPlan, Task } from '../../selftest/tasks.ts';
import { startBackend } from '../../engines/tfjs/tfjs.ts';
import type { BackendId } from '../../engines/tfjs/backends.ts';
import { makersOf } from './makers.ts';
import type { Triable } from './makers.ts';

export interface WorkerTask {
  readonly backends: readonly BackendId[];
  readonly engine: Triable;
  readonly plan: SelftestPlan;
  readonly task: Task;
}

export default async function work({ backends, engine, plan, task }: WorkerTask): Promise<Results[PartId]> {
  for (const backend of backends) await startBackend(backend, 1); // one thread: there is one process per core
  return runTask(makersOf(backends, engine), plan, task);
}
