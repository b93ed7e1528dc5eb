// Formulas as docs/the-bound.md has them, computed here once more by hand: a dense layer forward,
// an update, and where λ comes from.
import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { boundedUpdates } from '../../src/bounds/update.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { LAMBDA } from '../../src/numeric/bounds/error-bound.ts';
import { FUNCTION_ERROR } from '../../src/numeric/bounds/function-errors.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network } from '../fixtures.ts';

const PAGE = readFileSync(new URL('../../docs/the-bound.md', import.meta.url), 'utf8');
const [u, F] = [2 ** -24, 2 ** -126];
const NETWORK = network(3, [], 'linear', 2, 'linear', 'mse');
const PARAMETERS = initialParameters(NETWORK, 'glorot-uniform', 1);
const BATCH = { inputs: matrixOf([[1, 2, -3], [0.5, 0, 4]]), targets: matrixOf([[1, 0], [0, 1]]) }; // prettier-ignore
const EXACT = boundedGradients(NETWORK, PARAMETERS, BATCH);
const near = (found: number, expected: number): void => expect(Math.abs(found / expected - 1)).toBeLessThan(1e-9);

test('z = x W + b: min(n·u·T + n·F, n·F + λ·(√n·u·T + (n/8)·u·|z|)), with n the inputs that are not 0, and one', () => {
  const [W, b] = PARAMETERS.map(({ values }) => values);
  const { value, error } = EXACT.layers[0].z;
  const [rows, units] = [2, 2];
  for (let r = 0; r < rows; r++)
    for (let o = 0; o < units; o++) {
      const x = [0, 1, 2].map((i) => BATCH.inputs.data[3 * r + i]);
      const n = 1 + x.filter((xi) => xi !== 0).length;
      const T = x.reduce((sum, xi, i) => sum + Math.abs(xi * W[units * i + o]), Math.abs(b[o]));
      const own = Math.sqrt(n) * u * T + (n / 8) * u * Math.abs(value.data[units * r + o]);
      near(error.data[units * r + o], Math.min(n * u * T + n * F, n * F + LAMBDA * own));
    }
});

test('w ← w - lr·g with a gradient that all are given: 1.001·u·(2·lr·|g| + |w|) + 2F', () => {
  const updates = boundedUpdates(NETWORK, optimizerSpec('sgd', { learningRate: 0.1 }), PARAMETERS);
  updates.step(EXACT.gradients);
  updates.errors.forEach(({ values }, t) =>
    values.forEach((error, i) => {
      const [w, g] = [updates.parameters[t].values[i], EXACT.gradients[t].values[i]];
      near(error, 1.001 * u * (2 * 0.1 * Math.abs(g) + Math.abs(w)) + 2 * F);
    }),
  );
});

test('λ is what the page says, and the least with one decimal that its inequality allows', () => {
  expect(PAGE).toContain(`λ = ${LAMBDA}.`);
  const chance = (lambda: number): number => 2 * 784 * 1e5 * Math.exp((-3 * lambda * lambda) / 2);
  expect(chance(LAMBDA)).toBeLessThanOrEqual(1e-6);
  expect(chance(LAMBDA - 0.1)).toBeGreaterThan(1e-6);
});

test('the errors that are allowed of the functions of engines stand on the page', () => {
  for (const [name, error] of Object.entries(FUNCTION_ERROR))
    expect(PAGE).toMatch(new RegExp(`\\| ${name} +\\|.*\\| +${String(error / u)} \\|`));
});
