// Adamax: Adam with the largest recent gradient in place of the root mean square.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { power } from '../../numeric/elementary.ts';
import { meanError, stepError } from '../../numeric/bounds/update-errors.ts';
import { correction } from './corrections.ts';
import { stepping } from './faulty.ts';
import { optimizer } from './page.ts';
import { zeroSlots } from './slots.ts';

export const adamax = optimizer({
  id: 'adamax',
  formula: 'm ← β₁·m + (1-β₁)·g,  n ← max(β₂·n, |g|),  w ← w - lr/(1-β₁ᵗ)·m / (n + ε)',
  source: 'Kingma & Ba 2015, Algorithm 2; with ε, as in tfjs',
  learningRate: 0.002,
  reads: ['beta1', 'beta2', 'epsilon'],

  // β₁ᵗ is built up step by step in w's precision, as in tfjs
  init(w, spec) {
    return { slots: zeroSlots('m', 'n')(w, spec).slots, scalars: { beta1Power: roundingOf(w)(spec.beta1) } };
  },
  update(w, g, { slots, scalars }, spec) {
    const round = roundingOf(w);
    const [m, n] = [slots['m'], slots['n']];
    const [beta1, oneMinusBeta1, beta2] = [round(spec.beta1), round(1 - spec.beta1), round(spec.beta2)];
    const beta1Power = scalars['beta1Power'];
    const minusRate = round(round(-spec.learningRate) / round(1 - beta1Power));
    const epsilon = round(spec.epsilon);
    for (let i = 0; i < w.length; i++) {
      m[i] = round(m[i] * beta1) + round(g[i] * oneMinusBeta1);
      n[i] = Math.max(round(n[i] * beta2), Math.abs(g[i]));
      w[i] = round(minusRate * round(m[i] / round(n[i] + epsilon))) + w[i];
    }
    scalars['beta1Power'] = round(beta1Power * beta1);
  },
  error({ w, ew, g, eg, t, before, after, eSlots }, { learningRate: lr, beta1, beta2, epsilon }) {
    const [m, mNew, em] = [before['m'], after['m'], eSlots['m']];
    const [n, nNew, en] = [before['n'], after['n'], eSlots['n']];
    const [c, ec] = correction(beta1, t);
    for (let i = 0; i < w.length; i++) {
      em[i] = meanError(em[i], m[i], mNew[i], beta1, g[i], eg[i]);
      en[i] = Math.max(beta2 * en[i] + 2 * u * beta2 * n[i], eg[i]); // the maximum moves no further than either
      const divisor = nNew[i] + epsilon;
      const eDivisor = en[i] + u * (epsilon + divisor);
      const low = Math.max(divisor - eDivisor, epsilon * (1 - 2 * u));
      const q = mNew[i] / divisor;
      const eq = (em[i] + Math.abs(q) * eDivisor) / low + u * Math.abs(q);
      // q / c: the correction is rounded with its error, and the quotient by it once more
      const [whole, eWhole] = [q / c, (eq + Math.abs(q / c) * ec) / (c - ec) + u * Math.abs(q / c)];
      ew[i] = stepError(ew[i], w[i], lr, whole, eWhole);
    }
  },

  tfjs: (tf, s) => tf.train.adamax(s.learningRate, s.beta1, s.beta2, s.epsilon),
  faults: {
    'adamax-no-bias-correction': {
      description: 'the running mean is not corrected for starting at 0, so the first steps are too small',
      remedy: 'divide the learning rate by 1 - β₁ᵗ',
      formula: 'w ← w - lr·m / (n + ε)',
      needs: 'beta1',
      instead: faulty((m, n, _c, epsilon) => m / (n + epsilon)),
    },
    'adamax-correction-of-n': {
      description: 'the largest gradient n is divided by 1 - β₂ᵗ too, although a maximum does not start too small',
      remedy: 'correct m alone: lr / (1 - β₁ᵗ)',
      formula: 'n̂ = n / (1 - β₂ᵗ)',
      needs: 'beta2',
      instead: faulty((m, n, c, epsilon, t, beta2) => m / c / (n / (1 - power(beta2, t)) + epsilon)),
    },
  },
});

/** Adamax with the correct m and n, and `step` computed from them. c = 1 - β₁ᵗ */
function faulty(step: (m: number, n: number, c: number, epsilon: number, t: number, beta2: number) => number) {
  return stepping(['m', 'n'], (i, g, { m, n }, t, { learningRate, beta1, beta2, epsilon }) => {
    m[i] = beta1 * m[i] + (1 - beta1) * g;
    n[i] = Math.max(beta2 * n[i], Math.abs(g));
    return learningRate * step(m[i], n[i], 1 - power(beta1, t), epsilon, t, beta2);
  });
}
