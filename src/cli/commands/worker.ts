// backproof worker: does the work that other processes ask for over a queue, until it is stopped.
import { availableParallelism } from 'node:os';
import { UsageError } from '../../errors.ts';
import { EXIT } from '../../program/exit-codes.ts';
import type { Io } from '../../program/io.ts';
import type { WorkerEvent } from '../../queue/events.ts';
import { openMetrics } from '../../queue/metrics.ts';
import { serve } from '../../queue/serve.ts';
import { workerLine } from '../../queue/words.ts';
import type { OwnCandidate } from '../fuzz/job.ts';
import { hashOf } from '../fuzz/subject.ts';
import type { Options } from '../options.ts';
import { codeVersion } from '../queue/code-version.ts';
import { openChunkPool } from '../queue/pool.ts';

export async function runWorker(options: Options, io: Io): Promise<number> {
  const { queue: address, processes = availableParallelism(), metrics: place, json } = options;
  if (address === undefined)
    throw new UsageError('worker: --queue is missing', 'give the URL of a Redis server, such as redis://host:6379');
  const { candidate, 'candidate-command': command } = options;
  if (candidate !== undefined && command !== undefined)
    throw new UsageError('--candidate and --candidate-command: give one of them');
  const own: OwnCandidate = {
    ...(candidate !== undefined && { candidate }),
    ...(command !== undefined && { 'candidate-command': command }),
  };
  const candidateHash = hashOf(own);
  const ability = { version: codeVersion(), ...(candidateHash !== undefined && { candidateHash }) };
  const metrics = place === undefined ? null : await openMetrics(place, ability.version);
  const tell = (event: WorkerEvent): void => {
    metrics?.on(event);
    const time = io.date().toISOString();
    io.out(json === true ? `${JSON.stringify({ time, ...event })}\n` : `${time.slice(11, 19)} ${workerLine(event)}\n`);
  };
  const pool = await openChunkPool(processes, own);
  try {
    await serve(address, {
      ability,
      processes,
      metrics: metrics?.address ?? null,
      async run(job, signal) {
        metrics?.busy(1);
        try {
          return await pool.run(job, signal);
        } finally {
          metrics?.busy(-1);
        }
      },
      signal: io.signal,
      on: tell,
    });
  } finally {
    await pool.close();
    await metrics?.close();
  }
  return EXIT.agree;
}
