// The container of numbers, and the two precisions.
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { DTYPES, SMALLEST_NORMAL_F32, UNIT_ROUNDOFF, dtypeOf, newArray, roundingOf } from '../../src/numeric/dtype.ts';
import { argMax, asDtype, firstNonFinite, matrixOf, toRows, zeros } from '../../src/numeric/matrix.ts';
import { refusal } from '../refusal.ts';

describe('matrices', () => {
  it('are row-major', () => {
    const m = matrixOf([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(m).toEqual({ rows: 2, cols: 3, data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    expect(toRows(m)).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(zeros('f64', 2, 2)).toEqual({ rows: 2, cols: 2, data: Float64Array.of(0, 0, 0, 0) });
    expect(matrixOf([])).toEqual({ rows: 0, cols: 0, data: new Float32Array(0) });
  });

  it('keep a number in their precision: 0.1 is rounded to binary32, not to binary64', () => {
    expect(matrixOf([[0.1]], 'f32').data[0]).toBe(13421773 / 2 ** 27); // 0.1 = 13421772.8 / 2^27
    expect(matrixOf([[0.1]], 'f64').data[0]).toBe(0.1);
  });

  it('refuse rows of unequal length, shorter or longer', () => {
    expect(refusal(DataError, () => matrixOf([[1, 2], [3, 4], [5]]))).toBe(
      'row 2 has length 1, but row 0 has length 2',
    );
    expect(refusal(DataError, () => matrixOf([[1], [2, 3]]))).toBe('row 1 has length 2, but row 0 has length 1');
  });

  it('are converted only if they have another precision', () => {
    const [single, double] = [Float32Array.of(0.5, 1 / 3), Float64Array.of(0.5, 1 / 3)];
    expect(asDtype(single, 'f32')).toBe(single);
    expect(asDtype(double, 'f64')).toBe(double);
    expect(asDtype(single, 'f64')).toEqual(Float64Array.of(0.5, Math.fround(1 / 3)));
    expect(asDtype(double, 'f32')).toEqual(single);
  });

  it('report the position of the first NaN or infinity', () => {
    for (const ArrayType of [Float32Array, Float64Array]) {
      expect(firstNonFinite(ArrayType.of(0, -0, 1e38, 5e-324))).toBe(-1);
      expect(firstNonFinite(ArrayType.of(1, NaN, Infinity))).toBe(1);
      expect(firstNonFinite(ArrayType.of(1, 2, -Infinity))).toBe(2);
      expect(firstNonFinite(ArrayType.of(Infinity))).toBe(0);
      for (const at of [0, 1, 1022, 1023, 1024, 2999]) {
        const values = new ArrayType(3000).fill(3e38);
        expect(firstNonFinite(values)).toBe(-1);
        values[at] = -Infinity;
        values[2999] = NaN;
        expect(firstNonFinite(values)).toBe(at);
      }
    }
  });

  it('report the column of the largest entry of a row, the first of several equal ones', () => {
    const m = matrixOf([
      [9, 9, 9],
      [-3, -1, -1],
      [0, 1, 2],
    ]);
    expect([0, 1, 2].map((r) => argMax(m, r))).toEqual([0, 1, 2]);
  });
});

describe('precisions', () => {
  it('are given by the type of the array', () => {
    for (const dtype of DTYPES) expect(dtypeOf(newArray(dtype, 3))).toBe(dtype);
    expect(newArray('f32', 3)).toEqual(new Float32Array(3));
  });

  it('round as a store into the array does', () => {
    expect(roundingOf(new Float32Array(0))(1 / 3)).toBe(Float32Array.of(1 / 3)[0]);
    expect(roundingOf(new Float64Array(0))(1 / 3)).toBe(1 / 3);
  });

  it('have a unit roundoff u: 1 + u is a tie, which rounds to the even 1, and anything above it is not', () => {
    for (const dtype of DTYPES) {
      const u = UNIT_ROUNDOFF[dtype];
      const sum = newArray(dtype, 2);
      sum[0] = 1 + u;
      sum[1] = 1 + 2 * u;
      expect(Array.from(sum)).toEqual([1, 1 + 2 * u]);
      expect(sum[1]).toBeGreaterThan(1);
    }
  });

  it('lose digits below the smallest normal number', () => {
    const third = (4 / 3) * SMALLEST_NORMAL_F32; // 1.0101...b x 2^-126: normal, so relative error at most u
    expect(Math.abs(Math.fround(third) - third) / third).toBeLessThanOrEqual(UNIT_ROUNDOFF.f32);
    const below = third / 2 ** 20; // 20 digits fewer, so the error exceeds u
    expect(Math.abs(Math.fround(below) - below) / below).toBeGreaterThan(UNIT_ROUNDOFF.f32);
  });
});
