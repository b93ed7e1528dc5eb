// Gradient descent: a step straight down the slope.
import { roundingOf } from '../../numeric/dtype.ts';
import { stepError } from '../../numeric/bounds/update-errors.ts';
import { optimizer } from './page.ts';
import { zeroSlots } from './slots.ts';

export const sgd = optimizer({
  id: 'sgd',
  formula: 'w ← w - lr·g',
  source: 'Robbins & Monro 1951',
  learningRate: 0.2,
  reads: [],

  init: zeroSlots(),
  update(w, g, _state, spec) {
    const round = roundingOf(w);
    const minusLr = round(-spec.learningRate);
    for (let i = 0; i < w.length; i++) w[i] = round(minusLr * g[i]) + w[i];
  },
  error({ w, ew, g, eg }, { learningRate: lr }) {
    for (let i = 0; i < w.length; i++) ew[i] = stepError(ew[i], w[i], lr, g[i], eg[i]);
  },

  tfjs: (tf, s) => tf.train.sgd(s.learningRate),
  faults: {},
});
