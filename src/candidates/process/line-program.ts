// A program that reads one JSON request per line from standard input, and writes one JSON answer
// per line to standard output. command.ts and function-command.ts speak their protocols over it.
import { StringDecoder } from 'node:string_decoder';
import { CandidateError } from '../../errors.ts';
import type { CandidateOptions } from '../limits.ts';
import { oneLine } from '../words.ts';
import { CandidateProcess } from './candidate-process.ts';
import { unref } from './processes.ts';

/** The longest answer, in characters: a hundred per requested number, plus a constant. */
const ROOM = { each: 100, more: 1_000_000 };

/** A program in any language: writes lines to it, and reads lines from it. */
export class LineProgram {
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
    this.#process.child.stdin?.write(`${written({ id, ...request })}\n`);
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

/**
 * JSON in which whole numbers of many digits (from 2⁵³) carry an exponent: digits alone are an
 * integer in Python and others, which may have no room for it.
 */
export function written(value: unknown): string {
  const text = JSON.stringify(value);
  if (!/[[:,]-?\d{16,}[,\]}]/.test(text)) return text;
  const mark = '#'.repeat(longestRun(text) + 1);
  const isLong = (x: unknown): x is number => typeof x === 'number' && Number.isInteger(x) && Math.abs(x) >= 2 ** 53;
  const marked = JSON.stringify(value, (_key, x: unknown) => (isLong(x) ? `${mark}${x.toExponential()}` : x));
  return marked.replaceAll(new RegExp(`"${mark}([-+.e0-9]+)"`, 'g'), '$1');
}

/** How many # there are in a row at most: one more of them is in no string. */
function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/#+/g), ([run]) => run.length));
}

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
