// Tries random networks on the workers of a queue.
import { UsageError } from '../../errors.ts';
import type { Runner } from '../../fuzz/fuzz.ts';
import type { Subject } from '../../fuzz/subject.ts';
import type { SeedResult } from '../../fuzz/tally.ts';
import type { Io } from '../../program/io.ts';
import type { Address } from '../../queue/address.ts';
import type { Run } from '../../queue/ask.ts';
import type { Options } from '../options.ts';
import { quoted } from '../environment.ts';
import { askQueue } from '../queue/ask.ts';
import { codeVersion } from '../queue/code-version.ts';
import { workOf } from './pool.ts';

/** The seeds that a run may have: whether each is done is kept in memory. */
const MOST_RUNS = 1e9;

export interface QueuePool extends Pick<Runner, 'all'> {
  /** Removes the note of how far the run is, once the report is written. */
  readonly forget: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * @param folder for the note of how far the run is
 * @throws UsageError if the number of runs is not given
 */
export function openQueue(options: Options, subject: Subject, address: Address, folder: string, io: Io): QueuePool {
  const { candidate, 'candidate-command': command, chunk, runs, time } = options;
  if (time !== undefined && runs === undefined) throw new UsageError('--time with --queue needs --runs');
  if (runs !== undefined && runs > MOST_RUNS) throw new UsageError(`--runs: at most ${MOST_RUNS} with --queue`);
  const shown =
    candidate !== undefined ? `--candidate ${quoted(candidate)}` : `--candidate-command ${quoted(command ?? '')}`;
  let run: Run | null = null;
  return {
    async all(space, range, order, signal) {
      const { identity, ...work } = workOf(options, subject, space);
      run = await askQueue<SeedResult>(
        {
          work: { ...work, identity: { ...identity, version: codeVersion() } },
          ...{ address, range, chunk, folder, signal },
          ...(identity.candidateHash !== undefined && { candidate: shown }),
          take(from, results) {
            order.take(from, results);
            return !order.isDone;
          },
        },
        io,
      );
    },
    close: async () => {},
    forget: async () => {
      if (run?.isComplete === true) await run.forget();
    },
  };
}
