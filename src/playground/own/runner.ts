// Runs one job after the other, each in a worker of its own that has run nobody's code before. The
// next one is started while nobody waits.
import { openGuarded } from '../work/guarded-worker.ts';
import type { Guarded } from '../work/guarded-worker.ts';
import type { Chosen } from '../work/problem.ts';
import worker from './check-worker.ts?chunk';
import type { FromWorker, Job, Outcome, Repair, ToWorker } from './messages.ts';

/** Seconds that a check may take, and the search for the line after it. */
export const LIMIT = 20;
const SEARCH = 20;

const TOO_LONG: Outcome = {
  kind: 'failed',
  said: `This was not checked within ${LIMIT} s, so it was stopped`,
  hint: 'is there an endless loop? A smaller network takes less time',
  at: null,
};

interface One {
  readonly guarded: Guarded<ToWorker>;
  /** What went wrong, perhaps before it was used. */
  said: string | null;
  use: (message: FromWorker) => void;
  fail: (said: string) => void;
}

export class Runner {
  #spare: One | null = null;
  #busy: One | null = null;
  #timer = 0;
  #count = 0;

  /** Starts a worker before it is needed, for a check of this problem. */
  prepare(chosen: Chosen): void {
    this.#spare ??= opened(chosen);
  }

  /**
   * Ends the job that runs.
   * @param done is called unless another job comes first
   * @param found is called after it if a small change is found that makes the code right
   */
  run(job: Omit<Job, 'id'>, done: (outcome: Outcome) => void, found: (repair: Repair) => void): void {
    this.stop();
    const one = this.#spare ?? opened(null);
    this.#spare = null;
    this.#busy = one;
    const id = ++this.#count;
    const over = (outcome: Outcome): void => {
      if (this.#busy !== one) return;
      this.stop();
      this.prepare(job.chosen);
      done(outcome);
    };
    one.use = (message) => {
      if (message.id !== id || this.#busy !== one) return;
      if ('outcome' in message) {
        if (message.outcome.kind !== 'network') return over(message.outcome);
        // it may search for the line now; where there is nothing to search, it is not asked again
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.stop(), 1000 * SEARCH);
        one.fail = () => this.stop();
        this.prepare(job.chosen);
        done(message.outcome);
      } else {
        this.stop();
        if (message.repair !== null) found(message.repair);
      }
    };
    one.fail = (said) => over(failed(said));
    this.#timer = setTimeout(() => over(TOO_LONG), 1000 * LIMIT);
    if (one.said === null) one.guarded.say({ ...job, id });
    else one.fail(one.said);
  }

  /** Ends the job that runs, if one does. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#busy?.guarded.end();
    this.#busy = null;
  }

  end(): void {
    this.stop();
    this.#spare?.guarded.end();
    this.#spare = null;
  }
}

/** @param chosen the problem to prepare for; null: there is no time for that */
function opened(chosen: Chosen | null): One {
  const one: One = {
    guarded: openGuarded<ToWorker, FromWorker>(worker, {
      message: (message) => one.use(message),
      failed: (said) => {
        one.said = said;
        one.fail(said);
      },
    }),
    said: null,
    use: () => undefined,
    fail: () => undefined,
  };
  if (chosen !== null) one.guarded.say({ warmUp: chosen });
  return one;
}

function failed(said: string): Outcome {
  const what = said.replace(/^Uncaught /, '');
  return {
    kind: 'failed',
    said: what === '' ? 'The worker that runs this could not be started' : `This threw outside any call: ${what}`,
    hint: what === '' ? 'reload the page' : 'a timer, or a promise that nobody waits for',
    at: null,
  };
}
