// The threads of a run, by name.
import type { Engine } from '../engine.ts';
import type { EngineRequest } from './protocol.ts';
import { EngineThread } from './thread.ts';

/** Threads that start when they are needed and end together. */
export class EngineThreads {
  readonly #threads = new Map<string, EngineThread>();

  /**
   * Opens an engine in the thread of this name.
   * @throws what createEngine throws
   */
  open(name: string, request: EngineRequest): Promise<Engine> {
    let thread = this.#threads.get(name);
    if (thread === undefined) {
      thread = new EngineThread();
      this.#threads.set(name, thread);
    }
    return thread.open(request);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#threads.values()].map((thread) => thread.end()));
  }
}
