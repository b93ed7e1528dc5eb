// What was found in ml-fnn.
import type { Finding } from './finding.ts';

const FILE = 'FeedForwardNeuralNetwork.js';

export const ML_FNN_FINDINGS: readonly Finding[] = [
  {
    ...{ packageName: 'ml-fnn', of: ['ml-fnn: other function'], kind: 'mistake' },
    title: 'every requested activation becomes tanh',
    sentences:
      'The constructor looks the name up with `in` on an array of names, but `in` tests indices, so it never finds the name and falls back to tanh. The gradients are right for tanh.',
    source: [
      { file: FILE, line: 267, text: 'if (!(this.activation in Object.keys(ACTIVATION_FUNCTIONS))) {' },
      { file: FILE, line: 268, text: "this.activation = 'tanh';" },
    ],
  },
  {
    ...{ packageName: 'ml-fnn', of: ['ml-fnn load: wrong gradient'], kind: 'mistake' },
    title: 'derivatives written in the score get the activation instead',
    sentences:
      'A network from load() does compute other activations, but it evaluates the derivative at `a`, the activation of the layer below, although only the derivatives of tanh, identity and parametric-relu are written in `a`. For relu the result is 1 at every inactive unit, because its derivative at 0 is 1.',
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
      'The outputs are the exponentials of the scores, divided by their sum, without first subtracting the largest score. From a score of 710 on that is Infinity / Infinity.',
    source: [{ file: FILE, line: 213, text: 'this.set(i, j, Math.exp(this.get(i, j)));' }],
  },
];
