// How light the paper is at every place of a picture, under light that need not be even. The border is taken to be paper.
import { borderOf, median } from './shades.ts';
import type { Shades } from './shades.ts';

export interface Paper {
  /** Its shade at each pixel. */
  readonly values: Float32Array;
  /** Standard deviation of the pixels of the border around it: 1.4826 times their median distance (for normal noise). */
  readonly noise: number;
}

/** The border is so wide, as a share of the shorter side. */
const BORDER = 0.04;
/** Shades this near are the same paper, where the light is even. */
const EVEN = 4;
/** Points that a surface is fitted to, at most. */
const POINTS = 10_000;
const ROUNDS = 20;
/** In units of the noise, and at least so many shades: how far from the surface a pixel may be and count as paper. */
const NEAR = { noise: 3, shades: 10 };

/**
 * One shade where the light is even: the median of the border, if half of the border and a third of the whole have it. Else a surface of
 * second order in row and column: first a plane through the border (least absolute deviations, so that a stroke that touches it does not
 * count), then, round after round, least squares over all pixels that are near the surface of the round before.
 */
export function paperOf(picture: Shades): Paper {
  const { rows, cols, values } = picture;
  const border = borderOf(rows, cols, Math.max(1, Math.round(BORDER * Math.min(rows, cols))));
  const level = median(border.map((i) => values[i]));
  const near = (i: number): boolean => Math.abs(values[i] - level) <= EVEN;
  let count = 0;
  for (let i = 0; i < values.length; i++) if (near(i)) count++;
  const even = 2 * border.filter(near).length >= border.length && 3 * count >= values.length;
  const paper = even ? new Float32Array(values.length).fill(level) : surface(picture, border, level);
  return { values: paper, noise: spread(border.map((i) => values[i] - paper[i])) };
}

function spread(residuals: readonly number[]): number {
  return 1.4826 * median(residuals.map(Math.abs));
}

/** c0 + c1 y + c2 x + c3 y² + c4 x y + c5 x², with y and x from -1 to 1. */
type Coefficients = readonly number[];

function surface({ rows, cols, values }: Shades, border: readonly number[], level: number): Float32Array {
  const terms = (i: number): number[] => {
    const y = (2 * Math.floor(i / cols)) / Math.max(1, rows - 1) - 1;
    const x = (2 * (i % cols)) / Math.max(1, cols - 1) - 1;
    return [1, y, x, y * y, x * y, x * x];
  };
  const at = (c: Coefficients, i: number): number => terms(i).reduce((sum, t, k) => sum + t * (c[k] ?? 0), 0);
  const rim = thinned(border);
  let fitted: Coefficients = [level];
  for (let round = 0; round < ROUNDS; round++) {
    const weights = rim.map((i) => 1 / Math.max(1, Math.abs(values[i] - at(fitted, i)))); // |r| = r² / |r|
    fitted = leastSquares(rim, weights, (i) => terms(i).slice(0, 3), values);
  }
  const points = thinned(Array.from(values, (_, i) => i));
  let noise = spread(rim.map((i) => values[i] - at(fitted, i)));
  for (let round = 0; round < ROUNDS; round++) {
    const within = Math.max(NEAR.shades, NEAR.noise * noise);
    const paper = points.filter((i) => Math.abs(values[i] - at(fitted, i)) <= within);
    if (paper.length < 100) break;
    fitted = leastSquares(paper, null, terms, values);
    noise = spread(paper.map((i) => values[i] - at(fitted, i)));
  }
  return Float32Array.from(values, (_, i) => at(fitted, i));
}

/** Every n-th, so that no more than POINTS are left. n shares no factor with usual numbers of columns: no column is seen alone. */
function thinned(positions: readonly number[]): readonly number[] {
  const step = Math.ceil(positions.length / POINTS);
  if (step === 1) return positions;
  const n = step + ((step + 1) % 2); // odd
  return positions.filter((_, k) => k % n === 0);
}

/** Coefficients c that make Σ w (value - terms · c)² smallest: the normal equations AᵀWA c = AᵀWb. */
function leastSquares(
  positions: readonly number[],
  weights: readonly number[] | null,
  terms: (position: number) => number[],
  values: ArrayLike<number>,
): Coefficients {
  const n = terms(0).length;
  const equations = Array.from({ length: n }, () => new Float64Array(n + 1)); // (n, n + 1): AᵀWA and AᵀWb
  positions.forEach((position, k) => {
    const [t, w] = [terms(position), weights?.[k] ?? 1];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) equations[i][j] += w * t[i] * t[j];
      equations[i][n] += w * t[i] * values[position];
    }
  });
  return solve(equations);
}

/** Gauss-Jordan elimination; the matrix is symmetric and positive, so pivots are taken as they come. What is not determined is 0. */
function solve(equations: Float64Array[]): number[] {
  const n = equations.length;
  for (let k = 0; k < n; k++) {
    const pivot = equations[k][k];
    if (!(pivot > 1e-9 * (equations[0][0] || 1)) && k > 0) {
      equations[k].fill(0);
      continue;
    }
    for (let j = k; j <= n; j++) equations[k][j] /= pivot;
    for (let i = 0; i < n; i++) {
      const factor = equations[i][k];
      if (i !== k) for (let j = k; j <= n; j++) equations[i][j] -= factor * equations[k][j];
    }
  }
  return equations.map((row) => row[n]);
}
