// A thread with engines in it, as its owner sees it: opens engines there, which work while the
// owner does something else.
import type { Batches } from '../../data/batches.ts';
import type { Engine, TrainedSteps } from '../engine.ts';
import type { Identity } from '../through.ts';
import { Calls } from './calls.ts';
import { engineInThread } from './engine-in-thread.ts';
import type { Thread } from './engine-in-thread.ts';
import { KeptBatches } from './kept-batches.ts';
import type { EngineRequest, Order } from './protocol.ts';
import { inSharedMemory } from './shared.ts';

/** Starts with the first engine that is opened; to be ended by its owner. */
export class EngineThread extends Calls<Order, TrainedSteps> implements Thread {
  readonly #kept = new KeptBatches((order) => this.ask(order), 'another thread', inSharedMemory);
  #engines = 0;

  constructor() {
    super(import.meta.url, 'the thread of an engine');
  }

  /** @throws what createEngine throws */
  async open(request: EngineRequest): Promise<Engine> {
    const engine = this.#engines++;
    const identity = (await this.ask({ open: request, engine })) as Identity;
    return engineInThread(this, engine, identity);
  }

  keep(batches: Batches): Promise<number> {
    return this.#kept.keep(batches);
  }
}
