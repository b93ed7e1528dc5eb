// A process that tries seeds of a fuzz run.
import { rangesOf } from '../../fuzz/fuzz-work.ts';
import { UNWATCHED } from '../../check/watch.ts';
import type { SeedResult } from '../../fuzz/tally.ts';
import { ownSubject } from './own-subject.ts';
import type { WorkerTask } from './pool.ts';

export default async function work({ options, space, range }: WorkerTask): Promise<readonly SeedResult[]> {
  return rangesOf(await ownSubject(options))(space, range, UNWATCHED.signal);
}
