// The network of the examples, 784-128-10 on MNIST in binary64, as a function of its parameters.
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

export async function mnistNetwork(activation: 'tanh' | 'relu') {
  const network: NetworkSpec = {
    inputs: 784,
    layers: [
      { units: 128, activation },
      { units: 10, activation: 'softmax' },
    ],
    loss: 'cross-entropy',
  };
  const { train } = loadDataset({ dataset: 'mnist', trainSize: 100, testSize: 10, seed: 1 });
  const batch = batchOf(
    train,
    10,
    fitScaling('unit', train),
    Array.from({ length: 32 }, (_, i) => i),
  );
  const engine = createVectorEngine(network, optimizerSpec('sgd'), { dtype: 'f64' });
  const start = copyParameters(initialParameters(network, 'glorot-uniform', 1), 'f64');
  const treeOf = (p: Parameters): Tree =>
    Object.fromEntries(namedTensors(p).map((t) => [t.name, Float64Array.from(t.values)]));
  const ask = async (tree: Tree) => {
    const p = copyParameters(start, 'f64');
    for (const t of namedTensors(p)) t.values.set(tree[t.name]);
    await engine.load(p);
    return engine.lossAndGradients(batch);
  };
  const value = async (tree: Tree): Promise<number> => (await ask(tree)).loss;
  const gradient = async (tree: Tree): Promise<Tree> => treeOf((await ask(tree)).gradients);
  return { at: treeOf(start), value, gradient };
}
