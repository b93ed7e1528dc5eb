// The packages of a queue are optional: they are loaded where they are used, and a line says how to
// get one that is missing.
import type * as bullmq from 'bullmq';
import type { Redis } from 'ioredis';
import type * as prometheus from 'prom-client';
import { QueueError } from '../errors.ts';

/** As in package.json. */
export const VERSIONS = { bullmq: '^6.7.0', ioredis: '^5.11.1', 'prom-client': '^15.1.3' } as const;

export interface Packages {
  readonly bullmq: typeof bullmq;
  readonly Redis: typeof Redis;
}

/** @throws QueueError that says how to install them */
export async function loadPackages(): Promise<Packages> {
  const [loaded, redis] = await Promise.all([
    loading('bullmq', () => import('bullmq')),
    loading('ioredis', () => import('ioredis')),
  ]);
  return { bullmq: loaded, Redis: redis.Redis };
}

/** @throws QueueError that says how to install it */
export function loadPrometheus(): Promise<typeof prometheus> {
  return loading('prom-client', () => import('prom-client'));
}

async function loading<T>(name: keyof typeof VERSIONS, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const why = missing ? 'is not installed' : `does not load (${String(error).split('\n', 1)[0]})`;
    const { bullmq: queue, ioredis, 'prom-client': metrics } = VERSIONS;
    const words = name === 'prom-client' ? `prom-client@${metrics}` : `bullmq@${queue} ioredis@${ioredis}`;
    const what = name === 'prom-client' ? 'which counts for --metrics' : 'which a queue needs';
    throw new QueueError(`the npm package ${name}, ${what}, ${why}`, `npm install ${words}`);
  }
}
