// Calls of a program in a thread: what is asked, and the answers. serve.ts is the other end.
import type { Worker } from 'node:worker_threads';
import { revived } from './plain-error.ts';
import type { PlainError } from './plain-error.ts';
import { startProgram } from './start-program.ts';

/** From the thread: parts of an answer come before its value. */
export type FromThread<Part> = { readonly call: number } & (
  { readonly value: unknown } | { readonly part: Part } | { readonly error: PlainError }
);

/** A call with its number. */
export interface Begun {
  readonly call: number;
  readonly answer: Promise<unknown>;
}

interface Waiting<Part> {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly part?: ((part: Part) => void) | undefined;
}

/** The thread ended by itself. */
export class ThreadEnded extends Error {}

/** Starts with the first call; to be ended by its owner. */
export class Calls<Order extends object, Part> {
  readonly #from: string;
  readonly #what: string;
  readonly #waiting = new Map<number, Waiting<Part>>();
  #worker: Worker | null = null;
  #calls = 0;
  #failure: Error | null = null;

  /**
   * @param from the `import.meta.url` of a file beside the program
   * @param what names the thread in messages
   */
  constructor(from: string, what: string) {
    [this.#from, this.#what] = [from, what];
  }

  /** @throws what the call throws there */
  ask(order: Order): Promise<unknown> {
    return this.begin(order).answer;
  }

  /** @param part called with what arrives before the answer */
  begin(order: Order, part?: Waiting<Part>['part']): Begun {
    const call = this.#calls++;
    if (this.#failure !== null) return { call, answer: Promise.reject(this.#failure) };
    this.#worker ??= this.#start();
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(call, { resolve, reject, part }));
    this.#worker.postMessage({ ...order, call });
    return { call, answer };
  }

  async end(): Promise<void> {
    this.#fail(new Error(`${this.#what} ended: its run was ended`));
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = startProgram(this.#from);
    worker.on('message', (message: FromThread<Part>) => this.#receive(message));
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', (code) => this.#fail(new ThreadEnded(`${this.#what} ended (exit code ${code})`)));
    return worker;
  }

  #receive(message: FromThread<Part>): void {
    const waiting = this.#waiting.get(message.call);
    if ('part' in message) {
      waiting?.part?.(message.part);
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
