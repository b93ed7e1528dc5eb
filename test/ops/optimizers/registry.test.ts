// Optimizers by name: defaults that are defined once and allow 0, and refusals.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { OPTIMIZERS } from '../../../src/ops/optimizers/optimizer.ts';
import type { OptimizerId } from '../../../src/ops/optimizers/optimizer.ts';
import { OPTIMIZER, optimizerPage, optimizerPages, optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { refusal } from '../../refusal.ts';

describe('an optimizer', () => {
  it('has every hyperparameter filled in with the defaults of TensorFlow.js', () => {
    // tfjs 4.22.0: adam β₁ 0.9, β₂ 0.999, ε 1e-7; rmsprop decay 0.9; Kingma & Ba 2015 suggest lr
    // 0.001 for adam
    expect(optimizerSpec('adam')).toEqual({
      id: 'adam',
      learningRate: 0.001,
      momentum: 0.9,
      decay: 0.9,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-7,
    });
    for (const id of OPTIMIZERS) expect(optimizerSpec(id).learningRate).toBe(optimizerPage(id).learningRate);
  });

  it('reads the hyperparameters that its page names, and no others', () => {
    for (const { id, reads, init, update } of optimizerPages()) {
      const spec = optimizerSpec(id as OptimizerId);
      const after = (other: object): Float64Array => {
        const w = Float64Array.of(1, 2);
        const state = init(w, { ...spec, ...other });
        for (const g of [0.5, -0.25]) update(w, Float64Array.of(g, 3 * g), state, { ...spec, ...other });
        return w;
      };
      const names = (['momentum', 'decay', 'beta1', 'beta2', 'epsilon', 'weightDecay'] as const).filter(
        (name) => after({ [name]: 0.5 }).toString() !== after({}).toString(),
      );
      expect(names, id).toEqual(reads);
    }
  });

  it('takes chosen values, including 0', () => {
    const zeros = { learningRate: 0, momentum: 0, decay: 0, beta1: 0, beta2: 0, epsilon: 0 };
    expect(optimizerSpec('sgd', zeros)).toEqual({ id: 'sgd', ...zeros });
    const others = { learningRate: 1, momentum: 0.1, decay: 0.2, beta1: 0.3, beta2: 0.4, epsilon: 0.5 };
    expect(optimizerSpec('rmsprop', others)).toEqual({ id: 'rmsprop', ...others });
  });

  it('has weight decay where its page reads it, by default in adamw alone', () => {
    expect(optimizerSpec('adamw').weightDecay).toBe(0.01);
    expect(optimizerSpec('adamw', { weightDecay: 0 }).weightDecay).toBe(0);
    expect(optimizerSpec('sgd')).not.toHaveProperty('weightDecay');
    expect(optimizerSpec('sgd', { weightDecay: 0.1 }).weightDecay).toBe(0.1);
    expect(refusal(UsageError, () => optimizerSpec('momentum', { weightDecay: 0.1 }))).toBe(
      'momentum has no weight decay of its own | use sgd or adamw, or a penalty',
    );
    expect(refusal(UsageError, () => optimizerSpec('adamw', { weightDecay: -1 }))).toBe(
      'weight decay: expected a number of at least 0, got -1',
    );
  });

  it('starts with slots of zeros in the precision and length of its tensor, new ones each time', () => {
    const slots = {
      sgd: [],
      momentum: ['v'],
      nesterov: ['v'],
      rmsprop: ['s'],
      adam: ['m', 'v'],
      'rmsprop-centered': ['s', 'c'],
      adadelta: ['s', 'r'],
      adagrad: ['s'],
      adamax: ['m', 'n'],
      adamw: ['m', 'v'],
      nadam: ['m', 'v'],
    };
    for (const id of OPTIMIZERS) {
      for (const w of [Float32Array.of(1, 2, 3), Float64Array.of(1, 2, 3)]) {
        const state = OPTIMIZER[id].init(w, optimizerSpec(id));
        expect(Object.keys(state.slots)).toEqual(slots[id]);
        for (const slot of Object.values(state.slots)) expect(slot).toEqual(w.map(() => 0));
        const again = OPTIMIZER[id].init(w, optimizerSpec(id));
        for (const name of slots[id]) expect(again.slots[name]).not.toBe(state.slots[name]);
        expect(again.scalars).not.toBe(state.scalars);
      }
    }
  });

  it.each([-0.1, -1e-300, NaN, Infinity, -Infinity])('is refused with learning rate %d', (learningRate) => {
    for (const id of OPTIMIZERS) {
      expect(refusal(UsageError, () => optimizerSpec(id, { learningRate }))).toBe(
        `learning rate: expected a number of at least 0, got ${learningRate}`,
      );
    }
  });

  it('is refused under an unknown name, with the choices', () => {
    for (const name of ['adm', 'toString', '']) {
      expect(refusal(UsageError, () => optimizerSpec(name as OptimizerId))).toBe(
        `unknown optimizer "${name}" | choose one of sgd, momentum, nesterov, rmsprop, adam, rmsprop-centered, adadelta, adagrad, adamax, adamw, nadam`,
      );
    }
  });
});
