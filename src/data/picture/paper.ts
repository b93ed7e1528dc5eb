// Estimates how light the paper is at every pixel, also under uneven light. The border is assumed
// to be paper.
import { borderOf, median } from './shades.ts';
import type { Shades } from './shades.ts';

export interface Paper {
  /** Its shade at each pixel. */
  readonly values: Float32Array;
  /**
   * Standard deviation of the border's pixels from it: 1.4826 times their median distance (for
   * normal noise).
   */
  readonly noise: number;
}

/** Width of the border, as a share of the shorter side. */
const BORDER = 0.04;
/** Under even light, shades that differ by no more than this are the same paper. */
const EVEN = 4;
/** Most points that a surface is fitted to. */
const POINTS = 5000;
const ROUNDS = 20;
/** The fit has settled when no coefficient changes by as much, in shades. */
const SETTLED = 0.05;
/** The fit stops when less than this share of the points is near the surface. */
const LEAST_PAPER = 0.05;
/**
 * How far from the surface a pixel may be and still count as paper: in units of the noise, and at
 * least so many shades.
 */
const NEAR = { noise: 3, shades: 10 };

/**
 * Under even light the paper has one shade: the median of the border, if half of the border and a
 * third of the picture have it. Otherwise it is a surface of second order in row and column. First
 * a plane is fitted to the border (by least absolute deviations, so that a stroke that touches the
 * border does not count); then least squares are repeated over all pixels near the previous
 * surface.
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

function spread(distances: readonly number[]): number {
  return 1.4826 * median(distances.map(Math.abs));
}

/** Sets the new coefficients. @returns the largest change of one, in shades */
function moved(fitted: Float64Array, next: readonly number[]): number {
  const most = Math.max(...next.map((c, k) => Math.abs(c - fitted[k])));
  fitted.set(next);
  return most;
}

/**
 * 1, y, x, y², x y, x² of each point, y and x from -1 to 1: (points, 6). The surface is their sum,
 * weighted by the coefficients.
 */
interface Points {
  readonly at: Uint32Array;
  readonly terms: Float64Array;
}

const TERMS = 6;
const PLANE = 3; // the first three

function surface({ rows, cols, values }: Shades, border: readonly number[], level: number): Float32Array {
  const rim = pointsOf(border.length, (k) => border[k], rows, cols);
  const all = pointsOf(values.length, (k) => k, rows, cols);
  const fitted = new Float64Array(TERMS); // coefficients
  fitted[0] = level;
  for (let round = 0; round < ROUNDS; round++) {
    const weights = residuals(rim, values, fitted).map((r) => 1 / Math.max(1, Math.abs(r))); // |r| = r² / |r|
    if (moved(fitted, leastSquares(rim, weights, PLANE, values)) < SETTLED) break;
  }
  let noise = spread(Array.from(residuals(rim, values, fitted)));
  for (let round = 0; round < ROUNDS; round++) {
    const within = Math.max(NEAR.shades, NEAR.noise * noise);
    const left = residuals(all, values, fitted);
    const weights = left.map((r) => (Math.abs(r) <= within ? 1 : 0));
    const paper = Array.from(left.filter((_, k) => weights[k] === 1));
    if (paper.length < LEAST_PAPER * left.length) break;
    noise = spread(paper);
    if (moved(fitted, leastSquares(all, weights, TERMS, values)) < SETTLED) break;
  }
  const out = new Float32Array(values.length);
  const terms = new Float64Array(TERMS);
  for (let i = 0; i < out.length; i++) {
    setTerms(terms, 0, i, rows, cols);
    out[i] = valueAt(terms, 0, fitted);
  }
  return out;
}

/**
 * Every n-th of `count` positions, at most POINTS of them. n is odd because numbers of columns are
 * usually even.
 */
function pointsOf(count: number, position: (k: number) => number, rows: number, cols: number): Points {
  const step = Math.ceil(count / POINTS);
  const n = step + ((step + 1) % 2);
  const at = new Uint32Array(Math.ceil(count / n));
  const terms = new Float64Array(at.length * TERMS);
  for (let k = 0; k < at.length; k++) {
    at[k] = position(k * n);
    setTerms(terms, k * TERMS, at[k], rows, cols);
  }
  return { at, terms };
}

function setTerms(out: Float64Array, from: number, position: number, rows: number, cols: number): void {
  const y = (2 * Math.floor(position / cols)) / Math.max(1, rows - 1) - 1;
  const x = (2 * (position % cols)) / Math.max(1, cols - 1) - 1;
  out[from] = 1;
  out[from + 1] = y;
  out[from + 2] = x;
  out[from + 3] = y * y;
  out[from + 4] = x * y;
  out[from + 5] = x * x;
}

function valueAt(terms: Float64Array, from: number, coefficients: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < TERMS; j++) sum += terms[from + j] * coefficients[j];
  return sum;
}

function residuals({ at, terms }: Points, values: ArrayLike<number>, coefficients: Float64Array): Float64Array {
  const out = new Float64Array(at.length);
  for (let k = 0; k < at.length; k++) out[k] = values[at[k]] - valueAt(terms, k * TERMS, coefficients);
  return out;
}

/**
 * The first n coefficients c that make Σ w (value - terms · c)² smallest: the normal equations
 * AᵀWA c = AᵀWb. The others are 0.
 */
function leastSquares({ at, terms }: Points, weights: Float64Array, n: number, values: ArrayLike<number>): number[] {
  const equations = Array.from({ length: n }, () => new Float64Array(n + 1)); // (n, n + 1): AᵀWA and AᵀWb
  for (let k = 0; k < at.length; k++) {
    const w = weights[k];
    if (w === 0) continue;
    for (let i = 0; i < n; i++) {
      const wt = w * terms[k * TERMS + i];
      for (let j = 0; j < n; j++) equations[i][j] += wt * terms[k * TERMS + j];
      equations[i][n] += wt * values[at[k]];
    }
  }
  return solve(equations);
}

/**
 * Gauss-Jordan elimination. The matrix is symmetric and positive, so it needs no pivoting.
 * Undetermined unknowns are 0.
 */
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
