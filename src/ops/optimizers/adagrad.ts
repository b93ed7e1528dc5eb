// AdaGrad: each weight's step is divided by the root of the sum of its squared gradients.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { leastRoot, quotientError, rootError, squareError, stepError } from '../../numeric/bounds/update-errors.ts';
import { stepping } from './faulty.ts';
import { optimizer } from './page.ts';
import { zeroSlots } from './slots.ts';
import { ownOptimizer } from './tensor-optimizer.ts';

/** The ε of tf.train.adagrad, which takes no other. */
const OWN_EPSILON = 1e-7;

export const adagrad = optimizer({
  id: 'adagrad',
  formula: 's ← s + g²,  w ← w - lr·g / √(s + ε)',
  source: 'Duchi, Hazan & Singer 2011, Figure 1, diagonal; s starts at 0, ε inside the root, as in tfjs',
  learningRate: 0.01,
  reads: ['epsilon'],
  squares: true,

  init: zeroSlots('s'),
  update(w, g, { slots }, spec) {
    const round = roundingOf(w);
    const [minusLr, epsilon, s] = [round(-spec.learningRate), round(spec.epsilon), slots['s']];
    for (let i = 0; i < w.length; i++) {
      s[i] += round(g[i] * g[i]);
      const q = round(g[i] / round(Math.sqrt(round(s[i] + epsilon))));
      w[i] = round(q * minusLr) + w[i];
    }
  },
  error({ w, ew, g, eg, after, eSlots }, { learningRate: lr, epsilon }) {
    const [s, es] = [after['s'], eSlots['s']];
    for (let i = 0; i < w.length; i++) {
      es[i] += squareError(g[i], eg[i]) + u * s[i];
      const inside = s[i] + epsilon;
      const root = Math.sqrt(inside);
      const eRoot = rootError(inside, es[i] + u * (epsilon + inside));
      const q = g[i] / root;
      ew[i] = stepError(ew[i], w[i], lr, q, quotientError(q, eg[i], eRoot, leastRoot(root, eRoot, epsilon), lr));
    }
  },

  // its own, where it has this ε; it starts at 0.1 unless told otherwise
  tfjs: (tf, { learningRate, epsilon }) =>
    epsilon === OWN_EPSILON && tf.backend().epsilon() === OWN_EPSILON // on webgl (4.22) it is 1e-4
      ? tf.train.adagrad(learningRate, 0)
      : ownOptimizer(tf, learningRate, ['s'], ({ w, g, slots: { s }, rate }) => {
          const sum = tf.add(s, tf.square(g));
          const q = tf.div(g, tf.sqrt(tf.add(sum, epsilon)));
          return { w: tf.add(tf.mul(q, -rate), w), slots: { s: sum } };
        }),
  faults: {
    'adagrad-forgets': {
      description: 'only the gradient of this step is squared, not those of earlier steps: every step is nearly ±lr',
      remedy: 's ← s + g², and keep s for the next step',
      formula: 's ← g²',
      instead: stepping([], (_i, g, _slots, _t, { learningRate, epsilon }) => {
        return (learningRate * g) / Math.sqrt(g * g + epsilon);
      }),
    },
    'adagrad-root-missing': {
      description: 'the step is divided by the sum of squares, not by its root',
      remedy: 'w ← w - lr·g / √(s + ε)',
      formula: 'w ← w - lr·g / (s + ε)',
      instead: stepping(['s'], (i, g, { s }, _t, { learningRate, epsilon }) => {
        s[i] += g * g;
        return (learningRate * g) / (s[i] + epsilon);
      }),
    },
    'adagrad-epsilon-outside-root': {
      description: 'ε is added outside the root, √s + ε, as in PyTorch, not inside it',
      remedy: 'w ← w - lr·g / √(s + ε), as in TensorFlow.js',
      formula: 'w ← w - lr·g / (√s + ε)',
      needs: 'epsilon',
      instead: stepping(['s'], (i, g, { s }, _t, { learningRate, epsilon }) => {
        s[i] += g * g;
        return (learningRate * g) / (Math.sqrt(s[i]) + epsilon);
      }),
    },
  },
});
