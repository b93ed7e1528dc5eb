// A candidate's process and the one answer that is waited for: what module.ts and command.ts have in common.
import { constants } from 'node:os';
import type { ChildProcess } from 'node:child_process';
import { CandidateError } from '../../errors.ts';
import { DEFAULT_TIME_LIMIT, LOADING, Printed, defaultMemoryLimit, within } from '../limits.ts';
import type { CandidateOptions } from '../limits.ts';
import { end, ranOutOfMemory, start, startedBy } from './processes.ts';
import type { Program } from './processes.ts';
import { oneLine } from '../words.ts';

/** A process that ends by itself is given so long to do it, in milliseconds. */
const GRACE = 500;
/** What it printed last, and why it was ended, may be known after its end, in milliseconds. */
const LAST_WORDS = 200;

const SIGNALS = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));
/** What V8 says before it gives up. */
const HEAP_IS_FULL = 'heap out of memory';

/** @typeParam Message what one answer is, before it is looked at */
export class CandidateProcess<Message> {
  readonly name: string;
  readonly child: ChildProcess;
  readonly memoryLimit: number;
  readonly #timeLimit: number;
  readonly #signal: AbortSignal | undefined;
  readonly #printed: Printed;
  readonly #endIsFinal: boolean;
  #ended: CandidateError | null = null;
  #waiting: { resolve: (message: Message) => void; reject: (error: Error) => void } | null = null;

  /** @param passedOn which of its streams are for people to read
   * @param endIsFinal whether a process that ended would do so again, however it is asked: a module's exceptions do not end it */
  constructor(
    name: string,
    program: (memoryLimit: number) => Omit<Program, 'bytes'>,
    passedOn: readonly ('stdout' | 'stderr')[],
    { timeLimit = DEFAULT_TIME_LIMIT, memoryLimit = defaultMemoryLimit(), log, signal }: CandidateOptions,
    endIsFinal: boolean,
  ) {
    this.#endIsFinal = endIsFinal;
    this.name = name;
    this.memoryLimit = memoryLimit;
    this.#timeLimit = timeLimit;
    this.#signal = signal;
    this.#printed = new Printed(log);
    this.child = start({ ...program(memoryLimit), bytes: memoryLimit * 2 ** 20 });
    for (const stream of passedOn)
      this.child[stream]?.setEncoding('utf8').on('data', (text: string) => this.#printed.add(stream, text));
    // It closed a pipe: that it ended, or does not answer, is said below.
    for (const stream of this.child.stdio) stream?.on('error', () => {});
    this.child.on('error', (error) => this.fail(`cannot be started (${error.message})`));
    const gone = (code: number | null, by: string | null): unknown => this.#gone(code, by);
    this.child.on('close', (code, by) => setTimeout(gone, by === 'SIGKILL' ? LAST_WORDS : 0, code, by).unref());
    this.child.on('exit', (code, by) => setTimeout(gone, LAST_WORDS, code, by).unref()); // where something it started keeps its output open
  }

  /** Why it can no longer be asked. */
  get ended(): CandidateError | null {
    return this.#ended;
  }

  /** Whether an answer is waited for. */
  get waiting(): boolean {
    return this.#waiting !== null;
  }

  /** The next answer. @param what it is to do @param loading whether it is the first time
   * @param most seconds, where it is fewer than it may take */
  next(what: string, hint: string, { loading = false, most = Infinity } = {}): Promise<Message> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const message = new Promise<Message>((resolve, reject) => (this.#waiting = { resolve, reject }));
    const late = (had: number): CandidateError => {
      end(this.child);
      return this.fail(`did not ${what} within ${had} s`, `${hint} --time-limit gives it longer`, { hangs: true });
    };
    const seconds = Math.min(most, loading ? Math.max(LOADING, this.#timeLimit) : this.#timeLimit);
    return within(message, seconds, late, this.#signal);
  }

  /** It came. */
  answer(message: Message): void {
    this.#waiting?.resolve(message);
    this.#waiting = null;
  }

  /** Whoever waits, or asks from now on, is told this. */
  fail(what: string, hint?: string, more: { hangs?: boolean } = { hangs: this.#endIsFinal }): CandidateError {
    this.#ended ??= new CandidateError(`${this.name} ${what}`, hint, more);
    this.#waiting?.reject(this.#ended);
    this.#waiting = null;
    return this.#ended;
  }

  /** The same, and it has no business going on. */
  stop(what: string, hint?: string): CandidateError {
    end(this.child);
    return this.fail(what, hint);
  }

  /** @param finish tells it that it may end */
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
    end(this.child, started); // also what it left behind
    await Promise.race([this.#drained(), new Promise((resolve) => (timer = setTimeout(resolve, LAST_WORDS)))]);
    clearTimeout(timer);
    this.#printed.flush();
    for (const stream of this.child.stdio) stream?.destroy();
  }

  /** What it printed last has been read. */
  async #drained(): Promise<void> {
    for (const stream of [this.child.stdout, this.child.stderr])
      if (stream?.destroyed === false) await new Promise((resolve) => stream.once('close', resolve));
  }

  #gone(code: number | null, by: string | null): void {
    if (ranOutOfMemory(this.child) || (by !== null && this.#printed.endsWith(HEAP_IS_FULL)))
      this.fail(
        `ran out of memory: it used more than ${this.memoryLimit} MiB`,
        '--memory-limit gives it more',
        { hangs: true }, // asked again, it would fill it again
      );
    const last = this.#printed.lastLine();
    const name = by ?? SIGNALS.get((code ?? 0) - 128); // as shells say it
    const how = name === undefined ? `ended with exit code ${code ?? 'unknown'}` : `was ended by ${name}`;
    const why = `${how}${last === null ? '' : `: ${oneLine(last)}`}`;
    this.fail(why, undefined, { hangs: this.#endIsFinal || name !== undefined });
  }
}
