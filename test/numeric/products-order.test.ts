// The order of summation inside a block, tested on numbers whose sum differs for every other order.
import { beforeAll, describe, expect, it } from 'vitest';
import { zeros } from '../../src/numeric/matrix.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { multiply, multiplyTransposedLeft, multiplyTransposedRight } from '../../src/numeric/products.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { firstDifference, openCpu, tensorOf, unwritten } from '../tfjs-cpu.ts';
import type { Tf } from '../tfjs-cpu.ts';

let tf: Tf;
beforeAll(async () => {
  tf = await openCpu();
});

/**
 * Entries 0, ±1 and ±2^27: products are as large as 2^54, next to which 1 is lost, so a sum depends
 * on its order.
 */
function steep(seed: number, rows: number, cols: number): Matrix {
  const rng = createRng(seed, 'test steep');
  const m = zeros('f32', rows, cols);
  m.data.forEach((_, i) => (m.data[i] = [0, 1, -1, 2 ** 27, -(2 ** 27)][rng.below(5)]));
  return m;
}

/** Rows and inner dimension in reverse order: the same products, summed in the opposite order. */
function reversed(m: Matrix, alongRows: boolean): Matrix {
  const out = zeros('f32', m.rows, m.cols);
  m.data.forEach((x, i) => {
    const [r, c] = [Math.floor(i / m.cols), i % m.cols];
    out.data[alongRows ? r * m.cols + (m.cols - 1 - c) : (m.rows - 1 - r) * m.cols + c] = x;
  });
  return out;
}

const [ROWS, COLS] = [20, 20];

describe.each([8, 13, 48, 61, 150])('over %i terms of very unequal size', (inner) => {
  it('every product adds in the order of tf.matMul', () => {
    const out = unwritten(ROWS, COLS);
    const expectBits = (expected: Float32Array): void => expect(firstDifference(out.data, expected)).toBeNull();

    const [x, W] = [steep(1, ROWS, inner), steep(2, inner, COLS)];
    multiply(out, x, W);
    expectBits(tf.tidy(() => tf.matMul(tensorOf(tf, x), tensorOf(tf, W)).dataSync<'float32'>()));

    const [tall, dz] = [steep(3, inner, ROWS), steep(4, inner, COLS)];
    multiplyTransposedLeft(out, tall, dz);
    expectBits(tf.tidy(() => tf.matMul(tensorOf(tf, tall), tensorOf(tf, dz), true, false).dataSync<'float32'>()));

    const [left, wide] = [steep(5, ROWS, inner), steep(6, COLS, inner)];
    multiplyTransposedRight(out, left, wide);
    expectBits(tf.tidy(() => tf.matMul(tensorOf(tf, left), tensorOf(tf, wide), false, true).dataSync<'float32'>()));
  });

  it('the reverse order gives other sums', () => {
    const [x, W] = [steep(1, ROWS, inner), steep(2, inner, COLS)];
    const [ascending, descending] = [unwritten(ROWS, COLS), unwritten(ROWS, COLS)];
    multiply(ascending, x, W);
    multiply(descending, reversed(x, true), reversed(W, false));
    expect(firstDifference(ascending.data, descending.data)).not.toBeNull();
  });
});

it('a block of zeros turns into +0 the -0 that a block too small for binary32 left', () => {
  const [tall, dz] = [zeros('f32', 60, 1), zeros('f32', 60, 2)];
  dz.data.fill(1);
  [tall.data[0], dz.data[0], dz.data[1]] = [1e-30, -1e-30, 1e-30]; // the other 59 rows of `tall` are 0
  const out = unwritten(1, 2);
  multiplyTransposedLeft(out, tall, dz);
  const expected = tf.tidy(() => tf.matMul(tensorOf(tf, tall), tensorOf(tf, dz), true, false).dataSync<'float32'>());
  expect(Array.from(expected)).toEqual([0, 0]);
  expect(firstDifference(out.data, expected)).toBeNull();
  multiply(out, { rows: 1, cols: 60, data: tall.data }, dz);
  expect(firstDifference(out.data, expected)).toBeNull();
});
