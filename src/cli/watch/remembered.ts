// An engine whose answers are kept from one check to the next: the same calls with the same
// arguments in the same order give the same answers.
import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import type { Engine, EngineFactory, LossAndGradients } from '../../engines/engine.ts';
import { askEngine, engineThrough, identityOf } from '../../engines/through.ts';
import type { Method } from '../../engines/through.ts';
import { copyParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { KeptMemory } from './memory.ts';

/**
 * @param key names the engine, its network and its optimizer
 * @param make makes the engine; only when it is asked something new
 */
export function remembered(make: EngineFactory, key: string, memory: KeptMemory): EngineFactory {
  return async () => {
    const own = new Calls(make, key, memory);
    const { more, ...known } = await own.once('identity', async () => identityOf(await own.engine()));
    const kept = more.filter((method) => method !== 'lossAt'); // only exact engines are asked for it
    return engineThrough({ ...known, more: kept }, async (method, args) =>
      method === 'dispose' ? own.dispose() : copyOf(method, await own.call(method, args)),
    );
  };
}

/** The calls of one engine. The real one makes those that are known only when it must go on. */
class Calls {
  readonly #make: EngineFactory;
  readonly #memory: KeptMemory;
  #state: string;
  #engine: Promise<Engine> | null = null;
  /** Calls that were answered from memory, since the parameters were loaded. */
  #skipped: ((engine: Engine) => Promise<unknown>)[] = [];

  constructor(make: EngineFactory, key: string, memory: KeptMemory) {
    this.#make = make;
    this.#memory = memory;
    this.#state = key;
  }

  engine(): Promise<Engine> {
    return (this.#engine ??= this.#make());
  }

  async once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const key = `${this.#state} ${name}`;
    try {
      return await this.#memory.once(key, make);
    } catch (error) {
      this.#memory.forget(key);
      throw error;
    }
  }

  async call(method: Method, args: readonly unknown[]): Promise<unknown> {
    this.#state = createHash('sha1').update(this.#state).update(method).update(serialize(args)).digest('base64');
    if (method === 'load') this.#skipped = []; // it forgets what was before
    const ask = (engine: Engine): Promise<unknown> => askEngine(engine, method, args);
    let isNew = false;
    const answer = await this.once(method, async () => {
      isNew = true;
      const engine = await this.engine();
      for (const skipped of this.#skipped.splice(0)) await skipped(engine);
      return ask(engine);
    });
    if (!isNew) this.#skipped.push(ask);
    return answer;
  }

  async dispose(): Promise<void> {
    await (await this.#engine)?.dispose();
  }
}

/** The answer for a caller who may change it; what is kept stays. */
function copyOf(method: Method, answer: unknown): unknown {
  if (method === 'parameters') return copied(answer as Parameters);
  if (method === 'predict') return { ...(answer as Matrix), data: (answer as Matrix).data.slice() };
  if (method !== 'lossAndGradients') return answer;
  const { loss, gradients } = answer as LossAndGradients;
  return { loss, gradients: copied(gradients) };
}

function copied(parameters: Parameters): Parameters {
  return copyParameters(parameters, parameters[0]?.values instanceof Float64Array ? 'f64' : 'f32');
}
