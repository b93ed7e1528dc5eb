// mljs feedforward-neural-networks, on npm ml-fnn: its train() for one iteration, which takes the
// whole batch. It numbers the classes as it meets them, so the columns of the last layer follow
// that order. It has no loss; the adapter uses -log of its own probability of the label.
import FeedForwardNeuralNetworks from 'ml-fnn';
import { Matrix } from 'ml-matrix';
import { activationsOf, classOf, fromChange, lookUp, meanOf, notOffered } from './shared.mjs';

export const name = 'ml-fnn';
export const packageName = 'ml-fnn';
export const conventions = { gradients: 'sum' };

const ACTIVATION = {
  ...{ linear: 'identity', relu: 'relu', 'leaky-relu': 'parametric-relu', elu: 'exponential-elu' },
  ...{ softplus: 'softplus', sigmoid: 'logistic', tanh: 'tanh' },
};
const PARAMETER = { 'leaky-relu': 0.2, elu: 1 };
const LEARNING_RATE = 2 ** 20;
const NO_REGULARIZATION = 1e-300; // 0 would be its default, 0.01

/**
 * Position of each class among its outputs: those of the batch in the order they come, then
 * the others.
 */
function positionsOf(labels, count) {
  const order = [...new Set([...labels, ...Array.from({ length: count }, (_, k) => k)])];
  return Array.from({ length: count }, (_, k) => order.indexOf(k));
}

function permuted(parameters, positions) {
  const move = (row) => positions.reduce((out, to, k) => ((out[to] = row[k]), out), []);
  return parameters.map(({ weights, bias }, l) =>
    l < parameters.length - 1 ? { weights, bias } : { weights: weights.map(move), bias: move(bias) },
  );
}

/**
 * @param saved whether the network comes from its load(), which takes any activation, or from its
 *   constructor
 */
function build({ network }, parameters, saved) {
  const { hidden } = activationsOf(network);
  if (network.loss !== 'cross-entropy') notOffered(`loss ${network.loss}`, name);
  if (hidden.length === 0) notOffered('a network without a hidden layer', name);
  if (new Set(hidden).size > 1) notOffered('an activation for each layer', name);
  const options = {
    hiddenLayers: network.layers.slice(0, -1).map(({ units }) => units),
    ...{ iterations: 1, learningRate: LEARNING_RATE, regularization: NO_REGULARIZATION },
    activation: lookUp(ACTIVATION, hidden[0], name),
    activationParam: PARAMETER[hidden[0]],
  };
  if (saved) {
    const layers = parameters.map(({ weights: W, bias }) => ({
      ...{ model: 'Layer', inputSize: W.length, outputSize: bias.length, W, b: [bias] },
      ...{ regularization: NO_REGULARIZATION, epsilon: LEARNING_RATE },
      ...{ activation: options.activation, activationParam: options.activationParam },
    }));
    return FeedForwardNeuralNetworks.load({ model: 'FNN', ...options, layers });
  }
  const net = new FeedForwardNeuralNetworks(options);
  net.buildNetwork(network.inputs, parameters.at(-1).bias.length);
  parameters.forEach(({ weights, bias }, l) => {
    net.model[l].W = new Matrix(weights);
    net.model[l].b = new Matrix([bias]);
  });
  return net;
}

export const candidate =
  ({ saved = false } = {}) =>
  (problem) => {
    const labels = problem.targets.map(classOf);
    const positions = positionsOf(labels, problem.targets[0].length);
    const parameters = permuted(problem.parameters, positions);
    const net = build(problem, parameters, saved);
    const x = new Matrix(problem.inputs);
    const probabilities = net.propagate(x.clone()).to2DArray();
    const loss = meanOf(labels.map((label, b) => -Math.log(probabilities[b][positions[label]])));
    net.train(x, labels);
    const after = net.model.map(({ W, b }) => ({ weights: W.to2DArray(), bias: b.to1DArray() }));
    const back = positions.reduce((out, to, k) => ((out[to] = k), out), []);
    const gradients = permuted(fromChange(parameters, after, LEARNING_RATE), back);
    return { loss, gradients, learningRate: LEARNING_RATE };
  };

export default candidate({});
