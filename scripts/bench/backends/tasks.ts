// What every backend is given: three networks with parameters and a batch, and arguments of
// functions.
import { initialParameters } from '../../../src/network/initializers.ts';
import { parseLayers } from '../../../src/network/layer-notation.ts';
import type { Batch } from '../../../src/network/batch.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { zeros } from '../../../src/numeric/matrix.ts';
import { createRng } from '../../../src/numeric/rng.ts';

export interface Problem {
  readonly name: string;
  readonly network: NetworkSpec;
  readonly start: Parameters;
  readonly batch: Batch;
}

/** Activations whose value the backends compute themselves. */
export const FUNCTIONS = ['sigmoid', 'tanh', 'softplus', 'elu', 'selu', 'swish', 'gelu'] as const;

/** Scores from -20 to 20. */
export const POINTS = Float32Array.from({ length: 40_001 }, (_, i) => (i - 20_000) / 1000);

export function problems(): Problem[] {
  return [
    problem('784-128-10, relu, softmax, cross-entropy', { inputs: 784, layers: 'dense:128:relu,dense:10:softmax' }, 64),
    problem('20-50-50-10, tanh, softmax, cross-entropy', { inputs: 20, layers: 'dense:50:tanh,dense:50:tanh,dense:10:softmax' }, 31), // prettier-ignore
    problem(
      '12x12 pictures, convolution, max pool, 10 classes',
      { inputs: 144, inputShape: [12, 12, 1], layers: 'conv:6x3:relu,max-pool:2,flatten,dense:10:softmax' },
      16,
    ),
  ];
}

export const SPEED = (): { problem: Problem; warmUp: number; steps: number } => ({
  problem: problems()[0],
  warmUp: 5,
  steps: 30,
});

function problem(
  name: string,
  { layers, ...shape }: { inputs: number; inputShape?: number[]; layers: string },
  B: number,
): Problem {
  const parsed = parseLayers(layers, 'linear', 'linear') as unknown as NetworkSpec['layers'];
  const network: NetworkSpec = { ...shape, layers: parsed, loss: 'cross-entropy' };
  const rng = createRng(1, name);
  const [inputs, targets] = [zeros('f32', B, shape.inputs), zeros('f32', B, 10)];
  for (let i = 0; i < inputs.data.length; i++) inputs.data[i] = rng.uniform();
  for (let r = 0; r < B; r++) targets.data[10 * r + Math.floor(10 * rng.uniform())] = 1;
  return { name, network, start: initialParameters(network, 'glorot-uniform', 1), batch: { inputs, targets } };
}
