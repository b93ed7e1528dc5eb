// Random order: each position once, and every order equally likely.
import { describe, expect, it } from 'vitest';
import { createRng, permutation } from '../../src/numeric/rng.ts';

describe('permutations', () => {
  it('hold each position exactly once', () => {
    for (const n of [0, 1, 2, 3, 1000]) {
      const sorted = Array.from(permutation(createRng(n, 'test'), n)).sort((a, b) => a - b);
      expect(sorted).toEqual(Array.from({ length: n }, (_, i) => i));
    }
  });

  it('are all equally likely', () => {
    const counts = new Map<string, number>();
    const rng = createRng(8, 'test');
    const draws = 24_000;
    for (let i = 0; i < draws; i++) {
      const key = permutation(rng, 4).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // each of the 4! = 24 is binomial (24000, 1/24): mean 1000, standard deviation √(1000·23/24)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt((1000 * 23) / 24));
  });

  it('would not be if each place were exchanged with any other', () => {
    // the common mistake: 4^4 = 256 equally likely outcomes do not divide evenly among 24 orders
    const rng = createRng(8, 'test');
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = [0, 1, 2, 3];
      for (let a = 0; a < 4; a++) {
        const b = rng.below(4);
        [order[a], order[b]] = [order[b], order[a]];
      }
      counts.set(order.join(), (counts.get(order.join()) ?? 0) + 1);
    }
    const off = Array.from(counts.values(), (count) => Math.abs(count - 1000));
    expect(Math.max(...off)).toBeGreaterThan(5 * Math.sqrt((1000 * 23) / 24));
  });
});
