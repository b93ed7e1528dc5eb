// An engine whose answers are kept from one check to the next: the same calls with the same
// arguments in the same order give the same answers.
import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import type { Engine, EngineFactory } from '../../engines/engine.ts';
import { copyParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { KeptMemory } from './memory.ts';

type Identity = Pick<Engine, 'id' | 'dtype' | 'label' | 'backend' | 'versions'> & { readonly traces: boolean };

/**
 * @param key names the engine, its network and its optimizer
 * @param make makes the engine; only when it is asked something new
 */
export function remembered(make: EngineFactory, key: string, memory: KeptMemory): EngineFactory {
  return async () => {
    const own = new Calls(make, key, memory);
    const identity = await own.once('identity', async (): Promise<Identity> => {
      const { id, dtype, label, backend, versions, trace } = await own.engine();
      return { id, dtype, label, backend, versions, traces: trace !== undefined };
    });
    const { traces, ...known } = identity;
    return {
      ...known,
      load: (parameters) => own.call('load', parameters, (engine) => engine.load(parameters)),
      async lossAndGradients(batch) {
        const { loss, gradients } = await own.call('gradients', batch, (engine) => engine.lossAndGradients(batch));
        return { loss, gradients: copied(gradients) };
      },
      applyGradients: (gradients) => own.call('apply', gradients, (engine) => engine.applyGradients(gradients)),
      trainStep: (batch) => own.call('train', batch, (engine) => engine.trainStep(batch)),
      predict: async (inputs) => copyOf(await own.call('predict', inputs, (engine) => engine.predict(inputs))),
      parameters: async () => copied(await own.call('parameters', null, (engine) => engine.parameters())),
      ...(traces && {
        trace: (batch) => own.call('trace', batch, async (engine) => (await engine.trace?.(batch)) ?? []),
      }),
      dispose: () => own.dispose(),
    };
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

  async call<T>(name: string, argument: unknown, ask: (engine: Engine) => Promise<T>): Promise<T> {
    this.#state = createHash('sha1').update(this.#state).update(name).update(serialize(argument)).digest('base64');
    if (name === 'load') this.#skipped = []; // it forgets what was before
    let isNew = false;
    const answer = await this.once(name, async () => {
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

function copied(parameters: Parameters): Parameters {
  return copyParameters(parameters, parameters[0]?.values instanceof Float64Array ? 'f64' : 'f32');
}

function copyOf(matrix: Matrix): Matrix {
  return { ...matrix, data: matrix.data.slice() };
}
