// Engines whose every call goes through one function: into another thread, or past a memory.
import type { Engine } from './engine.ts';

/** Methods that not every engine has. */
const OPTIONAL = ['trace', 'lossAt'] as const satisfies readonly (keyof Engine)[];

/** Methods of an engine that get data and return data. */
export type Method =
  | 'load'
  | 'lossAndGradients'
  | 'applyGradients'
  | 'trainStep'
  | 'predict'
  | 'parameters'
  | 'dispose'
  | (typeof OPTIONAL)[number];

/** What an engine is, as data. */
export interface Identity extends Pick<Engine, 'id' | 'dtype' | 'label' | 'backend' | 'versions' | 'device'> {
  /** Methods it has that not every engine has. */
  readonly more: readonly Method[];
}

export function identityOf(engine: Engine): Identity {
  const { id, dtype, label, backend, versions, device } = engine;
  return {
    id,
    dtype,
    label,
    backend,
    versions,
    ...(device && { device }),
    more: OPTIONAL.filter((name) => engine[name] !== undefined),
  };
}

/** @param call makes the call, with arguments and result of that method of Engine */
export function engineThrough(
  { more, ...description }: Identity,
  call: (method: Method, args: readonly unknown[]) => Promise<unknown>,
): Engine {
  const through = (method: Method): never => ((...args: readonly unknown[]) => call(method, args)) as never;
  return {
    ...description,
    load: through('load'),
    lossAndGradients: through('lossAndGradients'),
    applyGradients: through('applyGradients'),
    trainStep: through('trainStep'),
    predict: through('predict'),
    parameters: through('parameters'),
    ...(more.includes('trace') && { trace: through('trace') }),
    ...(more.includes('lossAt') && { lossAt: through('lossAt') }),
    dispose: through('dispose'),
  };
}

/** The call itself. */
export function askEngine(engine: Engine, method: Method, args: readonly unknown[]): Promise<unknown> {
  return (engine[method] as (...values: readonly unknown[]) => Promise<unknown>).apply(engine, [...args]);
}
