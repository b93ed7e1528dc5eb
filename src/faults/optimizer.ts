// Mistakes of optimizers: the gradients are right, the step is not. Each is the whole optimizer with that one mistake; f64 inside, rounded when stored.
import type { FloatArray } from '../numeric/dtype.ts';
import { dtypeOf, newArray } from '../numeric/dtype.ts';
import { power, square } from '../numeric/elementary.ts';
import type { Optimizer, OptimizerId, OptimizerSpec, TensorState } from '../ops/optimizers/optimizer.ts';
import { OPTIMIZER } from '../ops/optimizers/registry.ts';
import { momentum, nesterov, sgd } from '../ops/optimizers/sgd.ts';
import { layersWhere, whole } from './fault.ts';
import type { Fault, Setting } from './fault.ts';

const ofUpdate = { stage: 'update', first: () => ['W1'] } as const;

/** Where the optimizer is one of these, and takes steps at all. */
const forOptimizers =
  (...ids: readonly OptimizerId[]) =>
  ({ optimizer }: Setting): readonly null[] =>
    whole(ids.includes(optimizer.id) && optimizer.learningRate > 0);

/** ... and has a momentum. */
const withMomentum =
  (...ids: readonly OptimizerId[]) =>
  (setting: Setting): readonly null[] =>
    setting.optimizer.momentum > 0 ? forOptimizers(...ids)(setting) : [];

const exchanged =
  (optimizer: Optimizer): Fault['mistake'] =>
  () => ({ optimizer });

/** The right optimizer, whose step w₀ → w is then changed. */
function afterStep(change: (before: number, after: number, spec: OptimizerSpec) => number): Fault['mistake'] {
  return (_layer, { optimizer: { id } }) => ({
    optimizer: {
      init: OPTIMIZER[id].init,
      update(w, g, state, spec) {
        const before = w.slice();
        OPTIMIZER[id].update(w, g, state, spec);
        for (let i = 0; i < w.length; i++) w[i] = change(before[i], w[i], spec);
      },
    },
  });
}

/** An optimizer that keeps the slots named and counts its steps; `step` is what is subtracted from entry i, after it has changed the slots. */
function stepping(
  slots: readonly string[],
  step: (i: number, g: number, slots: TensorState['slots'], t: number, spec: OptimizerSpec) => number,
): Fault['mistake'] {
  return exchanged({
    init: (w) => ({
      slots: Object.fromEntries(slots.map((name) => [name, newArray(dtypeOf(w), w.length)])),
      scalars: { t: 0 },
    }),
    update(w: FloatArray, g, state, spec) {
      const t = (state.scalars['t'] += 1);
      for (let i = 0; i < w.length; i++) w[i] -= step(i, g[i], state.slots, t, spec);
    },
  });
}

/** Velocity where each new gradient counts (1 - m), or, undampened, 1; then the step of momentum or Nesterov. */
function dampened(fromSecondStepOn: boolean): Fault['mistake'] {
  return stepping(['v'], (i, g, { v }, t, { id, learningRate: lr, momentum: m }) => {
    v[i] = m * v[i] + (fromSecondStepOn && t === 1 ? 1 : 1 - m) * g;
    return lr * (id === 'nesterov' ? g + m * v[i] : v[i]);
  });
}

/** Adam with its running means right, and `step` made of them. c₁ = 1 - β₁ᵗ, c₂ = 1 - β₂ᵗ */
function adamWith(
  step: (m: number, v: number, c1: number, c2: number, epsilon: number) => number,
  firstStep = 1,
): Fault['mistake'] {
  return stepping(['m', 'v'], (i, g, { m, v }, t, { learningRate, beta1, beta2, epsilon }) => {
    m[i] = beta1 * m[i] + (1 - beta1) * g;
    v[i] = beta2 * v[i] + (1 - beta2) * g * g;
    const n = t - 1 + firstStep;
    return learningRate * step(m[i], v[i], 1 - power(beta1, n), 1 - power(beta2, n), epsilon);
  });
}

export const OPTIMIZER_FAULTS = {
  ascent: {
    ...ofUpdate,
    description: 'the step is added instead of subtracted: the loss is climbed, not descended',
    remedy: 'w ← w - lr · gradient: the gradient points uphill',
    layers: (setting) => whole(setting.optimizer.learningRate > 0),
    mistake: afterStep((before, after) => 2 * before - after),
  },
  'learning-rate-twice': {
    ...ofUpdate,
    description: 'the learning rate is multiplied in twice',
    remedy: 'scale the step by the learning rate in one place',
    layers: (setting) => whole(![0, 1].includes(setting.optimizer.learningRate)),
    mistake: afterStep((before, after, { learningRate }) => before + learningRate * (after - before)),
  },
  'momentum-missing': {
    ...ofUpdate,
    description: 'the velocity is not kept from step to step: this is plain gradient descent',
    remedy: 'v ← m·v + g, and keep v',
    layers: withMomentum('momentum', 'nesterov'),
    mistake: exchanged({ init: momentum.init, update: sgd.update }),
  },
  'momentum-dampened': {
    ...ofUpdate,
    description: 'the gradient enters the velocity with the factor 1 - m: v ← m·v + (1 - m)·g, a running mean',
    remedy:
      'v ← m·v + g, as TensorFlow.js and PyTorch (dampening 0) do; or raise the learning rate by 1 / (1 - m) and say so',
    layers: withMomentum('momentum', 'nesterov'),
    mistake: dampened(false),
  },
  'momentum-dampened-after-first': {
    ...ofUpdate,
    description: "PyTorch's dampening: v starts as g, from the second step on v ← m·v + (1 - m)·g",
    remedy: 'v ← m·v + g (dampening 0)',
    layers: withMomentum('momentum', 'nesterov'),
    mistake: dampened(true),
  },
  'momentum-as-nesterov': {
    ...ofUpdate,
    description: "Nesterov's step is taken where plain momentum was asked for",
    remedy: 'w ← w - lr·v',
    layers: withMomentum('momentum'),
    mistake: exchanged(nesterov),
  },
  'nesterov-as-momentum': {
    ...ofUpdate,
    description:
      'the velocity before its update is used: g + m·v is then the new velocity, and the step that of plain momentum',
    remedy: 'first v ← m·v + g, then w ← w - lr·(g + m·v)',
    layers: withMomentum('nesterov'),
    mistake: exchanged(momentum),
  },
  'nesterov-gradient-missing': {
    ...ofUpdate,
    description: 'the step looks ahead and forgets the gradient: w ← w - lr·m·v',
    remedy: 'w ← w - lr·(g + m·v)',
    layers: withMomentum('nesterov'),
    mistake: stepping(['v'], (i, g, { v }, _t, { learningRate, momentum: m }) => {
      v[i] = m * v[i] + g;
      return learningRate * m * v[i];
    }),
  },
  'rmsprop-epsilon-outside-root': {
    ...ofUpdate,
    description: 'ε is added to the root, √s + ε (as PyTorch does), not under it',
    remedy: 'w ← w - lr·g / √(s + ε), as TensorFlow.js',
    layers: (setting) => (setting.optimizer.epsilon > 0 ? forOptimizers('rmsprop')(setting) : []),
    mistake: stepping(['s'], (i, g, { s }, _t, { learningRate, decay, epsilon }) => {
      s[i] = decay * s[i] + (1 - decay) * g * g;
      return (learningRate * g) / (Math.sqrt(s[i]) + epsilon);
    }),
  },
  'adam-no-bias-correction': {
    ...ofUpdate,
    description: 'the running means are not corrected for their start at 0: the first steps are wrong',
    remedy: 'm̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ)',
    layers: forOptimizers('adam'),
    mistake: adamWith((m, v, _c1, _c2, epsilon) => m / (Math.sqrt(v) + epsilon)),
  },
  'adam-correction-multiplied': {
    ...ofUpdate,
    description: 'the running means are multiplied by the bias correction instead of divided',
    remedy: 'm̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ)',
    layers: forOptimizers('adam'),
    mistake: adamWith((m, v, c1, c2, epsilon) => (m * c1) / (Math.sqrt(v * c2) + epsilon)),
  },
  'adam-step-from-zero': {
    ...ofUpdate,
    description: 'steps are counted from 0: the first correction is 1 - β⁰ = 0, and 0/0 is NaN',
    remedy: 'count up before the step: t is 1 the first time',
    layers: forOptimizers('adam'),
    mistake: adamWith((m, v, c1, c2, epsilon) => m / c1 / (Math.sqrt(v / c2) + epsilon), 0),
  },
  'adam-epsilon-inside-root': {
    ...ofUpdate,
    description: 'ε is added under the root, √(v̂ + ε)',
    remedy: 'w ← w - lr·m̂ / (√v̂ + ε)',
    layers: (setting) => (setting.optimizer.epsilon > 0 ? forOptimizers('adam')(setting) : []),
    mistake: adamWith((m, v, c1, c2, epsilon) => m / c1 / Math.sqrt(v / c2 + epsilon)),
  },
  'adam-epsilon-before-correction': {
    ...ofUpdate,
    description:
      'ε is added before the bias correction, (√v + ε) / √(1 - β₂ᵗ) (as Keras does): it counts up to 30 times as much at first',
    remedy: 'w ← w - lr·m̂ / (√v̂ + ε)',
    layers: (setting) => (setting.optimizer.epsilon > 0 ? forOptimizers('adam')(setting) : []),
    mistake: adamWith((m, v, c1, c2, epsilon) => (m / c1 / (Math.sqrt(v) + epsilon)) * Math.sqrt(c2)),
  },
  'rmsprop-centered-epsilon-subtracted': {
    ...ofUpdate,
    description:
      'ε is subtracted under the root, √(s - (c² + ε)): where the gradient is small the root is that of a negative number, NaN',
    remedy: '√(s - c² + ε)',
    layers: (setting) => (setting.optimizer.epsilon > 0 ? forOptimizers('rmsprop-centered')(setting) : []),
    mistake: stepping(['s', 'c'], (i, g, { s, c }, _t, { learningRate, decay, epsilon }) => {
      s[i] = decay * s[i] + (1 - decay) * g * g;
      c[i] = decay * c[i] + (1 - decay) * g;
      return (learningRate * g) / Math.sqrt(s[i] - (square(c[i]) + epsilon));
    }),
  },
  'adadelta-accumulator-before-update': {
    ...ofUpdate,
    description:
      'the step is divided by the mean square as it was before this gradient: the first step is lr·g, however small g is',
    remedy: 'first s ← ρ·s + (1 - ρ)·g², then the step',
    layers: forOptimizers('adadelta'),
    mistake: stepping(['s', 'r'], (i, g, { s, r }, _t, { learningRate, decay, epsilon }) => {
      const delta = (Math.sqrt(r[i] + epsilon) / Math.sqrt(s[i] + epsilon)) * g;
      s[i] = decay * s[i] + (1 - decay) * g * g;
      r[i] = decay * r[i] + (1 - decay) * delta * delta;
      return learningRate * delta;
    }),
  },
  'state-not-fresh': {
    ...ofUpdate,
    description:
      'the optimizer state is not fresh: it has made a step (with gradients of 1) for other parameters before',
    remedy: 'a new optimizer for new parameters; state is found by the parameter, not by its place in a list',
    layers: (setting) => whole(setting.optimizer.id !== 'sgd' && setting.optimizer.learningRate > 0),
    mistake: (_layer, { optimizer: { id } }) => ({
      optimizer: {
        init(w, spec) {
          const state = OPTIMIZER[id].init(w, spec);
          OPTIMIZER[id].update(
            w.slice(),
            w.map(() => 1),
            state,
            spec,
          );
          return state;
        },
        update: OPTIMIZER[id].update,
      },
    }),
  },
  'state-of-another-parameter': {
    stage: 'update',
    first: (layer) => [`b${layer + 1}`, `W${layer + 1}`], // the weights a step later, by what the bias did to their state
    description: "the bias uses the optimizer state of its layer's weights",
    remedy: 'one state for each parameter tensor, found by the tensor and not by its place in a list',
    layers: (setting) =>
      layersWhere(setting, () => setting.optimizer.id !== 'sgd' && setting.optimizer.learningRate > 0),
    mistake: (at) => ({ stateOf: (tensor) => (tensor === 2 * at + 1 ? 2 * at : tensor) }),
  },
} as const satisfies Record<string, Fault>;
