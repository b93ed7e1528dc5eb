// The bound on the rounding error of a binary32 sum: its constants are derived again, and sums are
// compared with it.
import { describe, expect, it } from 'vitest';
import { LAMBDA, underflow } from '../../src/numeric/bounds/error-bound.ts';
import { randomMatrix } from '../tfjs-cpu.ts';

const u = 2 ** -24;

/**
 * The binary32 sum of products, with every product and every addition rounded: the worst order that
 * an engine could use.
 */
function roundedDot(x: ArrayLike<number>, w: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum = Math.fround(sum + Math.fround(x[i] * w[i]));
  return sum;
}

/** The sum in binary64, whose own error is 2^-29 of a binary32 rounding. */
function dot(x: ArrayLike<number>, w: ArrayLike<number>, of: (product: number) => number = (p) => p): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += of(x[i] * w[i]);
  return sum;
}

describe('lambda', () => {
  it('is the smallest number with one decimal for which 10^5 sums of 784 products stay within their bounds in all but 1 of 10^6 checks', () => {
    const failures = (lambda: number): number => 2 * 784 * 1e5 * Math.exp((-3 * lambda * lambda) / 2); // σ² = 1/3 of u²
    expect(failures(LAMBDA)).toBeLessThanOrEqual(1e-6);
    expect(failures(LAMBDA - 0.1)).toBeGreaterThan(1e-6);
  });
});

/**
 * The relative error (as a multiple of Σ|products|) that a binary32 sum of n products can have: the
 * smaller of the probabilistic bound and of the one that always holds, n·u (Higham, Accuracy and
 * Stability, 2002, eq. 3.5).
 */
function gamma(n: number): number {
  return Math.min(n, LAMBDA * Math.sqrt(n)) * u;
}

describe('the bound of a sum', () => {
  it('is n·u for short sums and λ·√n·u for long ones', () => {
    expect(gamma(0)).toBe(0);
    expect(gamma(1)).toBe(u);
    expect(gamma(22)).toBe(22 * u); // 4.7·√22 = 22.04
    expect(gamma(100)).toBe(47 * u); // 4.7·√100
    expect(gamma(784)).toBe(4.7 * 28 * u);
  });

  it.each([1, 2, 10, 48, 784, 5000])('holds for sums of %i products, which use some of it', (n) => {
    let used = 0;
    for (let seed = 0; seed < 20; seed++) {
      const [x, w] = [randomMatrix(seed, 1, n).data, randomMatrix(100 + seed, 1, n).data];
      const allowed = gamma(n) * dot(x, w, Math.abs);
      const error = Math.abs(roundedDot(x, w) - dot(x, w));
      expect(error).toBeLessThanOrEqual(allowed);
      used = Math.max(used, error / allowed);
    }
    expect(used).toBeGreaterThan(0.001); // not so wide that nothing could exceed it
  });

  it('does not hold for a sum with one product missing', () => {
    const [x, w] = [randomMatrix(1, 1, 784).data, randomMatrix(2, 1, 784).data];
    const allowed = gamma(784) * dot(x, w, Math.abs);
    expect(Math.abs(roundedDot(x.subarray(1), w.subarray(1)) - dot(x, w))).toBeGreaterThan(allowed);
  });
});

describe('underflow', () => {
  it('is 2^-126, the smallest normal binary32 number, for each operation', () => {
    expect(underflow(0)).toBe(0);
    expect(underflow(3)).toBe(3 * 2 ** -126);
  });
});
