// Steps straight down the slope, with or without momentum.
import { dtypeOf, newArray, roundingOf } from '../../numeric/dtype.ts';
import type { Optimizer } from './optimizer.ts';

/** w ← w - lr·g                             (Robbins & Monro 1951) */
export const sgd: Optimizer = {
  init: () => ({ slots: {}, scalars: {} }),
  update(w, g, _state, spec) {
    const round = roundingOf(w);
    const minusLr = round(-spec.learningRate);
    for (let i = 0; i < w.length; i++) w[i] = round(minusLr * g[i]) + w[i];
  },
};

/** v ← m·v + g,  w ← w - lr·v              (Polyak 1964, in the form of Sutskever et al. 2013 without lr inside v; as tfjs) */
export const momentum: Optimizer = {
  init: (w) => ({ slots: { v: newArray(dtypeOf(w), w.length) }, scalars: {} }),
  update(w, g, { slots }, spec) {
    const round = roundingOf(w);
    const [minusLr, m, v] = [round(-spec.learningRate), round(spec.momentum), slots['v']];
    for (let i = 0; i < w.length; i++) {
      v[i] = round(m * v[i]) + g[i];
      w[i] = round(minusLr * v[i]) + w[i];
    }
  },
};

/** v ← m·v + g,  w ← w - lr·(g + m·v)      (Nesterov 1983, in the form of Bengio et al. 2013; as tfjs) */
export const nesterov: Optimizer = {
  init: momentum.init,
  update(w, g, { slots }, spec) {
    const round = roundingOf(w);
    const [minusLr, m, v] = [round(-spec.learningRate), round(spec.momentum), slots['v']];
    for (let i = 0; i < w.length; i++) {
      v[i] = round(m * v[i]) + g[i];
      w[i] = round(minusLr * round(g[i] + round(v[i] * m))) + w[i];
    }
  },
};
