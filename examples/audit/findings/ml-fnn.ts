// What was found in ml-fnn.
import type { Finding } from './finding.ts';

const FILE = 'FeedForwardNeuralNetwork.js';

export const ML_FNN_FINDINGS: readonly Finding[] = [
  {
    ...{ packageName: 'ml-fnn', of: ['ml-fnn: other function'], kind: 'mistake' },
    title: 'every activation asked for becomes tanh',
    sentences:
      'The name is looked for by `in` among the positions of an array of names, where it never is, so the constructor falls back to tanh. The gradients are right for the tanh that is computed.',
    source: [
      { file: FILE, line: 267, text: 'if (!(this.activation in Object.keys(ACTIVATION_FUNCTIONS))) {' },
      { file: FILE, line: 268, text: "this.activation = 'tanh';" },
    ],
  },
  {
    ...{ packageName: 'ml-fnn', of: ['ml-fnn load: wrong gradient'], kind: 'mistake' },
    title: 'derivatives written in the score are given the activation',
    sentences:
      'A network from load() does compute other activations, but the derivative is taken of `a`, the activation of the layer below, which only tanh, identity and parametric-relu are written in. For relu that is 1 at every unit that is off, as its derivative at 0 is 1.',
    source: [
      { file: FILE, line: 163, text: 'return delta.mmul(this.W.transpose()).mul(aCopy.apply(this.derivate));' },
      { file: FILE, line: 42, text: 'derivate: (val) => logistic(val) * (1 - logistic(val))' },
      { file: FILE, line: 54, text: 'derivate: (val) => (val < 0 ? 0 : 1)' },
    ],
  },
  {
    ...{ packageName: 'ml-fnn', of: ['ml-fnn far: not finite'], kind: 'arithmetic' },
    title: 'softmax of large scores is NaN',
    sentences:
      'The outputs are e to the power of the scores, divided by their sum, and the largest score is not subtracted before. From a score of 710 on that is Infinity / Infinity.',
    source: [{ file: FILE, line: 213, text: 'this.set(i, j, Math.exp(this.get(i, j)));' }],
  },
];
