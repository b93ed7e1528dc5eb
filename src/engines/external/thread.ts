// The other end of module.ts: loads the candidate in its thread and answers requests, one after the other.
import type { MessagePort } from 'node:worker_threads';
import { CandidateError } from '../../errors.ts';
import { call, describe } from './call.ts';
import type { FromThread, ToThread } from './module.ts';
import type { Answered } from './request.ts';

/** @param load imports the candidate's module */
export async function serve(port: MessagePort, load: () => Promise<unknown>, name: string): Promise<void> {
  const send = (message: FromThread): void => port.postMessage(message);
  const sendData = (answered: Answered): void => {
    try {
      send({ answered });
    } catch (error) {
      throw new CandidateError(
        `${name} answers something that is no data (${String(error)})`,
        'plain numbers and arrays expected',
      );
    }
  };
  try {
    const imported = await load();
    const description = { ...describe(imported, name), versions: { node: process.versions.node } };
    port.on('message', (message: ToThread) => {
      if ('end' in message) {
        port.close();
        return;
      }
      call(imported, name, message.request, message.arrays)
        .then((answered) => sendData({ ...answered, answer: dataOf(answered.answer) }))
        .catch((error: unknown) => send(failed(error, name)));
    });
    send({ ready: description });
  } catch (error) {
    send(failed(error, name));
  }
}

/** Of an answer what is read of it: the rest need not be anything that can be sent. */
function dataOf(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer) || ArrayBuffer.isView(answer))
    return answer;
  const { loss, gradients, outputs, parameters, state } = answer as Record<string, unknown>;
  return { loss, gradients, outputs, parameters, state };
}

function failed(error: unknown, name: string): FromThread {
  if (error instanceof CandidateError) return { failed: error.message, where: error.hint ?? null, candidate: true };
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { failed: text, where: lineOf(error, name), candidate: false };
}

/** "line 12 of my-mlp.ts", from the stack. */
function lineOf(error: unknown, name: string): string | null {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const [, line] = new RegExp(`[\\\\/]${escaped}(?:\\?[^:]*)?:(\\d+)`).exec(stack) ?? [];
  return line === undefined ? null : `line ${line} of ${name}`;
}
