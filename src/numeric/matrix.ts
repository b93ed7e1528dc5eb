// Row-major matrices on typed arrays: the only container that crosses folder borders.
import { DataError } from '../errors.ts';
import { BLOCK, blockReader } from './blocks.ts';
import { newArray } from './dtype.ts';
import type { Dtype, FloatArray } from './dtype.ts';

/** rows x cols numbers, entry (r, c) at data[r * cols + c]. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: FloatArray;
}

/** A matrix (rows, cols) of zeros in this precision. */
export function zeros(dtype: Dtype, rows: number, cols: number): Matrix {
  return { rows, cols, data: newArray(dtype, rows * cols) };
}

/**
 * The matrix of nested arrays, for examples, tests and case files.
 * @throws DataError if the rows differ in length
 */
export function matrixOf(rows: readonly (readonly number[])[], dtype: Dtype = 'f32'): Matrix {
  const cols = rows[0]?.length ?? 0;
  const out = zeros(dtype, rows.length, cols);
  rows.forEach((row, r) => {
    if (row.length !== cols) throw new DataError(`row ${r} has length ${row.length}, but row 0 has length ${cols}`);
    out.data.set(row, r * cols);
  });
  return out;
}

/** Nested arrays, row by row: the inverse of matrixOf. The numbers are copied. */
export function toRows(m: Matrix): number[][] {
  return Array.from({ length: m.rows }, (_, r) => Array.from(m.data.subarray(r * m.cols, (r + 1) * m.cols)));
}

/** `values` itself if it already has this dtype, otherwise a copy converted to it. */
export function asDtype(values: FloatArray, dtype: Dtype): FloatArray {
  if (dtype === 'f32') return values instanceof Float32Array ? values : new Float32Array(values);
  return values instanceof Float64Array ? values : new Float64Array(values);
}

/** The position of the first NaN or infinity, or -1. */
export function firstNonFinite(values: FloatArray): number {
  for (let from = 0; from < values.length; from += BLOCK) {
    const count = Math.min(BLOCK, values.length - from);
    const at = nonFiniteIn(read(values, from), count);
    if (at >= 0) return from + at;
  }
  return -1;
}

const read = blockReader();

/** A loop by itself is compiled early. */
function nonFiniteIn(block: Float64Array, count: number): number {
  for (let i = 0; i < count; i++) if (!(Math.abs(block[i]) < Infinity)) return i;
  return -1;
}

/** The column of the largest entry of row r; the first of several equal ones. */
export function argMax(m: Matrix, r: number): number {
  let best = 0;
  for (let c = 1; c < m.cols; c++) if (m.data[r * m.cols + c] > m.data[r * m.cols + best]) best = c;
  return best;
}

/** A copy in binary64. */
export function toF64({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: new Float64Array(data) };
}
