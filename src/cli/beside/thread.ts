// A thread that works out parts of a gradient check, as its owner sees it.
import { availableParallelism } from 'node:os';
import type { Question } from '../../check/questions/protocol.ts';
import type { OracleCheck } from '../../check/slopes/oracle-check.ts';
import type { Watch } from '../../check/watch.ts';
import { Calls } from '../../engines/threads/calls.ts';
import { countMultiplications } from '../../network/spec.ts';
import { alignOnce } from '../../numeric/bounds/alikeness.ts';
import type { Order, PlainQuestion, Progress, Work } from './protocol.ts';

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
  return availableParallelism() > 1 && countMultiplications(network) * products >= WORTH;
}

/** Starts at once; to be ended by its owner. */
export class ThreadBeside {
  readonly #calls = new Calls<Order, Progress>(import.meta.url, 'the thread of a check');
  readonly #questions: Promise<unknown>;
  readonly #oracleCheck: Promise<unknown>;
  #progress: (progress: Progress) => void = () => {};

  constructor(work: Work) {
    this.#questions = this.#calls.ask({ questions: work });
    this.#oracleCheck = this.#calls.begin({ oracleCheck: true }, (progress) => this.#progress(progress)).answer;
    for (const part of [this.#questions, this.#oracleCheck]) part.catch(() => {}); // nobody may wait for it
  }

  /** generalQuestions. @throws what that throws */
  async questions(): Promise<Question[]> {
    const align = alignOnce(); // a function: it stays in its thread
    const questions = (await this.#questions) as readonly PlainQuestion[];
    return questions.map(({ exact, ...question }) => ({ ...question, exact: { ...exact, align } }));
  }

  /** checkOracle; null where it was interrupted. @throws what that throws */
  async oracleCheck({ signal, progress }: Watch): Promise<OracleCheck | null> {
    this.#progress = ({ done, total }) => progress('slopes', done, total);
    const over = new AbortController();
    const interrupted = new Promise<null>((resolve) => {
      if (signal.aborted) resolve(null);
      signal.addEventListener('abort', () => resolve(null), { signal: over.signal });
    });
    return Promise.race([interrupted, this.#oracleCheck as Promise<OracleCheck>]).finally(() => over.abort());
  }

  end(): Promise<void> {
    return this.#calls.end();
  }
}
