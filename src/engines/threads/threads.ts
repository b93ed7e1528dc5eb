// The threads of a run, by name.
import type { Predicted } from '../../bounds/forward.ts';
import type { StepBounds } from '../../bounds/gradients.ts';
import type { Batches } from '../../data/batches.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Matrix } from '../../numeric/matrix.ts';
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
    return this.#thread(name).open(request);
  }

  /** boundedGradients of the batch of a step, in the threads of these names, which take turns. */
  bounds(
    names: readonly string[],
    network: NetworkSpec,
  ): (parameters: Parameters, batches: Batches, step: number) => Promise<StepBounds> {
    return async (parameters, batches, step) => {
      const thread = this.#thread(names[step % names.length]);
      const bound = { network, parameters, step };
      return (await thread.ask({ bound, batches: await thread.keep(batches) })) as StepBounds;
    };
  }

  /** boundedOutputs, in the thread of this name. */
  outputs(name: string, network: NetworkSpec): (parameters: Parameters, inputs: Matrix) => Promise<Predicted> {
    return async (parameters, inputs) =>
      (await this.#thread(name).ask({ outputs: { network, parameters, inputs } })) as Predicted;
  }

  async end(): Promise<void> {
    await Promise.all([...this.#threads.values()].map((thread) => thread.end()));
  }

  #thread(name: string): EngineThread {
    let thread = this.#threads.get(name);
    if (thread === undefined) {
      thread = new EngineThread();
      this.#threads.set(name, thread);
    }
    return thread;
  }
}
