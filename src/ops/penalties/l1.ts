// L1: the sum of sizes, which pulls every weight towards 0 by the same amount.
import { roundingOf } from '../../numeric/dtype.ts';
import { peakOf } from '../../numeric/bounds/extremes.ts';
import { total } from '../../numeric/scalar.ts';
import { insteadOfPenalty } from './mistaken.ts';
import { penalty } from './page.ts';

export const l1 = penalty({
  id: 'l1',
  formula: { value: (w) => `Σ |${w}|`, gradient: { times: 1, of: (w) => `sign(${w})` } },
  source: 'Tibshirani 1996, the lasso, eq. 2; sign(0) = 0',
  kink: 0,

  // c Σ |w|
  forward(w, c) {
    const round = roundingOf(w);
    const factor = round(c);
    let sum = 0;
    for (let i = 0; i < w.length; i++) sum += round(factor * Math.abs(w[i]));
    return round(sum);
  },
  // dw = c sign(w)                         any number from -c to c is right at w = 0; here it is 0
  backward(dw, w, c) {
    const factor = roundingOf(w)(c);
    for (let i = 0; i < w.length; i++) dw[i] = factor * Math.sign(w[i]);
  },
  bound: {
    roundings: 3, // c (two: half of it, over B), the product
    peak: peakOf,
    open: (w) => (w === 0 ? 1 : 0),
  },

  graph: (w) => total(w.map((one) => one.ifPositive((a) => a, (a) => a.constant(0).minus(a)))), // prettier-ignore
  // Its own regularizer has the derivative -1 at 0; that of w·sign(w) is sign(w) everywhere. On
  // wasm (4.22), tf.sign is 0 up to 1e-7.
  tfjs: (tf, w, c) => tf.sum(tf.mul(c, tf.mul(w, tf.sub(tf.step(w), tf.step(tf.neg(w)))))),
  faults: {
    'l1-sign-missing': {
      description: 'λ W is added for the L1 penalty, not λ sign(W): that is the gradient of ½ λ Σ W²',
      remedy: 'the gradient of λ Σ |W| is λ sign(W)',
      formula: 'λ W instead of λ sign(W)',
      recipe: insteadOfPenalty('l1', (dw, w, c) => {
        for (let i = 0; i < w.length; i++) dw[i] = c * w[i];
      }),
    },
  },
});
