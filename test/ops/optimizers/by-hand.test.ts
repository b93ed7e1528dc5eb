// Steps computed by hand from each method's definition, in binary64.
//
// Tolerance: a step is at most 20 operations on numbers of at most 1 in size, three steps 60; each
// operation rounds by at most 2^-53.
import { describe, expect, it } from 'vitest';
import { OPTIMIZER, optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { OPTIMIZERS } from '../../../src/ops/optimizers/optimizer.ts';
import type { OptimizerId, OptimizerSpec } from '../../../src/ops/optimizers/optimizer.ts';

const ALLOWED = 60 * 2 ** -53;

type Chosen = Partial<Omit<OptimizerSpec, 'id'>>;

/** The weight, starting at 1, after each of these gradients. */
function steps(id: OptimizerId, gradients: number[], chosen: Chosen): number[] {
  const spec = optimizerSpec(id, chosen);
  const w = Float64Array.of(1);
  const state = OPTIMIZER[id].init(w, spec);
  return gradients.map((g) => {
    OPTIMIZER[id].update(w, Float64Array.of(g), state, spec);
    return w[0];
  });
}

/**
 * For each optimizer: the gradients, the hyperparameters, the weights by hand, and a hyperparameter
 * whose change must show.
 */
const BY_HAND: [OptimizerId, number[], Chosen, number[], Chosen][] = [
  // 1 - 0.1·0.5 = 0.95;  0.95 + 0.1·0.2 = 0.97;  0.97 - 0 = 0.97
  ['sgd', [0.5, -0.2, 0], { learningRate: 0.1 }, [0.95, 0.97, 0.97], { learningRate: 0.1001 }],
  // v = 0.5: 1 - 0.05 = 0.95;  v = 0.45 - 0.2 = 0.25: 0.95 - 0.025 = 0.925;
  // v = 0.225: 0.925 - 0.0225 = 0.9025
  ['momentum', [0.5, -0.2, 0], { learningRate: 0.1 }, [0.95, 0.925, 0.9025], { momentum: 0.8 }],
  // v = 0.5, g + 0.9·v = 0.95: 0.905;  v = 0.25, -0.2 + 0.225 = 0.025: 0.9025;
  // v = 0.225, 0.2025: 0.88225
  ['nesterov', [0.5, -0.2, 0], { learningRate: 0.1 }, [0.905, 0.9025, 0.88225], { momentum: 0.8 }],
  // ε = 0, decay 3/4. s = 0.16/4 = 0.04, g/√s = 0.4/0.2 = 2: 1 - 0.2 = 0.8;
  // s = 0.03 + 0.24²/4 = 0.03 + 0.0144 = 0.0444: -0.24/√0.0444;  s = 0.0333: no gradient, no step
  [
    'rmsprop',
    [0.4, -0.24, 0],
    { learningRate: 0.1, decay: 0.75, epsilon: 0 },
    [0.8, 0.8 + 0.024 / Math.sqrt(0.0444), 0.8 + 0.024 / Math.sqrt(0.0444)],
    { decay: 0.74 },
  ],
  // decay 3/4, ε = 0.0375. s = 0.16/4 = 0.04, c = 0.1, s - c² + ε = 0.03 + 0.0375 = 0.0675:
  // 1 - 0.04/√0.0675 s = 0.03, c = 0.075, s - c² + ε = 0.024375 + 0.0375 = 0.061875: no gradient,
  // no step
  [
    'rmsprop-centered',
    [0.4, 0],
    { learningRate: 0.1, decay: 0.75, epsilon: 0.0375 },
    [1 - 0.04 / Math.sqrt(0.0675), 1 - 0.04 / Math.sqrt(0.0675)],
    { decay: 0.74 },
  ],
  // ρ = 3/4, ε = 0.01. s = 0.16/4 = 0.04, Δ = 0.4·√(0.01/0.05): 1 - Δ/2;
  // r = Δ²/4 = 0.16·0.2/4 = 0.008 g = 0.2: s = 0.03 + 0.01 = 0.04, Δ = 0.2·√(0.018/0.05)
  [
    'adadelta',
    [0.4, 0.2],
    { learningRate: 0.5, decay: 0.75, epsilon: 0.01 },
    [1 - 0.2 * Math.sqrt(0.2), 1 - 0.2 * Math.sqrt(0.2) - 0.1 * Math.sqrt(0.36)],
    { decay: 0.74 },
  ],
  // β₁ = 1/2, β₂ = 3/4, ε = 0. t = 1: m = 0.2, m̂ = 0.2/(1/2) = 0.4; v = 0.04,
  // v̂ = 0.04/(1/4) = 0.16: m̂/√v̂ = 1 t = 2, g = 0: m = 0.1, m̂ = 0.1/(3/4); v = 0.03, v̂ = 0.03/(7/16)
  // t = 3, g = 0.4: m = 0.05 + 0.2 = 0.25, m̂ = 0.25/(7/8); v = 0.0225 + 0.04 = 0.0625,
  // v̂ = 0.0625/(37/64)
  [
    'adam',
    [0.4, 0, 0.4],
    { learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0 },
    [
      0.9,
      0.9 - (0.1 * (0.1 / (3 / 4))) / Math.sqrt(0.03 / (7 / 16)),
      0.9 -
        (0.1 * (0.1 / (3 / 4))) / Math.sqrt(0.03 / (7 / 16)) -
        (0.1 * (0.25 / (7 / 8))) / Math.sqrt(0.0625 / (37 / 64)),
    ],
    { beta2: 0.76 },
  ],
  // ε = 0.09. s = 0.16: 0.4/√0.25 = 0.8; s = 0.16 + 0.0576 = 0.2176: -0.24/√0.3076
  [
    'adagrad',
    [0.4, -0.24],
    { learningRate: 0.1, epsilon: 0.09 },
    [0.92, 0.92 + 0.024 / Math.sqrt(0.3076)],
    { epsilon: 0.1 },
  ],
  // β₁ = 1/2, β₂ = 3/4, ε = 0.1. m = 0.2, n = 0.4: 0.1/(1/2)·0.2/0.5 = 0.08;
  // m = 0.1 + 0.1 = 0.2, n = max(0.3, 0.2) = 0.3: 0.1/(3/4)·0.2/0.4
  [
    'adamax',
    [0.4, 0.2],
    { learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0.1 },
    [0.92, 0.92 - (0.1 / 0.75) * 0.5],
    { beta2: 0.9 },
  ],
  // as the first step of adam above, from 1·(1 - 0.1·0.5) = 0.95
  [
    'adamw',
    [0.4],
    { learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0, weightDecay: 0.5 },
    [0.85],
    { weightDecay: 0.6 },
  ],
  // 1·(1 - 0.1·0.5) - 0.1·0.5 = 0.9; 0.9·0.95 + 0.02
  ['sgd', [0.5, -0.2], { learningRate: 0.1, weightDecay: 0.5 }, [0.9, 0.9 * 0.95 + 0.02], { weightDecay: 0.6 }],
];

describe.each(BY_HAND)('%s', (id, gradients, chosen, expected, changed) => {
  it('takes the steps of its definition', () => {
    steps(id, gradients, chosen).forEach((w, t) => expect(Math.abs(w - expected[t])).toBeLessThanOrEqual(ALLOWED));
  });

  it('takes other steps with another hyperparameter', () => {
    const last = expected.length - 1;
    expect(Math.abs(steps(id, gradients, { ...chosen, ...changed })[last] - expected[last])).toBeGreaterThan(1e-6);
  });
});

describe('epsilon', () => {
  it('of rmsprop is inside the root', () => {
    // s = 0.16/4 = 0.04, s + ε = 0.25: 1 - 0.1·0.4/0.5 = 0.92; outside it would be
    // 1 - 0.04/(0.2 + 0.21)
    const [w] = steps('rmsprop', [0.4], { learningRate: 0.1, decay: 0.75, epsilon: 0.21 });
    expect(Math.abs(w - 0.92)).toBeLessThanOrEqual(ALLOWED);
  });

  it('of adam is outside the root', () => {
    // m̂ = 0.4, v̂ = 0.16: 1 - 0.1·0.4/(0.4 + 0.1) = 0.92; inside it would be 1 - 0.04/√0.26
    const [w] = steps('adam', [0.4], { learningRate: 0.1, epsilon: 0.1 });
    // here 1 - 0.999 = 0.001 magnifies the rounding of 0.999 a thousand times; the root halves that
    expect(Math.abs(w - 0.92)).toBeLessThanOrEqual(1000 * ALLOWED);
  });
});

describe('a first step of adam', () => {
  it('has the size of the learning rate, whatever the size of the gradient', () => {
    // Kingma & Ba 2015, section 2.1: m̂/√v̂ = ±1 at t = 1; ε = 1e-7 subtracts 1e-7/|g| of it
    for (const g of [1000, 1, -1]) {
      const [w] = steps('adam', [g], { learningRate: 0.01 });
      expect(Math.abs(w - (1 - (0.01 * Math.sign(g)) / (1 + 1e-7 / Math.abs(g))))).toBeLessThan(1000 * ALLOWED);
    }
  });
});

describe.each(OPTIMIZERS)('%s', (id) => {
  it('changes no weight with learning rate 0, and some with another rate', () => {
    const spec = optimizerSpec(id, { learningRate: 0 });
    for (const start of [Float32Array.of(1, -2, 0, 1e-30), Float64Array.of(1, -2, 0, 1e-300)]) {
      const w = start.slice();
      const g = start.map((_, i) => i - 1.5);
      const state = OPTIMIZER[id].init(w, spec);
      for (let t = 0; t < 3; t++) OPTIMIZER[id].update(w, g, state, spec);
      expect(w).toEqual(start);
      OPTIMIZER[id].update(w, g, state, { ...spec, learningRate: 0.1 });
      expect(w).not.toEqual(start);
    }
  });

  it('keeps a separate state for each tensor', () => {
    const spec = optimizerSpec(id);
    const alone = (gradients: number[], between: () => void): number[] => {
      const w = Float64Array.of(1, 2);
      const state = OPTIMIZER[id].init(w, spec);
      for (const g of gradients) {
        OPTIMIZER[id].update(w, Float64Array.of(g, -g), state, spec);
        between();
      }
      return Array.from(w);
    };
    const other = Float64Array.of(5, 5);
    const otherState = OPTIMIZER[id].init(other, spec);
    const disturb = (): void => OPTIMIZER[id].update(other, Float64Array.of(100, 100), otherState, spec);
    expect(alone([0.5, -0.1, 0.3], disturb)).toEqual(alone([0.5, -0.1, 0.3], () => undefined));
    expect(other).not.toEqual(Float64Array.of(5, 5));
  });

  it('does not change the gradient', () => {
    const [w, g] = [Float32Array.of(1, 2), Float32Array.of(0.5, -0.5)];
    const spec = optimizerSpec(id);
    OPTIMIZER[id].update(w, g, OPTIMIZER[id].init(w, spec), spec);
    expect(g).toEqual(Float32Array.of(0.5, -0.5));
  });
});
