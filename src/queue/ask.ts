// The process that asks: puts chunks of seeds on the queue, a window of them at a time, and takes
// each answer once. Answers are in a journal before they are taken off the server, so that whoever
// is killed, nothing is lost, and nothing counts twice. What the server forgets is asked again.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { openJournal } from '../data/files/journal.ts';
import { isRunning } from '../data/files/write.ts';
import { DataError, UsageError } from '../errors.ts';
import { safeText } from '../text.ts';
import type { Address } from './address.ts';
import { connect } from './connection.ts';
import { parseAnswer, parseRun, parsed, seedOfAnswer } from './data.ts';
import type { RunCard } from './data.ts';
import { runId } from './names.ts';
import type { Asked } from './names.ts';
import { PRESENCE, every, hold, release } from './presence.ts';
import { chunksOf } from './chunks.ts';
import type { Chunks } from './chunks.ts';
import { collect } from './collect.ts';
import type { Taking } from './taking.ts';
import { watchWorkers } from './watch-workers.ts';

export interface Run {
  /** Whether all that was wanted is taken; false if the run was stopped. */
  readonly isComplete: boolean;
  /** Removes the journal, once the report of a complete run is written. */
  forget(): Promise<void>;
}

/**
 * Asks workers for all seeds. A run that was stopped or killed goes on where it was if it is asked
 * for again.
 * @throws QueueError, UsageError if there is no connection, or another process asks for the same
 * @throws what a worker says of a chunk that cannot be done
 */
export async function ask(address: Address, asked: Asked, taking: Taking): Promise<Run> {
  const { signal, on, folder } = taking;
  const id = runId(asked);
  const { shown: server } = address;
  const lost = { onLost: () => on({ event: 'lost', server }), onBack: () => on({ event: 'back', server }) };
  const connection = await connect(address, lost, signal);
  const { kind, identity } = asked;
  const { version, candidateHash } = identity;
  const card: RunCard = {
    ...{ id, kind, version, host: hostname(), pid: process.pid, token: randomUUID() },
    ...(candidateHash !== undefined && { candidateHash }),
  };
  try {
    await takeOver(connection.redis, card, taking);
    let takenOver: string | null = null;
    const over = new AbortController();
    const keep = every(PRESENCE.renewed, async () => {
      takenOver = await hold(connection.redis, 'run', card);
      if (takenOver !== null) over.abort();
    });
    try {
      const chunks = chunksOf(asked);
      let isWanted = true;
      const journal = await openJournal(join(folder, `queue-${id}.jsonl`), (line) => {
        const { from, results } = read(line, chunks, join(folder, `queue-${id}.jsonl`));
        if (chunks.settle(from) && isWanted) isWanted = taking.take(from, results);
      });
      if (chunks.done > 0) on({ event: 'resumed', done: chunks.done, of: chunks.total, file: journal.file });
      const workers = watchWorkers(connection.redis, identity, on);
      try {
        const watched = { ...taking, signal: AbortSignal.any([signal, over.signal]) };
        const isComplete =
          !isWanted || (await collect(connection, asked, id, chunks, journal, watched, workers.processes));
        if (takenOver !== null) throw alsoAsking(takenOver);
        return { isComplete, forget: () => journal.remove() };
      } finally {
        workers.stop();
        await journal.close();
      }
    } finally {
      keep();
      if (connection.redis.status === 'ready') await release(connection.redis, 'run', card);
    }
  } finally {
    connection.close();
  }
}

function read(line: string, chunks: Chunks, file: string): { from: number; results: unknown[] } {
  try {
    const answer = parsed(line);
    const from = seedOfAnswer(answer);
    return { from, results: parseAnswer(answer, from, chunks.sizeOf(from)) };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(`${file}: it is damaged`, 'remove it to begin anew');
  }
}

/**
 * One process asks for a run at a time. The card of one that was killed expires within seconds.
 * @throws UsageError if another process keeps it
 */
async function takeOver(redis: Parameters<typeof hold>[0], card: RunCard, { signal, on }: Taking): Promise<void> {
  const giveUpAt = performance.now() + PRESENCE.expires + PRESENCE.renewed;
  for (let isFirst = true; ; isFirst = false) {
    const held = await hold(redis, 'run', card);
    if (held === null || signal.aborted) return;
    const { host, pid, token } = holderOf(held);
    if (host === card.host && !isRunning(pid)) {
      await release(redis, 'run', { id: card.id, token });
      continue;
    }
    if (isFirst) on({ event: 'held', host, pid });
    if (performance.now() > giveUpAt) throw alsoAsking(held);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function holderOf(held: string): { host: string; pid: number; token: string } {
  const { host = 'another machine', pid = 0, token = '' } = parseRun(held) ?? {};
  return { host: safeText(host), pid, token };
}

function alsoAsking(held: string): UsageError {
  const { host, pid } = holderOf(held);
  return new UsageError(
    `process ${pid} on ${host} asks for the same run at the moment`,
    'wait for it, end it, or give another --seed',
  );
}
