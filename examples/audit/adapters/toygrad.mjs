// toygrad, a descendant of ConvNetJS in binary32: the gradients are read from what one step of its
// SGD trainer does to the weights.
import { NeuralNetwork, Tensor, Trainers } from 'toygrad';
import { activationsOf, classOf, fromChange, lookUp, meanOf } from './shared.mjs';

export const name = 'toygrad';
export const packageName = 'toygrad';
export const conventions = { squaredError: 'half-sum', dtype: 'f32' };

const ACTIVATION = { linear: null, relu: 'relu', 'leaky-relu': 'leakyrelu', sigmoid: 'sigmoid', tanh: 'tanh' };
const LEARNING_RATE = 2 ** 20;
const TRAINER = {
  sgd: Trainers.SGD,
  momentum: Trainers.SGD,
  nesterov: Trainers.Nesterov,
  adam: Trainers.Adam,
  adadelta: Trainers.Adadelta,
};

function build({ network, parameters }, Trainer, options) {
  const { all, hidden } = activationsOf(network);
  const layers = [{ type: 'input', sx: 1, sy: 1, sz: network.inputs }];
  for (const [l, id] of (network.loss === 'mse' ? all : [...hidden, 'linear']).entries()) {
    layers.push({ type: 'dense', filters: network.layers[l].units });
    const type = lookUp(ACTIVATION, id, name);
    if (type !== null) layers.push({ type });
  }
  layers.push({ type: network.loss === 'mse' ? 'regression' : 'softmax' });
  const net = new NeuralNetwork({ layers });
  const dense = net.layers.filter((layer) => 'filters' in layer);
  parameters.forEach(({ weights, bias }, l) => {
    dense[l].filters.forEach(({ w }, o) => weights.forEach((row, i) => (w[i] = row[o])));
    dense[l].biases.w.set(bias);
  });
  const trainer = new Trainer(net, options);
  return {
    step(inputs, targets) {
      const costs = inputs.map((row, b) => {
        const x = new Tensor(1, 1, network.inputs, new Float32Array(row));
        return trainer.train(x, network.loss === 'mse' ? new Float32Array(targets[b]) : classOf(targets[b])).cost;
      });
      return meanOf(costs);
    },
    parameters: () =>
      parameters.map(({ weights }, l) => ({
        weights: weights.map((_, i) => dense[l].filters.map(({ w }) => w[i])),
        bias: Array.from(dense[l].biases.w),
      })),
  };
}

export const candidate = () => (problem) => {
  const plain = { learningRate: LEARNING_RATE, momentum: 0, batchSize: problem.inputs.length };
  const built = build(problem, TRAINER.sgd, plain);
  const loss = built.step(problem.inputs, problem.targets);
  const gradients = fromChange(problem.parameters, built.parameters(), LEARNING_RATE);
  return { loss, gradients, learningRate: LEARNING_RATE };
};

export default candidate({});

/** The parameters after each of several steps. */
export function train(problem, { id, learningRate, momentum, decay, beta1, beta2, epsilon }, steps) {
  const options = { learningRate, momentum, ro: decay, beta1, beta2, eps: epsilon, batchSize: problem.inputs.length };
  const built = build(problem, TRAINER[id], options);
  return Array.from({ length: steps }, () => {
    built.step(problem.inputs, problem.targets);
    return built.parameters();
  });
}
