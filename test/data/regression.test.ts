// Generated sets with targets: the same for the same seed, and each target near its formula.
import { describe, expect, it } from 'vitest';
import { REGRESSION, makeRegression } from '../../src/data/regression.ts';
import type { RegressionId } from '../../src/data/regression.ts';

const N = 4000;

interface Point {
  readonly x: readonly number[];
  readonly y: number;
}

function points(name: RegressionId, seed = 1): Point[] {
  const { width, values, targets } = makeRegression(name, N, 1, seed).train;
  return Array.from(targets?.values ?? [], (y, i) => ({ x: [...values.subarray(width * i, width * (i + 1))], y }));
}

/** Mean and standard deviation. */
function momentsOf(x: readonly number[]): { mean: number; deviation: number } {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  return { mean, deviation: Math.sqrt(x.reduce((sum, a) => sum + (a - mean) ** 2, 0) / x.length) };
}

/**
 * The residuals of N targets have mean 0 and this deviation, within five standard errors.
 */
function expectNoise(residuals: readonly number[], sigma: number): void {
  const { mean, deviation } = momentsOf(residuals);
  expect(Math.abs(mean)).toBeLessThan((5 * sigma) / Math.sqrt(residuals.length));
  expect(Math.abs(deviation - sigma)).toBeLessThan((5 * sigma) / Math.sqrt(2 * residuals.length));
}

describe.each(REGRESSION)('%s', (name) => {
  it('is the same for the same seed, and differs for other seeds, including 0 and negative ones', () => {
    const text = (seed: number): string => JSON.stringify(points(name, seed).slice(0, 20));
    expect(text(1)).toBe(text(1));
    expect(new Set([0, 1, -1, 2].map(text)).size).toBe(4);
  });

  it('has the requested sizes, one target per example, no labels, and other examples for the test', () => {
    const { train, test, classes } = makeRegression(name, 7, 5, 1);
    const width = name === 'sine' ? 1 : 8;
    expect([train.count, train.width, train.values.length, train.labels.length]).toEqual([7, width, 7 * width, 0]);
    expect([test.count, test.width, test.targets?.values.length, test.targets?.width]).toEqual([5, width, 5, 1]);
    expect([...test.values]).not.toEqual([...train.values.subarray(0, 5 * width)]);
    expect(classes).toBe(1);
  });
});

describe('sine', () => {
  it('has targets sin x with noise of standard deviation 0.1', () => {
    expectNoise(points('sine').map(({ x: [x], y }) => y - Math.sin(x)), 0.1); // prettier-ignore
  });

  it('has x all over -π to π', () => {
    const x = points('sine').map((p) => p.x[0]);
    expect(Math.max(...x.map(Math.abs))).toBeLessThanOrEqual(Math.fround(Math.PI));
    const { mean, deviation } = momentsOf(x); // uniform: mean 0, deviation 2π/√12
    expect(Math.abs(mean)).toBeLessThan((5 * 2 * Math.PI) / Math.sqrt(12 * N));
    expect(Math.abs(deviation - (2 * Math.PI) / Math.sqrt(12))).toBeLessThan(0.05);
  });
});

describe('housing', () => {
  it('has the price of its formula, with noise 0.3, where that is not cut off', () => {
    const price = ([income, age, , bedrooms, , people, latitude, longitude]: readonly number[]): number => {
      const inland = longitude + 117.2 + 0.75 * (latitude - 32.5);
      return 0.4 * income + 0.01 * age + 0.2 * bedrooms - 0.15 * people - 0.3 * inland + 1;
    };
    // 4 deviations within the limits, so that none of these is cut off but by chance 6e-5
    const own = points('housing').filter(({ x }) => price(x) > 0.15 + 1.2 && price(x) < 5 - 1.2);
    expect(own.length).toBeGreaterThan(N / 2);
    expectNoise(own.map(({ x, y }) => y - price(x)), 0.3); // prettier-ignore
    for (const { y } of points('housing')) expect(y >= Math.fround(0.15) && y <= 5).toBe(true);
  });

  it('has inputs of scales that are three orders of magnitude apart', () => {
    const deviations = Array.from({ length: 8 }, (_, c) => momentsOf(points('housing').map(({ x }) => x[c])).deviation);
    expect(Math.max(...deviations) / Math.min(...deviations)).toBeGreaterThan(1000);
    expect(makeRegression('housing', 1, 1, 1).mixedScales).toBe(true);
    expect(makeRegression('sine', 1, 1, 1).mixedScales).toBeUndefined();
  });
});
