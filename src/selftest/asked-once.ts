// One engine compared with several others gets the same calls each time. Engines are deterministic:
// after the same calls from the start, the next one has the same result. So it is asked once, and
// its answers are used again.
import type { Engine, EngineFactory } from '../engines/engine.ts';
import { askEngine, engineThrough, identityOf } from '../engines/through.ts';
import type { Method } from '../engines/through.ts';

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
  const call = async (method: Method, given: unknown): Promise<unknown> => {
    if (own !== null) return askEngine(own, method, [given]);
    if (done === calls.length) {
      calls.push({ method, given, result: await askEngine(engine, method, [given]) });
    } else if (calls[done].method !== method || calls[done].given !== given) {
      own = await another();
      for (const before of calls.slice(0, done)) await askEngine(own, before.method, [before.given]);
      return askEngine(own, method, [given]);
    }
    return calls[done++].result;
  };
  const { more, ...identity } = identityOf(engine);
  const kept = more.filter((method) => method !== 'lossAt'); // it has several arguments
  return engineThrough(
    { ...identity, more: kept },
    async (method, [given]) => (method === 'dispose' ? undefined : call(method, given)), // it may be shared
  );
}
