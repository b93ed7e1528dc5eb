// Neataptic: its train() for one iteration of one batch, without dropout and momentum. Its cost
// functions are only reported; no gradient is derived from them.
import neataptic from 'neataptic';
import { activationsOf, fromChange, lookUp, notOffered } from './shared.mjs';

export const name = 'Neataptic';
export const packageName = 'neataptic';
export const conventions = { gradients: 'sum', squaredError: 'half-sum' };

const { Network, architect, methods } = neataptic;
const { activation, cost } = methods;
const SQUASH = {
  ...{ linear: activation.IDENTITY, relu: activation.RELU, selu: activation.SELU },
  ...{ sigmoid: activation.LOGISTIC, tanh: activation.TANH },
};
/** Close to its default, 0.3. */
export const LEARNING_RATE = 2 ** -2;

/**
 * The nodes are in the order of layers.
 * @param squash its own name of the hidden activation, in place of the network's
 */
function build({ network, parameters }, squash) {
  const { all } = activationsOf(network);
  if (network.loss !== 'mse') notOffered(`loss ${network.loss} over a softmax`, name);
  const widths = [network.inputs, ...network.layers.map(({ units }) => units)];
  const net = widths.length === 2 ? new Network(...widths) : new architect.Perceptron(...widths);
  const each = (visit) => {
    let below = 0; // where the layer below begins
    parameters.forEach((_, l) => {
      const indexOf = new Map(net.nodes.slice(below, below + widths[l]).map((node, i) => [node, i]));
      below += widths[l];
      net.nodes.slice(below, below + widths[l + 1]).forEach((node, o) => {
        visit(l, o, node, (connection) => indexOf.get(connection.from));
      });
    });
  };
  each((l, o, node, from) => {
    for (const connection of node.connections.in) connection.weight = parameters[l].weights[from(connection)][o];
    node.bias = parameters[l].bias[o];
    const own = squash !== undefined && l < parameters.length - 1;
    node.squash = own ? activation[squash] : lookUp(SQUASH, all[l], name);
  });
  const parametersNow = () => {
    const now = parameters.map(({ weights, bias }) => ({ weights: weights.map((row) => [...row]), bias: [...bias] }));
    each((l, o, node, from) => {
      for (const connection of node.connections.in) now[l].weights[from(connection)][o] = connection.weight;
      now[l].bias[o] = node.bias;
    });
    return now;
  };
  return { net, parametersNow };
}

export const candidate =
  ({ learningRate = LEARNING_RATE, squash } = {}) =>
  (problem) => {
    const set = problem.inputs.map((row, b) => ({ input: Array.from(row), output: Array.from(problem.targets[b]) }));
    const { net, parametersNow } = build(problem, squash);
    const K = problem.targets[0].length; // its costs are means over the outputs
    const [mse, crossEntropy] = [cost.MSE, cost.CROSS_ENTROPY].map((own) => net.test(set, own).error);
    const options = { rate: learningRate, iterations: 1, batchSize: set.length, cost: cost.MSE };
    net.train(set, options);
    const loss = (K / 2) * mse;
    const losses = { 'half of the squared errors': loss, 'K times cost.CROSS_ENTROPY': K * crossEntropy };
    const gradients = fromChange(problem.parameters, parametersNow(), learningRate);
    return { loss, losses, gradients, learningRate };
  };

export default candidate({});

/** The parameters after each of several steps with one example: only momentum is offered. */
export function train(problem, { learningRate, momentum }, steps) {
  const set = problem.inputs.map((row, b) => ({ input: Array.from(row), output: Array.from(problem.targets[b]) }));
  const { net, parametersNow } = build(problem);
  return Array.from({ length: steps }, () => {
    net.train(set, { rate: learningRate, momentum, iterations: 1, batchSize: set.length });
    return parametersNow();
  });
}
