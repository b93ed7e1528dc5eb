// Adam as people get it wrong, one function each, and what must be told.
import type { OptimizerId } from '../../../../src/ops/optimizers/optimizer.ts';
import type { Update } from './updating.ts';

export interface Mistake {
  readonly declared: OptimizerId;
  /** Must be in what is told: text and formula in use. */
  readonly told: RegExp;
  readonly update: Update;
}

// The defaults of the project.
const [b1, b2, eps] = [0.9, 0.999, 1e-7];
const lr = 0.01;
const { sqrt, abs, max } = Math;

type AdamStep = (m: number, v: number, t: number, g: number) => number;
/** Adam's means, with some step made of them. */
export const adam =
  (step: AdamStep): Update =>
  (w, g, s, { t }) => {
    s.m = b1 * s.m + (1 - b1) * g;
    s.v = b2 * s.v + (1 - b2) * g * g;
    return w - lr * step(s.m, s.v, t, g);
  };
export const right: AdamStep = (m, v, t) => m / (1 - b1 ** t) / (sqrt(v / (1 - b2 ** t)) + eps);
/** A right step with a gradient that was changed before. */
const adamWith =
  (change: (g: number, w: number, at: Parameters<Update>[3]) => number): Update =>
  (w, g, s, at) =>
    adam(right)(w, change(g, w, at), s, at);

export const ADAM_MISTAKES: Readonly<Record<string, Mistake>> = {
  'adam: only v corrected': {
    declared: 'adam',
    told: /mean of g is not corrected/,
    update: adam((m, v, t) => m / (sqrt(v / (1 - b2 ** t)) + eps)),
  },
  'adam: only m corrected': {
    declared: 'adam',
    told: /mean of g² is not corrected/,
    update: adam((m, v, t) => m / (1 - b1 ** t) / (sqrt(v) + eps)),
  },
  'adam: the corrected means are kept': {
    declared: 'adam',
    told: /are overwritten by their corrected values/,
    update: (w, g, s, { t }) => {
      s.m = (s.m + (1 - b1) * (g - s.m)) / (1 - b1 ** t);
      s.v = (s.v + (1 - b2) * (g * g - s.v)) / (1 - b2 ** t);
      return w - (lr * s.m) / (sqrt(s.v) + eps);
    },
  },
  'adam: v with 1 - β₁': {
    declared: 'adam',
    told: /v ← β₂·v \+ \(1-β₁\)·g²/,
    update: (w, g, s, { t }) => {
      s.m = b1 * s.m + (1 - b1) * g;
      s.v = b2 * s.v + (1 - b1) * g * g;
      return w - lr * right(s.m, s.v, t, g);
    },
  },
  'adam: no root': {
    declared: 'adam',
    told: /root is missing/,
    update: adam((m, v, t) => m / (1 - b1 ** t) / (v / (1 - b2 ** t) + eps)),
  },
  'adam: 1 - β·t': {
    declared: 'adam',
    told: /1 - β·t|β₁·t/,
    update: adam((m, v, t) => m / (1 - b1 * t) / (sqrt(v / (1 - b2 ** t)) + eps)),
  },
  'adam: β of the other': {
    declared: 'adam',
    told: /other/,
    update: adam((m, v, t) => m / (1 - b2 ** t) / (sqrt(v / (1 - b1 ** t)) + eps)),
  },
  'adam: t starts at 2': { declared: 'adam', told: /t starts at 2/, update: adam((m, v, t) => right(m, v, t + 1, 0)) },
  'adam: corrected after the root': {
    declared: 'adam',
    told: /after the root/,
    update: adam((m, v, t) => m / (1 - b1 ** t) / (sqrt(v) / (1 - b2 ** t) + eps)),
  },
  'adam: t per tensor': {
    declared: 'adam',
    told: /t counts tensors/,
    update: (w, g, s, at) => adam(right)(w, g, s, { ...at, t: (at.t - 1) * at.tensors + at.tensor + 1 }),
  },
  'adam: t per layer': {
    declared: 'adam',
    told: /t counts layers/,
    update: (w, g, s, at) => adam(right)(w, g, s, { ...at, t: (at.t - 1) * 2 + at.layer }),
  },
  'adam: t per tensor, backwards': {
    declared: 'adam',
    told: /t counts tensors/,
    update: (w, g, s, at) => adam(right)(w, g, s, { ...at, t: at.t * at.tensors - at.tensor }),
  },
  'adam: L2': { declared: 'adam', told: /added to the gradient/, update: adamWith((g, w) => g + 0.01 * w) },
  'adam: AdamW': {
    declared: 'adam',
    told: /0\.01·w/,
    update: (w, g, s, at) => adam(right)(w, g, s, at) - lr * 0.01 * w,
  },
  'adam: AMSGrad': {
    declared: 'adam',
    told: /AMSGrad/,
    update: (w, g, s, { t }) => {
      s.m = b1 * s.m + (1 - b1) * g;
      s.v = b2 * s.v + (1 - b2) * g * g;
      s.x = max(s.x, s.v);
      return w - lr * right(s.m, s.x, t, g);
    },
  },
  'adam: Adamax': {
    declared: 'adam',
    told: /Adamax/,
    update: (w, g, s, { t }) => {
      s.m = b1 * s.m + (1 - b1) * g;
      s.u = max(b2 * s.u, abs(g));
      return w - ((lr / (1 - b1 ** t)) * s.m) / (s.u + eps);
    },
  },
  'adam: NAdam': {
    declared: 'adam',
    told: /NAdam/,
    update: adam((m, v, t, g) => (b1 * m + (1 - b1) * g) / (1 - b1 ** t) / (sqrt(v / (1 - b2 ** t)) + eps)),
  },
  'adam: the gradient over the root': {
    declared: 'adam',
    told: /uses the gradient/,
    update: adam((_m, v, t, g) => g / (sqrt(v / (1 - b2 ** t)) + eps)),
  },
  'adam: m squared': {
    declared: 'adam',
    told: /m²/,
    update: (w, g, s, { t }) => {
      s.m = b1 * s.m + (1 - b1) * g;
      s.v = b2 * s.v + (1 - b2) * s.m * s.m;
      return w - lr * right(s.m, s.v, t, g);
    },
  },
  'adam: β₂ = 0.99': {
    declared: 'adam',
    told: /0\.99·v/,
    update: (w, g, s, { t }) => {
      s.m = b1 * s.m + (1 - b1) * g;
      s.v = 0.99 * s.v + 0.01 * g * g;
      return w - (lr * s.m) / (1 - b1 ** t) / (sqrt(s.v / (1 - 0.99 ** t)) + eps);
    },
  },
  'adam: ε = 1e-8': {
    declared: 'adam',
    told: /1e-8/,
    update: adam((m, v, t) => m / (1 - b1 ** t) / (sqrt(v / (1 - b2 ** t)) + 1e-8)),
  },
  'adam: not kept': {
    declared: 'adam',
    told: /g² .*kept|kept/,
    update: (w, g, s, { t }) => {
      s.m = b1 * s.m + (1 - b1) * g;
      const v = (1 - b2) * g * g;
      return w - lr * right(s.m, v, t, g);
    },
  },
  'adam: two mistakes': {
    declared: 'adam',
    told: /swapped, and the running means are not corrected/,
    update: (w, g, s, { t }) => {
      s.m = b2 * s.m + (1 - b2) * g;
      s.v = b1 * s.v + (1 - b1) * g * g;
      return w - ((lr * s.m) / (sqrt(s.v) + eps)) * (t > 0 ? 1 : 0);
    },
  },
  'adam: layer 1 has another rate': {
    declared: 'adam',
    told: /In the update of W1, b1, /,
    update: (w, g, s, at) => {
      const now = adam(right)(w, g, s, at);
      return at.layer === 1 ? w + (now - w) / 10 : now;
    },
  },
  'adam: weights Adam, biases plain': {
    declared: 'adam',
    told: /In the update of b1, b2, .*gradient descent/,
    update: (w, g, s, at) => (at.role === 'bias' ? w - lr * g : adam(right)(w, g, s, at)),
  },
  'adam: divided by the batch': {
    declared: 'adam',
    told: /0\.0625|1\/16/,
    update: (w, g, s, at) => w + (adam(right)(w, g, s, at) - w) / 16,
  },
};
