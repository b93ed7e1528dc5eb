// RMSprop: each weight's step is divided by the root mean square of its gradients.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { roundingOf } from '../../numeric/dtype.ts';
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

export const rmsprop = optimizer({
  id: 'rmsprop',
  formula: 's ← d·s + (1-d)·g²,  w ← w - lr·g / √(s + ε)',
  source: 'Tieleman & Hinton 2012, lecture 6e; ε inside the root, as in tfjs',
  learningRate: 0.001,
  reads: ['decay', 'epsilon'],
  squares: true,

  init: zeroSlots('s'),
  update(w, g, { slots }, spec) {
    const round = roundingOf(w);
    const [lr, d, oneMinusD] = [round(spec.learningRate), round(spec.decay), round(1 - spec.decay)];
    const [epsilon, s] = [round(spec.epsilon), slots['s']];
    for (let i = 0; i < w.length; i++) {
      s[i] = round(s[i] * d) + round(round(g[i] * g[i]) * oneMinusD);
      w[i] -= round(round(g[i] * lr) / round(Math.sqrt(round(s[i] + epsilon))));
    }
  },
  error({ w, ew, g, eg, before, after, eSlots }, { learningRate: lr, decay, epsilon }) {
    const [s, sNew, es] = [before['s'], after['s'], eSlots['s']];
    for (let i = 0; i < w.length; i++) {
      es[i] = meanError(es[i], s[i], sNew[i], decay, g[i] * g[i], squareError(g[i], eg[i]));
      const inside = sNew[i] + epsilon;
      const root = Math.sqrt(inside);
      const eRoot = rootError(inside, es[i] + u * (epsilon + inside));
      const q = g[i] / root;
      const eq = quotientError(q, eg[i], eRoot, leastRoot(root, eRoot, epsilon), lr);
      ew[i] = stepError(ew[i], w[i], lr, q, eq);
    }
  },

  tfjs: (tf, s) => tf.train.rmsprop(s.learningRate, s.decay, 0, s.epsilon),
  faults: {
    'rmsprop-epsilon-outside-root': {
      description: 'ε is added outside the root, √s + ε, as in PyTorch, not inside it',
      remedy: 'w ← w - lr·g / √(s + ε), as in TensorFlow.js',
      formula: 'w ← w - lr·g / (√s + ε)',
      needs: 'epsilon',
      instead: stepping(['s'], (i, g, { s }, _t, { learningRate, decay, epsilon }) => {
        s[i] = decay * s[i] + (1 - decay) * g * g;
        return (learningRate * g) / (Math.sqrt(s[i]) + epsilon);
      }),
    },
  },
});
