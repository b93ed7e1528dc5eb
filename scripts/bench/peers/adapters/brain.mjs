// brain.js: its NeuralNetwork in plain JavaScript, with an update after every example. Its index
// would load gpu.js, so only the one file is imported.
import brain from 'brain.js/dist/neural-network.js';
import { inputsInto, requireTask, targetsByClass } from '../task.mjs';

export const label = 'brain.js';
export const packageName = 'brain.js';

// One activation serves all layers: relu as output would leave classes without a gradient for ever.
export function note() {
  const step = 'an update after every example, learning rate divided by the batch size';
  return `sigmoid in all layers with squared error; ${step}; the loss is that of the outputs' shares`;
}

export function supports(task) {
  requireTask(task, { optimizers: ['sgd', 'adam'], hidden: ['relu', 'sigmoid'] });
}

export function create(task) {
  const { id, learningRate, beta1, beta2, epsilon } = task.optimizer;
  const network = new brain.default({
    activation: 'sigmoid',
    learningRate: learningRate / task.batchSize,
    momentum: 1e-30, // 0 is refused
    ...(id === 'adam' && { praxis: 'adam', beta1, beta2, epsilon }),
  });
  network.sizes = [task.inputs, ...task.hidden, task.classes];
  network.initialize();
  task.parameters.forEach(({ inputs, units, W, b }, l) => {
    for (let o = 0; o < units; o++) {
      for (let i = 0; i < inputs; i++) network.weights[l + 1][o][i] = W[i * units + o];
      network.biases[l + 1][o] = b[o];
    }
  });
  const targets = targetsByClass(task);
  const x = new Float32Array(task.inputs); // the type that its own formatData produces
  return {
    train(batches) {
      for (const positions of batches) {
        for (const position of positions) {
          inputsInto(x, task, position);
          network.trainPattern({ input: x, output: targets[task.labels[position]] });
        }
      }
      return [];
    },
    outputs: (positions) =>
      Array.from(positions, (position) => {
        inputsInto(x, task, position);
        return Array.from(network.runInput(x));
      }),
  };
}
