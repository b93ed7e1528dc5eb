// Measured distances. Every expected number is computed by hand.
import { describe, expect, it } from 'vitest';
import { difference, haveSameBits, ulpDistance } from '../../src/numeric/difference.ts';

const f32 = (...values: number[]): Float32Array => Float32Array.from(values);
const f64 = (...values: number[]): Float64Array => Float64Array.from(values);

describe('difference', () => {
  it('is zero between equal arrays', () => {
    expect(difference(f32(1, -0, 3), f32(1, -0, 3))).toEqual({ identical: true, max: 0, at: 0, relative: 0 });
    expect(difference(f32(), f32())).toEqual({ identical: true, max: 0, at: 0, relative: 0 });
    expect(difference(f32(0), f32(0)).relative).toBe(0);
  });

  it('gives the largest distance, its first index, and the distance relative to the longer of the two', () => {
    // a - b = (0, 4, 0, -4): ‖a-b‖ = √32; ‖a‖ = √(9+16) = 5, ‖b‖ = √(9+16) = 5
    const measured = difference(f64(3, 4, 0, 0), f64(3, 0, 0, 4));
    expect(measured).toEqual({ identical: false, max: 4, at: 1, relative: Math.sqrt(32) / 5 });
    // relative to the longer one, whichever it is: ‖(0, 8)‖ / ‖(6, 8)‖ = 8 / 10
    expect(difference(f64(6, 0), f64(6, 8)).relative).toBe(0.8);
    expect(difference(f64(6, 8), f64(6, 0)).relative).toBe(0.8);
  });

  it('calls +0 and -0 equal but not identical', () => {
    expect(difference(f32(0), f32(-0))).toEqual({ identical: false, max: 0, at: 0, relative: 0 });
  });

  it('calls equal numbers of unequal precision not identical', () => {
    expect(difference(f32(0.5), f64(0.5))).toEqual({ identical: false, max: 0, at: 0, relative: 0 });
  });

  it.each([
    [NaN, NaN],
    [NaN, 1],
    [1, NaN],
    [Infinity, Infinity],
    [-Infinity, -Infinity],
    [Infinity, 1],
    [1, -Infinity],
    [NaN, Infinity],
  ])('never lets %d agree with %d', (p, q) => {
    expect(difference(f32(1, p), f32(1, q))).toEqual({ identical: false, max: Infinity, at: 1, relative: Infinity });
    expect(difference(f64(p), f64(q))).toEqual({ identical: false, max: Infinity, at: 0, relative: Infinity });
  });

  it('is relative for binary64 numbers of every size', () => {
    // 2^±700 squared leaves the range of binary64; powers of two make every step exact
    expect(difference(f64(2 ** -700), f64(2 ** -699)).relative).toBe(0.5);
    expect(difference(f64(2 ** 700), f64(2 ** 701)).relative).toBe(0.5);
  });

  it('refuses arrays of unequal length', () => {
    expect(() => difference(f32(1), f32(1, 2))).toThrow(new RangeError('1 entries compared with 2'));
  });
});

describe('ulpDistance', () => {
  it('counts steps from one binary32 number to the next', () => {
    expect(ulpDistance(1, 1)).toBe(0);
    expect(ulpDistance(1, 1 + 2 ** -23)).toBe(1); // the next number above 1
    expect(ulpDistance(1, 1 - 2 ** -24)).toBe(1); // the next number below 1
    expect(ulpDistance(1, 2)).toBe(2 ** 23); // as many numbers as a 23-bit fraction has
    expect(ulpDistance(-1, -1 - 2 ** -23)).toBe(1);
    expect(ulpDistance(5, 4)).toBe(ulpDistance(4, 5));
  });

  it('counts across zero, which it counts once', () => {
    expect(ulpDistance(0, -0)).toBe(0);
    expect(ulpDistance(0, 2 ** -149)).toBe(1); // the smallest subnormal
    expect(ulpDistance(-0, 2 ** -149)).toBe(1);
    expect(ulpDistance(-(2 ** -149), 2 ** -149)).toBe(2);
    expect(ulpDistance(-1, 1)).toBe(2 * 0x3f800000); // 1 has the bits 3f800000
  });

  const LARGEST = (2 - 2 ** -23) * 2 ** 127;

  it.each([NaN, Infinity, -Infinity])('never lets %d agree with anything', (bad) => {
    for (const other of [0, 1, LARGEST, NaN, Infinity, -Infinity]) {
      expect([other, ulpDistance(bad, other), ulpDistance(other, bad)]).toEqual([other, Infinity, Infinity]);
    }
  });

  it('is finite between the largest finite numbers', () => {
    expect(ulpDistance(LARGEST, -LARGEST)).toBe(2 * 0x7f7fffff); // the bits of the largest
  });
});

describe('the same bits', () => {
  it('are those of 0 and NaN too, and of arrays of one kind', () => {
    expect(haveSameBits(f32(1, -0, NaN), f32(1, -0, NaN))).toBe(true);
    expect(haveSameBits(f64(1, 5e-324, -Infinity), f64(1, 5e-324, -Infinity))).toBe(true);
    expect(haveSameBits(f64(0, 1, 2).subarray(1), f64(1, 2))).toBe(true);
    expect(haveSameBits(f32(), f32())).toBe(true);
    expect(haveSameBits(f32(0), f32(-0))).toBe(false);
    expect(haveSameBits(f64(1, 2), f64(1, 2 + 2 ** -51))).toBe(false);
    expect(haveSameBits(f64(1, 2), f64(1))).toBe(false);
    expect(haveSameBits(f32(1, 2), f64(1, 2))).toBe(false);
  });
});
