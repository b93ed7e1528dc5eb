// Lengths and distances of vectors, as the root of a sum of squares. The measures that reports
// print are in difference.ts.

/** ‖x‖₂, several arrays taken as one vector. */
export function norm(...arrays: readonly ArrayLike<number>[]): number {
  let sum = 0;
  for (const x of arrays) for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return Math.sqrt(sum);
}

/** ‖x - y‖₂, several arrays taken as one vector. */
export function distance(xs: readonly ArrayLike<number>[], ys: readonly ArrayLike<number>[]): number {
  let sum = 0;
  xs.forEach((x, n) => {
    for (let i = 0; i < x.length; i++) sum += (x[i] - ys[n][i]) * (x[i] - ys[n][i]);
  });
  return Math.sqrt(sum);
}

/** Σ x y */
export function dot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}
