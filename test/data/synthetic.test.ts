// Generated data sets: the same for the same seed, and each point near the place that defines
// its class.
import { describe, expect, it } from 'vitest';
import { SYNTHETIC, makeSynthetic } from '../../src/data/synthetic.ts';
import type { SyntheticId } from '../../src/data/synthetic.ts';

const N = 4000;
const NOISE = 0.1;

interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: number;
}

function points(name: SyntheticId, seed = 1): Point[] {
  const { values, labels } = makeSynthetic(name, N, 1, seed).train;
  return Array.from(labels, (label, i) => ({ x: values[2 * i], y: values[2 * i + 1], label }));
}

/**
 * The mean square of values that should be NOISE² or less, within five standard errors
 * NOISE²·√(2/count).
 */
function expectNoise(squares: number[], sigma: number): void {
  const mean = squares.reduce((sum, s) => sum + s, 0) / squares.length;
  expect(Math.abs(mean - sigma ** 2)).toBeLessThan(5 * sigma ** 2 * Math.sqrt(2 / squares.length));
}

describe.each(SYNTHETIC)('%s', (name) => {
  it('is the same for the same seed, and another for another, 0 and negative ones included', () => {
    const text = (seed: number): string => JSON.stringify(points(name, seed).slice(0, 20));
    expect(text(1)).toBe(text(1));
    expect(new Set([0, 1, -1, 2].map(text)).size).toBe(4);
  });

  it('has the sizes asked for, and other points to test than to train', () => {
    const { train, test, classes } = makeSynthetic(name, 7, 5, 1);
    expect([train.count, train.width, train.values.length, train.labels.length]).toEqual([7, 2, 14, 7]);
    expect([test.count, test.width, test.values.length, test.labels.length]).toEqual([5, 2, 10, 5]);
    expect(Array.from(test.values)).not.toEqual(Array.from(train.values.subarray(0, 10)));
    expect(classes).toBe(name === 'spirals' ? 3 : 2);
  });

  it('has each class equally often', () => {
    const { classes } = makeSynthetic(name, 1, 1, 1);
    const counts = new Array<number>(classes).fill(0);
    for (const { label } of points(name)) counts[label]++;
    const p = 1 / classes; // each count is binomial (N, p): five standard deviations
    for (const count of counts) expect(Math.abs(count - N * p)).toBeLessThan(5 * Math.sqrt(N * p * (1 - p)));
  });
});

describe('xor', () => {
  it('has the exclusive or of the nearest corner as its class', () => {
    // a coordinate is nearer to the other corner if its noise exceeds 0.5, five standard
    // deviations: 5.7e-7 of them
    const wrong = points('xor').filter(({ x, y, label }) => (Math.round(x) ^ Math.round(y)) !== label);
    expect(wrong).toEqual([]);
    const or = points('xor').filter(({ x, y, label }) => (Math.round(x) | Math.round(y)) !== label);
    expect(or.length).toBeGreaterThan(N / 5); // corner (1, 1) is what tells them apart
  });

  it('has all four corners and noise of standard deviation 0.1 about them', () => {
    const set = points('xor');
    expect(new Set(set.map(({ x, y }) => `${Math.round(x)}${Math.round(y)}`)).size).toBe(4);
    expectNoise(
      set.flatMap(({ x, y }) => [(x - Math.round(x)) ** 2, (y - Math.round(y)) ** 2]),
      NOISE,
    );
  });
});

describe('moons', () => {
  // Class 0: the upper half of the unit circle about (0, 0). Class 1: the lower half of the one
  // about (1, 0.5).
  const centred = ({ x, y, label }: Point) => (label === 0 ? { x, y } : { x: x - 1, y: 0.5 - y });

  it('has points within the noise of the half circle of their class', () => {
    for (const { x, y } of points('moons').map(centred)) {
      // two normal coordinates lie beyond 6 standard deviations with probability exp(-18) = 1.5e-8
      expect(Math.abs(Math.hypot(x, y) - 1)).toBeLessThan(6 * NOISE);
      expect(y).toBeGreaterThan(-6 * NOISE);
    }
    const swapped = points('moons').map((p) => centred({ ...p, label: 1 - p.label }));
    expect(swapped.some(({ x, y }) => Math.abs(Math.hypot(x, y) - 1) > 6 * NOISE)).toBe(true);
  });

  it('has points all along both half circles', () => {
    for (const label of [0, 1]) {
      const own = points('moons').filter((p) => p.label === label).map(centred); // prettier-ignore
      // the angle is uniform in [0, π): cos has mean 0, variance 1/2; sin has mean 2/π, variance
      // 1/2 - 4/π²
      const mean = (of: (p: { x: number; y: number }) => number): number =>
        own.reduce((sum, p) => sum + of(p), 0) / own.length;
      const error = (variance: number): number => 5 * Math.sqrt((variance + NOISE ** 2) / own.length);
      expect(Math.abs(mean((p) => p.x))).toBeLessThan(error(1 / 2));
      expect(Math.abs(mean((p) => p.y) - 2 / Math.PI)).toBeLessThan(error(1 / 2 - 4 / Math.PI ** 2));
    }
  });
});

describe('spirals', () => {
  /** How far the point's angle is from 4·(label + radius), in (-π, π]. */
  const residual = ({ x, y, label }: Point): number => {
    const turn = Math.atan2(x, y) - 4 * (label + Math.hypot(x, y));
    return turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
  };

  it('has points on the arm of their class, with angular noise of standard deviation 0.2', () => {
    const residuals = points('spirals').map(residual);
    expectNoise(residuals.map((r) => r * r), 2 * NOISE); // prettier-ignore
    // beyond 6 standard deviations with probability 2e-9
    for (const r of residuals) expect(Math.abs(r)).toBeLessThan(12 * NOISE);
    const other = points('spirals').map((p) => residual({ ...p, label: (p.label + 1) % 3 }));
    expect(other.some((r) => Math.abs(r) > 12 * NOISE)).toBe(true);
  });

  it('has radii all over [0, 1)', () => {
    const radii = points('spirals').map(({ x, y }) => Math.hypot(x, y));
    const mean = radii.reduce((sum, r) => sum + r, 0) / N;
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / N));
    // stored in binary32, so up to 2^-24 above a radius below 1
    expect(Math.max(...radii)).toBeLessThanOrEqual(1 + 2 ** -24);
  });
});
