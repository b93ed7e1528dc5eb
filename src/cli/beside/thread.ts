// A thread that works out parts of a gradient check, as its owner sees it.
import type { Worker } from 'node:worker_threads';
import { availableParallelism } from 'node:os';
import type { Question } from '../../check/questions/protocol.ts';
import type { OracleCheck } from '../../check/slopes/oracle-check.ts';
import type { Watch } from '../../check/watch.ts';
import { revived } from '../../engines/threads/protocol.ts';
import { startProgram } from '../../engines/threads/start-program.ts';
import { countParameters } from '../../network/spec.ts';
import { alignOnce } from '../../numeric/bounds/alikeness.ts';
import type { FromBeside, Parts, PlainQuestion, Work } from './protocol.ts';

/**
 * Multiply-adds of the parts from which a thread saves more than it takes to start it, a few tenths
 * of a second.
 */
const WORTH = 1e9;
/** Products with all weights: for each example of a batch, and to measure slopes. */
const [PER_EXAMPLE, FOR_SLOPES] = [20, 800];

/** Whether there is a core for a thread, and enough work. */
export function isWorthThread({ network, batch }: Pick<Work, 'network' | 'batch'>): boolean {
  const products = PER_EXAMPLE * batch.inputs.rows + FOR_SLOPES;
  return availableParallelism() > 1 && countParameters(network) * products >= WORTH;
}

/** Starts at once; to be ended by its owner. */
export class ThreadBeside {
  readonly #worker: Worker;
  readonly #parts: { readonly [P in keyof Parts]: Deferred<Parts[P]> } = {
    questions: new Deferred(),
    oracleCheck: new Deferred(),
  };
  #progress: (done: number, total: number) => void = () => {};

  constructor(work: Work) {
    this.#worker = startProgram(import.meta.url, work);
    this.#worker.on('message', (message: FromBeside) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`the thread of a check ended (exit code ${code})`)));
  }

  /** generalQuestions. @throws what that throws */
  async questions(): Promise<Question[]> {
    const align = alignOnce(); // a function: it stays in its thread
    const questions = await this.#parts.questions.promise;
    return questions.map(({ exact, ...question }: PlainQuestion) => ({ ...question, exact: { ...exact, align } }));
  }

  /** checkOracle. @throws what that throws */
  async oracleCheck(watch: Watch): Promise<OracleCheck | null> {
    const { promise, resolve } = this.#parts.oracleCheck;
    const interrupt = (): void => resolve(null);
    if (watch.signal.aborted) return null;
    watch.signal.addEventListener('abort', interrupt);
    this.#progress = (done, total) => watch.progress('slopes', done, total);
    try {
      return await promise;
    } finally {
      watch.signal.removeEventListener('abort', interrupt);
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(message: FromBeside): void {
    if ('done' in message) this.#progress(message.done, message.total);
    else if ('error' in message) this.#parts[message.part].reject(revived(message.error));
    else if (message.part === 'questions') this.#parts.questions.resolve(message.value);
    else this.#parts.oracleCheck.resolve(message.value);
  }

  #fail(error: Error): void {
    for (const { reject } of Object.values(this.#parts)) reject(error);
  }
}

/** A promise, settled from outside by the first call. */
class Deferred<T> {
  resolve: (value: T) => void = () => {};
  reject: (error: Error) => void = () => {};
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    this.promise.catch(() => {}); // nobody may wait for it
  }
}
