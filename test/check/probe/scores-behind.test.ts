// The scores behind activations: where an activation shows them, they are found from far away;
// where many scores give the same number, nothing is claimed.
import { expect, test } from 'vitest';
import { scoresBehind } from '../../../src/check/probe/operations/scores-behind.ts';
import { activationOf } from '../../../src/ops/registry.ts';
import type { ActivationId } from '../../../src/ops/registry.ts';

/** The scores found behind f(z), from the same wrong beginning. */
function behind(id: ActivationId, z: readonly number[], near = 0.3): number[] {
  const page = activationOf(id);
  if (page.kind !== 'elementwise') throw new Error(`${id} is not elementwise`);
  const a = new Float64Array(z.length);
  page.forward(a, Float64Array.from(z));
  return Array.from(scoresBehind(page, a, new Float64Array(z.length).fill(near)));
}

test.each<ActivationId>(['tanh', 'sigmoid', 'leaky-relu', 'elu', 'softplus', 'linear'])('%s', (id) => {
  const z = [-1.5, -0.2, 0.7, 1.25];
  behind(id, z).forEach((found, n) => expect(found).toBeCloseTo(z[n], 8));
});

test('a number of 0 shows a score of 0, unless all below it give 0', () => {
  expect(behind('leaky-relu', [0, -1])).toEqual([0, -1]);
  expect(behind('relu', [0, -1, 2])).toEqual([NaN, NaN, 2]);
  expect(behind('relu', [-1], 1e-12)).toEqual([NaN]); // also where the right score is nearly 0
});

test('nothing is claimed of what is flat', () => {
  expect(behind('tanh', [30, 0.5])[0]).toBeNaN();
});
