// Asks an engine for the sake of a diagnosis: counts the questions and ends when there are too
// many.
import type { Engine, LossAndGradients } from '../../engines/engine.ts';
import type { Batch } from '../../network/batch.ts';
import type { Parameters } from '../../network/parameters.ts';
import { singleExamples } from '../questions/protocol.ts';
import type { Watch } from '../watch.ts';

/** Questions for one diagnosis, all experiments together. */
const MOST_QUESTIONS = 100;
/** Milliseconds after which no further question is asked. */
const AT_MOST = 4000;

/** Thrown where no further question may be asked: what was found so far stands. */
export const ENOUGH = new Error('no further question may be asked');

/** An engine's answer to one example. */
export interface Single extends LossAndGradients {
  readonly parameters: Parameters;
  readonly batch: Batch;
}

export class Asker {
  readonly engine: Engine;
  asked = 0;
  private readonly watch: Watch;
  private readonly began: number;

  constructor(engine: Engine, watch: Watch) {
    this.engine = engine;
    this.watch = watch;
    this.began = watch.now();
  }

  /** Whether `more` questions may be asked. */
  mayAsk(more = 1): boolean {
    const { signal, now } = this.watch;
    return this.asked + more <= MOST_QUESTIONS && !signal.aborted && now() - this.began <= AT_MOST;
  }

  /** Loss and gradients of a batch at these parameters, which are loaded. Throws ENOUGH. */
  async gradients(parameters: Parameters, batch: Batch): Promise<LossAndGradients> {
    this.count();
    return orEnough(async () => {
      await this.engine.load(parameters);
      return this.engine.lossAndGradients(batch);
    });
  }

  /** The same for each example of a batch alone. Throws ENOUGH. */
  async singles(parameters: Parameters, batch: Batch): Promise<Single[]> {
    const all: Single[] = [];
    for (const one of singleExamples(batch))
      all.push({ parameters, batch: one, ...(await this.gradients(parameters, one)) });
    return all;
  }

  /**
   * The parameters after each update, from fresh optimizer state. Every update is a question.
   * Throws ENOUGH.
   */
  async updates(start: Parameters, gradients: Iterable<Parameters>): Promise<Parameters[]> {
    const after: Parameters[] = [];
    await orEnough(() => this.engine.load(start));
    for (const g of gradients) {
      this.count();
      await orEnough(async () => {
        await this.engine.applyGradients(g);
        after.push(await this.engine.parameters());
      });
    }
    return after;
  }

  private count(): void {
    if (!this.mayAsk()) throw ENOUGH;
    this.asked++;
  }
}

/** A candidate may fail at what it is asked: it is wrong already, and what was found stands. */
export async function orEnough<T>(answer: () => Promise<T>): Promise<T> {
  try {
    return await answer();
  } catch {
    throw ENOUGH;
  }
}
