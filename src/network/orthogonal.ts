// Random orthogonal weights. Saxe, McClelland & Ganguli 2014, Exact solutions to the nonlinear
// dynamics of learning in deep linear networks. Additions, products, quotients and roots alone: the
// same bits everywhere.
import { dot } from '../numeric/norms.ts';
import type { Rng } from '../numeric/rng.ts';

/**
 * Fills in a matrix with orthonormal columns (rows, if it is wider than high). A tensor of more
 * dimensions is a matrix with its last dimension as columns. Normal numbers, made orthogonal one
 * vector after the other (Gram-Schmidt, each twice, which keeps the digits): uniform among all
 * orthogonal matrices.
 */
export function orthogonal(values: Float32Array, rng: Rng, shape: readonly number[]): void {
  const cols = shape[shape.length - 1];
  const rows = values.length / cols;
  const [count, length] = rows >= cols ? [cols, rows] : [rows, cols];
  const vectors: Float64Array[] = [];
  for (let n = 0; n < count; n++) {
    const v = Float64Array.from({ length }, () => rng.normal());
    for (const before of [...vectors, ...vectors]) subtract(v, before, dot(v, before));
    const size = Math.sqrt(dot(v, v));
    for (let i = 0; i < length; i++) v[i] /= size;
    vectors.push(v);
  }
  vectors.forEach((v, n) => {
    for (let i = 0; i < length; i++) values[rows >= cols ? i * cols + n : n * cols + i] = v[i];
  });
}

function subtract(v: Float64Array, w: Float64Array, times: number): void {
  for (let i = 0; i < v.length; i++) v[i] -= times * w[i];
}
