// A network on MNIST as a function of its parameters: that of the examples, 784-128-10 in binary64,
// if no other is asked for.
import { batchOf } from '../../../src/data/batches.ts';
import { loadDataset } from '../../../src/data/load.ts';
import { fitScaling } from '../../../src/data/scaling.ts';
import { createVectorEngine } from '../../../src/engines/vector/vector.ts';
import { initialParameters } from '../../../src/network/initializers.ts';
import { copyParameters, namedTensors } from '../../../src/network/parameters.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';

export type Tree = Record<string, Float64Array>;

export interface NetworkOptions {
  readonly hidden?: readonly number[];
  readonly dtype?: 'f32' | 'f64';
  readonly examples?: number;
  readonly seed?: number;
}

export async function mnistNetwork(
  activation: 'tanh' | 'relu',
  { hidden = [128], dtype = 'f64', examples = 32, seed = 1 }: NetworkOptions = {},
) {
  const network: NetworkSpec = {
    inputs: 784,
    layers: [...hidden.map((units) => ({ units, activation })), { units: 10, activation: 'softmax' }],
    loss: 'cross-entropy',
  };
  const { train } = loadDataset({ dataset: 'mnist', trainSize: 100, testSize: 10, seed: 1 });
  const batch = batchOf(
    train,
    10,
    fitScaling('unit', train),
    Array.from({ length: examples }, (_, i) => i),
  );
  const engine = createVectorEngine(network, optimizerSpec('sgd'), { dtype });
  const start = copyParameters(initialParameters(network, 'glorot-uniform', seed), dtype);
  const treeOf = (p: Parameters): Tree =>
    Object.fromEntries(namedTensors(p).map((t) => [t.name, Float64Array.from(t.values)]));
  const ask = async (tree: Tree) => {
    const p = copyParameters(start, dtype);
    for (const t of namedTensors(p)) t.values.set(tree[t.name]);
    await engine.load(p);
    return engine.lossAndGradients(batch);
  };
  const value = async (tree: Tree): Promise<number> => (await ask(tree)).loss;
  const gradient = async (tree: Tree): Promise<Tree> => treeOf((await ask(tree)).gradients);
  return { at: treeOf(start), value, gradient };
}
