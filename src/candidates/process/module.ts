// A candidate that is a JavaScript or TypeScript module. It runs in a process of its own, with
// host.ts as the program. Nothing from there is trusted: a message must fit the schema, carry the
// unguessable id of its request, and be no larger than what was requested.
import { randomUUID } from 'node:crypto';
import { basename, extname, resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { serialize } from 'node:v8';
import * as z from 'zod';
import { CandidateError } from '../../errors.ts';
import { numberOf } from '../read.ts';
import { CandidateProcess } from './candidate-process.ts';
import { CHANNEL, FrameReader, encodeFrame } from './channel.ts';
import type { Frame, Room } from './channel.ts';
import type { CandidateOptions } from '../limits.ts';
import { fromPlain } from '../plain.ts';
import type { PlainRoom } from '../plain.ts';
import { unref } from './processes.ts';
import { REQUESTS, arraysOf, isUpdate, sizeOf } from '../request.ts';
import type { Answered, CandidatePort, Description, Request } from '../request.ts';
import { argumentsToRun } from './run-file.ts';
import { oneLine } from '../words.ts';

const TYPESCRIPT = ['.ts', '.mts', '.cts'];
const JAVASCRIPT = ['.js', '.mjs', '.cjs'];

/**
 * The most numbers of an answer: 4 per requested number, plus a constant, so that a wrong shape can
 * be named.
 */
const NUMBERS = { each: 4, more: 1_000_000 };
/** The most parts of an answer: one per requested number, plus this. */
const PARTS = 100_000;
/**
 * Bytes of a message without its numbers; per part; of the candidate's state, per requested number.
 */
const BYTES = { message: 100_000, part: 64, state: 64 };

const number = z.union([z.number(), z.literal(['NaN', 'Infinity', '-Infinity']).transform(numberOf)]);
const changedSchema = z.strictObject({
  argument: z.string(),
  index: z.array(z.int().min(0)).max(2),
  before: number,
  after: number.nullable(),
});
const messageSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('ready'),
    id: z.uuid(),
    name: z.string().min(1).max(1000),
    conventions: z.unknown(),
    can: z.array(z.enum(REQUESTS)).max(REQUESTS.length),
    node: z.string().max(100),
  }),
  z.strictObject({
    kind: z.literal('answered'),
    id: z.uuid(),
    form: z.unknown(),
    changed: changedSchema.nullable(),
    hasState: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('threw'), id: z.uuid(), said: z.string(), where: z.string().nullable() }),
  z.strictObject({ kind: z.literal('refused'), id: z.uuid(), said: z.string(), hint: z.string().nullable() }),
  z.strictObject({ kind: z.literal('threw-outside'), said: z.string() }),
]);
/** Messages to host.ts. */
export type ToHost =
  /** TypeScript to transform, so that this is faster the next time. It has no answer. */
  | { readonly warmUp: string }
  | {
      readonly id: string;
      readonly load: { readonly file: string; readonly transform: boolean; readonly name: string };
    }
  | {
      readonly id: string;
      readonly request: Request;
      readonly arrays: 'nested' | 'typed';
      readonly room: Room & PlainRoom;
    };
/** Messages from host.ts. */
export type FromHost = z.input<typeof messageSchema>;
type Message = z.output<typeof messageSchema>;
type Read = Message & { readonly frame: Frame };

/** A candidate's process that runs already and has not read its file yet. */
export interface StartedModule {
  /** Reads the file. @throws CandidateError if it cannot be loaded or contains no candidate */
  readonly open: () => Promise<CandidatePort>;
  readonly alive: () => boolean;
  readonly close: () => Promise<void>;
}

/** @throws CandidateError if the module cannot be loaded or contains no candidate */
export async function openModule(path: string, options: CandidateOptions = {}): Promise<CandidatePort> {
  return startModule(path, options).open();
}

/**
 * Starts the process of a module before it is needed: to start it takes longer than to load a file.
 * @param text TypeScript like that of the file, to get faster at transforming it; "" if there is no
 *   time for that
 * @throws CandidateError if the path is not a module's
 */
export function startModule(path: string, options: CandidateOptions = {}, text = ''): StartedModule {
  if (![...TYPESCRIPT, ...JAVASCRIPT].includes(extname(path))) {
    throw new CandidateError(
      `${path}: expected a module (${[...TYPESCRIPT, ...JAVASCRIPT].join(', ')})`,
      'for programs in other languages, use --candidate-command',
    );
  }
  const transform = TYPESCRIPT.includes(extname(path));
  const module = new ModuleProcess(basename(path), options);
  if (text !== '' && transform) module.warmUp(text);
  return {
    async open() {
      try {
        const description = await module.load(resolve(path), transform);
        return {
          description,
          ask: (request, arrays, seconds) => module.ask(request, arrays, seconds),
          alive: () => module.alive(),
          close: () => module.close(),
        };
      } catch (error) {
        await module.close();
        throw error;
      }
    },
    alive: () => module.alive(),
    close: () => module.close(),
  };
}

class ModuleProcess {
  readonly #process: CandidateProcess<Read>;
  readonly #reader = new FrameReader();
  #id = '';
  #room: Room = { head: BYTES.message, numbers: 0, bytes: 0 };

  constructor(name: string, options: CandidateOptions) {
    const program = (memoryLimit: number) => ({
      program: process.execPath,
      // Larger than the memory limit, so that the memory limit, which also counts buffers, is
      // reached first.
      args: [`--max-old-space-size=${Math.ceil(1.5 * memoryLimit)}`, ...argumentsToRun('host')],
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'] as ('ignore' | 'pipe')[],
    });
    this.#process = new CandidateProcess(name, program, ['stdout', 'stderr'], options, true);
    this.#channel?.on('data', (bytes: Uint8Array) => this.#read(bytes));
    unref(this.#process.child);
  }

  get #channel(): Duplex | null {
    return this.#process.child.stdio[CHANNEL] as Duplex | null;
  }

  warmUp(text: string): void {
    this.#send({ warmUp: text });
  }

  async load(file: string, transform: boolean): Promise<Description> {
    const next = this.#process.next('load', LOOP, { loading: true });
    this.#send({ id: this.#newId(), load: { file, transform, name: this.#process.name } });
    const message = await next;
    if (message.kind !== 'ready') throw this.#failure(message);
    const { name, conventions, can, node } = message;
    return { name, conventions, can, versions: { node } };
  }

  async ask(request: Request, arrays: 'nested' | 'typed', most?: number): Promise<Answered> {
    const asked = sizeOf(request);
    const numbers = NUMBERS.more + NUMBERS.each * asked;
    const state = isUpdate(request) ? asked * BYTES.state : 0;
    const parts = PARTS + asked;
    this.#room = { head: BYTES.message + BYTES.part * parts, numbers, bytes: BYTES.message + state };
    const next = this.#process.next(`answer (${request.request})`, LOOP, most === undefined ? {} : { most });
    this.#send({ id: this.#newId(), request, arrays, room: { ...this.#room, parts } });
    const message = await next;
    if (message.kind !== 'answered') throw this.#failure(message);
    const { form, changed, hasState, frame } = message;
    const plain = fromPlain(form, frame.numbers);
    const known = changed === null || arraysOf(request).some(({ name }) => name === changed.argument);
    if (plain === undefined || !known) throw this.#junk();
    if (!hasState) return { answer: plain.value, changed };
    return { answer: { ...(plain.value as object), state: frame.bytes }, changed };
  }

  alive(): boolean {
    return this.#process.ended === null;
  }

  close(): Promise<void> {
    return this.#process.close(() => this.#channel?.end());
  }

  #newId(): string {
    return (this.#id = randomUUID());
  }

  #send(message: ToHost): void {
    this.#channel?.write(encodeFrame({ head: '', numbers: new Float64Array(), bytes: serialize(message) }));
  }

  #read(bytes: Uint8Array): void {
    if (this.#process.ended !== null) return;
    const frames = this.#reader.add(bytes, this.#room);
    if (frames === null) {
      this.#junk();
      return;
    }
    for (const frame of frames) {
      const message = messageOf(frame);
      if (message?.kind === 'threw-outside') this.#process.stop(`threw outside any call: ${oneLine(message.said)}`);
      else if (message === null || message.id !== this.#id || !this.#process.waiting) this.#junk();
      else this.#process.answer(message);
    }
  }

  #junk(): CandidateError {
    return this.#process.stop(
      'sent something that is not an answer through the pipe for answers',
      `file descriptor ${CHANNEL} is reserved for backproof`,
    );
  }

  #failure(message: Message): CandidateError {
    if (message.kind === 'refused')
      return new CandidateError(oneLine(message.said), message.hint === null ? undefined : oneLine(message.hint));
    if (message.kind !== 'threw') return this.#junk();
    const { said, where } = message;
    const place = where === null ? '' : ` (${oneLine(where)})`;
    return new CandidateError(`${this.#process.name} threw ${oneLine(said)}${place}`);
  }
}

const LOOP = 'is there an endless loop?';

/** null if the frame is not a valid message. */
function messageOf(frame: Frame): Read | null {
  try {
    const { data } = messageSchema.safeParse(JSON.parse(frame.head));
    return data === undefined ? null : { ...data, frame };
  } catch {
    return null;
  }
}
