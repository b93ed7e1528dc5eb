// synaptic: a graph of neurons, compiled by the library into one generated function (its default,
// four times as fast here as the graph), with an update after every example.
import synaptic from 'synaptic';
import { inputsInto, requireTask, targetsByClass } from '../task.mjs';

export const label = 'Synaptic';
export const packageName = 'synaptic';

export function note() {
  const step = 'an update after every example, learning rate divided by the batch size';
  return `sigmoid outputs with binary cross-entropy; ${step}; the loss is that of the outputs' shares; binary64`;
}

const { Architect, Neuron } = synaptic;
const SQUASH = { relu: Neuron.squash.RELU, tanh: Neuron.squash.TANH, sigmoid: Neuron.squash.LOGISTIC };

export function supports(task) {
  requireTask(task, { optimizers: ['sgd'] });
}

export function create(task) {
  const network = new Architect.Perceptron(task.inputs, ...task.hidden, task.classes);
  setParameters(network.layers, task);
  const rate = task.optimizer.learningRate / task.batchSize;
  const targets = targetsByClass(task);
  const x = new Float64Array(task.inputs);
  return {
    train(batches) {
      for (const positions of batches) {
        for (const position of positions) {
          inputsInto(x, task, position);
          network.activate(x);
          network.propagate(rate, targets[task.labels[position]]);
        }
      }
      return [];
    },
    outputs: (positions) =>
      Array.from(positions, (position) => {
        inputsInto(x, task, position);
        return network.activate(x);
      }),
  };
}

function setParameters({ input, hidden, output }, { parameters, activations }) {
  const layers = [input, ...hidden, output].map((layer) => layer.list);
  parameters.forEach(({ units, W, b }, l) => {
    const indexOf = new Map(layers[l].map((neuron, i) => [neuron, i]));
    layers[l + 1].forEach((neuron, o) => {
      for (const connection of Object.values(neuron.connections.inputs)) {
        connection.weight = W[indexOf.get(connection.from) * units + o];
      }
      neuron.bias = b[o];
      neuron.squash = l < parameters.length - 1 ? SQUASH[activations[l]] : SQUASH.sigmoid;
    });
  });
}
