// The memory of the server while a million seeds go through the queue, with answers as large as
// those of random networks.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { parseAddress } from '../../src/queue/address.ts';
import { ask } from '../../src/queue/ask.ts';
import { serve } from '../../src/queue/serve.ts';
import { cpuSeconds } from './processes.ts';
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
  /** Milliseconds of processor time per job: of the server, and of both sides without the work. */
  readonly cpuPerJob: { readonly server: number; readonly sides: number };
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
  const client = new Redis(redis.port);
  const mebibytes = async (): Promise<number> =>
    Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1]) / (1 << 20);
  const before = await mebibytes();
  let [most, jobs] = [0, 0];
  const sample = async (): Promise<void> => {
    most = Math.max(most, await mebibytes());
    const [waiting, active] = [await client.llen(`bull:${NAME}:wait`), await client.llen(`bull:${NAME}:active`)];
    jobs = Math.max(jobs, waiting + active + (await client.zcard(`bull:${NAME}:completed`)));
  };
  const sampling = setInterval(() => void sample().catch(() => undefined), 250);
  const folder = mkdtempSync(join(tmpdir(), 'backproof cluster '));
  const began = performance.now();
  const used = process.cpuUsage();
  let cpuPerJob: { readonly server: number; readonly sides: number };
  try {
    const asked = {
      kind: 'measure',
      identity: { ...ability, options: {} },
      range: { from: 0, count: seeds },
      chunk: CHUNK,
    };
    const run = await ask(address, asked, { take: () => true, folder, signal: stop.signal, on: () => {} });
    await run.forget();
    const { user, system } = process.cpuUsage(used);
    const count = seeds / CHUNK;
    cpuPerJob = { server: (1000 * cpuSeconds(redis.pid())) / count, sides: (user + system) / 1000 / count };
  } finally {
    clearInterval(sampling);
    client.disconnect();
    stop.abort();
    await serving;
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const bytesPerSeed = JSON.stringify(ANSWER).length;
  const milliseconds = performance.now() - began;
  return { seeds, processes, bytesPerSeed, before, most, jobs, milliseconds, cpuPerJob };
}
