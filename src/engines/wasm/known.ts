// What there are kernels for. A page without a kernel is none of this engine's; one that gets a kernel gets its name here, last in its list.
import { layersOf } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { ElementwiseActivationId, LayerKindId, LossId, RowActivationId } from '../../ops/registry.ts';
import type { OptimizerId, OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { Lack } from '../lack.ts';

/** By the position in its list a kernel knows a name: assembly/numbers.ts, made by `npm run build:kernels`. */
export const KNOWN = {
  layer: ['dense'],
  activation: [
    ...(['linear', 'relu', 'leaky-relu', 'elu', 'selu', 'softplus', 'sigmoid', 'tanh', 'swish', 'gelu'] as const),
  ],
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

/** What of a network and its optimizer has no kernel. */
export function lacksKernels(network: NetworkSpec, { id: optimizer }: OptimizerSpec): Lack[] {
  const [layers, { loss }] = [layersOf(network), network];
  const kinds = new Set(layers.map(({ page }) => page.id));
  const activations = new Set<string>(layers.map(({ activation }) => activation));
  const unknown = [...activations].filter((id) => !has(KNOWN.activation, id) && !has(KNOWN.output, id));
  return [
    ...[...kinds].filter((id) => !has(KNOWN.layer, id)).map((id): Lack => ({ of: 'layer', id })),
    ...unknown.map((id): Lack => ({ of: 'activation', id })),
    ...(has(KNOWN.loss, loss) ? [] : [{ of: 'loss', id: loss } as const]),
    ...(has(KNOWN.optimizer, optimizer) ? [] : [{ of: 'optimizer', id: optimizer } as const]),
  ];
}

/** The number of a name; -1, on which kernels trap, where there is no kernel. Outputs come after the activations. */
export const numberOf = {
  activation(id: string): number {
    const output = (KNOWN.output as readonly string[]).indexOf(id);
    return output < 0 ? (KNOWN.activation as readonly string[]).indexOf(id) : KNOWN.activation.length + output;
  },
  loss: (id: string): number => (KNOWN.loss as readonly string[]).indexOf(id),
  optimizer: (id: string): number => (KNOWN.optimizer as readonly string[]).indexOf(id),
};
