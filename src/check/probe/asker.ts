// Asks an engine for the sake of a diagnosis: counts the questions and ends when there are too
// many.
import type { Engine, LossAndGradients } from '../../engines/engine.ts';
import type { Batch } from '../../network/batch.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { singleExamples } from '../questions/protocol.ts';
import type { Watch } from '../watch.ts';

/** Questions for one diagnosis, all experiments together. */
const MOST_QUESTIONS = 100;
/** Milliseconds of answering after which no further question is asked. */
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
  readonly watch: Watch;
  private answering = 0;

  constructor(engine: Engine, watch: Watch) {
    this.engine = engine;
    this.watch = watch;
  }

  /** Whether `more` questions may be asked. */
  mayAsk(more = 1): boolean {
    return this.asked + more <= MOST_QUESTIONS && !this.watch.signal.aborted && this.answering <= AT_MOST;
  }

  /** Loss and gradients of a batch at these parameters, which are loaded. Throws ENOUGH. */
  async gradients(parameters: Parameters, batch: Batch): Promise<LossAndGradients> {
    return this.ask(async () => {
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

  /** The outputs (B, K) of inputs (B, D) at these parameters, which are loaded. Throws ENOUGH. */
  async predictions(parameters: Parameters, inputs: Matrix): Promise<Matrix> {
    return this.ask(async () => {
      await this.engine.load(parameters);
      return this.engine.predict(inputs);
    });
  }

  /**
   * The parameters after each update, from fresh optimizer state. Every update is a question.
   * Throws ENOUGH.
   * @param least updates that are enough if a later one fails: wrong state may overflow
   */
  async updates(start: Parameters, gradients: Iterable<Parameters>, least = Infinity): Promise<Parameters[]> {
    const after: Parameters[] = [];
    await orEnough(() => this.engine.load(start));
    for (const g of gradients) {
      try {
        await this.ask(async () => {
          await this.engine.applyGradients(g);
          after.push(await this.engine.parameters());
        });
      } catch (error) {
        if (error !== ENOUGH || after.length < least) throw error;
        return after;
      }
    }
    return after;
  }

  /** The parameters after one training step from these. Throws ENOUGH. */
  async trained(parameters: Parameters, batch: Batch): Promise<Parameters> {
    return this.ask(async () => {
      await this.engine.load(parameters);
      await this.engine.trainStep(batch);
      return this.engine.parameters();
    });
  }

  private async ask<T>(answer: () => Promise<T>): Promise<T> {
    if (!this.mayAsk()) throw ENOUGH;
    this.asked++;
    const began = this.watch.now();
    try {
      return await orEnough(answer);
    } finally {
      this.answering += this.watch.now() - began;
    }
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
