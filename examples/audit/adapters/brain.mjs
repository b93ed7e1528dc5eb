// brain.js: a network of its own JSON, trained by train() for one iteration of one example. Its
// index would load gpu.js, so the one file is imported. One activation serves all layers; the only
// loss is squared error.
import { createRequire } from 'node:module';
import { activationsOf, fromChange, lookUp, notOffered } from './shared.mjs';

const { default: NeuralNetwork } = createRequire(import.meta.url)('brain.js/dist/neural-network.js');

export const name = 'brain.js';
export const packageName = 'brain.js';
export const conventions = { examples: 'one', squaredError: 'half-sum', dtype: 'f32' };

const ACTIVATION = { relu: 'relu', 'leaky-relu': 'leaky-relu', sigmoid: 'sigmoid', tanh: 'tanh' };
/** Must be below 1; the library refuses a momentum of 0. */
const LEARNING_RATE = 2 ** -1;
const NO_MOMENTUM = 1e-300;

function build({ network, parameters }, trainOpts) {
  const { all } = activationsOf(network);
  if (network.loss !== 'mse') notOffered(`loss ${network.loss}`, name);
  if (new Set(all).size > 1) notOffered('an activation for each layer', name);
  const layers = parameters.map(({ weights, bias }) =>
    bias.map((b, o) => ({ bias: b, weights: weights.map((row) => row[o]) })),
  );
  const net = new NeuralNetwork(trainOpts);
  return net.fromJSON({
    sizes: [network.inputs, ...network.layers.map(({ units }) => units)],
    layers: [Array.from({ length: network.inputs }, () => ({})), ...layers],
    activation: lookUp(ACTIVATION, all[0], name),
    leakyReluAlpha: 0.2,
    trainOpts,
  });
}

const parametersOf = (net, like) =>
  like.map(({ weights }, l) => ({
    weights: weights.map((_, i) => net.weights[l + 1].map((row) => row[i])),
    bias: Array.from(net.biases[l + 1]),
  }));

export const candidate = () => (problem) => {
  const { parameters, inputs, targets } = problem;
  const options = { iterations: 1, learningRate: LEARNING_RATE, momentum: NO_MOMENTUM };
  const net = build(problem, options);
  net.train([{ input: Array.from(inputs), output: Array.from(targets) }], options);
  const gradients = fromChange(parameters, parametersOf(net, parameters), LEARNING_RATE);
  // of its own errors; the error that train() reports is the mean of the same squares
  const loss = net.errors.at(-1).reduce((sum, e) => sum + (e * e) / 2, 0);
  return { loss, gradients, learningRate: LEARNING_RATE };
};

export default candidate({});

/** The parameters after each of several steps with one example. */
export function train(problem, { id, learningRate, momentum, beta1, beta2, epsilon }, steps) {
  const adam = id === 'adam' && { praxis: 'adam', beta1, beta2, epsilon };
  const options = { iterations: 1, learningRate, momentum: id === 'momentum' ? momentum : NO_MOMENTUM, ...adam };
  const net = build(problem, options);
  const data = [{ input: Array.from(problem.inputs[0]), output: Array.from(problem.targets[0]) }];
  return Array.from({ length: steps }, () => {
    net.train(data, options);
    return parametersOf(net, problem.parameters);
  });
}
