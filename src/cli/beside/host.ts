// The program of the thread that works out parts of a gradient check.
import { generalQuestions } from '../../check/questions/protocol.ts';
import { checkOracle } from '../../check/slopes/oracle-check.ts';
import { sequencesOf } from '../../check/update-sequences.ts';
import { UNWATCHED } from '../../check/watch.ts';
import { createEngine } from '../../engines/registry.ts';
import type { Parameters } from '../../network/parameters.ts';
import { serve } from '../../engines/threads/serve.ts';
import type { Served } from '../../engines/threads/hosted.ts';
import type { Order, PlainQuestion, Progress, Work } from './protocol.ts';

let work: Work | null = null;

serve<Order & { readonly call: number }, Progress>((message, progress) => {
  if ('questions' in message) return questions((work = message.questions));
  const given = work as Work; // questions come first
  return 'sequences' in message ? sequences(given, message.sequences) : oracleCheck(given, progress);
});

function sequences({ network, parameters }: Work, own: Parameters): Served {
  const value = sequencesOf({ network, start: parameters }, own);
  return { value, given: value.flatMap(({ gradients }) => [...gradients].flat()) };
}

function questions({ network, batch }: Work): Served {
  const value = generalQuestions(network, batch).map(
    ({ exact: { align: _, ...exact }, ...question }): PlainQuestion => ({ ...question, exact }),
  );
  const given = value.flatMap(({ exact: { gradients, errors, shifts } }) => [
    ...gradients,
    ...errors,
    ...(shifts ?? []),
  ]);
  return { value, given };
}

async function oracleCheck(
  { network, optimizer, parameters, batch }: Work,
  send: (progress: Progress) => void,
): Promise<Served> {
  const exact = await createEngine('vector', network, optimizer, { dtype: 'f64' });
  const progress = (_phase: unknown, done: number, total: number): void => send({ done, total });
  return { value: await checkOracle({ network, parameters, batch, exact, watch: { ...UNWATCHED, progress } }) };
}
