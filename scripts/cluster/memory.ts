// The memory of the server while a million seeds go through the queue, with answers as large as
// those of random networks.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAddress } from '../../src/queue/address.ts';
import { ask } from '../../src/queue/ask.ts';
import { serve } from '../../src/queue/serve.ts';
import { startRedis } from './redis.ts';

export interface MemoryReport {
  readonly seeds: number;
  readonly processes: number;
  /** Bytes of one answer as JSON. */
  readonly bytesPerSeed: number;
  /** MiB before, and at most. */
  readonly before: number;
  readonly most: number;
  /** Jobs on the server, at most. */
  readonly jobs: number;
  readonly milliseconds: number;
}

const NAME = 'backproof-measure';
const CHUNK = 100;

/** What a random network of two layers results in. */
const ANSWER = {
  outcome: { kind: 'right', used: 0.123456789012345 },
  tried: {
    layers: ['2'],
    'inputs and units': ['3', '2', '5 to 8'],
    examples: ['5 to 8'],
    activations: ['leaky-relu:0.01'],
    outputs: ['softmax'],
    losses: ['cross-entropy'],
    kinds: ['dense', 'layer-norm'],
    penalties: ['l2'],
    optimizers: ['momentum'],
  },
};

/** @param processes jobs at the same time: the more, the more jobs are kept ready */
export async function measureMemory(seeds: number, processes: number): Promise<MemoryReport> {
  const redis = await startRedis();
  const address = parseAddress(redis.url);
  const ability = { version: 'measure' };
  const stop = new AbortController();
  const serving = serve(address, {
    ...{ ability, processes, metrics: null, signal: stop.signal },
    run: async ({ count }) => Array.from({ length: count }, () => ANSWER),
    on: () => {},
  });
  const mebibytes = (): number => Number(/^used_memory:(\d+)/m.exec(redis.command('INFO', 'memory'))?.[1]) / (1 << 20);
  const before = mebibytes();
  let [most, jobs] = [0, 0];
  const sampling = setInterval(() => {
    most = Math.max(most, mebibytes());
    const of = (list: string, count: string): number => Number(redis.command(count, `bull:${NAME}:${list}`));
    jobs = Math.max(jobs, of('wait', 'LLEN') + of('active', 'LLEN') + of('completed', 'ZCARD'));
  }, 500);
  const began = performance.now();
  try {
    const folder = mkdtempSync(join(tmpdir(), 'backproof cluster '));
    const asked = {
      kind: 'measure',
      identity: { ...ability, options: {} },
      range: { from: 0, count: seeds },
      chunk: CHUNK,
    };
    const run = await ask(address, asked, { take: () => true, folder, signal: stop.signal, on: () => {} });
    await run.forget();
  } finally {
    clearInterval(sampling);
    stop.abort();
    await serving;
    await redis.stop();
  }
  const bytesPerSeed = JSON.stringify(ANSWER).length;
  return { seeds, processes, bytesPerSeed, before, most, jobs, milliseconds: performance.now() - began };
}
