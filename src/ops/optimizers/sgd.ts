// Gradient descent: a step straight down the slope.
import { roundingOf } from '../../numeric/dtype.ts';
import { stepError } from '../../numeric/bounds/update-errors.ts';
import { shrink, shrunkError, withDecay } from './decay.ts';
import { stepping } from './faulty.ts';
import { optimizer } from './page.ts';
import { zeroSlots } from './slots.ts';

export const sgd = optimizer({
  id: 'sgd',
  formula: 'w ← w - lr·g',
  source: 'Robbins & Monro 1951; weight decay, if any, as in adamw',
  learningRate: 0.2,
  reads: ['weightDecay'],

  init: zeroSlots(),
  update(w, g, _state, spec) {
    const round = roundingOf(w);
    const minusLr = round(-spec.learningRate);
    shrink(w, spec);
    for (let i = 0; i < w.length; i++) w[i] = round(minusLr * g[i]) + w[i];
  },
  error({ w, ew, g, eg }, spec) {
    const lr = spec.learningRate;
    for (let i = 0; i < w.length; i++)
      ew[i] = stepError(shrunkError(ew[i], w[i] + lr * g[i], spec), w[i], lr, g[i], eg[i]);
  },

  tfjs: (tf, s) => withDecay(tf, tf.train.sgd(s.learningRate), s),
  faults: {
    'sgd-decay-missing': {
      description: 'the weights are not shrunk: weight decay is left out',
      remedy: 'w ← (1 - lr·λ)·w before the step',
      formula: 'w ← w - lr·g',
      needs: 'weightDecay',
      instead: stepping([], (_i, g, _slots, _t, { learningRate }) => learningRate * g),
    },
    'sgd-decay-without-rate': {
      description: 'the weights are shrunk by λ·w, not by lr·λ·w',
      remedy: 'w ← (1 - lr·λ)·w: the learning rate counts for the decay too',
      formula: 'w ← (1 - λ)·w - lr·g',
      needs: 'weightDecay',
      instead: {
        init: zeroSlots(),
        update(w, g, _state, { learningRate, weightDecay = 0 }) {
          for (let i = 0; i < w.length; i++) w[i] = (1 - weightDecay) * w[i] - learningRate * g[i];
        },
      },
    },
  },
});
