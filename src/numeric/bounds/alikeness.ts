// Where rounding errors are not independent: weights of two layers that line up, and units or
// examples that are equal.
import type { FloatArray } from '../dtype.ts';
import { zeros } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';
import { multiply } from '../fast-products.ts';
import { createRng } from '../rng.ts';

/**
 * An error at i passes through P (I, M) to all M units of a layer, and through Q (M, K) to k. If
 * the paths were independent, the squared error at k would be Σ_m P_im² Q_mk²; the true one is (Σ_m
 * P_im Q_mk)². For weights without a pattern the two are equal on average. For weights that line up
 * the second is larger, by a factor of up to M. The entries here are the square roots of the
 * ratios, at least 1.
 */
export interface Alignment {
  /** For each k, over all i: for errors in the forward pass. */
  readonly forward: Float64Array;
  /** For each i, over all k: for errors in the backward pass. */
  readonly backward: Float64Array;
}

/** The weights that errors passed through, with their layer number. */
export interface Through {
  readonly layer: number;
  readonly W: Matrix;
}

/** Measures how the weights of two layers line up. */
export type Align = (below: Through, above: Through) => Alignment;

/** Computes each alignment once, for batches that use the same weights. */
export function alignOnce(): Align {
  const known = new Map<string, Alignment>();
  return (below, above) => {
    const key = `${below.layer} ${above.layer}`;
    const found = known.get(key) ?? alignment(below.W, above.W);
    known.set(key, found);
    return found;
  };
}

export function alignment(P: Matrix, Q: Matrix): Alignment {
  const [together, apart] = [zeros('f64', P.rows, Q.cols), zeros('f64', P.rows, Q.cols)];
  multiply(together, P, Q);
  multiply(apart, squared(P), squared(Q));
  const [forward, backward] = [new Float64Array(Q.cols), new Float64Array(P.rows)];
  const [apartForward, apartBackward] = [new Float64Array(Q.cols), new Float64Array(P.rows)];
  for (let i = 0, at = 0; i < P.rows; i++) {
    for (let k = 0; k < Q.cols; k++, at++) {
      const square = together.data[at] * together.data[at];
      forward[k] += square;
      backward[i] += square;
      apartForward[k] += apart.data[at];
      apartBackward[i] += apart.data[at];
    }
  }
  return { forward: rootsOfRatios(forward, apartForward), backward: rootsOfRatios(backward, apartBackward) };
}

function rootsOfRatios(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, i) => (x > b[i] && b[i] > 0 ? Math.sqrt(x / b[i]) : 1));
}

/**
 * How often one number (except 0) repeats in each column; 1 if none does. Equal neighbours are
 * counted, and entries equal to the first. That covers what occurs: constant weights, and gradients
 * of a network with the same output for every example. Equal products are all rounded the same way
 * (n of them by up to n/4 roundings, not √n).
 */
export function repeatsInColumns({ rows, cols, data }: Matrix): Float64Array {
  return Float64Array.from({ length: cols }, (_, c) => repeats(data, c, cols, rows));
}

export function repeatsInRows({ rows, cols, data }: Matrix): Float64Array {
  return Float64Array.from({ length: rows }, (_, r) => repeats(data, r * cols, 1, cols));
}

function repeats(data: FloatArray, from: number, stride: number, count: number): number {
  let [neighbours, first] = [1, 1];
  for (let i = 1, at = from + stride; i < count; i++, at += stride) {
    if (data[at] === 0) continue;
    if (data[at] === data[at - stride]) neighbours++;
    if (data[at] === data[from]) first++;
  }
  return Math.max(neighbours, first);
}

/**
 * How many rows equal row r, itself included. Equal rows have equal errors, not independent ones.
 */
export function rowsAlike(m: Matrix): Float64Array {
  return counts(fingerprints(m, 1, m.cols, m.rows, m.cols));
}

/** How many columns of W (with their entries of b) equal column o, itself included. */
export function columnsAlike(W: Matrix, b: FloatArray): Float64Array {
  const prints = fingerprints(W, W.cols, 1, W.cols, W.rows);
  return counts(prints.map((print, o) => print + Math.E * b[o]));
}

/**
 * One number for each of `count` rows or columns. Equal rows get equal numbers; others almost
 * never do.
 */
function fingerprints({ data }: Matrix, stride: number, apart: number, count: number, length: number): Float64Array {
  const rng = createRng(1, 'fingerprints');
  const factors = Float64Array.from({ length }, () => rng.uniform());
  return Float64Array.from({ length: count }, (_, c) => {
    let print = 0;
    for (let i = 0, at = c * apart; i < length; i++, at += stride) print += factors[i] * data[at];
    return print;
  });
}

function counts(prints: Float64Array): Float64Array {
  const seen = new Map<number, number>();
  for (const print of prints) seen.set(print, (seen.get(print) ?? 0) + 1);
  return prints.map((print) => seen.get(print) ?? 1);
}

function squared(m: Matrix): Matrix {
  return { rows: m.rows, cols: m.cols, data: m.data.map((x) => x * x) };
}
