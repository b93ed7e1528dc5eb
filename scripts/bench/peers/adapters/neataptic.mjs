// neataptic: a graph of nodes and connections. Sigmoid outputs with binary cross-entropy;
// mini-batches add up the weight changes.
import neataptic from 'neataptic';
import { inputsInto, requireTask, targetsByClass } from '../task.mjs';

export const label = 'Neataptic';
export const packageName = 'neataptic';
export const note = () =>
  "sigmoid outputs with binary cross-entropy; the loss is that of the outputs' shares; binary64";

const { architect, methods } = neataptic;
const SQUASH = { relu: methods.activation.RELU, tanh: methods.activation.TANH, sigmoid: methods.activation.LOGISTIC };

export function supports(task) {
  requireTask(task, { optimizers: ['sgd'] });
}

export function create(task) {
  const widths = [task.inputs, ...task.hidden, task.classes];
  const network = new architect.Perceptron(...widths);
  setParameters(network.nodes, task);
  const { batchSize } = task;
  const options = { rate: task.optimizer.learningRate / batchSize, batchSize, iterations: 1 };
  const targets = targetsByClass(task);
  const set = Array.from({ length: batchSize }, () => ({ input: new Float64Array(task.inputs), output: targets[0] }));
  const fill = (positions) =>
    set.forEach((example, r) => {
      inputsInto(example.input, task, positions[r]);
      example.output = targets[task.labels[positions[r]]];
    });
  return {
    train(batches) {
      for (const positions of batches) {
        fill(positions);
        network.train(set, options);
      }
      return [];
    },
    outputs(positions) {
      fill(positions);
      return set.map(({ input }) => network.noTraceActivate(input));
    },
  };
}

/** The nodes are ordered by layer. */
function setParameters(nodes, { parameters, activations }) {
  let below = 0; // the first node of the layer below
  parameters.forEach(({ inputs, units, W, b }, l) => {
    const indexOf = new Map(nodes.slice(below, below + inputs).map((node, i) => [node, i]));
    below += inputs;
    for (let o = 0; o < units; o++) {
      const node = nodes[below + o];
      for (const connection of node.connections.in) connection.weight = W[indexOf.get(connection.from) * units + o];
      node.bias = b[o];
      node.squash = l < parameters.length - 1 ? SQUASH[activations[l]] : SQUASH.sigmoid;
    }
  });
}
