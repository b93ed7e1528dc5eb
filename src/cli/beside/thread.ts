// A thread that works out parts of a gradient check, as its owner sees it.
import { availableParallelism } from 'node:os';
import type { UpdateSequence } from '../../check/diagnosis/diagnose.ts';
import type { Question } from '../../check/questions/protocol.ts';
import type { OracleCheck } from '../../check/slopes/oracle-check.ts';
import { KEPT_UP_TO } from '../../check/update-sequences.ts';
import type { Watch } from '../../check/watch.ts';
import { Calls } from '../../engines/threads/calls.ts';
import type { Parameters } from '../../network/parameters.ts';
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

function countOf(parameters: Parameters): number {
  return parameters.reduce((sum, { values }) => sum + values.length, 0);
}

/** Starts at once; to be ended by its owner. */
export class ThreadBeside {
  readonly #calls = new Calls<Order, Progress>(import.meta.url, 'the thread of a check');
  #questions: Promise<unknown> | null;
  #sequences: Promise<unknown> = Promise.resolve();
  #oracleCheck: Promise<unknown> = new Promise(() => {});
  #progress: (progress: Progress) => void = () => {};

  constructor(work: Work) {
    const questions = this.#calls.ask({ questions: work });
    this.#questions = questions;
    questions.catch(() => {}); // nobody may wait for it
  }

  /**
   * Has it go on with the updates to check the optimizer on, then with the exact gradients.
   * @param own the gradients of the batch
   */
  goOn(own: Parameters): void {
    if (countOf(own) <= KEPT_UP_TO) this.#sequences = this.#calls.ask({ sequences: own });
    this.#oracleCheck = this.#calls.begin({ oracleCheck: true }, (progress) => this.#progress(progress)).answer;
    for (const part of [this.#sequences, this.#oracleCheck]) part.catch(() => {});
  }

  /** sequencesOf; undefined where they are too large to be kept. */
  async sequences(): Promise<readonly UpdateSequence[] | undefined> {
    return (await this.#sequences) as readonly UpdateSequence[] | undefined;
  }

  /** generalQuestions, once: they are large, and not kept here. @throws what that throws */
  async questions(): Promise<Question[]> {
    const align = alignOnce(); // a function: it stays in its thread
    const asked = this.#questions;
    if (asked === null) throw new Error('the questions were asked for before');
    this.#questions = null;
    const questions = (await asked) as readonly PlainQuestion[];
    return questions.map(({ exact, ...question }) => ({ ...question, exact: { ...exact, align } }));
  }

  /** checkOracle, after goOn; null where it was interrupted. @throws what that throws */
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
