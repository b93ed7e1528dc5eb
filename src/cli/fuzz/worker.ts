// A process that tries seeds of a fuzz run.
import type { SeedResult } from '../../fuzz/tally.ts';
import { ownSubject } from './own-subject.ts';
import { workOf } from './pool.ts';
import type { WorkerTask } from './pool.ts';

export default async function work({ options, space, range }: WorkerTask): Promise<readonly SeedResult[]> {
  return workOf(options, await ownSubject(options), space).run(range);
}
