// A candidate that is a program in any language: one JSON request a line to its standard input, one JSON answer a line from its standard output.
// docs/protocol.md is the description for whoever writes one.
import { constants } from 'node:os';
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import { CandidateError } from '../../errors.ts';
import { parseAs } from '../../network/schema.ts';
import { DEFAULT_TIME_LIMIT, LOADING, Printed, within } from './limits.ts';
import type { CandidateOptions } from './limits.ts';
import { end, start } from './processes.ts';
import { oneLine } from './words.ts';
import { nested, spelledOut } from './request.ts';
import type { Answered, CandidatePort, Description, Request, RequestName } from './request.ts';

export const PROTOCOL = 'backproof-candidate/1';

/** A program that ends by itself is given so long to do it, in milliseconds. */
const GRACE = 500;
/** What it printed last may come after the news of its end, in milliseconds. */
const LAST_WORDS = 200;
/** Characters of one answer: a hundred for each number that was asked for, and some more. */
const ROOM = { each: 100, more: 1_000_000 };

const descriptionSchema = z.object({
  protocol: z.string(),
  name: z.string().min(1).optional(),
  conventions: z.unknown().optional(),
  can: z.array(z.enum(['gradients', 'predict', 'applyGradients'])).optional(),
  versions: z.record(z.string(), z.string()).optional(),
});

/** @throws CandidateError if it cannot be started, or does not speak the protocol */
export async function openCommand(command: string, options: CandidateOptions = {}): Promise<CandidatePort> {
  const program = new Program(command, options);
  try {
    const description = descriptionOf(await program.ask({ request: 'describe', protocol: PROTOCOL }, 0), command);
    return {
      description,
      async ask(request): Promise<Answered> {
        const { request: name, ...body } = { request: request.request, ...spelledOut(request, nested) };
        const state = 'state' in body ? { state: body['state'] ?? null } : {}; // JSON leaves out what is undefined
        return { answer: await program.ask({ request: name, ...body, ...state }, sizeOf(request)), changed: null };
      },
      alive: () => program.alive(),
      close: () => program.close(),
    };
  } catch (error) {
    await program.close();
    throw error;
  }
}

function descriptionOf(answer: Record<string, unknown>, command: string): Description {
  const spoken = parseAs(descriptionSchema, answer, `${command}: its description`);
  if (spoken.protocol !== PROTOCOL)
    throw new CandidateError(`${command} speaks ${spoken.protocol}, not ${PROTOCOL}`, 'see docs/protocol.md');
  const can: readonly RequestName[] = [...new Set<RequestName>(['gradients', ...(spoken.can ?? [])])];
  return { name: spoken.name ?? command, conventions: spoken.conventions, can, versions: spoken.versions ?? {} };
}

/** How many numbers an answer may hold. */
function sizeOf(request: Request): number {
  const parameters = request.parameters.reduce(
    (sum, { weights, bias }) => sum + weights.data.length + (bias?.data.length ?? 0),
    0,
  );
  const state = request.request === 'applyGradients' ? 3 : 1;
  return state * parameters + ('inputs' in request ? request.inputs.data.length : 0);
}

/** A process, and the one answer that is waited for. */
class Program {
  readonly #command: string;
  readonly #timeLimit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #child: ReturnType<typeof start>;
  readonly #printed: Printed;
  #ended: CandidateError | null = null;
  #waiting: { resolve: (line: string) => void; reject: (error: Error) => void } | null = null;
  #id = -1;
  #unasked: string | null = null;
  #line: string[] = [];
  #length = 0;
  #room = ROOM.more;

  constructor(command: string, { timeLimit = DEFAULT_TIME_LIMIT, log, signal }: CandidateOptions) {
    this.#command = command;
    this.#signal = signal;
    this.#timeLimit = timeLimit;
    this.#printed = new Printed(log);
    this.#child = start(command);
    const { stdin, stdout, stderr } = this.#child;
    const decoder = new StringDecoder('utf8');
    stdout.on('data', (bytes: Buffer) => this.#read(decoder.write(bytes)));
    stderr.setEncoding('utf8').on('data', (text: string) => this.#printed.add(text));
    stdin.on('error', () => {}); // it closed its input: that it ended, or does not answer, is said below
    this.#child.on('error', (error) => this.#fail(`cannot be started (${error.message})`));
    const ended = (code: number | null, signal: string | null): unknown => this.#fail(this.#howItEnded(code, signal));
    this.#child.on('close', ended);
    this.#child.on('exit', (code, signal) => setTimeout(ended, LAST_WORDS, code, signal).unref()); // where something it started keeps its output open
  }

  /** @param numbers that the answer may hold at most */
  async ask(request: { request: string; [field: string]: unknown }, numbers: number): Promise<Record<string, unknown>> {
    if (this.#unasked !== null) this.#fail(`prints ${quoted(this.#unasked)} without being asked`, ONLY_ANSWERS);
    if (this.#ended !== null) throw this.#ended;
    const id = ++this.#id;
    this.#room = ROOM.more + ROOM.each * numbers;
    const line = new Promise<string>((resolve, reject) => (this.#waiting = { resolve, reject }));
    const seconds = id === 0 ? Math.max(LOADING, this.#timeLimit) : this.#timeLimit;
    const late = (had: number): CandidateError => {
      end(this.#child);
      return this.#fail(
        `did not answer (${request.request}) within ${had} s`,
        'does it write a whole line, and flush it? --time-limit gives it longer',
        { hangs: true },
      );
    };
    const answered = within(line, seconds, late, this.#signal);
    this.#child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    return this.#parse(await answered, id);
  }

  alive(): boolean {
    return this.#ended === null;
  }

  async close(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) resolve();
      else this.#child.once('exit', () => resolve());
    });
    this.#ended ??= new CandidateError(`${this.#command} is closed`);
    this.#child.stdin.end();
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, GRACE).unref())]);
    end(this.#child); // also what it started and left behind
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  #read(text: string): void {
    const lines = text.split('\n');
    for (const [n, part] of lines.entries()) {
      this.#line.push(part);
      this.#length += part.length;
      if (this.#length > this.#room) {
        end(this.#child);
        this.#fail('prints far more than an answer to its standard output', ONLY_ANSWERS);
      }
      if (this.#ended !== null) return;
      if (n < lines.length - 1) this.#take();
    }
  }

  /** The line is whole. */
  #take(): void {
    const line = this.#line.join('').trim();
    this.#line = [];
    this.#length = 0;
    if (line === '') return;
    if (this.#waiting === null) this.#unasked ??= line; // said when it is asked next: what was wrong before comes first
    this.#waiting?.resolve(line);
    this.#waiting = null;
  }

  #parse(line: string, id: number): Record<string, unknown> {
    const answer = parseLoosely(line);
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
      throw this.#fail(`prints ${quoted(line)}, which is no JSON object`, ONLY_ANSWERS);
    const fields = answer as Record<string, unknown>;
    const error = fields['error'] ?? null;
    if (error !== null) throw this.#says(typeof error === 'string' ? error : JSON.stringify(error));
    if (fields['request'] !== undefined) throw this.#fail('repeats the request instead of answering it');
    if (fields['id'] !== id)
      throw this.#fail(
        `answers with id ${JSON.stringify(fields['id']) ?? 'missing'}, ${id} expected`,
        'an answer repeats the id of its request',
      );
    return fields;
  }

  /** It answers, if only why it cannot: it may be asked again. */
  #says(error: string): CandidateError {
    return new CandidateError(`${this.#command} says: ${oneLine(error)}`);
  }

  #howItEnded(code: number | null, signal: string | null): string {
    const last = this.#printed.lastLine();
    const name = signal ?? SIGNALS.get((code ?? 0) - 128); // as shells say it
    const how = name === undefined ? `ended with exit code ${code ?? 'unknown'}` : `was ended by ${name}`;
    return `${how}${last === null ? '' : `: ${last.slice(0, 300)}`}`;
  }

  #fail(what: string, hint?: string, more: { hangs?: boolean } = {}): CandidateError {
    this.#ended ??= new CandidateError(`${this.#command} ${what}`, hint, more);
    this.#waiting?.reject(this.#ended);
    this.#waiting = null;
    return this.#ended;
  }
}

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));
const ONLY_ANSWERS = 'standard output is for answers alone; print to standard error';

/** JSON, and the words for what is no number that Python and others write into it. */
function parseLoosely(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    try {
      return JSON.parse(line.replace(/(?<=[[:,\s])(NaN|-?Infinity)(?=\s*[,\]}])/g, '"$1"'));
    } catch {
      return undefined;
    }
  }
}

function quoted(line: string): string {
  return line.length <= 80 ? JSON.stringify(line) : `${JSON.stringify(line.slice(0, 80))} ...`;
}
