// One engine compared with several others gets the same calls each time. Engines are deterministic:
// after the same calls from the start, the next one has the same result. So it is asked once, and
// its answers are used again.
import type { Engine, EngineFactory } from '../engines/engine.ts';

type Method = 'load' | 'lossAndGradients' | 'applyGradients' | 'trainStep' | 'predict' | 'parameters' | 'trace';

interface Call {
  readonly method: Method;
  /** The object itself: equal numbers in another object count as another call. */
  readonly given: unknown;
  readonly result: unknown;
}

/**
 * Makes engines that behave like fresh ones of this kind and share their answers. They are used
 * one after the other; `open` opens what they need and disposes of it.
 */
export function askedOnce(open: (factory: EngineFactory) => Promise<Engine>, make: EngineFactory): EngineFactory {
  const calls: Call[] = [];
  let first: Promise<Engine> | null = null;
  return async () => {
    const engine = await (first ??= open(make));
    return sharing(engine, calls, () => open(make));
  };
}

/**
 * An engine that has not been called yet.
 * @param engine has had all of `calls`
 * @param another makes one that has had none
 */
function sharing(engine: Engine, calls: Call[], another: EngineFactory): Engine {
  let done = 0;
  let own: Engine | null = null;
  const call = async (method: Method, given?: unknown): Promise<unknown> => {
    if (own !== null) return ask(own, method, given);
    if (done === calls.length) {
      calls.push({ method, given, result: await ask(engine, method, given) });
    } else if (calls[done].method !== method || calls[done].given !== given) {
      own = await another();
      for (const before of calls.slice(0, done)) await ask(own, before.method, before.given);
      return ask(own, method, given);
    }
    return calls[done++].result;
  };
  const { id, dtype, label, backend, versions } = engine;
  const through = (method: Method): never => ((given?: unknown) => call(method, given)) as never;
  return {
    ...{ id, dtype, label, backend, versions },
    load: through('load'),
    lossAndGradients: through('lossAndGradients'),
    applyGradients: through('applyGradients'),
    trainStep: through('trainStep'),
    predict: through('predict'),
    parameters: through('parameters'),
    ...(engine.trace !== undefined && { trace: through('trace') }),
    dispose: () => Promise.resolve(), // it may be shared
  };
}

function ask(engine: Engine, method: Method, given: unknown): Promise<unknown> {
  const asked = engine[method]?.bind(engine) as (given: unknown) => Promise<unknown>;
  return asked(given);
}
