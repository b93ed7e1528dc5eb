// Every place that can be the first wrong one has a formula, with the number of its own layer.
import { describe, expect, test } from 'vitest';
import { ACTIVATIONS, isRowActivation } from '../../src/ops/registry.ts';
import { OPTIMIZERS } from '../../src/ops/optimizers/optimizer.ts';
import { formulaAt, updateFormula } from '../../src/network/formulas.ts';
import { network } from '../fixtures.ts';

describe.each(ACTIVATIONS)('%s', (activation) => {
  const hidden = isRowActivation(activation) ? 'relu' : activation;
  const spec = network(3, [4, 5], hidden, 2, activation, 'mse');

  test('has a formula at every place of three layers', () => {
    for (const l of [1, 2, 3]) {
      for (const kind of ['z', 'a', 'dz', 'dW', 'db']) {
        expect(formulaAt(`${kind}${l}`, spec)).toMatch(new RegExp(`^${kind}${l} = \\S`));
      }
    }
    expect(formulaAt('loss', spec)).toMatch(/^loss = /);
    expect(formulaAt('dz2', spec)).toContain('dz3 W3ᵀ');
    expect(formulaAt('dz3', spec)).toContain('2 (output - target) / (B·K)');
  });
});

test('formulas use the number of their own layer', () => {
  const spec = network(3, [4], 'relu', 2, 'softmax', 'cross-entropy');
  expect(formulaAt('z1', spec)).toBe('z1 = x W1 + b1');
  expect(formulaAt('z2', spec)).toBe('z2 = a1 W2 + b2');
  expect(formulaAt('dW1', spec)).toBe('dW1 = xᵀ dz1');
  expect(formulaAt('dW2', spec)).toBe('dW2 = a1ᵀ dz2');
  expect(formulaAt('dz1', spec)).toBe('dz1 = (dz2 W2ᵀ) ⊙ (1 where z > 0, else 0)');
  expect(formulaAt('dz2', spec)).toBe('dz2 = (softmax(z2)·Σ_j target_j - target) / B');
});

test('a name that is not a place has no formula', () => {
  const spec = network(3, [4], 'relu', 2, 'softmax', 'cross-entropy');
  for (const name of ['z3', 'z0', 'outputs', 'W1', '']) expect(formulaAt(name, spec)).toBe(null);
});

test('every optimizer has the formula of one step', () => {
  for (const id of OPTIMIZERS) expect(updateFormula(id)).toMatch(/w ← w - lr/);
});
