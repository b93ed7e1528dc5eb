// Arithmetic on matrices entry by entry, and how many entries are not 0: of bounds of products.
import { zeros } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';

/** |m|, in binary64. */
export function absolute(m: Matrix, out = zeros('f64', m.rows, m.cols)): Matrix {
  const [to, from] = [out.data as Float64Array, m.data as Float64Array];
  for (let i = 0; i < to.length; i++) to[i] = Math.abs(from[i]);
  return out;
}

/** a ⊙ b, in binary64. */
export function times(a: Matrix, b: Matrix, out = zeros('f64', a.rows, a.cols)): Matrix {
  const [to, p, q] = [out.data, a.data, b.data] as Float64Array[];
  for (let i = 0; i < to.length; i++) to[i] = p[i] * q[i];
  return out;
}

/** a + b, in binary64. */
export function sum(a: Matrix, b: Matrix): Matrix {
  const out = zeros('f64', a.rows, a.cols);
  for (let i = 0; i < out.data.length; i++) out.data[i] = a.data[i] + b.data[i];
  return out;
}

/** How many numbers of each row are not 0. */
export function nonZeroInRows({ rows, cols, data }: Matrix): Float64Array {
  const counts = new Float64Array(rows);
  for (let r = 0, i = 0; r < rows; r++) for (let c = 0; c < cols; c++, i++) if (data[i] !== 0) counts[r]++;
  return counts;
}

/** How many numbers of each column are not 0. */
export function nonZeroInColumns({ rows, cols, data }: Matrix): Float64Array {
  const counts = new Float64Array(cols);
  for (let r = 0, i = 0; r < rows; r++) for (let c = 0; c < cols; c++, i++) if (data[i] !== 0) counts[c]++;
  return counts;
}
