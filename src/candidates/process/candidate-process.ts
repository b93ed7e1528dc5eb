// A candidate's process, and the answer that is awaited. module.ts and command.ts share it.
import { constants } from 'node:os';
import type { ChildProcess } from 'node:child_process';
import { CandidateError } from '../../errors.ts';
import { DEFAULT_GRACE, DEFAULT_TIME_LIMIT, LOADING, Printed, defaultMemoryLimit, within } from '../limits.ts';
import type { CandidateOptions } from '../limits.ts';
import { end, ranOutOfMemory, start, startedBy } from './processes.ts';
import type { Program } from './processes.ts';
import { oneLine } from '../words.ts';

/** Time for a process to end by itself, in milliseconds. */
const GRACE = 500;
/**
 * Its last output, and the reason why it was ended, may arrive this long after its end, in
 * milliseconds.
 */
const LAST_WORDS = 200;

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));
/** What V8 prints when its heap is full. */
const HEAP_IS_FULL = 'heap out of memory';

/** @typeParam Message a received answer, before it is validated */
export class CandidateProcess<Message> {
  readonly name: string;
  readonly child: ChildProcess;
  readonly memoryLimit: number;
  readonly #timeLimit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #grace: number;
  readonly #printed: Printed;
  readonly #endIsFinal: boolean;
  #ended: CandidateError | null = null;
  #waiting: { resolve: (message: Message) => void; reject: (error: Error) => void } | null = null;

  /**
   * @param passedOn the streams that carry text for people
   * @param endIsFinal whether asking again is pointless once the process has ended. It is for a
   *   module: its exceptions do not end the process
   */
  constructor(
    name: string,
    program: (memoryLimit: number) => Omit<Program, 'bytes'>,
    passedOn: readonly ('stdout' | 'stderr')[],
    options: CandidateOptions,
    endIsFinal: boolean,
  ) {
    const { timeLimit = DEFAULT_TIME_LIMIT, memoryLimit = defaultMemoryLimit() } = options;
    const { log, signal, grace = DEFAULT_GRACE } = options;
    this.#endIsFinal = endIsFinal;
    this.name = name;
    this.memoryLimit = memoryLimit;
    this.#timeLimit = timeLimit;
    this.#signal = signal;
    this.#grace = grace;
    this.#printed = new Printed(log);
    this.child = start({ ...program(memoryLimit), bytes: memoryLimit * 2 ** 20 });
    for (const stream of passedOn)
      this.child[stream]?.setEncoding('utf8').on('data', (text: string) => this.#printed.add(stream, text));
    // A closed pipe is no error here: the end of the process, or a missing answer, is
    // reported below.
    for (const stream of this.child.stdio) stream?.on('error', () => {});
    this.child.on('error', (error) => this.fail(`cannot be started (${error.message})`));
    const gone = (code: number | null, by: string | null): unknown => this.#gone(code, by);
    this.child.on('close', (code, by) => setTimeout(gone, by === 'SIGKILL' ? LAST_WORDS : 0, code, by).unref());
    // a process it started may keep its output open
    this.child.on('exit', (code, by) => setTimeout(gone, LAST_WORDS, code, by).unref());
  }

  /** Why it can no longer be asked, or null. */
  get ended(): CandidateError | null {
    return this.#ended;
  }

  /** Whether an answer is awaited. */
  get waiting(): boolean {
    return this.#waiting !== null;
  }

  /**
   * The next answer.
   * @param what names the task in the message
   * @param loading whether this is the first request
   * @param most a time limit in seconds below the usual one
   */
  next(what: string, hint: string, { loading = false, most = Infinity } = {}): Promise<Message> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const message = new Promise<Message>((resolve, reject) => (this.#waiting = { resolve, reject }));
    const late = (had: number): CandidateError => {
      end(this.child);
      return this.fail(`did not ${what} within ${had} s`, `${hint} Raise the limit with --time-limit`, { hangs: true });
    };
    const seconds = Math.min(most, loading ? Math.max(LOADING, this.#timeLimit) : this.#timeLimit);
    return within(message, seconds, late, this.#signal, this.#grace);
  }

  /** Delivers the answer. */
  answer(message: Message): void {
    this.#waiting?.resolve(message);
    this.#waiting = null;
  }

  /** Rejects the awaited answer, and every later request, with this error. */
  fail(what: string, hint?: string, more: { hangs?: boolean } = { hangs: this.#endIsFinal }): CandidateError {
    this.#ended ??= new CandidateError(`${this.name} ${what}`, hint, more);
    this.#waiting?.reject(this.#ended);
    this.#waiting = null;
    return this.#ended;
  }

  /** Like fail(), and ends the process. */
  stop(what: string, hint?: string): CandidateError {
    end(this.child);
    return this.fail(what, hint);
  }

  /** @param finish tells the process that it may end */
  async close(finish: () => void): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      if (this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined) resolve();
      else this.child.once('exit', () => resolve());
    });
    const mayEnd = this.#ended === null;
    this.#ended ??= new CandidateError(`${this.name} is closed`);
    let timer: NodeJS.Timeout | undefined;
    const started = startedBy(this.child);
    if (mayEnd) {
      finish();
      await Promise.race([gone, new Promise((resolve) => (timer = setTimeout(resolve, GRACE)))]);
      clearTimeout(timer);
    }
    end(this.child, started); // and the processes it left behind
    await Promise.race([this.#drained(), new Promise((resolve) => (timer = setTimeout(resolve, LAST_WORDS)))]);
    clearTimeout(timer);
    this.#printed.flush();
    for (const stream of this.child.stdio) stream?.destroy();
  }

  /** Resolves when its last output has been read. */
  async #drained(): Promise<void> {
    for (const stream of [this.child.stdout, this.child.stderr])
      if (stream?.destroyed === false) await new Promise((resolve) => stream.once('close', resolve));
  }

  #gone(code: number | null, by: string | null): void {
    if (ranOutOfMemory(this.child) || (by !== null && this.#printed.endsWith(HEAP_IS_FULL)))
      this.fail(
        `ran out of memory: it used more than ${this.memoryLimit} MiB`,
        'raise the limit with --memory-limit',
        { hangs: true }, // asking again would fill it again
      );
    const last = this.#printed.lastLine();
    const name = by ?? SIGNALS.get((code ?? 0) - 128); // shells report a signal as 128 + its number
    const how = name === undefined ? `exited with code ${code ?? 'unknown'}` : `was killed by ${name}`;
    const why = `${how}${last === null ? '' : `: ${oneLine(last)}`}`;
    this.fail(why, undefined, { hangs: this.#endIsFinal || name !== undefined });
  }
}
