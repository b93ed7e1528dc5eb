// The pages that have kernels. A page without a kernel does not run on this engine. A page that
// gets a kernel is added here, at the end of its list.
import { layersOf } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { ElementwiseActivationId, LayerKindId, LossId, RowActivationId } from '../../ops/registry.ts';
import { clips } from '../../ops/optimizers/clip.ts';
import type { OptimizerId, OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { Lack } from '../lack.ts';

/**
 * A kernel knows a page by its position in these lists: assembly/numbers.ts, built by
 * `npm run build:kernels`.
 */
export const KNOWN = {
  layer: ['dense'],
  activation: ['linear', 'relu', 'leaky-relu', 'elu', 'selu', 'softplus', 'sigmoid', 'tanh', 'swish', 'gelu'],
  output: ['softmax', 'ratio'],
  loss: ['mse', 'cross-entropy'],
  optimizer: ['sgd', 'momentum', 'nesterov', 'rmsprop', 'adam', 'rmsprop-centered', 'adadelta'],
} as const satisfies {
  layer: readonly LayerKindId[];
  activation: readonly ElementwiseActivationId[];
  output: readonly RowActivationId[];
  loss: readonly LossId[];
  optimizer: readonly OptimizerId[];
};

const has = (names: readonly string[], id: string): boolean => names.includes(id);

/** The parts of a network and its optimizer that have no kernel. */
export function lacksKernels(network: NetworkSpec, spec: OptimizerSpec): Lack[] {
  const { id: optimizer } = spec;
  const [layers, { loss }] = [layersOf(network), network];
  const kinds = new Set(layers.map(({ page }) => page.id));
  const activations = new Set<string>(layers.map(({ activation }) => activation));
  const unknown = [...activations].filter((id) => !has(KNOWN.activation, id) && !has(KNOWN.output, id));
  return [
    ...[...kinds].filter((id) => !has(KNOWN.layer, id)).map((id): Lack => ({ of: 'layer', id })),
    ...unknown.map((id): Lack => ({ of: 'activation', id })),
    ...(has(KNOWN.loss, loss) ? [] : [{ of: 'loss', id: loss } as const]),
    ...(network.penalties ?? []).map(({ kind }): Lack => ({ of: 'penalty', id: kind })),
    ...(has(KNOWN.optimizer, optimizer) ? [] : [{ of: 'optimizer', id: optimizer } as const]),
    ...((spec.weightDecay ?? 0) === 0 || !has(KNOWN.optimizer, optimizer)
      ? []
      : [{ of: 'optimizer', id: `${optimizer} with weight decay` } as const]),
    ...(clips(spec) ? [{ of: 'clipping', id: spec.clipNorm === undefined ? 'by value' : 'by norm' } as const] : []),
    ...(spec.schedule === undefined ? [] : [{ of: 'schedule', id: spec.schedule } as const]),
  ];
}

/**
 * The number of a page, outputs after the activations. Without a kernel: -1, on which kernels trap.
 */
export const numberOf = {
  activation(id: string): number {
    const output = (KNOWN.output as readonly string[]).indexOf(id);
    return output < 0 ? (KNOWN.activation as readonly string[]).indexOf(id) : KNOWN.activation.length + output;
  },
  loss: (id: string): number => (KNOWN.loss as readonly string[]).indexOf(id),
  optimizer: (id: string): number => (KNOWN.optimizer as readonly string[]).indexOf(id),
};
