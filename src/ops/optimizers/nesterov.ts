// Nesterov's method: momentum that looks one step ahead.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { stepError, velocityError } from '../../numeric/bounds/update-errors.ts';
import { stepping } from './faulty.ts';
import { optimizer } from './page.ts';
import { zeroSlots } from './slots.ts';
import { velocityFaults } from './velocity-faults.ts';

export const nesterov = optimizer({
  id: 'nesterov',
  formula: 'v ← m·v + g,  w ← w - lr·(g + m·v)',
  source: 'Nesterov 1983, in the form of Bengio et al. 2013; as in tfjs',
  learningRate: 0.02,
  reads: ['momentum'],

  init: zeroSlots('v'),
  update(w, g, { slots }, spec) {
    const round = roundingOf(w);
    const [minusLr, m, v] = [round(-spec.learningRate), round(spec.momentum), slots['v']];
    for (let i = 0; i < w.length; i++) {
      v[i] = round(m * v[i]) + g[i];
      w[i] = round(minusLr * round(g[i] + round(v[i] * m))) + w[i];
    }
  },
  error({ w, ew, g, eg, before, after, eSlots }, { learningRate: lr, momentum: m }) {
    const [v, vNew, ev] = [before['v'], after['v'], eSlots['v']];
    for (let i = 0; i < w.length; i++) {
      ev[i] = velocityError(ev[i], v[i], vNew[i], m, eg[i]);
      const ahead = g[i] + m * vNew[i];
      ew[i] = stepError(ew[i], w[i], lr, ahead, eg[i] + m * ev[i] + u * (2 * m * Math.abs(vNew[i]) + Math.abs(ahead)));
    }
  },

  tfjs: (tf, s) => tf.train.momentum(s.learningRate, s.momentum, true),
  faults: {
    ...velocityFaults((g, v, m) => g + m * v),
    'nesterov-as-momentum': {
      description:
        'the velocity from before its update is used: g + m·v is then the new velocity, and the step is that of plain momentum',
      remedy: 'update v ← m·v + g first, then w ← w - lr·(g + m·v)',
      formula: 'w ← w - lr·(g + m·v), then v ← m·v + g',
      needs: 'momentum',
      instead: 'momentum',
    },
    'nesterov-gradient-missing': {
      description: 'the step looks ahead but leaves out the gradient: w ← w - lr·m·v',
      remedy: 'w ← w - lr·(g + m·v)',
      formula: 'w ← w - lr·m·v',
      needs: 'momentum',
      instead: stepping(['v'], (i, g, { v }, _t, { learningRate, momentum: m }) => {
        v[i] = m * v[i] + g;
        return learningRate * m * v[i];
      }),
    },
  },
});
