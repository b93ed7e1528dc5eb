// Updates as people get them wrong, one function each, and what must be told.
import { ADAM_MISTAKES, adam, right } from './adam-mistakes.ts';
import type { Mistake } from './adam-mistakes.ts';
import { MIXTURE_MISTAKES } from './mixture-mistakes.ts';
import { STATE_MISTAKES } from './state-mistakes.ts';
import type { Update } from './updating.ts';

// The defaults of the project.
const [eps, mu, d] = [1e-7, 0.9, 0.9];
const lr = 0.01;
const { sqrt, abs, sign, min, max } = Math;

const heavy =
  (change: (g: number, w: number, at: Parameters<Update>[3]) => number): Update =>
  (w, g, s, at) => {
    s.v = mu * s.v + change(g, w, at);
    return w - lr * s.v;
  };
const clip = (g: number, c: number): number => max(-c, min(c, g));

export const MISTAKES: Readonly<Record<string, Mistake>> = {
  // every step twice, and other things than the gradient
  'momentum: every step twice': {
    declared: 'momentum',
    told: /, every step is taken twice\. .*\(all of it twice\)$/,
    update: (w, g, s) => {
      for (const _ of [1, 2]) {
        s.v = mu * s.v + g;
        w -= lr * s.v;
      }
      return w;
    },
  },
  'adam: biases twice': {
    declared: 'adam',
    told: /^In the update of b1, b2, every step is taken twice\. /,
    update: (w, g, s, at) => {
      const once = adam(right)(w, g, s, at);
      return at.role === 'bias' ? adam(right)(once, g, s, at) : once;
    },
  },
  'adam: every step twice, and t': {
    declared: 'adam',
    told: /every step is taken twice, and t counts both\. /,
    update: (w, g, s, at) => {
      const once = adam(right)(w, g, s, { ...at, t: 2 * at.t - 1 });
      return adam(right)(once, g, s, { ...at, t: 2 * at.t });
    },
  },
  'adam: corrected by (1 - β)ᵗ': {
    declared: 'adam',
    told: /corrected by \(1 - β\)ᵗ, not 1 - βᵗ\. .*m̂ = m \/ \(1-β₁\)ᵗ/,
    update: adam((m, v, t) => m / 0.1 ** t / (sqrt(v / 0.001 ** t) + eps)),
  },
  'adam: a rate that decays from the first step on': {
    declared: 'adam',
    told: /^In the update, the learning rate changes from step to step\. .*lr·1\/\(1 \+ 0\.9·t\)·m̂/,
    update: adam((m, v, t, g) => right(m, v, t, g) / (1 + 0.9 * t)),
  },
  'rmsprop: a bracket ends late': {
    declared: 'rmsprop',
    told: /the running value of g² is multiplied by g², .* s ← d·g²·s \+ \(1-d\)·g²/,
    update: (w, g, s) => {
      s.s = (d * s.s + (1 - d)) * g * g;
      return w - (lr * g) / sqrt(s.s + eps);
    },
  },
  'momentum: a bracket ends late': {
    declared: 'momentum',
    told: /the running value of g is multiplied by g, .* v ← m·g·v \+ g/,
    update: (w, g, s) => {
      s.v = (mu * s.v + 1) * g;
      return w - lr * s.v;
    },
  },
  'momentum: weights for gradients': {
    declared: 'momentum',
    told: /^In the update of b1, b2, the weights stand where the gradient belongs\. g ← w, /,
    update: (w, g, s, { role }) => {
      s.v = mu * s.v + (role === 'bias' ? w : g);
      return w - lr * s.v;
    },
  },
  // gradient descent
  'sgd: decoupled decay': {
    declared: 'sgd',
    told: /w ← w - lr·\(g \+ 0\.01·w\)|g ← g \+ 0\.01·w/,
    update: (w, g) => w - lr * (g + 0.01 * w),
  },
  'sgd: decay without the rate': { declared: 'sgd', told: /0\.1·w/, update: (w, g) => w - lr * g - 0.001 * w },
  'sgd: rate 1/t': { declared: 'sgd', told: /lr·\(1\/t\)/, update: (w, g, _s, { t }) => w - (lr / t) * g },
  'sgd: rate 1/√t': { declared: 'sgd', told: /1\/√t/, update: (w, g, _s, { t }) => w - (lr / sqrt(t)) * g },
  'sgd: rate decays exponentially': {
    declared: 'sgd',
    told: /0\.96ᵗ⁻¹/,
    update: (w, g, _s, { t }) => w - lr * 0.96 ** (t - 1) * g,
  },
  'sgd: rate 1/(1+dt)': {
    declared: 'sgd',
    told: /1\/\(1 \+ 0\.05·\(t-1\)\)/,
    update: (w, g, _s, { t }) => w - (lr * g) / (1 + 0.05 * (t - 1)),
  },
  'sgd: half a rate': { declared: 'sgd', told: /0\.5/, update: (w, g) => w - (lr / 2) * g },
  'sgd: odd rate': { declared: 'sgd', told: /0\.37/, update: (w, g) => w - lr * 0.37 * g },
  'sgd: only the sign': { declared: 'sgd', told: /sign\(g\)/, update: (w, g) => w - lr * sign(g) },
  'sgd: global norm clipped': {
    declared: 'sgd',
    told: /min\(1, 1 \/ ‖all g‖\)/,
    update: (w, g, _s, { norm }) => w - lr * g * min(1, 1 / norm),
  },
  'sgd: norm of a tensor clipped': {
    declared: 'sgd',
    told: /min\(1, 0\.5 \/ ‖g‖\)/,
    update: (w, g, _s, { tensorNorm: n }) => w - lr * g * min(1, 0.5 / n),
  },
  'sgd: clipped at an odd number': {
    declared: 'sgd',
    told: /min\(0\.037, g\)/,
    update: (w, g) => w - lr * clip(g, 0.037),
  },
  'sgd: biases are not updated': {
    declared: 'sgd',
    told: /In the update of b1, b2, .*nothing changes/,
    update: (w, g, _s, { role }) => (role === 'bias' ? w : w - lr * g),
  },
  'sgd: biases twice as fast': {
    declared: 'sgd',
    told: /In the update of b1, b2, .*2 times/,
    update: (w, g, _s, { role }) => w - lr * g * (role === 'bias' ? 2 : 1),
  },
  'sgd: Adam instead': { declared: 'sgd', told: /Adam/, update: adam(right) },
  // momentum
  'momentum: clipped by value': {
    declared: 'momentum',
    told: /max\(-0\.01, min\(0\.01, g\)\)/,
    update: heavy((g) => clip(g, 0.01)),
  },
  'momentum: decay in the gradient': {
    declared: 'momentum',
    told: /g \+ 0\.0005·w/,
    update: heavy((g, w) => g + 5e-4 * w),
  },
  'momentum: decay in the gradient of weights': {
    declared: 'momentum',
    told: /In the update of W1, W2, .*decay/,
    update: heavy((g, w, { role }) => (role === 'bias' ? g : g + 1e-3 * w)),
  },
  'momentum: odd decay': { declared: 'momentum', told: /0\.0371·w/, update: heavy((g, w) => g + 0.0371 * w) },
  'momentum: decay climbs': { declared: 'momentum', told: /g - 0\.01·w/, update: heavy((g, w) => g - 0.01 * w) },
  'momentum: another m': {
    declared: 'momentum',
    told: /0\.95·v/,
    update: (w, g, s) => w - lr * (s.v = 0.95 * s.v + g),
  },
  'momentum: an odd m': { declared: 'momentum', told: /0\.77·v/, update: (w, g, s) => w - lr * (s.v = 0.77 * s.v + g) },
  'momentum: no friction': { declared: 'momentum', told: /does not decay/, update: (w, g, s) => w - lr * (s.v += g) },
  'momentum: wrong sign': { declared: 'momentum', told: /-m·v/, update: (w, g, s) => w - lr * (s.v = g - mu * s.v) },
  'momentum: the old velocity': {
    declared: 'momentum',
    told: /from before/,
    update: (w, g, s) => {
      const old = s.v;
      s.v = mu * s.v + g;
      return w - lr * old;
    },
  },
  'momentum: the rate in the memory': {
    declared: 'momentum',
    told: /lr·m·v/,
    update: (w, g, s) => w - (s.v = mu * lr * s.v + lr * g),
  },
  'momentum: velocity of all tensors': {
    declared: 'momentum',
    told: /one state/,
    update: (w, g, _s, { stateOf, index }) => {
      const s = stateOf(String(index));
      s.v = mu * s.v + g;
      return w - lr * s.v;
    },
  },
  'momentum: step and gradient': {
    declared: 'momentum',
    told: /g \+ v/,
    update: (w, g, s) => {
      s.v = mu * s.v + g;
      return w - lr * (s.v + g);
    },
  },
  // the rest
  'nesterov: velocity that is dampened': {
    declared: 'nesterov',
    told: /\(1-m\)·g/,
    update: (w, g, s) => {
      s.v = mu * s.v + (1 - mu) * g;
      return w - lr * ((1 - mu) * g + mu * s.v);
    },
  },
  'rmsprop: |g|': {
    declared: 'rmsprop',
    told: /\|g\|/,
    update: (w, g, s) => {
      s.v = d * s.v + (1 - d) * abs(g);
      return w - (lr * g) / sqrt(s.v + eps);
    },
  },
  'rmsprop: no root': {
    declared: 'rmsprop',
    told: /root is missing/,
    update: (w, g, s) => {
      s.v = d * s.v + (1 - d) * g * g;
      return w - (lr * g) / (s.v + eps);
    },
  },
  'rmsprop: factors swapped': {
    declared: 'rmsprop',
    told: /swapped/,
    update: (w, g, s) => {
      s.v = (1 - d) * s.v + d * g * g;
      return w - (lr * g) / sqrt(s.v + eps);
    },
  },
  'rmsprop: another decay': {
    declared: 'rmsprop',
    told: /0\.99·s/,
    update: (w, g, s) => {
      s.v = 0.99 * s.v + 0.01 * g * g;
      return w - (lr * g) / sqrt(s.v + eps);
    },
  },
  'rmsprop: another ε': {
    declared: 'rmsprop',
    told: /0\.00001|1e-5/,
    update: (w, g, s) => {
      s.v = d * s.v + (1 - d) * g * g;
      return w - (lr * g) / sqrt(s.v + 1e-5);
    },
  },
  'rmsprop: starts at 1': {
    declared: 'rmsprop',
    told: /starts at 1/,
    update: (w, g, s, { t }) => {
      s.v = d * (t === 1 ? 1 : s.v) + (1 - d) * g * g;
      return w - (lr * g) / sqrt(s.v + eps);
    },
  },
  'rmsprop: mean over the tensor': {
    declared: 'rmsprop',
    told: /mean\(g²\)/,
    update: (w, g, s, { meanSquare }) => {
      s.v = d * s.v + (1 - d) * meanSquare;
      return w - (lr * g) / sqrt(s.v + eps);
    },
  },
  'rmsprop: momentum too': {
    declared: 'rmsprop',
    told: /RMSprop with momentum/,
    update: (w, g, s) => {
      s.s = d * s.s + (1 - d) * g * g;
      s.v = mu * s.v + g / sqrt(s.s + eps);
      return w - lr * s.v;
    },
  },
  'rmsprop: AdaGrad, ε outside': {
    declared: 'rmsprop',
    told: /s \+ g².*√s \+ ε/,
    update: (w, g, s) => {
      s.v += g * g;
      return w - (lr * g) / (sqrt(s.v) + eps);
    },
  },
  'adadelta: no ε at first': {
    declared: 'adadelta',
    told: /lr·Δ/,
    update: (w, g, s) => {
      s.s = d * s.s + (1 - d) * g * g;
      const step = (lr * g * sqrt(s.r + eps)) / sqrt(s.s + eps);
      s.r = d * s.r + (1 - d) * step * step;
      return w - step;
    },
  },
  'adadelta: r of g²': {
    declared: 'adadelta',
    told: /r is the mean of g², not of Δ²/,
    update: (w, g, s) => {
      s.s = d * s.s + (1 - d) * g * g;
      const step = (g * sqrt(s.r + eps)) / sqrt(s.s + eps);
      s.r = d * s.r + (1 - d) * g * g;
      return w - lr * step;
    },
  },
  'rmsprop-centered: the old mean': {
    declared: 'rmsprop-centered',
    told: /s - c\(from before\)²/,
    update: (w, g, s) => {
      s.s = d * s.s + (1 - d) * g * g;
      const step = g / sqrt(s.s - s.x * s.x + eps);
      s.x = d * s.x + (1 - d) * g;
      return w - lr * step;
    },
  },
  ...ADAM_MISTAKES,
  ...STATE_MISTAKES,
  ...MIXTURE_MISTAKES,
};
