// The yardstick itself: it must pass correct derivatives and fail wrong ones, and a bad step size
// must show.
import { describe, expect, it } from 'vitest';
import { centralDifference, gridMatrix, tolerance } from './central-difference.ts';

describe('central differences', () => {
  const x = [0.75];
  const f = (): number => x[0] ** 3;
  const exact = 3 * 0.75 ** 2;
  const allowed = tolerance({ third: 6, size: 1, operations: 3 });

  it('find the derivative of x³ within their tolerance, and restore x', () => {
    expect(Math.abs(centralDifference(f, x, 0) - exact)).toBeLessThanOrEqual(allowed);
    expect(x).toEqual([0.75]);
  });

  it('distinguish a derivative that is wrong by a millionth from the correct one', () => {
    expect(Math.abs(centralDifference(f, x, 0) - exact * (1 + 1e-6))).toBeGreaterThan(allowed);
  });

  it('have a tolerance that a step of 1/100 would exceed', () => {
    const h = 0.01;
    expect(Math.abs(((0.75 + h) ** 3 - (0.75 - h) ** 3) / (2 * h) - exact)).toBeGreaterThan(allowed);
  });
});

describe('test inputs', () => {
  it('are multiples of 2^-10, none of them 0, none too large', () => {
    const { data } = gridMatrix(1, 30, 30, 4);
    expect(data.every((x) => Number.isInteger(x * 1024) && x !== 0 && Math.abs(x) <= 8)).toBe(true);
  });
});
