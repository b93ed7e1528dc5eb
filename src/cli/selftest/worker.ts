// A worker process of the self-test that checks some of its random networks.
import { tryNetworks } from '../../selftest/false-alarms.ts';
import type { Part } from '../../selftest/false-alarms.ts';
import { openBackend } from '../../engines/tfjs/backend.ts';
import type { BackendId } from '../../engines/tfjs/backends.ts';
import { makersOf } from './makers.ts';
import type { Triable } from './makers.ts';

export interface WorkerTask {
  readonly backends: readonly BackendId[];
  readonly firstSeed: number;
  readonly count: number;
  readonly engine: Triable;
}

export default async function work({ backends, firstSeed, count, engine }: WorkerTask): Promise<Part> {
  for (const backend of backends) await openBackend(backend, 1); // one thread: there is one process per core
  return tryNetworks(makersOf(backends, engine), count, firstSeed);
}
