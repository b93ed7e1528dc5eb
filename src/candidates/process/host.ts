// The program that runs in a candidate's process, at the other end of module.ts: loads the
// candidate and answers requests one after the other. The process ends when the pipe closes.
import { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';
import { CandidateError } from '../../errors.ts';
import { formatCount } from '../../text.ts';
import { PLAIN, call, describe } from '../call.ts';
import { CHANNEL, FrameReader, encodeFrame } from './channel.ts';
import type { Room } from './channel.ts';
import type { FromHost, ToHost } from './module.ts';
import { isUpdate } from '../request.ts';
import type { Request } from '../request.ts';
import { loadModule, newJiti } from './load.ts';
import { thrownText } from '../words.ts';

const NONE = { numbers: new Float64Array(), bytes: new Uint8Array() };
const UNLIMITED: Room = { head: Infinity, numbers: Infinity, bytes: Infinity };

/** Serves the pipe. */
function serve(): void {
  const pipe = new Socket({ fd: CHANNEL, readable: true, writable: true });
  const reader = new FrameReader();
  const send = (message: FromHost, { numbers, bytes }: { numbers: Float64Array; bytes: Uint8Array } = NONE): void => {
    pipe.write(encodeFrame({ head: JSON.stringify(message), numbers, bytes }));
  };
  process.on('uncaughtException', (error) => send({ kind: 'threw-outside', said: thrownText(error) }));
  let [imported, name]: [unknown, string] = [null, ''];
  const answer = async (message: ToHost): Promise<void> => {
    if ('warmUp' in message) {
      await warmUp(message.warmUp, () => name !== '');
      return;
    }
    const { id } = message;
    try {
      if ('load' in message) {
        ({ name } = message.load);
        imported = await loadModule(message.load.file, message.load.transform);
        send({ kind: 'ready', id, ...described(imported, name) });
        return;
      }
      const { request, arrays, room } = message;
      const { answer, state, changed } = await call(imported, name, withState(request), arrays, room);
      const { form, numbers } = answer;
      const bytes = bytesOf(state, request, name, room.bytes);
      const told = changed && {
        argument: changed.argument,
        index: [...changed.index],
        before: inJson(changed.before),
        after: changed.after === null ? null : inJson(changed.after),
      };
      send({ kind: 'answered', id, form, changed: told, hasState: bytes.length > 0 }, { numbers, bytes });
    } catch (error) {
      send({ id, ...failure(error, name) });
    }
  };
  pipe.on('data', (bytes) => {
    for (const frame of reader.add(bytes, UNLIMITED) ?? []) void answer(deserialize(frame.bytes) as ToHost);
  });
  pipe.on('close', () => process.exit());
  pipe.on('error', () => process.exit());
}

/** The first transformations take several times as long as later ones. */
const WARM = 3;

/** Transforms this text until a file is to be loaded. */
async function warmUp(source: string, isOver: () => boolean): Promise<void> {
  try {
    const jiti = await newJiti();
    for (let n = 0; n < WARM && !isOver(); n++) {
      jiti.transform({ source, filename: 'warm-up.ts', ts: true, async: true });
      await new Promise((resolve) => setImmediate(resolve));
    }
  } catch {
    // loading it will say why
  }
}

/** Characters of declared conventions. */
const MOST_TEXT = 10_000;

function described(imported: unknown, file: string): Omit<FromHost & { kind: 'ready' }, 'kind' | 'id'> {
  const { name, conventions, can } = describe(imported, file);
  let text: string;
  try {
    text = JSON.stringify(conventions ?? {});
  } catch (error) {
    throw new CandidateError(
      `${file}: conventions are not data (${thrownText(error)})`,
      'expected names with their choices',
    );
  }
  if (text.length > MOST_TEXT)
    throw new CandidateError(
      `${file}: conventions: expected at most ${formatCount(MOST_TEXT)} characters, got ${formatCount(text.length)}`,
    );
  const plain: unknown = JSON.parse(text);
  return { name: name.slice(0, 1000), conventions: plain, can: [...can], node: process.versions.node };
}

/** The state comes back as the bytes it was sent as; only this process reads them. */
function withState(request: Request): Request {
  if (!isUpdate(request) || request.state === undefined) return request;
  return { ...request, state: deserialize(request.state as Uint8Array) as unknown };
}

function bytesOf(state: unknown, request: Request, name: string, most: number): Uint8Array {
  if (!isUpdate(request) || state === undefined) return NONE.bytes;
  let bytes: Uint8Array;
  try {
    bytes = serialize(state);
  } catch (error) {
    throw new CandidateError(`${name} returned a state that is not data (${thrownText(error)})`, PLAIN);
  }
  if (bytes.length <= most) return bytes;
  throw new CandidateError(`${name} returned a state of ${bytes.length} bytes`, `expected at most ${most} bytes`);
}

/** JSON has no numbers for these. */
function inJson(x: number): number | 'NaN' | 'Infinity' | '-Infinity' {
  return Number.isFinite(x) ? x : (String(x) as 'NaN' | 'Infinity' | '-Infinity');
}

function failure(error: unknown, name: string): DistributiveOmit<FromHost & { kind: 'threw' | 'refused' }, 'id'> {
  if (error instanceof CandidateError) return { kind: 'refused', said: error.message, hint: error.hint ?? null };
  return { kind: 'threw', said: thrownText(error), where: lineOf(error, name) };
}
type DistributiveOmit<T, K extends keyof T> = T extends unknown ? Omit<T, K> : never;

/** "line 12 of my-mlp.ts", from the stack. */
function lineOf(error: unknown, name: string): string | null {
  try {
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const [, line] = new RegExp(`[\\\\/]${escaped}(?:\\?[^:]*)?:(\\d+)`).exec(stack) ?? [];
    return line === undefined ? null : `line ${line} of ${name}`;
  } catch {
    return null;
  }
}

serve();
