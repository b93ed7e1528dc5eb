// What a process without a terminal tries: opened for its first task, it ends with the process.
import type { Subject } from '../../fuzz/subject.ts';
import type { Io } from '../../program/io.ts';
import { candidateOf } from '../candidate.ts';
import type { Options } from '../options.ts';
import { subjectOf } from './subject.ts';

let known: { readonly key: string; readonly subject: Promise<Subject> } | null = null;

/** The same subject as for the task before, as long as the options are the same. */
export function ownSubject(options: Options): Promise<Subject> {
  const key = JSON.stringify(options);
  if (known?.key === key) return known.subject;
  const subject = candidateOf(options, IO).then((candidate) => subjectOf(options, candidate));
  known = { key, subject };
  subject.catch(() => {
    if (known?.subject === subject) known = null; // the next task tries again
  });
  return subject;
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
