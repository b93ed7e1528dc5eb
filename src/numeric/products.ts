// The three matrix products of a dense layer. Letters: B examples, I inputs, O units.
//
// Order of summation (the same in all three, and the one of TensorFlow.js's cpu backend, so that f32 results agree with
// it to the last bit): the inner dimension is cut into blocks of 48; inside a block products are added in binary64, in
// rising order; each block's sum is then added to the result and rounded to the result's precision.
//
// Zero factors are skipped. That changes no bit: a sum that starts at +0 is not changed by adding +0 or -0, and
// the skipped factor's partner is finite (engines refuse parameters that are not).
import type { Matrix } from './matrix.ts';

/** Length of the blocks in which the inner dimension is summed (tfjs-backend-cpu: `blockSize`). */
export const BLOCK = 48;

let scratch = new Float64Array(0);

function accumulator(length: number): Float64Array {
  if (scratch.length < length) scratch = new Float64Array(length);
  return scratch;
}

/** z = x W                                  x (B, I)   W (I, O)   z (B, O), summed over I */
export function multiply(z: Matrix, x: Matrix, W: Matrix): void {
  const [B, I, O] = [x.rows, x.cols, W.cols];
  const sum = accumulator(O);
  const [zd, xd, Wd] = [z.data, x.data, W.data];
  zd.fill(0, 0, B * O);
  for (let b = 0; b < B; b++) {
    for (let start = 0; start < I; start += BLOCK) {
      const end = Math.min(start + BLOCK, I);
      let empty = true;
      for (let i = start; i < end; i++) {
        const factor = xd[b * I + i];
        if (factor === 0) continue;
        const row = i * O;
        if (empty) {
          empty = false;
          for (let o = 0; o < O; o++) sum[o] = factor * Wd[row + o];
        } else {
          for (let o = 0; o < O; o++) sum[o] += factor * Wd[row + o];
        }
      }
      if (empty) continue;
      for (let o = 0; o < O; o++) zd[b * O + o] += sum[o];
    }
  }
}

/** dW = xᵀ dz                               x (B, I)   dz (B, O)   dW (I, O), summed over B */
export function multiplyTransposedLeft(dW: Matrix, x: Matrix, dz: Matrix): void {
  const [B, I, O] = [x.rows, x.cols, dz.cols];
  const sum = accumulator(O);
  const [dWd, xd, dzd] = [dW.data, x.data, dz.data];
  dWd.fill(0, 0, I * O);
  for (let i = 0; i < I; i++) {
    for (let start = 0; start < B; start += BLOCK) {
      const end = Math.min(start + BLOCK, B);
      let empty = true;
      for (let b = start; b < end; b++) {
        const factor = xd[b * I + i];
        if (factor === 0) continue;
        const row = b * O;
        if (empty) {
          empty = false;
          for (let o = 0; o < O; o++) sum[o] = factor * dzd[row + o];
        } else {
          for (let o = 0; o < O; o++) sum[o] += factor * dzd[row + o];
        }
      }
      if (empty) continue;
      for (let o = 0; o < O; o++) dWd[i * O + o] += sum[o];
    }
  }
}

/** dx = dz Wᵀ                               dz (B, O)   W (I, O)   dx (B, I), summed over O */
export function multiplyTransposedRight(dx: Matrix, dz: Matrix, W: Matrix): void {
  const [B, O, I] = [dz.rows, dz.cols, W.rows];
  const [dxd, dzd, Wd] = [dx.data, dz.data, W.data];
  dxd.fill(0, 0, B * I);
  for (let b = 0; b < B; b++) {
    for (let i = 0; i < I; i++) {
      for (let start = 0; start < O; start += BLOCK) {
        const end = Math.min(start + BLOCK, O);
        let sum = 0;
        for (let o = start; o < end; o++) sum += dzd[b * O + o] * Wd[i * O + o];
        dxd[b * I + i] += sum;
      }
    }
  }
}
