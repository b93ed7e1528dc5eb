// The program of the thread that works out parts of a gradient check.
import { parentPort, workerData } from 'node:worker_threads';
import { generalQuestions } from '../../check/questions/protocol.ts';
import { checkOracle } from '../../check/slopes/oracle-check.ts';
import { UNWATCHED } from '../../check/watch.ts';
import { createEngine } from '../../engines/registry.ts';
import { plainError } from '../../engines/threads/protocol.ts';
import type { FromBeside, Parts, PlainQuestion, Work } from './protocol.ts';

const { network, optimizer, parameters, batch } = workerData as Work;

function send(message: FromBeside, buffers: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, buffers);
}

async function attempt(part: keyof Parts, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    send({ part, error: plainError(error) });
  }
}

async function sendQuestions(): Promise<void> {
  const value = generalQuestions(network, batch).map(
    ({ exact: { align: _, ...exact }, ...question }): PlainQuestion => {
      return { ...question, exact };
    },
  );
  const buffers = value.flatMap(({ exact: { gradients, errors, shifts } }) =>
    [...gradients, ...errors, ...(shifts ?? [])].map(({ values }) => values.buffer as ArrayBuffer),
  );
  send({ part: 'questions', value }, buffers);
}

async function sendOracleCheck(): Promise<void> {
  const exact = await createEngine('vector', network, optimizer, { dtype: 'f64' });
  const progress = (_phase: unknown, done: number, total: number): void => send({ done, total });
  const value = await checkOracle({ network, parameters, batch, exact, watch: { ...UNWATCHED, progress } });
  send({ part: 'oracleCheck', value });
}

await attempt('questions', sendQuestions);
await attempt('oracleCheck', sendOracleCheck);
