// A dense layer. Letters: B examples, I inputs, O units.
import type { FloatArray } from '../numeric/dtype.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { multiply, multiplyTransposedLeft, multiplyTransposedRight } from '../numeric/products.ts';

/** z = x W + b                              x (B, I)   W (I, O)   b (O)   z (B, O) */
export function denseForward(z: Matrix, x: Matrix, W: Matrix, b: FloatArray): void {
  multiply(z, x, W);
  const O = z.cols;
  for (let r = 0; r < z.rows; r++) for (let o = 0; o < O; o++) z.data[r * O + o] += b[o];
}

/**
 * From dz (B, O): dW = xᵀ dz, db = Σ_B dz, dx = dz Wᵀ.
 * Why: z_bo = Σ_i x_bi W_io + b_o, so W_io enters z_bo with factor x_bi, b_o with 1, and x_bi enters with W_io.
 * `dx` is null for the first layer: nobody needs the gradient of the pixels.
 */
export function denseBackward(dx: Matrix | null, dW: Matrix, db: FloatArray, dz: Matrix, x: Matrix, W: Matrix): void {
  multiplyTransposedLeft(dW, x, dz);
  sumOverExamples(db, dz);
  if (dx !== null) multiplyTransposedRight(dx, dz, W);
}

/** db = Σ_B dz                              added in binary64, rounded once (as tfjs's cpu backend does) */
function sumOverExamples(db: FloatArray, dz: Matrix): void {
  const O = dz.cols;
  for (let o = 0; o < O; o++) {
    let sum = 0;
    for (let r = 0; r < dz.rows; r++) sum += dz.data[r * O + o];
    db[o] = sum;
  }
}
