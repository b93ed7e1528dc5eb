// Adam: momentum divided by the root mean square, both corrected for their start at 0.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { power } from '../../numeric/elementary.ts';
import { meanError, rootError, squareError, stepError } from '../../numeric/bounds/update-errors.ts';
import { correction } from './corrections.ts';
import { stepping } from './faulty.ts';
import { optimizer } from './page.ts';
import type { Optimizer } from './page.ts';
import { zeroSlots } from './slots.ts';

export const adam = optimizer({
  id: 'adam',
  formula: 'm ← β₁·m + (1-β₁)·g,  v ← β₂·v + (1-β₂)·g²,  w ← w - lr·m̂ / (√v̂ + ε),  m̂ = m / (1-β₁ᵗ),  v̂ = v / (1-β₂ᵗ)',
  source: 'Kingma & Ba 2015, Algorithm 1; ε after the root',
  learningRate: 0.001,
  reads: ['beta1', 'beta2', 'epsilon'],
  squares: true,

  // β₁ᵗ and β₂ᵗ are built up step by step in w's precision, as in tfjs. In binary32 the relative
  // error of 1-β₂ᵗ is up to 3e-5 in the first steps.
  init(w, spec) {
    const round = roundingOf(w);
    return {
      slots: zeroSlots('m', 'v')(w, spec).slots,
      scalars: { beta1Power: round(spec.beta1), beta2Power: round(spec.beta2) },
    };
  },
  update(w, g, { slots, scalars }, spec) {
    const round = roundingOf(w);
    const [m, v] = [slots['m'], slots['v']];
    const [beta1, oneMinusBeta1] = [round(spec.beta1), round(1 - spec.beta1)];
    const [beta2, oneMinusBeta2] = [round(spec.beta2), round(1 - spec.beta2)];
    const [beta1Power, beta2Power] = [scalars['beta1Power'], scalars['beta2Power']];
    const [correction1, correction2] = [round(1 - beta1Power), round(1 - beta2Power)];
    const [minusLr, epsilon] = [round(-spec.learningRate), round(spec.epsilon)];
    for (let i = 0; i < w.length; i++) {
      m[i] = round(m[i] * beta1) + round(g[i] * oneMinusBeta1);
      v[i] = round(v[i] * beta2) + round(round(g[i] * g[i]) * oneMinusBeta2);
      const mHat = round(m[i] / correction1);
      const root = round(Math.sqrt(round(v[i] / correction2)));
      w[i] = round(round(mHat / round(root + epsilon)) * minusLr) + w[i];
    }
    scalars['beta1Power'] = round(beta1Power * beta1);
    scalars['beta2Power'] = round(beta2Power * beta2);
  },
  error({ w, ew, g, eg, t, before, after, eSlots }, { learningRate: lr, beta1, beta2, epsilon }) {
    const [m, mNew, em] = [before['m'], after['m'], eSlots['m']];
    const [v, vNew, ev] = [before['v'], after['v'], eSlots['v']];
    const [c1, ec1] = correction(beta1, t);
    const [c2, ec2] = correction(beta2, t);
    for (let i = 0; i < w.length; i++) {
      em[i] = meanError(em[i], m[i], mNew[i], beta1, g[i], eg[i]);
      ev[i] = meanError(ev[i], v[i], vNew[i], beta2, g[i] * g[i], squareError(g[i], eg[i]));
      const mHat = mNew[i] / c1;
      const emHat = (em[i] + Math.abs(mHat) * ec1) / (c1 - ec1) + u * Math.abs(mHat);
      const vHat = vNew[i] / c2;
      const evHat = (ev[i] + vHat * ec2) / (c2 - ec2) + u * vHat;
      const divisor = Math.sqrt(vHat) + epsilon;
      const eDivisor = rootError(vHat, evHat) + u * (epsilon + divisor);
      const low = Math.max(divisor - eDivisor, epsilon * (1 - 2 * u));
      const q = mHat / divisor;
      const eq = (emHat + Math.abs(q) * eDivisor) / low + u * Math.abs(q);
      ew[i] = stepError(ew[i], w[i], lr, q, eq);
    }
  },

  tfjs: (tf, s) => tf.train.adam(s.learningRate, s.beta1, s.beta2, s.epsilon),
  faults: {
    'adam-no-bias-correction': {
      description: 'the running means are not corrected for starting at 0, so the first steps are wrong',
      remedy: 'm̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ)',
      formula: 'w ← w - lr·m / (√v + ε)',
      instead: faulty((m, v, _c1, _c2, epsilon) => m / (Math.sqrt(v) + epsilon)),
    },
    'adam-correction-multiplied': {
      description: 'the running means are multiplied by the bias correction instead of divided by it',
      remedy: 'm̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ)',
      formula: 'm̂ = m·(1 - β₁ᵗ), v̂ = v·(1 - β₂ᵗ)',
      instead: faulty((m, v, c1, c2, epsilon) => (m * c1) / (Math.sqrt(v * c2) + epsilon)),
    },
    'adam-step-from-zero': {
      description: 'steps are counted from 0, so the first correction is 1 - β⁰ = 0, and 0/0 is NaN',
      remedy: 'increment t before the step: t is 1 the first time',
      formula: 'm̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ), with t = 0 at the first step',
      instead: faulty((m, v, c1, c2, epsilon) => m / c1 / (Math.sqrt(v / c2) + epsilon), 0),
    },
    'adam-epsilon-inside-root': {
      description: 'ε is added inside the root, √(v̂ + ε)',
      remedy: 'w ← w - lr·m̂ / (√v̂ + ε)',
      formula: 'w ← w - lr·m̂ / √(v̂ + ε)',
      needs: 'epsilon',
      instead: faulty((m, v, c1, c2, epsilon) => m / c1 / Math.sqrt(v / c2 + epsilon)),
    },
    'adam-epsilon-before-correction': {
      description:
        'ε is added before the bias correction, (√v + ε) / √(1 - β₂ᵗ) (as Keras does): at first ε counts up to 30 times as much',
      remedy: 'w ← w - lr·m̂ / (√v̂ + ε)',
      formula: 'w ← w - lr·m̂ / ((√v + ε) / √(1 - β₂ᵗ))',
      needs: 'epsilon',
      instead: faulty((m, v, c1, c2, epsilon) => (m / c1 / (Math.sqrt(v) + epsilon)) * Math.sqrt(c2)),
    },
  },
});

/** Adam with correct running means, and `step` computed from them. c₁ = 1 - β₁ᵗ, c₂ = 1 - β₂ᵗ */
function faulty(
  step: (m: number, v: number, c1: number, c2: number, epsilon: number) => number,
  firstStep = 1,
): Optimizer {
  return stepping(['m', 'v'], (i, g, { m, v }, t, { learningRate, beta1, beta2, epsilon }) => {
    m[i] = beta1 * m[i] + (1 - beta1) * g;
    v[i] = beta2 * v[i] + (1 - beta2) * g * g;
    const n = t - 1 + firstStep;
    return learningRate * step(m[i], v[i], 1 - power(beta1, n), 1 - power(beta2, n), epsilon);
  });
}
