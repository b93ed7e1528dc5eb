// What was found in brain.js.
import type { Finding } from './finding.ts';

const FILE = 'dist/neural-network.js';

export const BRAIN_FINDINGS: readonly Finding[] = [
  {
    ...{ packageName: 'brain.js', of: ['brain: wrong gradient'], kind: 'mistake' },
    title: 'leaky-relu computes another function, and its gradient is not the slope of that function either',
    sentences:
      'The forward pass maps a score below 0 to 0 and multiplies one above 0 by alpha, and the backward pass uses 1 above 0 and alpha elsewhere. Neither is leaky relu, and the second is not the derivative of the first.',
    source: [
      { file: FILE, line: 287, text: 'this.outputs[layer][node] = sum < 0 ? 0 : alpha * sum;' },
      { file: FILE, line: 715, text: 'this.deltas[layer][node] = output > 0 ? error : alpha * error;' },
    ],
  },
  {
    ...{ packageName: 'brain.js', of: ['momentum: wrong update'], kind: 'differs' },
    title: 'biases have no momentum',
    sentences:
      'The weights add momentum times their previous change; the biases change only by learning rate times delta. So from the second step on, the weights and biases of one network follow two different optimizers.',
    source: [
      {
        ...{ file: FILE, line: 764 },
        text: 'change = this.trainOpts.learningRate * delta * incoming[k] + this.trainOpts.momentum * change;',
      },
      { file: FILE, line: 769, text: 'this.biases[layer][node] += this.trainOpts.learningRate * delta;' },
    ],
  },
  {
    ...{ packageName: 'brain.js', of: ['adam: wrong update'], kind: 'mistake' },
    title: 'Adam updates the biases with the moments of the previous step',
    sentences:
      'Weights use the corrected new moments. Biases use the old moments, corrected with the new step count, so the first step does not change any bias.',
    source: [
      {
        ...{ file: FILE, line: 829 },
        text: 'var biasMomentumCorrection = this.biasChangesLow[layer][node] / (1 - Math.pow(trainOpts.beta1, this.iterations));',
      },
      { file: FILE, line: 832, text: 'this.biasChangesLow[layer][node] = biasChangeLow;' },
    ],
  },
];
