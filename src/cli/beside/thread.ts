// A thread that works out parts of a gradient check, as its owner sees it.
import { availableParallelism } from 'node:os';
import type { UpdateSequence } from '../../check/diagnosis/diagnose.ts';
import type { JudgeUpdates } from '../../check/judge-updates.ts';
import type { Question } from '../../check/questions/protocol.ts';
import type { OracleCheck } from '../../check/slopes/oracle-check.ts';
import { KEPT_UP_TO } from '../../check/update-sequences.ts';
import type { TensorMeasure } from '../../check/verdict.ts';
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

export interface ForUpdates {
  readonly judge: JudgeUpdates;
  /** Missing where they were not prepared. */
  readonly sequences: readonly UpdateSequence[] | undefined;
}

function countOf(parameters: Parameters): number {
  return parameters.reduce((sum, { values }) => sum + values.length, 0);
}

/** Starts at once; to be ended by its owner. */
export class ThreadBeside {
  readonly #calls = new Calls<Order, Progress>(import.meta.url, 'the thread of a check');
  readonly #questions: Promise<unknown>;
  readonly #oracleCheck: Promise<unknown>;
  #progress: (progress: Progress) => void = () => {};
  #sequences: Promise<unknown> | null = null;
  #isFree = false;

  constructor(work: Work) {
    this.#questions = this.#calls.ask({ questions: work });
    this.#oracleCheck = this.#calls.begin({ oracleCheck: true }, (progress) => this.#progress(progress)).answer;
    this.#oracleCheck.then(
      () => (this.#isFree = true),
      () => {},
    );
    this.#questions.catch(() => {}); // nobody may wait for it
  }

  /** Has it make sequencesOf with these gradients, once it has checked the exact ones. */
  prepareSequences(own: Parameters): void {
    if (countOf(own) > KEPT_UP_TO) return; // those are functions
    this.#sequences = this.#calls.ask({ sequences: own });
    this.#sequences.catch(() => {});
  }

  /** What helps to check updates; null while it is at the exact gradients. */
  async ofUpdates(): Promise<ForUpdates | null> {
    await new Promise((resolve) => setImmediate(resolve)); // it may have answered in the meantime
    if (!this.#isFree) return null;
    const judge: JudgeUpdates = (start, dtypes) => {
      this.#calls.ask({ start, dtypes }).catch(() => {}); // the first update fails as well
      return async (update) => (await this.#calls.ask({ update })) as TensorMeasure[];
    };
    return { judge, sequences: ((await this.#sequences) ?? undefined) as UpdateSequence[] | undefined };
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
