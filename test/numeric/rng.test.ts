// The seeded generator: determinism, separate streams, and moments within five standard errors. A
// mean exceeds five standard errors with probability 6e-7. The seeds are fixed, so a test that
// passes once always passes.
import { describe, expect, it } from 'vitest';
import { createRng, permutation } from '../../src/numeric/rng.ts';

const N = 100_000;

function draw(count: number, next: () => number): Float64Array {
  return Float64Array.from({ length: count }, next);
}

function mean(values: Float64Array, of: (x: number) => number = (x) => x): number {
  return values.reduce((sum, x) => sum + of(x), 0) / values.length;
}

/** The first 64 bits of a stream. */
const start = (seed: number, purpose: string): string => {
  const rng = createRng(seed, purpose);
  return `${rng.uniform()} ${rng.uniform()}`;
};

describe('streams', () => {
  it('give the same numbers for the same seed and purpose', () => {
    const [a, b] = [createRng(7, 'parameters'), createRng(7, 'parameters')];
    expect(draw(100, a.normal)).toEqual(draw(100, b.normal));
  });

  it.each([1, 2, 255, 256, 257, 3000])('give %i normal numbers at a time as one after another', (count) => {
    const [a, b] = [createRng(7, 'parameters'), createRng(7, 'parameters')];
    const [doubles, singles] = [new Float64Array(count), new Float32Array(count)];
    a.fillNormal(doubles, 0.3);
    a.fillNormal(singles, 3);
    expect(doubles).toEqual(draw(count, () => 0.3 * b.normal()));
    expect(singles).toEqual(Float32Array.from(draw(count, () => 3 * b.normal())));
    expect(a.uniform()).toBe(b.uniform());
  });

  it('differ by seed, including 0, negative seeds and the largest', () => {
    const seeds = [
      0,
      1,
      -1,
      2,
      -2,
      42,
      2 ** 31,
      2 ** 32,
      2 ** 32 + 1,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
    ];
    expect(new Set(seeds.map((seed) => start(seed, 'parameters'))).size).toBe(seeds.length);
  });

  it('differ by purpose', () => {
    const purposes = ['', 'parameters', 'epoch 0', 'epoch 1', 'xor train', 'xor test'];
    expect(new Set(purposes.map((purpose) => start(1, purpose))).size).toBe(purposes.length);
  });

  it('differ over all pairs of a seed and an epoch', () => {
    // 21 x 21 streams from 32 bits of state: two coincide by chance with probability
    // 441² / 2^33 = 2e-5
    const starts = new Map<string, string>();
    const same: string[] = [];
    for (let seed = 0; seed <= 20; seed++) {
      for (let epoch = 0; epoch <= 20; epoch++) {
        const [key, name] = [start(seed, `epoch ${epoch}`), `seed ${seed} epoch ${epoch}`];
        const other = starts.get(key);
        if (other !== undefined) same.push(`${other} = ${name}`);
        starts.set(key, name);
      }
    }
    expect(same).toEqual([]);
  });

  it('are not correlated with each other', () => {
    // the mean of N products of independent variables of variance 1/12 has the standard error
    // (1/12)/√N
    const [a, b] = [createRng(1, 'parameters'), createRng(2, 'parameters')];
    expect(Math.abs(mean(draw(N, () => (a.uniform() - 0.5) * (b.uniform() - 0.5))))).toBeLessThan(
      5 / 12 / Math.sqrt(N),
    );
  });

  it('give these bits on every machine (golden values from 2026, kept so that a change is noticed)', () => {
    const uniform = createRng(1, 'parameters').uniform;
    expect(Array.from({ length: 4 }, () => uniform() * 2 ** 32)).toEqual([
      2316559093, 2911309763, 2041040254, 3433538070,
    ]);
    const normal = createRng(1, 'parameters').normal;
    expect(Array.from({ length: 2 }, () => normal())).toEqual([0.4343555241832644, -0.1177322759067929]);
    expect(Array.from(permutation(createRng(1, 'parameters'), 8))).toEqual([0, 5, 1, 6, 3, 2, 7, 4]);
  });
});

describe('uniform numbers', () => {
  const values = draw(N, createRng(3, 'test').uniform);

  it('are multiples of 2^-32 in [0, 1)', () => {
    expect(values.every((x) => x >= 0 && x < 1 && Number.isInteger(x * 2 ** 32))).toBe(true);
  });

  it('have mean 1/2 and variance 1/12', () => {
    expect(Math.abs(mean(values) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / N));
    // variance of (x - 1/2)²: fourth central moment 1/80 minus (1/12)² is 1/180
    expect(Math.abs(mean(values, (x) => (x - 0.5) ** 2) - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / N));
  });

  it('do not depend on the previous number', () => {
    expect(Math.abs(mean(values.subarray(1).map((x, i) => (x - 0.5) * (values[i] - 0.5))))).toBeLessThan(
      5 / 12 / Math.sqrt(N - 1),
    );
  });

  it('below(n) takes 0 .. n-1, each equally often', () => {
    const rng = createRng(4, 'test');
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < N; i++) counts[rng.below(7)]++;
    // each count is binomial (N, 1/7)
    for (const count of counts) expect(Math.abs(count - N / 7)).toBeLessThan(5 * Math.sqrt((N * 6) / 49));
    expect(rng.below(1)).toBe(0);
  });
});

describe('normal numbers', () => {
  const values = draw(N, createRng(5, 'test').normal);

  it('have mean 0, variance 1 and fourth moment 3', () => {
    // standard errors: of x 1, of x² √2, of x⁴ √(105 - 9) (eighth moment 105)
    expect(Math.abs(mean(values))).toBeLessThan(5 / Math.sqrt(N));
    expect(Math.abs(mean(values, (x) => x * x) - 1)).toBeLessThan(5 * Math.sqrt(2 / N));
    expect(Math.abs(mean(values, (x) => x ** 4) - 3)).toBeLessThan(5 * Math.sqrt(96 / N));
  });

  it('lie within one standard deviation as often as in a normal distribution, and uniform ones do not', () => {
    const p = 0.682689492137; // erf(1/√2)
    const share = (xs: Float64Array): number => mean(xs, (x) => (Math.abs(x) < 1 ? 1 : 0));
    const bound = 5 * Math.sqrt((p * (1 - p)) / N);
    expect(Math.abs(share(values) - p)).toBeLessThan(bound);
    const uniform = draw(N, createRng(6, 'test').uniform).map((x) => (2 * x - 1) * Math.sqrt(3)); // variance 1 too
    expect(Math.abs(share(uniform) - p)).toBeGreaterThan(bound);
  });
});
