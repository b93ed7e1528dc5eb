// What was found in brain.js.
import type { Finding } from './finding.ts';

const FILE = 'dist/neural-network.js';

export const BRAIN_FINDINGS: readonly Finding[] = [
  {
    ...{ packageName: 'brain.js', of: ['brain: wrong gradient'], kind: 'mistake' },
    title: 'leaky-relu is not leaky relu, and its gradient is not the slope of what it is',
    sentences:
      'Forward, a score below 0 gives 0 and one above it is multiplied by alpha; backward, the derivative is 1 above 0 and alpha elsewhere. So neither is leaky relu alone, nor is the second the derivative of the first.',
    source: [
      { file: FILE, line: 287, text: 'this.outputs[layer][node] = sum < 0 ? 0 : alpha * sum;' },
      { file: FILE, line: 715, text: 'this.deltas[layer][node] = output > 0 ? error : alpha * error;' },
    ],
  },
  {
    ...{ packageName: 'brain.js', of: ['momentum: wrong update'], kind: 'differs' },
    title: 'biases have no momentum',
    sentences:
      'The weights keep what they were changed by and add momentum times it, the biases are changed by learning rate times delta alone. From the second step on, weights and biases of one network therefore follow two different optimizers.',
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
    title: 'Adam moves the biases by the moments of the step before',
    sentences:
      'For weights the new moments are corrected and used, for biases the corrections are taken of the old ones, while the count of steps is the new one. The first step leaves every bias where it is.',
    source: [
      {
        ...{ file: FILE, line: 829 },
        text: 'var biasMomentumCorrection = this.biasChangesLow[layer][node] / (1 - Math.pow(trainOpts.beta1, this.iterations));',
      },
      { file: FILE, line: 832, text: 'this.biasChangesLow[layer][node] = biasChangeLow;' },
    ],
  },
];
