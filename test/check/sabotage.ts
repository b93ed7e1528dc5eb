// Real engines with some calls changed, for tests of the checks.
import type { Engine } from '../../src/engines/engine.ts';
import { copyParameters, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';

/** The engine with some calls replaced. */
export function altered(engine: Engine, changes: Partial<Engine>): Engine {
  const { id, dtype, label, backend, versions, trace } = engine;
  return {
    id,
    dtype,
    label,
    backend,
    versions,
    load: (parameters) => engine.load(parameters),
    lossAndGradients: (batch) => engine.lossAndGradients(batch),
    applyGradients: (gradients) => engine.applyGradients(gradients),
    trainStep: (batch) => engine.trainStep(batch),
    predict: (inputs) => engine.predict(inputs),
    parameters: () => engine.parameters(),
    ...(trace && { trace: trace.bind(engine) }),
    dispose: () => engine.dispose(),
    ...changes,
  };
}

/** The same engine, without its intermediate values. */
export function withoutTrace(engine: Engine): Engine {
  const { trace: _, ...rest } = altered(engine, {});
  return rest;
}

/** The engine with its gradients changed before they are returned. */
export function withGradients(engine: Engine, change: (gradients: Parameters) => void): Engine {
  return altered(engine, {
    async lossAndGradients(batch) {
      const { loss, gradients } = await engine.lossAndGradients(batch);
      const changed = copyParameters(gradients, engine.dtype);
      change(changed);
      return { loss, gradients: changed };
    },
  });
}

/** The values of W1, b2 ... */
export function tensorNamed(parameters: Parameters, name: string): { [index: number]: number; length: number } {
  const found = namedTensors(parameters).find((tensor) => tensor.name === name);
  if (found === undefined) throw new Error(`no tensor ${name}`);
  return found.values;
}
