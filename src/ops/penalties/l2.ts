// L2: the sum of squares, which pulls every weight towards 0 in proportion to its size.
import { roundingOf } from '../../numeric/dtype.ts';
import { peakOf } from '../../numeric/bounds/extremes.ts';
import { total } from '../../numeric/scalar.ts';
import { timesPenalty } from './mistaken.ts';
import { penalty } from './page.ts';

export const l2 = penalty({
  id: 'l2',
  formula: { value: (w) => `Σ ${w}²`, gradient: { times: 2, of: (w) => w } },
  source: 'Hoerl & Kennard 1970, ridge regression, eq. 2.2; without ½, as in TensorFlow.js and Keras',
  kink: null,

  // c Σ w²
  forward(w, c) {
    const round = roundingOf(w);
    const factor = round(c);
    let sum = 0;
    for (let i = 0; i < w.length; i++) sum += round(factor * round(w[i] * w[i]));
    return round(sum);
  },
  // dw = 2 c w                             d w²/dw = 2 w
  backward(dw, w, c) {
    const factor = roundingOf(w)(c);
    for (let i = 0; i < w.length; i++) dw[i] = factor * (2 * w[i]);
  },
  bound: {
    roundings: 4, // c (two: half of it, over B), the square, the product
    peak(w) {
      const largest = peakOf(w);
      return largest * largest;
    },
  },

  graph: (w) => total(w.map((one) => one.times(one))),
  // the same bits as tf.regularizers.l2({ l2: c }), which multiplies w by itself
  tfjs: (tf, w, c) => tf.sum(tf.mul(c, tf.square(w))),
  faults: {
    'l2-factor-two-missing': {
      description: 'the factor 2 of the derivative of the square is missing in the gradient of the L2 penalty',
      remedy: 'the gradient of λ Σ W² is 2 λ W, that of ½ λ Σ W² is λ W: add the one that belongs to the loss',
      formula: 'd (λ w²)/dw = λ w',
      recipe: timesPenalty('l2', 0.5),
    },
    'l2-factor-two-extra': {
      description: 'the gradient of the L2 penalty is twice what belongs to the loss',
      remedy: 'the gradient of λ Σ W² is 2 λ W, that of ½ λ Σ W² is λ W: add the one that belongs to the loss',
      formula: 'd (½ λ w²)/dw = 2 λ w',
      recipe: timesPenalty('l2', 2),
    },
  },
});
