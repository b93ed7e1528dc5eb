// mljs feedforward-neural-networks (on npm: ml-fnn): its train() uses the whole set for each update
// and numbers the classes in the order they appear, so this adapter calls its two inner methods,
// batch by batch. Its look-up of activations always returns tanh.
import FeedForwardNeuralNetworks from 'ml-fnn';
import { Matrix } from 'ml-matrix';
import { inputsInto, requireTask } from '../task.mjs';

export const label = 'mljs feedforward-neural-networks';
export const packageName = 'ml-fnn';

export function note({ activations }) {
  const tanh =
    activations[0] === 'tanh' ? '' : `tanh instead of ${activations[0]}, as for every requested activation; `;
  return `${tanh}batches passed to the inner methods of train(), which itself is full-batch; binary64`;
}

export function supports(task) {
  requireTask(task, { optimizers: ['sgd'] });
}

export function create(task) {
  const network = new FeedForwardNeuralNetworks({
    hiddenLayers: task.hidden,
    activation: 'tanh',
    learningRate: task.optimizer.learningRate / task.batchSize, // it sums over the batch
    regularization: 1e-30, // 0 would select its default
  });
  network.buildNetwork(task.inputs, task.classes);
  const classes = Array.from({ length: task.classes }, (_, k) => k);
  network.dicts = { inputs: classes, outputs: classes };
  task.parameters.forEach(({ inputs, units, W, b }, l) => {
    network.model[l].W = Matrix.from1DArray(inputs, units, W);
    network.model[l].b = Matrix.from1DArray(1, units, b);
  });
  const features = (positions) => {
    const rows = Array.from(positions, () => new Float64Array(task.inputs));
    rows.forEach((row, r) => inputsInto(row, task, positions[r]));
    return new Matrix(rows); // keeps the rows
  };
  return {
    train(batches) {
      for (const positions of batches) {
        const x = features(positions);
        const labels = Array.from(positions, (position) => task.labels[position]);
        network.backpropagation(x, labels, network.propagate(x));
      }
      return [];
    },
    outputs: (positions) => network.propagate(features(positions)).to2DArray(),
  };
}
