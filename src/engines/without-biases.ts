// A network with layers that have no bias, on engines that have one in every layer: those biases
// and their gradients are kept at 0.
import type { Batch } from '../network/batch.ts';
import { withZeroBiases } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { hasAllBiases } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Engine, LayerTrace, LossAndGradients } from './engine.ts';

/** A training step is built from its two halves, so that no bias changes in between. */
export function withoutBiases(network: NetworkSpec, engine: Engine): Engine {
  if (hasAllBiases(network)) return engine;
  const lossAndGradients = async (batch: Batch): Promise<LossAndGradients> => {
    const { loss, gradients } = await engine.lossAndGradients(batch);
    return { loss, gradients: withZeroBiases(network, gradients) };
  };
  const applyGradients = (gradients: Parameters): Promise<void> =>
    engine.applyGradients(withZeroBiases(network, gradients));
  return {
    id: engine.id,
    dtype: engine.dtype,
    label: engine.label,
    backend: engine.backend,
    versions: engine.versions,
    ...(engine.device && { device: engine.device }),
    load: (parameters) => engine.load(withZeroBiases(network, parameters)),
    lossAndGradients,
    applyGradients,
    async trainStep(batch) {
      const { loss, gradients } = await lossAndGradients(batch);
      await applyGradients(gradients);
      return loss;
    },
    predict: (inputs) => engine.predict(inputs),
    parameters: () => engine.parameters(),
    ...(engine.trace !== undefined && { trace: (batch: Batch): Promise<LayerTrace> => traceOf(engine, batch) }),
    dispose: () => engine.dispose(),
  };
}

async function traceOf(engine: Engine, batch: Batch): Promise<LayerTrace> {
  return (await engine.trace?.(batch)) ?? [];
}
