// A process that tries seeds of a fuzz run.
import type { Subject } from '../../fuzz/subject.ts';
import type { SeedResult } from '../../fuzz/tally.ts';
import { candidateOf } from '../candidate.ts';
import type { Io } from '../../program/io.ts';
import { workOf } from './pool.ts';
import type { WorkerTask } from './pool.ts';
import { subjectOf } from './subject.ts';

/** Opened for the first task; it ends with this process. */
let subject: Promise<Subject> | null = null;

export default async function work({ options, space, range }: WorkerTask): Promise<readonly SeedResult[]> {
  subject ??= candidateOf(options, IO).then((candidate) => subjectOf(options, candidate));
  return workOf(options, await subject, space).run(range);
}

const IO: Io = {
  out: () => {},
  err: (text) => process.stderr.write(text),
  outIsTty: false,
  errIsTty: false,
  signal: new AbortController().signal,
  now: () => performance.now(),
  date: () => new Date(),
};
