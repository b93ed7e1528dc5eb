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
    parentPort?.postMessage(
      message,
      given.map(({ values }) => values.buffer as ArrayBuffer),
    );
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
