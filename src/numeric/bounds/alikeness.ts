// Where rounding errors are not independent: weights of two layers that line up, and units or
// examples that are equal.
import type { FloatArray } from '../dtype.ts';
import type { Matrix } from '../matrix.ts';
import { multiplyInStrips } from '../fast-products.ts';
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
  const [forward, backward] = [new Float64Array(Q.cols), new Float64Array(P.rows)];
  const [apartForward, apartBackward] = [new Float64Array(Q.cols), new Float64Array(P.rows)];
  const both = [
    { left: P, right: Q, kind: 'value' },
    { left: P, right: Q, kind: 'square' },
  ] as const;
  multiplyInStrips(both, false, ({ first, rows, stride, products: [together, apart] }) => {
    for (let r = 0, i = first; r < rows; r++, i++) {
      for (let k = 0, at = r * stride; k < Q.cols; k++, at++) {
        const square = together[at] * together[at];
        forward[k] += square;
        backward[i] += square;
        apartForward[k] += apart[at];
        apartBackward[i] += apart[at];
      }
    }
  });
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
  const [neighbours, first] = [new Float64Array(cols).fill(1), new Float64Array(cols).fill(1)];
  for (let r = 1, at = cols; r < rows; r++) {
    for (let c = 0; c < cols; c++, at++) {
      const x = data[at];
      if (x === 0) continue;
      if (x === data[at - cols]) neighbours[c]++;
      if (x === data[c]) first[c]++;
    }
  }
  return neighbours.map((n, c) => Math.max(n, first[c]));
}

export function repeatsInRows({ rows, cols, data }: Matrix): Float64Array {
  const found = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let [neighbours, first] = [1, 1];
    for (let at = r * cols + 1, end = (r + 1) * cols; at < end; at++) {
      const x = data[at];
      if (x === 0) continue;
      if (x === data[at - 1]) neighbours++;
      if (x === data[r * cols]) first++;
    }
    found[r] = Math.max(neighbours, first);
  }
  return found;
}

/**
 * How many rows equal row r, itself included. Equal rows have equal errors, not independent ones.
 */
export function rowsAlike({ rows, cols, data }: Matrix): Float64Array {
  const factors = fingerprintFactors(cols);
  const prints = new Float64Array(rows);
  for (let r = 0, at = 0; r < rows; r++) {
    let print = 0;
    for (let c = 0; c < cols; c++, at++) print += factors[c] * data[at];
    prints[r] = print;
  }
  return counts(prints);
}

/** How many columns of W (with their entries of b) equal column o, itself included. */
export function columnsAlike({ rows, cols, data }: Matrix, b: FloatArray): Float64Array {
  const factors = fingerprintFactors(rows);
  const prints = new Float64Array(cols);
  for (let r = 0, at = 0; r < rows; r++) {
    const factor = factors[r];
    for (let c = 0; c < cols; c++, at++) prints[c] += factor * data[at];
  }
  return counts(prints.map((print, o) => print + Math.E * b[o]));
}

/**
 * A row or column times these is one number, its fingerprint. Equal ones get equal numbers; others
 * almost never do.
 */
function fingerprintFactors(length: number): Float64Array {
  const rng = createRng(1, 'fingerprints');
  return Float64Array.from({ length }, () => rng.uniform());
}

function counts(prints: Float64Array): Float64Array {
  const seen = new Map<number, number>();
  for (const print of prints) seen.set(print, (seen.get(print) ?? 0) + 1);
  return prints.map((print) => seen.get(print) ?? 1);
}
