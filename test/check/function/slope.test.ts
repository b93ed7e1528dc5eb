// Slopes hold what they claim, noise is found, kinks are told: on functions whose derivative is
// known.
import { describe, expect, it, test } from 'vitest';
import { OTHER_FIRST, noiseAlong } from '../../../src/check/function/noise.ts';
import { measureSlope } from '../../../src/check/function/slope.ts';
import type { Slope } from '../../../src/check/function/slope.ts';
import { createRng } from '../../../src/numeric/rng.ts';

type F = (x: number, a: number, r: (x: number) => number) => number;

const SMOOTH: [name: string, f: F, derivative: (x: number, a: number) => number][] = [
  ['sin', (x, a, r) => r(Math.sin(r(a * x))), (x, a) => a * Math.cos(a * x)],
  ['exp', (x, a, r) => r(Math.exp(r(a * x))), (x, a) => a * Math.exp(a * x)],
  ['square', (x, a, r) => r(r(a * r(x * x)) + 1), (x, a) => 2 * a * x],
  ['line', (x, a, r) => r(r(a * x) + 3), (_x, a) => a],
  ['rational', (x, a, r) => r(1 / r(1 + r(a * r(x * x)))), (x, a) => (-2 * a * x) / (1 + a * x * x) ** 2],
  ['root', (x, a, r) => r(Math.sqrt(r(1 + r(a * r(x * x))))), (x, a) => (a * x) / Math.sqrt(1 + a * x * x)],
  ['fifth power', (x, a, r) => r(a * r(x ** 5)), (x, a) => 5 * a * x ** 4],
];

async function along(f: (t: number) => number): Promise<Slope> {
  const line = { phi: async (t: number) => f(t), value: f(0) };
  const noise = await noiseAlong(line);
  const again = async (): Promise<typeof noise> => {
    const other = await noiseAlong(line, OTHER_FIRST);
    return other.sigma > noise.sigma ? { ...noise, sigma: other.sigma } : noise;
  };
  return measureSlope(line, noise, 2 ** -3, 0, again);
}

describe.each(SMOOTH)('%s', (name, f, derivative) => {
  it.each([
    ['f64', (x: number) => x, 1e-10],
    ['f32', Math.fround, 1e-3],
  ] as const)('in %s: the error claimed holds, and is small', async (dtype, r, small) => {
    const rng = createRng(1, name + dtype);
    const shares: number[] = [];
    let beyond = 0;
    for (let n = 0; n < 150; n++) {
      const [scale, x, a] = [10 ** (3 * rng.uniform() - 2), rng.normal(), 10 ** (2 * rng.uniform() - 1)];
      const { slope, error, size } = await along((t) => f(x + t * scale, a, r));
      const right = derivative(x, a) * scale;
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
  expect(jump).toBeCloseTo(2, 5);
  expect(slope).toBeCloseTo(1, 5);
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
