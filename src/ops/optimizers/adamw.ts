// AdamW: Adam with weight decay beside its step instead of a penalty in its gradient.
import { power } from '../../numeric/elementary.ts';
import { adam } from './adam.ts';
import { keptOf, shrink, shrunkError, withDecay } from './decay.ts';
import { stepping } from './faulty.ts';
import { optimizer } from './page.ts';
import type { Hyperparameters } from './page.ts';

export const adamw = optimizer({
  id: 'adamw',
  formula: 'w ← (1 - lr·λ)·w, then the step of adam: w ← w - lr·m̂ / (√v̂ + ε)',
  source: 'Loshchilov & Hutter 2019, Algorithm 2, λ times lr as in PyTorch; on every tensor, biases too',
  learningRate: 0.001,
  weightDecay: 0.01,
  reads: ['beta1', 'beta2', 'epsilon', 'weightDecay'],
  squares: true,

  init: adam.init,
  update(w, g, state, spec) {
    shrink(w, spec);
    adam.update(w, g, state, spec);
  },
  error(step, spec) {
    const { w, ew, t, after } = step;
    for (let i = 0; i < w.length; i++) {
      const shrunk = w[i] + spec.learningRate * stepOf(after['m'][i], after['v'][i], t, spec);
      ew[i] = shrunkError(ew[i], shrunk, spec);
    }
    adam.error(step, spec);
  },

  tfjs: (tf, s) => withDecay(tf, tf.train.adam(s.learningRate, s.beta1, s.beta2, s.epsilon), s),
  faults: {
    'decay-in-gradient': {
      description: 'the decay λ·w is added to the gradient, so Adam scales it too: that is Adam with an L2 penalty',
      remedy: 'shrink the weights apart from the gradient: w ← (1 - lr·λ)·w',
      formula: 'g ← g + λ·w, then the step of adam',
      needs: 'weightDecay',
      instead: {
        init: adam.init,
        update(w, g, state, spec) {
          const { weightDecay = 0 } = spec;
          adam.update(w, g.map((x, i) => x + weightDecay * w[i]), state, spec); // prettier-ignore
        },
      },
    },
    'decay-missing': {
      description: 'the weights are not shrunk: this is plain Adam',
      remedy: 'w ← (1 - lr·λ)·w before the step of adam',
      formula: 'w ← w - lr·m̂ / (√v̂ + ε)',
      needs: 'weightDecay',
      instead: 'adam',
    },
    'decay-without-rate': {
      description: 'the weights are shrunk by λ·w, not by lr·λ·w',
      remedy: 'w ← (1 - lr·λ)·w: the learning rate counts for the decay too',
      formula: 'w ← (1 - λ)·w',
      needs: 'weightDecay',
      instead: {
        init: adam.init,
        update(w, g, state, spec) {
          const { weightDecay = 0 } = spec;
          for (let i = 0; i < w.length; i++) w[i] *= 1 - weightDecay;
          adam.update(w, g, state, spec);
        },
      },
    },
    'adamw-no-bias-correction': {
      description: 'the running means are not corrected for starting at 0, so the first steps are wrong',
      remedy: 'm̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ)',
      formula: 'w ← (1 - lr·λ)·w - lr·m / (√v + ε)',
      instead: {
        init: (w, spec) => ADAM_UNCORRECTED.init(w, spec),
        update(w, g, state, spec) {
          for (let i = 0; i < w.length; i++) w[i] *= keptOf(spec);
          ADAM_UNCORRECTED.update(w, g, state, spec);
        },
      },
    },
  },
});

const ADAM_UNCORRECTED = stepping(['m', 'v'], (i, g, { m, v }, _t, { learningRate, beta1, beta2, epsilon }) => {
  m[i] = beta1 * m[i] + (1 - beta1) * g;
  v[i] = beta2 * v[i] + (1 - beta2) * g * g;
  return (learningRate * m[i]) / (Math.sqrt(v[i]) + epsilon);
});

/** m̂ / (√v̂ + ε) */
function stepOf(m: number, v: number, t: number, { beta1, beta2, epsilon }: Hyperparameters): number {
  return m / (1 - power(beta1, t)) / (Math.sqrt(v / (1 - power(beta2, t))) + epsilon);
}
