// The other end of calls.ts, in the thread: answers one call in between another.
import { parentPort } from 'node:worker_threads';
import type { Parameters } from '../../network/parameters.ts';
import type { FromThread } from './calls.ts';
import type { Served } from './hosted.ts';
import { plainError } from './plain-error.ts';

/** @param answer `part` sends what comes before the value */
export function serve<Message extends { readonly call: number }, Part>(
  answer: (message: Message, part: (part: Part) => void) => Served | Promise<Served>,
): void {
  const send = (message: FromThread<Part>, given: Parameters = []): void =>
    parentPort?.postMessage(message, handedOver(given));
  const reply = async (message: Message): Promise<void> => {
    const { call } = message;
    try {
      const { value, given } = await answer(message, (part) => send({ call, part }));
      send({ call, value }, given);
    } catch (error) {
      send({ call, error: plainError(error) });
    }
  };
  parentPort?.on('message', (message: Message) => void reply(message));
}

/** Bytes from which copying an answer costs more than what handing it over does to this thread. */
const MUCH = 2 ** 24;

/**
 * The buffers that an answer takes along instead of a copy. That detaches them here, and once a
 * thread has seen a detached buffer, V8 asks for it at each number of every array: TensorFlow.js's
 * cpu backend takes a fifth longer, for ever.
 */
function handedOver(given: Parameters): ArrayBuffer[] {
  const bytes = given.reduce((sum, { values }) => sum + values.byteLength, 0);
  return bytes < MUCH ? [] : given.map(({ values }) => values.buffer as ArrayBuffer);
}
