// What was found in Synaptic.
import type { Finding } from './finding.ts';

const FILE = 'dist/synaptic.js';

export const SYNAPTIC_FINDINGS: readonly Finding[] = [
  {
    ...{ packageName: 'synaptic', of: ['synaptic hidden: wrong gradient'], kind: 'mistake' },
    title: 'weights are updated before the error is passed back through them',
    sentences:
      'A layer updates its incoming weights as soon as its own error is known, and the layer below then multiplies by the updated weights. The gradients of the layers below the last are off in proportion to the learning rate; at 2⁻³⁴ the error vanishes.',
    source: [
      { file: FILE, line: 544, text: 'optimized.propagation_sentences.reverse();' },
      {
        ...{ file: FILE, line: 1606 },
        text: "buildSentence(input_weight, ' += ', rate, ' * (', responsibility, ' * ', trace, ')', store_propagation);",
      },
      {
        ...{ file: FILE, line: 1666 },
        text: "buildSentence(responsibility, ' += ', neuron_responsibility, ' * ', connection_weight, store_propagation);",
      },
    ],
  },
  {
    ...{ packageName: 'synaptic', of: ['synaptic output: own loss'], kind: 'on purpose' },
    title: 'sigmoid outputs descend cross-entropy, whichever cost is chosen',
    sentences:
      'The error of an output is target minus activation, without the derivative of the activation; for sigmoid that is the slope of its Trainer.cost.CROSS_ENTROPY (it follows the equations of Monner & Reggia 2012). The cost given to the Trainer, by default the squared error, is only reported and used to stop training; no gradient is derived from it.',
    source: [
      {
        file: FILE,
        line: 1601,
        text: "buildSentence(responsibility, ' = ', target, ' - ', activation, store_propagation);",
      },
    ],
  },
  {
    ...{ packageName: 'synaptic', of: ['synaptic output: wrong gradient'], kind: 'mistake' },
    title: 'outputs other than sigmoid and linear lack the derivative',
    sentences:
      "Target minus activation is right for sigmoid with cross-entropy and for linear with squared error, but tanh and relu outputs use it too. For them it is the slope of none of the library's costs; even an inactive relu gets an error.",
    source: [
      {
        file: FILE,
        line: 1601,
        text: "buildSentence(responsibility, ' = ', target, ' - ', activation, store_propagation);",
      },
    ],
  },
];
