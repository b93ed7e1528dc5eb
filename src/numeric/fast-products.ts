// The three matrix products of a dense layer as everything uses them: on a WebAssembly kernel where
// that is faster, else as products.ts has them. The bits are the same. Letters: B examples, I
// inputs, O units.
import { multiplyInKernel } from './kernels/product.ts';
import type { Matrix } from './matrix.ts';
import * as plain from './products.ts';

/** z = x W                                  x (B, I)   W (I, O)   z (B, O), summed over I */
export function multiply(z: Matrix, x: Matrix, W: Matrix): void {
  const [B, I, O] = [x.rows, x.cols, W.cols];
  const done = multiplyInKernel({
    out: z.data,
    factors: x.data,
    terms: W.data,
    rows: B,
    count: I,
    cols: O,
    factorRow: I,
    factorStep: 1,
    termRow: O,
    termStep: 1,
    keepZeros: false,
  });
  if (!done) plain.multiply(z, x, W);
}

/** dW = xᵀ dz                               x (B, I)   dz (B, O)   dW (I, O), summed over B */
export function multiplyTransposedLeft(dW: Matrix, x: Matrix, dz: Matrix): void {
  const [B, I, O] = [x.rows, x.cols, dz.cols];
  const done = multiplyInKernel({
    out: dW.data,
    factors: x.data,
    terms: dz.data,
    rows: I,
    count: B,
    cols: O,
    factorRow: 1,
    factorStep: I,
    termRow: O,
    termStep: 1,
    keepZeros: false,
  });
  if (!done) plain.multiplyTransposedLeft(dW, x, dz);
}

/** dx = dz Wᵀ                               dz (B, O)   W (I, O)   dx (B, I), summed over O */
export function multiplyTransposedRight(dx: Matrix, dz: Matrix, W: Matrix): void {
  const [B, I, O] = [dz.rows, W.rows, W.cols];
  const done = multiplyInKernel({
    out: dx.data,
    factors: dz.data,
    terms: W.data,
    rows: B,
    count: O,
    cols: I,
    factorRow: O,
    factorStep: 1,
    termRow: 1,
    termStep: O,
    keepZeros: true,
  });
  if (!done) plain.multiplyTransposedRight(dx, dz, W);
}
