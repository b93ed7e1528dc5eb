// Momentum: gradients are summed in a velocity, which decays.
import { roundingOf } from '../../numeric/dtype.ts';
import { stepError, velocityError } from '../../numeric/bounds/update-errors.ts';
import { optimizer } from './page.ts';
import { zeroSlots } from './slots.ts';
import { velocityFaults } from './velocity-faults.ts';

export const momentum = optimizer({
  id: 'momentum',
  formula: 'v ← m·v + g,  w ← w - lr·v',
  source: 'Polyak 1964, in the form of Sutskever et al. 2013 without lr inside v; as in tfjs and PyTorch (dampening 0)',
  learningRate: 0.02,
  reads: ['momentum'],

  init: zeroSlots('v'),
  update(w, g, { slots }, spec) {
    const round = roundingOf(w);
    const [minusLr, m, v] = [round(-spec.learningRate), round(spec.momentum), slots['v']];
    for (let i = 0; i < w.length; i++) {
      v[i] = round(m * v[i]) + g[i];
      w[i] = round(minusLr * v[i]) + w[i];
    }
  },
  error({ w, ew, eg, before, after, eSlots }, { learningRate: lr, momentum: m }) {
    const [v, vNew, ev] = [before['v'], after['v'], eSlots['v']];
    for (let i = 0; i < w.length; i++) {
      ev[i] = velocityError(ev[i], v[i], vNew[i], m, eg[i]);
      ew[i] = stepError(ew[i], w[i], lr, vNew[i], ev[i]);
    }
  },

  tfjs: (tf, s) => tf.train.momentum(s.learningRate, s.momentum),
  faults: {
    ...velocityFaults((_g, v) => v),
    'momentum-as-nesterov': {
      description: "Nesterov's step is used instead of plain momentum",
      remedy: 'w ← w - lr·v',
      formula: 'w ← w - lr·(g + m·v)',
      needs: 'momentum',
      instead: 'nesterov',
    },
  },
});
