// A candidate that is a program in any language: it reads one JSON request per line from standard
// input, and writes one JSON answer per line to standard output. docs/protocol.md describes the
// protocol.
import { StringDecoder } from 'node:string_decoder';
import * as z from 'zod';
import { CandidateError } from '../../errors.ts';
import { parseAs } from '../../network/schema.ts';
import { CandidateProcess } from './candidate-process.ts';
import type { CandidateOptions } from '../limits.ts';
import { unref } from './processes.ts';
import { REQUESTS, nested, sizeOf, spelledOut } from '../request.ts';
import type { Answered, CandidatePort, Description, RequestName } from '../request.ts';
import { oneLine } from '../words.ts';

export const PROTOCOL = 'backproof-candidate/1';

/** The longest answer, in characters: a hundred per requested number, plus a constant. */
const ROOM = { each: 100, more: 1_000_000 };

const descriptionSchema = z.object({
  protocol: z.string(),
  name: z.string().min(1).optional(),
  conventions: z.unknown().optional(),
  can: z.array(z.enum(REQUESTS)).optional(),
  versions: z.record(z.string(), z.string()).optional(),
});

/** @throws CandidateError if it cannot be started, or does not speak the protocol */
export async function openCommand(command: string, options: CandidateOptions = {}): Promise<CandidatePort> {
  const program = new Program(command, options);
  try {
    const description = descriptionOf(await program.ask({ request: 'describe', protocol: PROTOCOL }, 0), command);
    return {
      description,
      async ask(request, _arrays, seconds): Promise<Answered> {
        const { request: name, ...body } = { request: request.request, ...spelledOut(request, nested) };
        const state = 'state' in body ? { state: body['state'] ?? null } : {}; // JSON leaves out undefined values
        return {
          answer: await program.ask({ request: name, ...body, ...state }, sizeOf(request), seconds),
          changed: null,
        };
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
    throw new CandidateError(
      `${command} uses the protocol ${spoken.protocol}, expected ${PROTOCOL}`,
      'see docs/protocol.md',
    );
  // a program that only has training steps says so; any other has gradients, said or not
  const { can: said = [] } = spoken;
  const always: readonly RequestName[] = said.includes('trainStep') ? [] : ['gradients'];
  const can: readonly RequestName[] = [...new Set([...always, ...said])];
  return { name: spoken.name ?? command, conventions: spoken.conventions, can, versions: spoken.versions ?? {} };
}

/** The program's process: writes lines to it, and reads lines from it. */
class Program {
  readonly #process: CandidateProcess<string>;
  #id = -1;
  #unasked: string | null = null;
  #line: string[] = [];
  #length = 0;
  #room = ROOM.more;

  constructor(command: string, options: CandidateOptions) {
    const program = () => ({ program: command, stdio: ['pipe', 'pipe', 'pipe'] as 'pipe'[] });
    this.#process = new CandidateProcess(command, program, ['stderr'], options, false);
    const decoder = new StringDecoder('utf8');
    this.#process.child.stdout?.on('data', (bytes: Buffer) => this.#read(decoder.write(bytes)));
    unref(this.#process.child);
  }

  /**
   * @param numbers the most that the answer may hold
   * @param most a time limit in seconds below the usual one
   */
  async ask(
    request: { request: string; [field: string]: unknown },
    numbers: number,
    most?: number,
  ): Promise<Record<string, unknown>> {
    if (this.#unasked !== null) this.#process.stop(`printed ${quoted(this.#unasked)} without a request`, ONLY_ANSWERS);
    if (this.#process.ended !== null) throw this.#process.ended;
    const id = ++this.#id;
    this.#room = ROOM.more + ROOM.each * numbers;
    const limits = { loading: id === 0, ...(most !== undefined && { most }) };
    const line = this.#process.next(`answer (${request.request})`, 'does it write a whole line and flush it?', limits);
    this.#process.child.stdin?.write(`${JSON.stringify({ id, ...request })}\n`);
    return this.#parse(await line, id);
  }

  alive(): boolean {
    return this.#process.ended === null;
  }

  close(): Promise<void> {
    return this.#process.close(() => this.#process.child.stdin?.end());
  }

  #read(text: string): void {
    const lines = text.split('\n');
    for (const [n, part] of lines.entries()) {
      if (this.#process.ended !== null) return;
      this.#line.push(part);
      this.#length += part.length;
      if (this.#length > this.#room)
        this.#process.stop('printed far more than one answer to its standard output', ONLY_ANSWERS);
      else if (n < lines.length - 1) this.#take();
    }
  }

  /** Takes a complete line. */
  #take(): void {
    const line = this.#line.join('').trim();
    this.#line = [];
    this.#length = 0;
    if (line === '') return;
    if (this.#process.waiting) this.#process.answer(line);
    else this.#unasked ??= line; // reported at the next request, because an earlier error comes first
  }

  #parse(line: string, id: number): Record<string, unknown> {
    const answer = parseLoosely(line);
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer))
      throw this.#process.stop(`printed ${quoted(line)}, which is not a JSON object`, ONLY_ANSWERS);
    const fields = answer as Record<string, unknown>;
    const error = fields['error'] ?? null;
    if (error !== null) throw this.#says(typeof error === 'string' ? error : JSON.stringify(error));
    if (fields['request'] !== undefined) throw this.#process.stop('repeated the request instead of answering it');
    if (fields['id'] !== id)
      throw this.#process.stop(
        `answered with id ${quoted(fields['id'])}, expected ${id}`,
        'an answer must repeat the id of its request',
      );
    return fields;
  }

  /** The program reported an error in its answer; it may be asked again. */
  #says(error: string): CandidateError {
    return new CandidateError(`${this.#process.name} returned an error: ${oneLine(error)}`);
  }
}

const ONLY_ANSWERS = 'standard output is for answers only; print everything else to standard error';

/** JSON, plus NaN and Infinity, which Python and others write into it. */
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

/** The beginning of the value, as JSON. */
function quoted(value: unknown): string {
  const text = (JSON.stringify(value) as string | undefined) ?? 'missing';
  if (text.length <= QUOTED) return text;
  return `${typeof value === 'string' ? JSON.stringify(value.slice(0, QUOTED)) : text.slice(0, QUOTED)} ...`;
}

const QUOTED = 80;
