// Engines whose owner is elsewhere, by number, and the batches they train on. A thread has them,
// and a page of a browser: nothing here needs Node.
import { createBatches } from '../../data/batches.ts';
import type { Batches } from '../../data/batches.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Engine, LossAndGradients, TrainedSteps } from '../engine.ts';
import { inPortions } from '../portions.ts';
import { askEngine, identityOf } from '../through.ts';
import type { Identity, Method } from '../through.ts';
import type { EngineRequest, ToEngines } from './protocol.ts';

/** Other calls wait so long at most while an engine trains, in milliseconds. */
const PORTION = 10;

/** The value of a call, and tensors in it that nobody here keeps: these go over without a copy. */
export interface Served {
  readonly value: unknown;
  readonly given?: Parameters;
}

/** What is here besides engines. */
export interface Surroundings {
  /** Milliseconds since any fixed start. */
  now(): number;
  /** Lets other messages come in. */
  rest(): Promise<unknown>;
}

export class Hosted {
  readonly #create: (request: EngineRequest) => Promise<Engine>;
  readonly #around: Surroundings;
  readonly #engines = new Map<number, Engine>();
  readonly #kept = new Map<number, Batches>();
  /** Calls that train. */
  readonly #training = new Set<number>();

  constructor(create: (request: EngineRequest) => Promise<Engine>, around: Surroundings) {
    [this.#create, this.#around] = [create, around];
  }

  /** @param portion gets what a training has done so far */
  async answer(message: ToEngines, portion: (portion: TrainedSteps) => void): Promise<Served> {
    if ('open' in message) return { value: await this.#open(message) };
    if ('method' in message) return this.#invoke(message);
    if ('train' in message) return { value: await this.#train(message, portion) };
    if ('stop' in message) return { value: this.#training.delete(message.stop) };
    const { examples, classes, scaling, plan } = message.keep;
    this.#kept.set(message.batches, createBatches(examples, classes, scaling, plan));
    return { value: null };
  }

  batchesOf(number: number): Batches {
    const batches = this.#kept.get(number);
    if (batches === undefined) throw new Error(`no batches ${number}`);
    return batches;
  }

  async #open({ open: wanted, engine: number }: Extract<ToEngines, { open: unknown }>): Promise<Identity> {
    const engine = await this.#create(wanted);
    this.#engines.set(number, engine);
    return identityOf(engine);
  }

  async #invoke({ engine: number, method, args }: Extract<ToEngines, { method: unknown }>): Promise<Served> {
    const engine = this.#engineOf(number);
    if (method === 'dispose') this.#engines.delete(number);
    const value = await askEngine(engine, method, args);
    return { value, given: copiesIn(value, method) };
  }

  async #train(
    { call, train: { from, to }, ...of }: Extract<ToEngines, { train: unknown }>,
    send: (portion: TrainedSteps) => void,
  ): Promise<void> {
    const batches = this.batchesOf(of.batches);
    this.#training.add(call);
    const pace = { now: this.#around.now, milliseconds: PORTION };
    try {
      for await (const portion of inPortions(this.#engineOf(of.engine), batches, { from, to }, pace)) {
        send(portion);
        await this.#around.rest();
        if (!this.#training.has(call)) return;
      }
    } finally {
      this.#training.delete(call);
    }
  }

  #engineOf(number: number): Engine {
    const engine = this.#engines.get(number);
    if (engine === undefined) throw new Error(`no engine ${number}`);
    return engine;
  }
}

/** Tensors that an engine made for its caller. */
function copiesIn(value: unknown, method: Method): Parameters {
  if (method === 'parameters') return value as Parameters;
  return method === 'lossAndGradients' ? (value as LossAndGradients).gradients : [];
}
