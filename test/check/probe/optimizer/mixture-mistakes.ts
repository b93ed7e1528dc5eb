// Sums where means belong, mixtures of gradient and velocity, rates from step to step, one function
// each, and what is told.
import { adam } from './adam-mistakes.ts';
import type { Mistake } from './adam-mistakes.ts';
import type { Update } from './updating.ts';

// The defaults of the project.
const [b1, b2, d, mu, eps, lr] = [0.9, 0.999, 0.9, 0.9, 1e-7, 0.01];
const { abs, max, sqrt } = Math;

/** Steps of a velocity, of the one before this gradient, and of the gradient. */
const velocity =
  (step: (g: number, v: number, old: number, t: number) => number): Update =>
  (w, g, s, { t }) => {
    const old = s.v;
    s.v = mu * old + g;
    return w - lr * step(g, s.v, old, t);
  };
/** AdaGrad with another divisor. */
const adagrad =
  (divisor: (sum: number, t: number) => number): Update =>
  (w, g, s, { t }) => {
    s.s += g * g;
    return w - (lr * g) / divisor(s.s, t);
  };
/** Adadelta with another r, made of the one before and Δ. */
const adadelta =
  (next: (r: number, step: number) => number): Update =>
  (w, g, s) => {
    s.s = d * s.s + (1 - d) * g * g;
    const step = (g * sqrt(s.r + eps)) / sqrt(s.s + eps);
    s.r = next(s.r, step);
    return w - lr * step;
  };

export const MIXTURE_MISTAKES: Readonly<Record<string, Mistake>> = {
  'nesterov: g and v swapped': {
    declared: 'nesterov',
    told: /the step is lr·\(v \+ m·g\), not lr·\(g \+ m·v\)\./,
    update: velocity((g, v) => v + mu * g),
  },
  'nesterov: the old velocity added, not taken off': {
    declared: 'nesterov',
    told: /the step is lr·\(2\.9·v - g\)/,
    update: velocity((_, v, old) => mu * old + (1 + mu) * v),
  },
  'nesterov: m²': {
    declared: 'nesterov',
    told: /the step is lr·\(g \+ m²·v\)/,
    update: velocity((g, v) => g + mu * mu * v),
  },
  'momentum: half of g taken off': {
    declared: 'momentum',
    told: /the step is lr·\(v - 0\.5·g\), not lr·v\./,
    update: velocity((g, v) => v - 0.5 * g),
  },
  'momentum: the rate halves at step 5': {
    declared: 'momentum',
    told: /the steps are 1, 1, 1, 1, 0\.5, 0\.5, 0\.5, 0\.5, 0\.5, 0\.5 \.\.\. times as long/,
    update: velocity((_g, v, _old, t) => (t < 5 ? v : v / 2)),
  },
  'momentum: the first step is left out': {
    declared: 'momentum',
    told: /the steps are 0, 1, 1, 1/,
    update: velocity((_g, v, _old, t) => (t === 1 ? 0 : v)),
  },
  'adagrad: the mean of the squares': {
    declared: 'adagrad',
    told: /the mean of all g² so far is used|g² is divided by t.*ŝ = s \/ t/,
    update: adagrad((sum, t) => sqrt(sum / t + eps)),
  },
  'adagrad: the sum over √t': {
    declared: 'adagrad',
    told: /the running value of g² is divided by √t/,
    update: adagrad((sum, t) => sqrt(sum / sqrt(t) + eps)),
  },
  'adagrad: the root over t': {
    declared: 'adagrad',
    told: /lr·t·g/,
    update: adagrad((sum, t) => sqrt(sum + eps) / t),
  },
  'rmsprop: the mean of all squares': {
    declared: 'rmsprop',
    told: /^In the update, the mean of all g² so far is used\./,
    update: adagrad((sum, t) => sqrt(sum / t + eps)),
  },
  'adam: v is the mean of all squares': {
    declared: 'adam',
    told: /^In the update, the mean of all g² so far is used\./,
    update: (w, g, s, { t }) => {
      s.m = b1 * s.m + (1 - b1) * g;
      s.v += g * g;
      return w - (lr * s.m) / (1 - b1 ** t) / (sqrt(s.v / t) + eps);
    },
  },
  'adam: β₂ = 0.9999 is no mean': {
    declared: 'adam',
    told: /g² decays by 0\.9999\./,
    update: (w, g, s, { t }) => {
      s.m = b1 * s.m + (1 - b1) * g;
      s.v = 0.9999 * s.v + (1 - 0.9999) * g * g;
      return w - (lr * s.m) / (1 - b1 ** t) / (sqrt(s.v / (1 - 0.9999 ** t)) + eps);
    },
  },
  'adam: corrected after the root, with ε': {
    declared: 'adam',
    told: /g² and ε are corrected after the root.*\(√v \+ ε\) \/ \(1-β₂ᵗ\)/,
    update: adam((m, v, t) => ((1 - b2 ** t) / (1 - b1 ** t)) * (m / (sqrt(v) + eps))),
  },
  'adam: the larger square': {
    declared: 'adam',
    told: /larger of both terms of v is taken/,
    update: (w, g, s, { t }) => {
      s.m = b1 * s.m + (1 - b1) * g;
      s.v = max(b2 * s.v, (1 - b2) * g * g);
      return w - (lr * s.m) / (1 - b1 ** t) / (sqrt(s.v / (1 - b2 ** t)) + eps);
    },
  },
  'adamax: a sum': {
    declared: 'adamax',
    told: /the sum of both is taken, not the larger one/,
    update: (w, g, s, { t }) => {
      s.m = b1 * s.m + (1 - b1) * g;
      s.u = b2 * s.u + abs(g);
      return w - ((lr / (1 - b1 ** t)) * s.m) / (s.u + eps);
    },
  },
  'adadelta: r is a sum': {
    declared: 'adadelta',
    told: /r is the sum of all Δ²/,
    update: adadelta((r, x) => r + x * x),
  },
  'adadelta: r with factor 1': {
    declared: 'adadelta',
    told: /Δ² enters r with factor 1.*r ← d·r \+ Δ²/,
    update: adadelta((r, x) => d * r + x * x),
  },
  'adadelta: r stays 0': { declared: 'adadelta', told: /r is 0 at every step/, update: adadelta(() => 0) },
};
