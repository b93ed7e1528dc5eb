// What was found in Neataptic.
import type { Finding } from './finding.ts';

const FILE = 'src/architecture/node.js';

export const NEATAPTIC_FINDINGS: readonly Finding[] = [
  {
    ...{ packageName: 'neataptic', of: ['neataptic hidden: wrong gradient'], kind: 'mistake' },
    title: 'weights are updated before the error is passed back through them',
    sentences:
      'When a node is updated, its incoming weights change at once, and the nodes below then multiply by the updated weights; in a batch this happens at the last example. All gradients below the last layer are off in proportion to the learning rate; at 2⁻³⁴ the error vanishes.',
    source: [
      { file: FILE, line: 216, text: 'connection.weight += connection.totalDeltaWeight;' },
      { file: FILE, line: 172, text: 'error += node.error.responsibility * connection.weight * connection.gain;' },
    ],
  },
  {
    ...{ packageName: 'neataptic', of: ['neataptic output: own loss'], kind: 'on purpose' },
    title: 'sigmoid outputs descend cross-entropy, whichever cost is chosen',
    sentences:
      'The error of an output is target minus activation, without the derivative of the activation; for sigmoid that is the slope of K times its cost.CROSS_ENTROPY, which is a mean over K outputs. The cost given to train(), by default the squared error, is only reported and used to stop training; no gradient is derived from it.',
    source: [
      { file: FILE, line: 164, text: 'this.error.responsibility = this.error.projected = target - this.activation;' },
    ],
  },
  {
    ...{ packageName: 'neataptic', of: ['neataptic output: wrong gradient'], kind: 'mistake' },
    title: 'outputs other than sigmoid and linear lack the derivative',
    sentences:
      'Target minus activation is right for sigmoid with cross-entropy and for linear with squared error, but relu, selu and tanh outputs use it too. For them it is the slope of neither its squared error nor its cross-entropy; even an inactive relu gets an error.',
    source: [
      { file: FILE, line: 164, text: 'this.error.responsibility = this.error.projected = target - this.activation;' },
    ],
  },
  {
    ...{ packageName: 'neataptic', of: ['neataptic own: wrong gradient'], kind: 'mistake' },
    title: 'the derivative of SOFTSIGN is wrong',
    sentences:
      'SOFTSIGN is x / (1 + |x|), and its derivative is 1 / (1 + |x|)². The library returns x / (1 + |x|)², which has the wrong sign for every negative score.',
    source: [
      { file: 'src/methods/activation.js', line: 29, text: 'if (derivate) return x / Math.pow(d, 2);' },
      { file: 'src/methods/activation.js', line: 30, text: 'return x / d;' },
    ],
  },
];
