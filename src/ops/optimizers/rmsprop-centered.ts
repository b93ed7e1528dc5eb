// RMSprop whose root is taken of the variance of the gradient.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { square } from '../../numeric/elementary.ts';
import {
  leastRoot,
  meanError,
  quotientError,
  rootError,
  squareError,
  stepError,
} from '../../numeric/bounds/update-errors.ts';
import { stepping } from './faulty.ts';
import { optimizer } from './page.ts';
import { zeroSlots } from './slots.ts';

export const rmspropCentered = optimizer({
  id: 'rmsprop-centered',
  formula: 's ← d·s + (1-d)·g²,  c ← d·c + (1-d)·g,  w ← w - lr·g / √(s - c² + ε)',
  source: 'Graves 2013, eq. 38-41, without momentum',
  learningRate: 0.001,
  reads: ['decay', 'epsilon'],
  squares: true,

  init: zeroSlots('s', 'c'),
  update(w, g, { slots }, spec) {
    const round = roundingOf(w);
    const [lr, d, oneMinusD] = [round(spec.learningRate), round(spec.decay), round(1 - spec.decay)];
    const [epsilon, s, c] = [round(spec.epsilon), slots['s'], slots['c']];
    for (let i = 0; i < w.length; i++) {
      s[i] = round(s[i] * d) + round(round(g[i] * g[i]) * oneMinusD);
      c[i] = round(c[i] * d) + round(g[i] * oneMinusD);
      const variance = Math.max(0, round(s[i] - round(c[i] * c[i])));
      w[i] -= round(round(g[i] * lr) / round(Math.sqrt(round(variance + epsilon))));
    }
  },
  error({ w, ew, g, eg, before, after, eSlots }, { learningRate: lr, decay, epsilon }) {
    const [s, sNew, es] = [before['s'], after['s'], eSlots['s']];
    const [c, cNew, ec] = [before['c'], after['c'], eSlots['c']];
    for (let i = 0; i < w.length; i++) {
      es[i] = meanError(es[i], s[i], sNew[i], decay, g[i] * g[i], squareError(g[i], eg[i]));
      ec[i] = meanError(ec[i], c[i], cNew[i], decay, g[i], eg[i]);
      // the subtraction keeps the errors of both terms, but not their size
      const inside = sNew[i] - square(cNew[i]) + epsilon;
      const eInside = es[i] + squareError(cNew[i], ec[i]) + u * (2 * inside + epsilon);
      const root = Math.sqrt(inside);
      const eRoot = rootError(inside, eInside);
      const q = g[i] / root;
      const eq = quotientError(q, eg[i], eRoot, leastRoot(root, eRoot, epsilon), lr);
      ew[i] = stepError(ew[i], w[i], lr, q, eq);
    }
  },

  tfjs: (tf, s) => tf.train.rmsprop(s.learningRate, s.decay, 0, s.epsilon, true),
  wrongInTfjs: 'rmsprop-centered-epsilon-subtracted',
  faults: {
    'rmsprop-centered-epsilon-subtracted': {
      description:
        'ε is subtracted under the root, √(s - (c² + ε)): for small gradients this is the root of a negative number, NaN',
      remedy: 'divide by √(s - c² + ε)',
      formula: '√(s - (c² + ε))',
      needs: 'epsilon',
      instead: stepping(['s', 'c'], (i, g, { s, c }, _t, { learningRate, decay, epsilon }) => {
        s[i] = decay * s[i] + (1 - decay) * g * g;
        c[i] = decay * c[i] + (1 - decay) * g;
        return (learningRate * g) / Math.sqrt(s[i] - (square(c[i]) + epsilon));
      }),
    },
  },
});
