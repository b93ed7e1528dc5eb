// The batches that a thread or page has been given, by number.
import type { Batches } from '../../data/batches.ts';
import type { Examples } from '../../data/dataset.ts';
import type { EngineOrder } from './protocol.ts';

/** Sends batches once. */
export class KeptBatches {
  readonly #ask: (order: EngineOrder) => Promise<unknown>;
  readonly #where: string;
  readonly #sent: (examples: Examples) => Examples;
  /** By their `positions`, which copies of them share. */
  readonly #kept = new Map<Batches['positions'], Promise<number>>();

  /**
   * @param where "another thread": names the place in messages
   * @param sent the examples as they are sent
   */
  constructor(
    ask: (order: EngineOrder) => Promise<unknown>,
    where: string,
    sent: (examples: Examples) => Examples = (examples) => examples,
  ) {
    [this.#ask, this.#where, this.#sent] = [ask, where, sent];
  }

  keep({ examples, classes, scaling, plan, positions }: Batches): Promise<number> {
    if (plan === undefined) throw new Error(`these batches cannot be made in ${this.#where}`);
    let number = this.#kept.get(positions);
    if (number === undefined) {
      const next = this.#kept.size;
      const keep = { examples: this.#sent(examples), classes, scaling, plan };
      number = this.#ask({ keep, batches: next }).then(() => next);
      this.#kept.set(positions, number);
    }
    return number;
  }
}
