// A job of a queue that asks for seeds of a fuzz run: what it may say, and how a worker does it
// with a candidate of its own.
import * as z from 'zod';
import { ENGINES } from '../../engines/engine.ts';
import { BACKENDS } from '../../engines/tfjs/backends.ts';
import { DataError, QueueError } from '../../errors.ts';
import type { SeedWork } from '../../fuzz/work.ts';
import { MOST_STEPS } from '../../network/steps.ts';
import { DTYPES } from '../../numeric/dtype.ts';
import type { JobData } from '../../queue/data.ts';
import type { Options } from '../options.ts';
import { ownSubject } from './own-subject.ts';
import { workOf } from './pool.ts';
import { hashOf } from './subject.ts';

const NAMES = z.array(z.string().max(200)).max(500);
const COUNT = z.int().min(1).max(1000);
const OPTIONS = z.strictObject({
  engine: z.enum(ENGINES).exactOptional(),
  backend: z.enum(BACKENDS).exactOptional(),
  dtype: z.enum(DTYPES).exactOptional(),
  'time-limit': z.number().positive().exactOptional(),
  'memory-limit': z.int().positive().exactOptional(),
  space: z.strictObject({
    ...{ activations: NAMES, kinds: NAMES, penalties: NAMES, optimizers: NAMES, additions: NAMES },
    steps: z.int().min(1).max(MOST_STEPS),
    heads: z.array(z.tuple([z.string().max(200), z.string().max(200)])).max(5000),
    depths: z.array(COUNT).max(50),
    largest: COUNT,
    examples: z.tuple([COUNT, COUNT]),
    scale: z.number().positive(),
    classes: z.boolean(),
  }),
});

/** The options that name a candidate: a worker has its own. */
export type OwnCandidate = Pick<Options, 'candidate' | 'candidate-command'>;

/**
 * @throws DataError on options that no asker of this version writes
 * @throws QueueError if the file of the candidate is no longer the one that is asked for
 */
export async function fuzzJob({ identity }: JobData, own: OwnCandidate): Promise<SeedWork<unknown>> {
  const { success, data } = OPTIONS.safeParse(identity.options);
  if (!success) throw new DataError('the job asks for random networks that this version does not know');
  if (hashOf(own) !== identity.candidateHash)
    throw new QueueError('the candidate of this worker has been changed', 'start the worker again');
  const { space, ...rest } = data;
  const options: Options = { ...rest, ...own };
  return workOf(options, await ownSubject(options), space);
}
