// Optimizers that scale each weight's step by the size its gradient has had.
import { dtypeOf, newArray, roundingOf } from '../../numeric/dtype.ts';
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
 * s ← d·s + (1-d)·g²,  c ← d·c + (1-d)·g,  w ← w - lr·g / √(s - c² + ε)      (Graves 2013, eq. 38-41, without momentum)
 * The root holds the variance of the gradient. TensorFlow.js subtracts ε there.
 */
export const rmspropCentered: Optimizer = {
  init: (w) => ({ slots: { s: newArray(dtypeOf(w), w.length), c: newArray(dtypeOf(w), w.length) }, scalars: {} }),
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
};

/**
 * s ← ρ·s + (1-ρ)·g²,  Δ = g·√(r + ε) / √(s + ε),  r ← ρ·r + (1-ρ)·Δ²,  w ← w - lr·Δ      (Zeiler 2012, Algorithm 1; lr is 1 there)
 * TensorFlow.js divides by the s of the step before.
 */
export const adadelta: Optimizer = {
  init: (w) => ({ slots: { s: newArray(dtypeOf(w), w.length), r: newArray(dtypeOf(w), w.length) }, scalars: {} }),
  update(w, g, { slots }, spec) {
    const round = roundingOf(w);
    const [lr, rho, oneMinusRho] = [round(spec.learningRate), round(spec.decay), round(1 - spec.decay)];
    const [epsilon, s, r] = [round(spec.epsilon), slots['s'], slots['r']];
    for (let i = 0; i < w.length; i++) {
      s[i] = round(s[i] * rho) + round(round(g[i] * g[i]) * oneMinusRho);
      const ratio = round(round(Math.sqrt(round(r[i] + epsilon))) / round(Math.sqrt(round(s[i] + epsilon))));
      const delta = round(ratio * g[i]);
      r[i] = round(r[i] * rho) + round(round(delta * delta) * oneMinusRho);
      w[i] -= round(lr * delta);
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
