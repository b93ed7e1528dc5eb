// `toy.mjs worker|ask URL SETTING`: one side of a queue for tests. The work of a seed is to wait a
// little; its result depends on the seed alone. Events are lines of JSON on stdout.
import { createHash } from 'node:crypto';
import { parseAddress } from '../../src/queue/address.ts';
import { ask } from '../../src/queue/ask.ts';
import { serve } from '../../src/queue/serve.ts';
import type { Patience } from '../../src/queue/serve.ts';

export interface ToySetting {
  readonly version?: string;
  readonly candidateHash?: string;
  readonly processes?: number;
  readonly patience?: Patience;
  readonly seeds?: number;
  readonly chunk?: number;
  readonly folder?: string;
  /** Milliseconds per seed. */
  readonly wait?: number;
  /** A seed that ends its worker. */
  readonly fatal?: number;
}

const [, , role, url, text] = process.argv;
const setting = JSON.parse(text) as ToySetting;
const { version = '1.0.0', candidateHash, processes = 1, patience } = setting;
const ability = { version, ...(candidateHash !== undefined && { candidateHash }) };
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
const common = {
  signal: stop.signal,
  on: (event: object) => void process.stdout.write(`${JSON.stringify(event)}\n`),
};

await (role === 'worker' ? work() : askAll(setting));

function resultOf(seed: number): unknown {
  return seed % 50 === 0 ? NaN : { seed, digest: createHash('md5').update(`${seed}`).digest('hex') };
}

async function work(): Promise<void> {
  await serve(parseAddress(url), {
    ...{ ...common, ability, processes, metrics: null },
    ...(patience !== undefined && { patience }),
    async run({ from, count, identity }, signal) {
      const { wait, fatal } = identity.options as { wait: number; fatal?: number };
      const results: unknown[] = [];
      for (let seed = from; seed < from + count; seed++) {
        if (seed === fatal) process.kill(process.pid, 'SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, wait));
        signal.throwIfAborted();
        results.push(resultOf(seed));
      }
      return results;
    },
  });
}

async function askAll({ seeds = 1, chunk = 5, folder = '.', wait = 20, fatal }: ToySetting): Promise<void> {
  const taken = new Map<number, unknown>();
  const counts = new Uint32Array(seeds);
  const identity = { ...ability, options: { wait, ...(fatal !== undefined && { fatal }) } };
  const asked = { kind: 'toy', identity, range: { from: 0, count: seeds }, chunk };
  try {
    const run = await ask(parseAddress(url), asked, {
      ...{ ...common, folder },
      take(from, results) {
        results.forEach((result, n) => {
          counts[from + n]++;
          taken.set(from + n, result);
        });
        return true;
      },
    });
    const right = [...taken].every(([seed, result]) => JSON.stringify(result) === JSON.stringify(resultOf(seed)));
    const nans = [...taken.values()].filter(Number.isNaN).length;
    const once = counts.every((n) => n === 1);
    common.on({ event: 'end', complete: run.isComplete, once, right, nans, taken: taken.size });
    if (run.isComplete) await run.forget();
  } catch (error) {
    const { name, message } = error as Error;
    common.on({ event: 'error', name, message });
  }
}
