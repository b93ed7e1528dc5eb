// The noise of a function is measured, not assumed: in both precisions, and never if the values
// give no basis.
import { expect, test } from 'vitest';
import { noiseOf } from '../../src/check/slopes/noise.ts';
import { createRng } from '../../src/numeric/rng.ts';

const smooth = (t: number): number => Math.sin(1 + 3 * t) + Math.exp(0.5 + t);

test.each([1e-4, 1e-7, 1e-10])('noise of a known size (%d) is found to a factor of 3', async (size) => {
  const rng = createRng(1, 'noise');
  const found = await noiseOf(async (t) => smooth(t) + size * rng.normal());
  expect(found).toBeGreaterThan(size / 3);
  expect(found).toBeLessThan(size * 3);
});

test('a function in single precision has the noise of single precision', async () => {
  const found = await noiseOf(async (t) => Math.fround(Math.fround(smooth(Math.fround(0.3 + t))) * 1.1));
  expect(found).toBeGreaterThan(1e-8);
  expect(found).toBeLessThan(1e-6);
});

test('a smooth function in double precision has almost none', async () => {
  const found = await noiseOf(async (t) => smooth(t));
  expect(found).toBeLessThan(1e-13);
});

test.each([
  ['constant', () => 1],
  ['not a number', () => NaN],
  ['infinite in places', (t: number) => (t > 0 ? Infinity : 1)],
])('a function that is %s has no estimate', async (_what, f) => {
  expect(await noiseOf(async (t) => f(t))).toBeNull();
});
