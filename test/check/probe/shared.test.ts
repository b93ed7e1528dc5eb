// Gradients of two layers in one array: told as that, and not where they are alike for a reason.
import { expect, test } from 'vitest';
import { gradientCheck } from '../../../src/check/gradient-check.ts';
import type { GradientCheck } from '../../../src/check/gradient-check.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { namedTensors } from '../../../src/network/parameters.ts';
import { network, randomBatch, startOf } from '../../fixtures.ts';
import { altered } from '../sabotage.ts';

const SPEC = network(3, [4, 4, 4], 'tanh', 3, 'softmax', 'cross-entropy');
const SGD = optimizerSpec('sgd');

async function check(change: (values: Record<string, Float64Array>) => void): Promise<GradientCheck> {
  const right = await createEngine('vector', SPEC, SGD, { dtype: 'f64' });
  const candidate = altered(right, {
    lossAndGradients: async (batch) => {
      const answer = await right.lossAndGradients(batch);
      const named = namedTensors(answer.gradients);
      change(Object.fromEntries(named.map(({ name, values }) => [name, values as Float64Array])));
      return answer;
    },
  });
  const reference = await createEngine('vector', SPEC, SGD);
  const setting = { network: SPEC, optimizer: SGD, scaling: { mean: 0, deviation: 1 } };
  const injector = {
    setting,
    inject: (injection: object) => createEngine('vector', SPEC, SGD, { dtype: 'f64', injection }),
  };
  return gradientCheck(SPEC, startOf(SPEC, 1), randomBatch(SPEC, 5, 1), { candidate, reference }, { injector });
}

const told = ({ diagnosis }: GradientCheck): string[] => diagnosis?.probed?.told.map(({ text }) => text) ?? [];

test('one array for two layers', async () => {
  const found = await check(({ W2, W3 }) => W3.set(W2));
  expect(told(found)).toEqual(['dW2 and dW3 are the same numbers in every answer: one array may serve for both.']);
});

test('not where both are 0', async () => {
  const found = await check(({ W2, W3 }) => {
    W2.fill(0);
    W3.fill(0);
  });
  expect(found.verdict.kind).toBe('disagree');
  expect(told(found).join()).not.toMatch(/one array/);
});
