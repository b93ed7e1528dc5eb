// Central finite differences in binary64, and how far they can be from the derivative.
//
// h is a power of two, and test inputs are multiples of 2^-10 below 2^5 in size, so x + h and x - h
// are exact.
import type { Matrix } from '../../src/numeric/matrix.ts';
import { randomMatrix } from '../tfjs-cpu.ts';

const H = 2 ** -17;

/** (f(x + h) - f(x - h)) / 2h for entry `at`, which is restored. */
export function centralDifference(f: () => number, x: { [at: number]: number }, at: number): number {
  const before = x[at];
  x[at] = before + H;
  const above = f();
  x[at] = before - H;
  const below = f();
  x[at] = before;
  return (above - below) / (2 * H);
}

/**
 * Taylor: the quotient differs from f' by at most h²/6·max|f'''|. Rounding: f takes `operations`
 * operations with results of at most `size`, each with an error of at most 2^-52 of it (exp, log
 * and tanh: one unit in the last place); f is evaluated twice, and the difference is divided by 2h.
 * The derivative under test makes as many roundings without the factor 1/h; doubling `operations`
 * covers them many times over.
 */
export function tolerance({ third, size, operations }: { third: number; size: number; operations: number }): number {
  return (H * H * third) / 6 + (2 * operations * 2 ** -52 * size) / H;
}

/** Normal numbers as multiples of 2^-10, at least 2^-10 from 0 and at most `limit` in size. */
export function gridMatrix(seed: number, rows: number, cols: number, scale = 1, limit = 8): Matrix {
  const m = randomMatrix(seed, rows, cols, { scale }, 'f64');
  m.data.forEach((x, i) => {
    const onGrid = Math.max(-limit, Math.min(limit, Math.round(x * 1024) / 1024));
    m.data[i] = onGrid === 0 ? 2 ** -10 : onGrid;
  });
  return m;
}
