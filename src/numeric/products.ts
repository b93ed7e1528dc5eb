// The three matrix products of a dense layer. Letters: B examples, I inputs, O units.
//
// In binary32 the order of summation is that of TensorFlow.js's cpu backend, so that results agree
// with it to the last bit: the inner dimension is cut into blocks of 48; inside a block, products
// are added in binary64 in ascending order; each block's sum is then added to the result and
// rounded. In binary64 everything is added in ascending order.
//
// Each precision has code of its own: a loop that has seen both kinds of array runs at half the
// speed on either.
//
// Zero factors are skipped. That changes no bit: a block's sum starts at +0, which adding +0 or -0
// does not change, and the other factor is finite (engines refuse parameters that are not). A block
// of zeros alone is still added: a result that the previous block left at -0 (a negative sum too
// small for binary32) becomes +0.
import type { Matrix } from './matrix.ts';

/** Length of the blocks that the inner dimension is summed in (tfjs-backend-cpu: `blockSize`). */
export const BLOCK = 48;

/** z = x W                                  x (B, I)   W (I, O)   z (B, O), summed over I */
export function multiply(z: Matrix, x: Matrix, W: Matrix): void {
  const [B, I, O] = [x.rows, x.cols, W.cols];
  z.data.fill(0);
  if (z.data instanceof Float32Array) {
    for (let b = 0; b < B; b++)
      blockedRow(z.data, b * O, x.data as Float32Array, b * I, 1, I, W.data as Float32Array, O);
  } else {
    for (let b = 0; b < B; b++) plainRow(z.data, b * O, x.data as Float64Array, b * I, 1, I, W.data as Float64Array, O);
  }
}

/** dW = xᵀ dz                               x (B, I)   dz (B, O)   dW (I, O), summed over B */
export function multiplyTransposedLeft(dW: Matrix, x: Matrix, dz: Matrix): void {
  const [B, I, O] = [x.rows, x.cols, dz.cols];
  dW.data.fill(0);
  if (dW.data instanceof Float32Array) {
    for (let i = 0; i < I; i++) blockedRow(dW.data, i * O, x.data as Float32Array, i, I, B, dz.data as Float32Array, O);
  } else {
    for (let i = 0; i < I; i++) plainRow(dW.data, i * O, x.data as Float64Array, i, I, B, dz.data as Float64Array, O);
  }
}

/** dx = dz Wᵀ                               dz (B, O)   W (I, O)   dx (B, I), summed over O */
export function multiplyTransposedRight(dx: Matrix, dz: Matrix, W: Matrix): void {
  if (dx.data instanceof Float32Array) blockedDots(dx.data, dz.data as Float32Array, W.data as Float32Array, dz, W);
  else plainDots(dx.data, dz.data as Float64Array, W.data as Float64Array, dz, W);
}

let blockSum = new Float64Array(0); // one row of sums, binary64
const nonZero = new Float64Array(BLOCK); // the factors of a block that are not 0
const rowStart = new Int32Array(BLOCK); // where the row that each of them multiplies starts

/**
 * out[at ..] += Σ_n factors[from + n·stride] · rows[n, :], n = 0 .. count-1, width O; in blocks
 * of 48. Four rows at a time: one pass over the sums instead of four, with the additions still
 * in order.
 */
function blockedRow(
  out: Float32Array,
  at: number,
  factors: Float32Array,
  from: number,
  stride: number,
  count: number,
  rows: Float32Array,
  O: number,
): void {
  if (blockSum.length < O) blockSum = new Float64Array(O);
  const sum = blockSum;
  for (let start = 0; start < count; start += BLOCK) {
    const end = Math.min(start + BLOCK, count);
    let found = 0;
    for (let n = start; n < end; n++) {
      const factor = factors[from + n * stride];
      if (factor === 0) continue;
      nonZero[found] = factor;
      rowStart[found++] = n * O;
    }
    sum.fill(0, 0, O);
    let k = 0;
    for (; k + 4 <= found; k += 4) {
      const [f0, f1, f2, f3] = [nonZero[k], nonZero[k + 1], nonZero[k + 2], nonZero[k + 3]];
      const [r0, r1, r2, r3] = [rowStart[k], rowStart[k + 1], rowStart[k + 2], rowStart[k + 3]];
      for (let o = 0; o < O; o++) {
        sum[o] = sum[o] + f0 * rows[r0 + o] + f1 * rows[r1 + o] + f2 * rows[r2 + o] + f3 * rows[r3 + o];
      }
    }
    for (; k < found; k++) {
      const [f, r] = [nonZero[k], rowStart[k]];
      for (let o = 0; o < O; o++) sum[o] += f * rows[r + o];
    }
    for (let o = 0; o < O; o++) out[at + o] += sum[o];
  }
}

/** blockedRow in binary64. Here the blocks only group four rows at a time. */
function plainRow(
  out: Float64Array,
  at: number,
  factors: Float64Array,
  from: number,
  stride: number,
  count: number,
  rows: Float64Array,
  O: number,
): void {
  for (let start = 0; start < count; start += BLOCK) {
    const end = Math.min(start + BLOCK, count);
    let found = 0;
    for (let n = start; n < end; n++) {
      const factor = factors[from + n * stride];
      if (factor === 0) continue;
      nonZero[found] = factor;
      rowStart[found++] = n * O;
    }
    let k = 0;
    for (; k + 4 <= found; k += 4) {
      const [f0, f1, f2, f3] = [nonZero[k], nonZero[k + 1], nonZero[k + 2], nonZero[k + 3]];
      const [r0, r1, r2, r3] = [rowStart[k], rowStart[k + 1], rowStart[k + 2], rowStart[k + 3]];
      for (let o = 0; o < O; o++) {
        out[at + o] = out[at + o] + f0 * rows[r0 + o] + f1 * rows[r1 + o] + f2 * rows[r2 + o] + f3 * rows[r3 + o];
      }
    }
    for (; k < found; k++) {
      const [f, r] = [nonZero[k], rowStart[k]];
      for (let o = 0; o < O; o++) out[at + o] += f * rows[r + o];
    }
  }
}

function blockedDots(
  dx: Float32Array,
  dz: Float32Array,
  W: Float32Array,
  { rows: B, cols: O }: Matrix,
  { rows: I }: Matrix,
): void {
  for (let b = 0; b < B; b++) {
    for (let i = 0; i < I; i++) {
      let result = 0;
      for (let start = 0; start < O; start += BLOCK) {
        const end = Math.min(start + BLOCK, O);
        let sum = 0;
        for (let o = start; o < end; o++) sum += dz[b * O + o] * W[i * O + o];
        result = Math.fround(result + sum);
      }
      dx[b * I + i] = result;
    }
  }
}

function plainDots(
  dx: Float64Array,
  dz: Float64Array,
  W: Float64Array,
  { rows: B, cols: O }: Matrix,
  { rows: I }: Matrix,
): void {
  for (let b = 0; b < B; b++) {
    for (let i = 0; i < I; i++) {
      let sum = 0;
      for (let o = 0; o < O; o++) sum += dz[b * O + o] * W[i * O + o];
      dx[b * I + i] = sum;
    }
  }
}
