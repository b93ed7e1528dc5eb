// ConvNetJS: the gradients are read from what one step of its Trainer does to the weights (plain
// SGD, no momentum, no decay).
import convnetjs from 'convnetjs';
import { activationsOf, classOf, fromChange, lookUp, meanOf, notOffered } from './shared.mjs';

export const name = 'ConvNetJS';
export const packageName = 'convnetjs';
export const conventions = { squaredError: 'half-sum' };

const ACTIVATION = { linear: undefined, relu: 'relu', sigmoid: 'sigmoid', tanh: 'tanh' };
/**
 * Storing the weights rounds them once after the step; with a large learning rate the effect is
 * negligible.
 */
const LEARNING_RATE = 2 ** 20;

/** @param options for its Trainer, instead of plain SGD */
export function build({ network, parameters }, options) {
  const { hidden, output } = activationsOf(network);
  const units = network.layers.map((layer) => layer.units);
  const last = units.at(-1);
  if (network.loss === 'mse' && output !== 'linear') notOffered(`a ${output} output with squared error`, name);
  const net = new convnetjs.Net();
  net.makeLayers([
    { type: 'input', out_sx: 1, out_sy: 1, out_depth: network.inputs },
    ...hidden.map((id, l) => ({ type: 'fc', num_neurons: units[l], activation: lookUp(ACTIVATION, id, name) })),
    network.loss === 'mse' ? { type: 'regression', num_neurons: last } : { type: 'softmax', num_classes: last },
  ]);
  const dense = net.layers.filter((layer) => layer.layer_type === 'fc');
  parameters.forEach(({ weights, bias }, l) => {
    for (let o = 0; o < units[l]; o++) {
      weights.forEach((row, i) => (dense[l].filters[o].w[i] = row[o]));
      dense[l].biases.w[o] = bias[o];
    }
  });
  const trainer = new convnetjs.Trainer(net, options);
  return {
    step(inputs, targets) {
      const losses = inputs.map((row, b) => {
        const x = new convnetjs.Vol(Array.from(row));
        return trainer.train(x, network.loss === 'mse' ? Array.from(targets[b]) : classOf(targets[b])).cost_loss;
      });
      return meanOf(losses);
    },
    parameters: () =>
      parameters.map(({ weights }, l) => ({
        weights: weights.map((_, i) => dense[l].filters.map(({ w }) => w[i])),
        bias: Array.from(dense[l].biases.w),
      })),
  };
}

export const candidate = () => (problem) => {
  const plain = { method: 'sgd', learning_rate: LEARNING_RATE, momentum: 0, batch_size: problem.inputs.length };
  const built = build(problem, plain);
  const loss = built.step(problem.inputs, problem.targets);
  const gradients = fromChange(problem.parameters, built.parameters(), LEARNING_RATE);
  return { loss, gradients, learningRate: LEARNING_RATE };
};

export default candidate({});

/** Its optimizers under the names of backproof, as options of its Trainer. */
export const optimizers = {
  momentum: ({ learningRate, momentum }) => ({ method: 'sgd', learning_rate: learningRate, momentum }),
  adadelta: ({ decay, epsilon }) => ({ method: 'adadelta', ro: decay, eps: epsilon }),
  rmsprop: ({ learningRate, decay, epsilon }) => ({
    ...{ method: 'windowgrad', learning_rate: learningRate, ro: decay, eps: epsilon },
  }),
};

/** The parameters after each of several steps. */
export function train(problem, optimizer, steps) {
  const options = { ...optimizers[optimizer.id](optimizer), batch_size: problem.inputs.length };
  const built = build(problem, options);
  return Array.from({ length: steps }, () => {
    built.step(problem.inputs, problem.targets);
    return built.parameters();
  });
}
