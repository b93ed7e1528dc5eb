// The network with a known mistake in it, asked the way a candidate without gradients is: for one
// step of plain SGD, of which the gradients are (before - after) / rate.
import type { Engine, FaultInjection, LossAndGradients } from '../../engines/engine.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { Optimizer } from '../../ops/optimizers/page.ts';
import { optimizerPage, optimizerSpec } from '../../ops/optimizers/registry.ts';
import type { FaultInjector } from '../diagnosis/evidence.ts';

/** Its mistakes may also be of the update, and of the order of a training step. */
export function stepInjector({ setting, inject }: FaultInjector, rate: number): FaultInjector {
  return {
    setting: { ...setting, optimizer: optimizerSpec('sgd', { learningRate: rate }) },
    inject: async (injection) => recovering(await steppingEngine(inject, injection, rate), rate),
  };
}

/** An engine whose training steps are those of plain SGD at this rate, whatever it was made for. */
export function steppingEngine(
  inject: FaultInjector['inject'],
  injection: FaultInjection,
  rate: number,
): Promise<Engine> {
  const spec = optimizerSpec('sgd', { learningRate: rate });
  const { init, update } = injection.optimizer ?? optimizerPage('sgd');
  const optimizer: Optimizer = {
    init: (w) => init(w, spec),
    update: (w, g, state) => update(w, g, state, spec),
  };
  return inject({ clip: (gradients) => gradients, ...injection, optimizer });
}

/** @param rate of the engine's steps */
function recovering(engine: Engine, rate: number): Engine {
  let before: Parameters = [];
  return {
    id: engine.id,
    dtype: engine.dtype,
    label: engine.label,
    backend: engine.backend,
    versions: engine.versions,
    async load(parameters) {
      before = parameters;
    },
    async lossAndGradients(batch): Promise<LossAndGradients> {
      await engine.load(before);
      const loss = await engine.trainStep(batch);
      return { loss, gradients: differences(before, await engine.parameters(), rate) };
    },
    applyGradients: (gradients) => engine.applyGradients(gradients),
    trainStep: (batch) => engine.trainStep(batch),
    predict: (inputs) => engine.predict(inputs),
    parameters: () => engine.parameters(),
    dispose: () => engine.dispose(),
  };
}

/** (before - after) / rate */
export function differences(before: Parameters, after: Parameters, rate: number): Parameters {
  return before.map(({ values, ...tensor }, t) => ({
    ...tensor,
    values: Float64Array.from(values, (w, i) => (w - after[t].values[i]) / rate),
  }));
}

/** before - rate · gradients: the inverse of `differences`. */
export function stepped(before: Parameters, gradients: Parameters, rate: number): Parameters {
  return before.map(({ values, ...tensor }, t) => ({
    ...tensor,
    values: Float64Array.from(values, (w, i) => w - rate * gradients[t].values[i]),
  }));
}
