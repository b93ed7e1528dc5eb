// Slopes hold what they claim, noise is found, kinks are told: on functions whose derivative is
// known.
import { describe, expect, it, test } from 'vitest';
import { noiseAlong } from '../../../src/check/function/noise.ts';
import { createRng } from '../../../src/numeric/rng.ts';
import { PRECISIONS, SMOOTH, along, drawSlope } from './known-slopes.ts';

describe.each(SMOOTH)('%s', (...one) => {
  it.each([
    ['f64', 1e-10],
    ['f32', 3e-3], // beside a hundred; the others are below 1e-3
  ] as const)('in %s: the error claimed holds, and is small', async (dtype, small) => {
    const rng = createRng(1, one[0] + dtype);
    const shares: number[] = [];
    let beyond = 0;
    for (let n = 0; n < 150; n++) {
      const { found, right } = await drawSlope(one, rng, PRECISIONS[dtype]);
      const { slope, error, size } = found;
      shares.push(error / Math.max(size, Math.abs(right)));
      const isClear = error <= 0.1 * size; // what is larger decides nothing
      if (isClear && !(Math.abs(slope - right) <= 2 * error)) beyond++; // a mistake is told from twice the error
    }
    expect(beyond).toBe(0);
    expect(shares.sort((p, q) => p - q)[75]).toBeLessThan(small);
  });
});

test('the control: an error ten times as small would not hold', async () => {
  const rng = createRng(1, 'control');
  let beyond = 0;
  for (let n = 0; n < 200; n++) {
    const x = rng.normal();
    const { slope, error } = await along((t) => Math.fround(Math.exp(Math.fround(x + t))));
    if (Math.abs(slope - Math.exp(x)) > error / 10) beyond++;
  }
  expect(beyond).toBeGreaterThan(10);
});

test('with kinks all about, steps become small enough to pass between them', async () => {
  const rng = createRng(1, 'kinks');
  const kinks = Array.from({ length: 2000 }, () => rng.normal());
  const { slope, error, isKink } = await along((t) => kinks.reduce((sum, k) => sum + Math.max(0, t - k), 0) / 100);
  const right = kinks.filter((k) => k < 0).length / 100;
  expect(Math.abs(slope - right)).toBeLessThanOrEqual(error);
  expect(error).toBeLessThan(1e-6);
  expect(isKink).toBe(false);
});

test.each([0, 1e-9])('a kink at (or within %d of) the point is told, with its jump', async (where) => {
  const { isKink, jump, slope } = await along((t) => Math.abs(t - where) + Math.sin(t));
  expect(isKink).toBe(true);
  expect(jump).toBeCloseTo(2, 3); // at the step h, 1e-9 / h is missing
  expect(slope).toBeCloseTo(1, 3);
});

test('no kink is told of a function without', async () => {
  for (const x of [0.1, 1, 2, 3]) expect((await along((t) => Math.exp(x + t))).isKink).toBe(false);
});

test.each([1e-4, 1e-7, 1e-10])('noise of a known size (%d) is found to a factor of 4', async (size) => {
  const rng = createRng(1, 'noise');
  const { sigma } = await noiseAlong({
    phi: async (t) => Math.sin(1 + 3 * t) + size * rng.normal(),
    value: Math.sin(1),
  });
  expect(sigma).toBeGreaterThan(size / 4);
  expect(sigma).toBeLessThan(size * 4);
});

test('single precision is recognised', async () => {
  const f = (t: number): number => Math.fround(Math.sin(Math.fround(0.3 + t)));
  expect(await noiseAlong({ phi: async (t) => f(t), value: f(0) })).toMatchObject({ single: true });
  const g = (t: number): number => Math.sin(0.3 + t);
  expect(await noiseAlong({ phi: async (t) => g(t), value: g(0) })).toMatchObject({ single: false });
});

test('the order of the Taylor remainder is 2 for the right slope and 1 for a wrong one', async () => {
  const { slope, order } = await along((t) => Math.exp(0.5 + t));
  expect(order(slope)).toBeCloseTo(2, 1);
  expect(order(slope * 1.01)).toBeCloseTo(1, 1);
});

test('a function that is not defined everywhere is measured where it is', async () => {
  const { slope, error } = await along((t) => Math.log(0.001 + t));
  expect(Math.abs(slope - 1000)).toBeLessThanOrEqual(error);
  expect(error).toBeLessThan(1e-3);
});
