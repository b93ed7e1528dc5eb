// The three matrix products of a dense layer as everything uses them: on a WebAssembly kernel where
// that is faster, else as products.ts has them. The bits are the same. Letters: B examples, I
// inputs, O units.
import type { Kind } from './kernels/kernel.ts';
import { multiplyAllInKernel, multiplyInKernel, multiplyInStripsOfKernel, shapeOf } from './kernels/product.ts';
import type { Factors, Strip } from './kernels/product.ts';
import { zeros } from './matrix.ts';
import type { Matrix } from './matrix.ts';
import * as plain from './products.ts';

/** z = x W                                  x (B, I)   W (I, O)   z (B, O), summed over I */
export function multiply(z: Matrix, x: Matrix, W: Matrix): void {
  if (!multiplyInKernel(z, x, W, null)) plain.multiply(z, x, W);
}

/** dW = xᵀ dz                               x (B, I)   dz (B, O)   dW (I, O), summed over B */
export function multiplyTransposedLeft(dW: Matrix, x: Matrix, dz: Matrix): void {
  if (!multiplyInKernel(dW, x, dz, 'left')) plain.multiplyTransposedLeft(dW, x, dz);
}

/** dx = dz Wᵀ                               dz (B, O)   W (I, O)   dx (B, I), summed over O */
export function multiplyTransposedRight(dx: Matrix, dz: Matrix, W: Matrix): void {
  if (!multiplyInKernel(dx, dz, W, 'right')) plain.multiplyTransposedRight(dx, dz, W);
}

/**
 * Several z = x |W| or x W² in binary64, or with Wᵀ instead of W: `outs` are the z of `factors`.
 * @param transposed whether W is, and with it (as in multiplyTransposedRight) zeros of x count
 */
export function multiplyAll(
  outs: readonly Matrix[],
  factors: readonly Matrix[],
  W: Matrix,
  termKind: 'size' | 'square',
  transposed: boolean,
): void {
  const shape = shapeOf(factors[0], W, transposed ? 'right' : null);
  const done = multiplyAllInKernel(
    { ...shape, terms: W.data, termKind },
    factors.map(({ data }) => data),
    outs.map(({ data }) => data),
  );
  if (done) return;
  const terms = ofKind(W, termKind);
  const product = transposed ? plain.multiplyTransposedRight : plain.multiply;
  outs.forEach((out, n) => product(out, factors[n], terms));
}

/**
 * Several products of one shape in binary64, left right or leftᵀ right, some rows at a time, so
 * that none of them is ever whole. `use` must not multiply.
 */
export function multiplyInStrips(all: readonly Factors[], transposed: boolean, use: (strip: Strip) => void): void {
  if (multiplyInStripsOfKernel(all, transposed, use)) return;
  const products = all.map(({ left, right, kind }) => {
    const out = zeros('f64', transposed ? left.cols : left.rows, right.cols);
    (transposed ? plain.multiplyTransposedLeft : plain.multiply)(out, ofKind(left, kind), ofKind(right, kind));
    return out.data as Float64Array;
  });
  const [{ left, right }] = all;
  use({ first: 0, rows: transposed ? left.cols : left.rows, stride: right.cols, products });
}

function ofKind(m: Matrix, kind: Kind): Matrix {
  if (kind === 'value') return m;
  const out = zeros('f64', m.rows, m.cols);
  for (let i = 0; i < out.data.length; i++) out.data[i] = kind === 'size' ? Math.abs(m.data[i]) : m.data[i] * m.data[i];
  return out;
}
