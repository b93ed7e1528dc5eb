// convnetjs: mini-batches by adding up gradients example by example. Plain SGD, because this
// version has no Adam.
import convnetjs from 'convnetjs';
import { inputsInto, requireTask } from '../task.mjs';

export const label = 'ConvNetJS';
export const packageName = 'convnetjs';
export const note = () => 'binary64, one example at a time';

export function supports(task) {
  requireTask(task, { optimizers: ['sgd'] });
}

export function create(task) {
  const net = new convnetjs.Net();
  net.makeLayers([
    { type: 'input', out_sx: 1, out_sy: 1, out_depth: task.inputs },
    ...task.hidden.map((units, l) => ({ type: 'fc', num_neurons: units, activation: task.activations[l] })),
    { type: 'softmax', num_classes: task.classes },
  ]);
  const dense = net.layers.filter((layer) => layer.layer_type === 'fc');
  task.parameters.forEach(({ inputs, units, W, b }, l) => {
    for (let o = 0; o < units; o++) {
      for (let i = 0; i < inputs; i++) dense[l].filters[o].w[i] = W[i * units + o];
      dense[l].biases.w[o] = b[o];
    }
  });
  const trainer = new convnetjs.Trainer(net, {
    ...{ method: 'sgd', learning_rate: task.optimizer.learningRate, batch_size: task.batchSize },
    ...{ momentum: 0, l1_decay: 0, l2_decay: 0 },
  });
  const x = new convnetjs.Vol(1, 1, task.inputs, 0); // the current example
  const step = (positions) => {
    let sum = 0;
    for (const position of positions) {
      inputsInto(x.w, task, position);
      sum += trainer.train(x, task.labels[position]).cost_loss;
    }
    return sum / positions.length;
  };
  return {
    train: (batches) => batches.map(step),
    outputs: (positions) =>
      Array.from(positions, (position) => {
        inputsInto(x.w, task, position);
        return net.forward(x).w.slice();
      }),
  };
}
