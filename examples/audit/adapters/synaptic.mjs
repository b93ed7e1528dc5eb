// Synaptic: its Trainer for one iteration of one example, in its default way (a generated
// function). Its cost functions are only reported; no gradient is derived from them.
import synaptic from 'synaptic';
import { activationsOf, fromChange, lookUp, notOffered } from './shared.mjs';

export const name = 'Synaptic';
export const packageName = 'synaptic';
export const conventions = { examples: 'one', squaredError: 'half-sum' };

const { Layer, Network, Neuron, Trainer } = synaptic;
const SQUASH = {
  ...{ linear: Neuron.squash.IDENTITY, relu: Neuron.squash.RELU },
  ...{ sigmoid: Neuron.squash.LOGISTIC, tanh: Neuron.squash.TANH },
};
/** Close to its default, 0.2. */
export const LEARNING_RATE = 2 ** -2;

function build({ network, parameters }) {
  const { all } = activationsOf(network);
  if (network.loss !== 'mse') notOffered(`loss ${network.loss} over a softmax`, name);
  const layers = [network.inputs, ...network.layers.map(({ units }) => units)].map((units) => new Layer(units));
  layers.slice(1).forEach((layer, l) => layers[l].project(layer));
  parameters.forEach(({ weights, bias }, l) => {
    const indexOf = new Map(layers[l].list.map((neuron, i) => [neuron, i]));
    layers[l + 1].list.forEach((neuron, o) => {
      for (const connection of Object.values(neuron.connections.inputs)) {
        connection.weight = weights[indexOf.get(connection.from)][o];
      }
      neuron.bias = bias[o];
      neuron.squash = lookUp(SQUASH, all[l], name);
    });
  });
  return {
    net: new Network({ input: layers[0], hidden: layers.slice(1, -1), output: layers.at(-1) }),
    parametersNow: () =>
      parameters.map(({ weights, bias }, l) => {
        const indexOf = new Map(layers[l].list.map((neuron, i) => [neuron, i]));
        const now = { weights: weights.map((row) => [...row]), bias: [...bias] };
        layers[l + 1].list.forEach((neuron, o) => {
          for (const { from, weight } of Object.values(neuron.connections.inputs)) {
            now.weights[indexOf.get(from)][o] = weight;
          }
          now.bias[o] = neuron.bias;
        });
        return now;
      }),
  };
}

export const candidate =
  ({ learningRate = LEARNING_RATE } = {}) =>
  (problem) => {
    const { net, parametersNow } = build(problem);
    const target = Array.from(problem.targets);
    const output = net.activate(problem.inputs);
    const [mse, crossEntropy] = [Trainer.cost.MSE, Trainer.cost.CROSS_ENTROPY].map((cost) => cost(target, output));
    const options = { rate: learningRate, iterations: 1, cost: Trainer.cost.MSE };
    new Trainer(net).train([{ input: Array.from(problem.inputs), output: target }], options);
    net.restore();
    const loss = (mse * target.length) / 2; // Trainer.cost.MSE is the mean over the outputs
    const losses = { 'half of the squared errors': loss, 'Trainer.cost.CROSS_ENTROPY': crossEntropy };
    const gradients = fromChange(problem.parameters, parametersNow(), learningRate);
    return { loss, losses, gradients, learningRate };
  };

export default candidate({});
