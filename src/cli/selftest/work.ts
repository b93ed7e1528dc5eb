// The self-test as work that seeds decide, for a queue: a seed is the number of a trial.
import * as z from 'zod';
import type { SeedWork } from '../../fuzz/work.ts';
import { BACKENDS } from '../../engines/tfjs/backends.ts';
import { startBackend } from '../../engines/tfjs/tfjs.ts';
import { DataError } from '../../errors.ts';
import { runTrials } from '../../selftest/trials.ts';
import type { Trialled } from '../../selftest/trials.ts';
import { TRIABLE, makersOf } from './makers.ts';

const COUNT = z.int().min(0).max(1e9);
const OPTIONS = z.strictObject({
  engine: z.enum(TRIABLE),
  backends: z.array(z.enum(BACKENDS).exclude(['auto'])).max(BACKENDS.length),
  plan: z.strictObject({
    thorough: z.boolean(),
    ...{ networks: COUNT, pairs: COUNT, entries: COUNT, oracles: COUNT },
    seed: z.int(),
  }),
});
/** What decides what a self-test tries. */
export type SelftestOptions = z.infer<typeof OPTIONS>;

/** @throws DataError on options that are none */
export function readSelftestOptions(options: unknown): SelftestOptions {
  const { success, data } = OPTIONS.safeParse(options);
  if (!success) throw new DataError('the job asks for a self-test that this version does not know');
  return data;
}

/** @throws EngineUnavailableError where this machine lacks a backend, as soon as it is run */
export function selftestWork(options: SelftestOptions, version: string): SeedWork<Trialled> {
  const { engine, backends, plan } = options;
  return {
    kind: 'selftest',
    identity: { version, options },
    async run(range, signal) {
      for (const backend of backends) await startBackend(backend, 1); // one thread: there is one process per core
      return runTrials(makersOf(backends, engine), plan, range, signal);
    },
  };
}
