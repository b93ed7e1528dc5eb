// What was found in Neataptic.
import type { Finding } from './finding.ts';

const FILE = 'src/architecture/node.js';

export const NEATAPTIC_FINDINGS: readonly Finding[] = [
  {
    ...{ packageName: 'neataptic', of: ['neataptic hidden: wrong gradient'], kind: 'mistake' },
    title: 'weights are updated before the error is passed back through them',
    sentences:
      'Where a node is to be updated its incoming weights change at once, and the nodes below then multiply by the changed ones. In a batch that is so at its last example; all below the last layer is off in proportion to the learning rate, and at 2⁻³⁴ nothing of it is left.',
    source: [
      { file: FILE, line: 216, text: 'connection.weight += connection.totalDeltaWeight;' },
      { file: FILE, line: 172, text: 'error += node.error.responsibility * connection.weight * connection.gain;' },
    ],
  },
  {
    ...{ packageName: 'neataptic', of: ['neataptic output: own loss'], kind: 'on purpose' },
    title: 'sigmoid outputs descend cross-entropy, whatever cost is named',
    sentences:
      'The error of an output is target minus activation, without the derivative of the activation: for sigmoid that is the slope of K times its cost.CROSS_ENTROPY, which is a mean over K outputs. The cost given to train(), by default the squared error, is reported and ends the training, and nothing is derived from it.',
    source: [
      { file: FILE, line: 164, text: 'this.error.responsibility = this.error.projected = target - this.activation;' },
    ],
  },
  {
    ...{ packageName: 'neataptic', of: ['neataptic output: wrong gradient'], kind: 'mistake' },
    title: 'outputs other than sigmoid and linear lack the derivative',
    sentences:
      'Target minus activation is right for sigmoid with cross-entropy and for linear with squared error; relu, selu and tanh outputs get it too. It is then the slope of neither its squared error nor its cross-entropy: a relu that is off still gets an error.',
    source: [
      { file: FILE, line: 164, text: 'this.error.responsibility = this.error.projected = target - this.activation;' },
    ],
  },
  {
    ...{ packageName: 'neataptic', of: ['neataptic own: wrong gradient'], kind: 'mistake' },
    title: 'the derivative of SOFTSIGN is wrong',
    sentences:
      'SOFTSIGN is x / (1 + |x|), whose derivative is 1 / (1 + |x|)²; given is x / (1 + |x|)². It has the wrong sign for every negative score.',
    source: [
      { file: 'src/methods/activation.js', line: 29, text: 'if (derivate) return x / Math.pow(d, 2);' },
      { file: 'src/methods/activation.js', line: 30, text: 'return x / d;' },
    ],
  },
];
