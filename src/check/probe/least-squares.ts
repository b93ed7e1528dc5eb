// Sums of given columns that come nearest to given numbers.
import { dot } from '../../numeric/norms.ts';

/**
 * Coefficients c with Σ_j c_j column_j nearest to the target, every row divided by its tolerance
 * first. null if the columns do not decide.
 */
export function fitted(
  columns: readonly ArrayLike<number>[],
  target: ArrayLike<number>,
  tolerance: ArrayLike<number>,
): number[] | null {
  const [n, m] = [target.length, columns.length];
  const scaled = columns.map((column) => divided(column, tolerance, n));
  const y = divided(target, tolerance, n);
  const sizes = scaled.map((column) => Math.sqrt(dot(column, column)));
  if (sizes.some((size) => !(size > 0) || !Number.isFinite(size))) return null;
  const q = scaled.map((column, j) => column.map((x) => x / sizes[j]));
  // Gram-Schmidt; each column has the length 1, and what is left of it says whether it is needed
  const r: number[][] = [];
  for (let j = 0; j < m; j++) {
    r[j] = [];
    for (let again = 0; again < 2; again++) {
      for (let i = 0; i < j; i++) {
        const share = dot(q[i], q[j]);
        r[j][i] = (r[j][i] ?? 0) + share;
        for (let k = 0; k < n; k++) q[j][k] -= share * q[i][k];
      }
    }
    const left = Math.sqrt(dot(q[j], q[j]));
    if (!(left > DEPENDENT)) return null;
    r[j][j] = left;
    for (let k = 0; k < n; k++) q[j][k] /= left;
  }
  const b = q.map((column) => dot(column, y));
  const c = new Array<number>(m).fill(0);
  for (let j = m - 1; j >= 0; j--) {
    let rest = b[j];
    for (let i = j + 1; i < m; i++) rest -= r[i][j] * c[i];
    c[j] = rest / r[j][j];
  }
  return c.map((x, j) => x / sizes[j]);
}

function divided(column: ArrayLike<number>, by: ArrayLike<number>, n: number): Float64Array {
  const out = new Float64Array(n);
  for (let i = 0; i < n; i++) out[i] = column[i] / by[i];
  return out;
}

/** A column that the others make up to this share is no column of its own. */
const DEPENDENT = 1e-5;

/**
 * The largest distance from the target, as a share of the tolerance; infinite if it is not
 * finite.
 */
export function misfit(
  columns: readonly ArrayLike<number>[],
  c: readonly number[],
  target: ArrayLike<number>,
  tolerance: ArrayLike<number>,
): number {
  let worst = 0;
  for (let i = 0; i < target.length; i++) {
    let value = 0;
    for (let j = 0; j < columns.length; j++) value += c[j] * columns[j][i];
    const share = Math.abs(value - target[i]) / tolerance[i];
    if (!Number.isFinite(share)) return Infinity;
    worst = Math.max(worst, share);
  }
  return worst;
}
