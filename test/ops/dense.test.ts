// A dense layer: an example computed by hand, and all three gradients by central differences.
import { describe, expect, it } from 'vitest';
import { matrixOf, toRows } from '../../src/numeric/matrix.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { BACKWARD } from '../../src/ops/backward-rules.ts';
import { dense } from '../../src/ops/layers/dense.ts';
import type { FloatArray } from '../../src/numeric/dtype.ts';
import { unwritten } from '../tfjs-cpu.ts';
import { centralDifference, gridMatrix, tolerance } from './central-difference.ts';

const tensors = (W: Matrix, b: FloatArray) => ({
  weights: { shape: [W.rows, W.cols], values: W.data },
  bias: { shape: [b.length], values: b },
});

function denseForward(z: Matrix, x: Matrix, W: Matrix, b: FloatArray): void {
  dense.forward(z, x, tensors(W, b), { units: W.cols });
}

function denseBackward(dx: Matrix | null, dW: Matrix, db: FloatArray, dz: Matrix, x: Matrix, W: Matrix): void {
  dense.backward(dx, tensors(dW, db), dz, { x, z: dz, more: undefined }, tensors(W, db), { units: W.cols });
}

const [B, I, O] = [4, 6, 5];
const x = gridMatrix(1, B, I);
const W = gridMatrix(2, I, O);
const b = gridMatrix(3, 1, O).data;
const dz = gridMatrix(4, B, O);

function forward(): Matrix {
  const z = unwritten(B, O, 'f64');
  denseForward(z, x, W, b);
  return z;
}

function backward(): { dx: Matrix; dW: Matrix; db: Matrix } {
  const [dx, dW, db] = [unwritten(B, I, 'f64'), unwritten(I, O, 'f64'), unwritten(1, O, 'f64')];
  denseBackward(dx, dW, db.data, dz, x, W);
  return { dx, dW, db };
}

describe('a dense layer', () => {
  it('computes x W + b, and backward dz Wᵀ, xᵀ dz and the sum of dz', () => {
    const [x2, W2] = [matrixOf([[1, 2], [3, 4]], 'f64'), matrixOf([[5, 6, 7], [8, 9, 10]], 'f64')]; // prettier-ignore
    const z = unwritten(2, 3, 'f64');
    denseForward(z, x2, W2, Float64Array.of(100, 200, 300));
    expect(toRows(z)).toEqual([
      [5 + 16 + 100, 6 + 18 + 200, 7 + 20 + 300],
      [15 + 32 + 100, 18 + 36 + 200, 21 + 40 + 300],
    ]);
    const [dx, dW, db] = [unwritten(2, 2, 'f64'), unwritten(2, 3, 'f64'), new Float64Array(3).fill(NaN)];
    denseBackward(dx, dW, db, matrixOf([[1, 0, 2], [0, 1, -1]], 'f64'), x2, W2); // prettier-ignore
    expect(toRows(dx)).toEqual([
      [5 + 14, 8 + 20],
      [6 - 7, 9 - 10],
    ]);
    expect(toRows(dW)).toEqual([
      [1, 3, 2 - 3],
      [2, 4, 4 - 4],
    ]);
    expect(Array.from(db)).toEqual([1, 1, 1]);
  });

  it('has the gradients that central differences find', () => {
    const weighted = (): number => Array.from(forward().data).reduce((sum, z, i) => sum + z * dz.data[i], 0);
    // linear in each entry: no third derivative; B·O sums of I products of size 8·8, times 8
    const allowed = tolerance({ third: 0, size: 8 ** 3, operations: 2 * B * O * (I + 1) });
    const { dx, dW, db } = backward();
    let wrong = 0;
    for (const [values, gradient] of [
      [x.data, dx.data],
      [W.data, dW.data],
      [b, db.data],
    ]) {
      // prettier-ignore
      expect(gradient.length).toBe(values.length);
      gradient.forEach((g, i) => {
        const slope = centralDifference(weighted, values, i);
        expect(Math.abs(g - slope)).toBeLessThanOrEqual(allowed);
        if (!(Math.abs(g * 1.001 - slope) <= allowed)) wrong++;
      });
    }
    expect(wrong).toBeGreaterThan((B * I + I * O + O) / 2); // with an error of a thousandth most would not pass
  });

  it('computes no gradient of its inputs as the first layer', () => {
    const [dW, db] = [unwritten(I, O, 'f64'), unwritten(1, O, 'f64')];
    denseBackward(null, dW, db.data, dz, x, W);
    expect({ dW, db }).toEqual({ dW: backward().dW, db: backward().db });
  });
});

describe('the table of backward rules', () => {
  const unit = matrixOf([[0.5, -2]], 'f64');
  const t = matrixOf([[0, 1]], 'f64');

  it('starts mse at 2 (p - t) / BK and cross-entropy at e^log p - t', () => {
    const start = unwritten(1, 2, 'f64');
    BACKWARD.loss(0, 'mse', start, unit, t);
    expect(Array.from(start.data)).toEqual([0.5, -3]);
    BACKWARD.loss(0, 'cross-entropy', start, matrixOf([[0, -Infinity]], 'f64'), t);
    expect(Array.from(start.data)).toEqual([1, -1]);
  });

  it('has each activation under its own name', () => {
    const [z, da] = [unit, matrixOf([[8, 16]], 'f64')];
    // not what each activation returns for z: shows which variable each derivative is written in
    const a = matrixOf([[0.25, 0.75]], 'f64');
    const of = (id: Parameters<typeof BACKWARD.activation>[1]): number[] => {
      const out = unwritten(1, 2, 'f64');
      BACKWARD.activation(0, id, out, da, z, a);
      return Array.from(out.data);
    };
    expect(of('linear')).toEqual([8, 16]);
    expect(of('relu')).toEqual([8, 0]);
    expect(of('sigmoid')).toEqual([8 * 0.25 * 0.75, 16 * 0.75 * 0.25]);
    expect(of('tanh')).toEqual([8 * (1 - 0.0625), 16 * (1 - 0.5625)]);
    expect(of('softmax')).toEqual([0.25 * (8 - 14), 0.75 * (16 - 14)]); // Σ dp p = 2 + 12
    expect(of('ratio')).toEqual([8 / 0.5 - 4 / 0.25, 0]); // S = 0.5, Σ dp·a = 4
  });

  it('calls the backward of a layer', () => {
    const [dx, dW, db] = [unwritten(B, I, 'f64'), unwritten(I, O, 'f64'), unwritten(1, O, 'f64')];
    const saved = { x, z: dz, more: undefined };
    const [dp, p] = [tensors(dW, db.data), tensors(W, b)];
    BACKWARD.layer(3, { page: dense, spec: { units: O }, dx, dp, dz, saved, p });
    expect({ dx, dW, db }).toEqual(backward());
  });
});
