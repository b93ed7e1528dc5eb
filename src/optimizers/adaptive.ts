// Optimizers that scale each weight's step by the size its gradient has had.
import { dtypeOf, newArray, roundingOf } from '../numeric/dtype.ts';
import type { Optimizer } from './optimizer.ts';

/** s ← d·s + (1-d)·g²,  w ← w - lr·g / √(s + ε)      (Tieleman & Hinton 2012, lecture 6e; ε inside the root, as tfjs) */
export const rmsprop: Optimizer = {
  init: (w) => ({ slots: { s: newArray(dtypeOf(w), w.length) }, scalars: {} }),
  update(w, g, { slots }, spec) {
    const round = roundingOf(w);
    const [lr, d, oneMinusD] = [round(spec.learningRate), round(spec.decay), round(1 - spec.decay)];
    const [epsilon, s] = [round(spec.epsilon), slots['s']];
    for (let i = 0; i < w.length; i++) {
      s[i] = round(s[i] * d) + round(round(g[i] * g[i]) * oneMinusD);
      w[i] -= round(round(g[i] * lr) / round(Math.sqrt(round(s[i] + epsilon))));
    }
  },
};

/**
 * m ← β₁·m + (1-β₁)·g,  v ← β₂·v + (1-β₂)·g²,  w ← w - lr·m̂ / (√v̂ + ε)  with m̂ = m / (1-β₁ᵗ), v̂ = v / (1-β₂ᵗ)
 * (Kingma & Ba 2015, Algorithm 1; ε after the root.) β₁ᵗ and β₂ᵗ are multiplied up step by step in w's precision, as tfjs
 * does: in binary32 1-β₂ᵗ is then off by up to 3e-5 of itself at first.
 */
export const adam: Optimizer = {
  init: (w, spec) => {
    const round = roundingOf(w);
    return {
      slots: { m: newArray(dtypeOf(w), w.length), v: newArray(dtypeOf(w), w.length) },
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
};
