// A thread with engines in it, as its owner sees it: opens engines there, which work while the
// owner does something else.
import type { Worker } from 'node:worker_threads';
import type { Batches } from '../../data/batches.ts';
import type { Engine, TrainedSteps } from '../engine.ts';
import { engineInThread } from './engine-in-thread.ts';
import type { Thread } from './engine-in-thread.ts';
import { revived } from './protocol.ts';
import type { BatchesRequest, EngineRequest, FromThread, Opened, Order } from './protocol.ts';
import { inSharedMemory } from './shared.ts';
import { startProgram } from './start-program.ts';

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly portion?: ((steps: TrainedSteps) => void) | undefined;
}

/** Starts with the first engine that is opened; to be ended by its owner. */
export class EngineThread implements Thread {
  readonly #waiting = new Map<number, Waiting>();
  /** Batches that the thread has, by their `positions`, which copies of them share. */
  readonly #kept = new Map<Batches['positions'], Promise<number>>();
  #worker: Worker | null = null;
  #calls = 0;
  #engines = 0;
  #failure: Error | null = null;

  /** @throws what createEngine throws */
  async open(request: EngineRequest): Promise<Engine> {
    const engine = this.#engines++;
    const opened = (await this.ask({ open: request, engine })) as Opened;
    return engineInThread(this, engine, opened);
  }

  ask(order: Order): Promise<unknown> {
    return this.begin(order).answer;
  }

  begin(order: Order, portion?: Waiting['portion']): { readonly call: number; readonly answer: Promise<unknown> } {
    const call = this.#calls++;
    if (this.#failure !== null) return { call, answer: Promise.reject(this.#failure) };
    this.#worker ??= this.#start();
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(call, { resolve, reject, portion }));
    this.#worker.postMessage({ ...order, call });
    return { call, answer };
  }

  keep(batches: Batches): Promise<number> {
    const { examples, classes, scaling, plan, positions } = batches;
    if (plan === undefined) throw new Error('these batches cannot be made in another thread');
    let number = this.#kept.get(positions);
    if (number === undefined) {
      const next = this.#kept.size;
      const keep: BatchesRequest = { examples: inSharedMemory(examples), classes, scaling, plan };
      number = this.ask({ keep, batches: next }).then(() => next);
      this.#kept.set(positions, number);
    }
    return number;
  }

  async end(): Promise<void> {
    this.#fail(new Error('the thread of an engine was ended'));
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = startProgram(import.meta.url);
    worker.on('message', (message: FromThread) => this.#receive(message));
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', (code) => this.#fail(new Error(`the thread of an engine ended (exit code ${code})`)));
    return worker;
  }

  #receive(message: FromThread): void {
    const waiting = this.#waiting.get(message.call);
    if ('portion' in message) {
      waiting?.portion?.(message.portion);
      return;
    }
    this.#waiting.delete(message.call);
    if ('error' in message) waiting?.reject(revived(message.error));
    else waiting?.resolve(message.value);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
