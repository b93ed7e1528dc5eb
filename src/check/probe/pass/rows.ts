// Rows and columns of matrices, rearranged.
import { zeros } from '../../../numeric/matrix.ts';
import type { Matrix } from '../../../numeric/matrix.ts';

/** The matrix of the rows `from(r)`, for `count` values of r. */
export function rowsFrom(m: Matrix, from: (r: number) => number, count = m.rows): Matrix {
  const out = zeros('f64', count, m.cols);
  for (let r = 0; r < count; r++) {
    const at = from(r) * m.cols;
    out.data.set(m.data.subarray(at, at + m.cols), r * m.cols);
  }
  return out;
}

/** The first rows, as many as there are in `like`; null if there are fewer. */
export function firstRows(m: Matrix, like: Matrix): Matrix | null {
  return m.rows < like.rows || m.cols !== like.cols ? null : rowsFrom(m, (r) => r, like.rows);
}

/** Row r is the sum of all rows up to it. */
export function summedUp(m: Matrix): Matrix {
  const out = rowsFrom(m, (r) => r);
  for (let i = m.cols; i < out.data.length; i++) out.data[i] += out.data[i - m.cols];
  return out;
}

/** Each column by itself, as a new matrix. */
export function byColumns(m: Matrix, change: (column: Float64Array, c: number) => Float64Array): Matrix {
  const out = zeros('f64', m.rows, m.cols);
  for (let c = 0; c < m.cols; c++) {
    const column = Float64Array.from({ length: m.rows }, (_, r) => m.data[r * m.cols + c]);
    change(column, c).forEach((value, r) => (out.data[r * m.cols + c] = value));
  }
  return out;
}

/** Entry by entry. */
export function entries(m: Matrix, change: (value: number, at: number) => number): Matrix {
  return { rows: m.rows, cols: m.cols, data: Float64Array.from(m.data, change) };
}

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
