// The three products: in binary32 the same bits as TensorFlow.js's cpu backend, in binary64 the
// plain sum.
import { beforeAll, describe, expect, it } from 'vitest';
import { multiply, multiplyTransposedLeft, multiplyTransposedRight } from '../../src/numeric/products.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { firstDifference, openCpu, randomMatrix, tensorOf, unwritten } from '../tfjs-cpu.ts';
import type { Tf } from '../tfjs-cpu.ts';

let tf: Tf;
beforeAll(async () => {
  tf = await openCpu();
});

/**
 * rows, inner, cols: around the ends of blocks of 48 in each dimension, and six random ones from 1
 * to 200.
 */
const SIZES: [number, number, number][] = [
  ...[1, 2, 3, 4, 5, 47, 48, 49, 95, 96, 97, 143, 144, 145, 192, 193, 200].map((n): [number, number, number] => [
    3,
    n,
    5,
  ]),
  ...[1, 47, 48, 49, 97, 200].map((n): [number, number, number] => [n, 52, 203 - n]),
  [1, 1, 1],
];
const size = createRng(1, 'test sizes');
for (let i = 0; i < 6; i++) SIZES.push([1 + size.below(200), 1 + size.below(200), 1 + size.below(200)]);

const at = (m: Matrix, r: number, c: number): number => m.data[r * m.cols + c];

/** Σ_n left(r, n) · right(n, c) in ascending order, without skipping zeros and without blocks. */
function naive(
  rows: number,
  inner: number,
  cols: number,
  product: (r: number, n: number, c: number) => number,
): number[] {
  return Array.from({ length: rows * cols }, (_, i) => {
    let sum = 0;
    for (let n = 0; n < inner; n++) sum += product(Math.floor(i / cols), n, i % cols);
    return sum;
  });
}

describe.each(SIZES)('%i x %i times %i', (rows, inner, cols) => {
  // no zeros; a third zeros of either sign, as after relu; numbers so small that products are
  // subnormal
  const DRAWS = [{}, { zeros: 1 / 6 }, { zeros: 0.5 }, { scale: 1e-20 }];

  it('x W has the bits of tf.matMul(x, W)', () => {
    for (const [i, draws] of DRAWS.entries()) {
      const [x, W] = [randomMatrix(i, rows, inner, draws), randomMatrix(100 + i, inner, cols, draws)];
      const z = unwritten(rows, cols);
      multiply(z, x, W);
      const expected = tf.tidy(() => tf.matMul(tensorOf(tf, x), tensorOf(tf, W)).dataSync());
      expect(firstDifference(z.data, expected)).toBeNull();
    }
  });

  it('xᵀ dz has the bits of tf.matMul(x, dz, true, false)', () => {
    for (const [i, draws] of DRAWS.entries()) {
      const [x, dz] = [randomMatrix(i, inner, rows, draws), randomMatrix(100 + i, inner, cols, draws)];
      const dW = unwritten(rows, cols);
      multiplyTransposedLeft(dW, x, dz);
      const expected = tf.tidy(() => tf.matMul(tensorOf(tf, x), tensorOf(tf, dz), true, false).dataSync());
      expect(firstDifference(dW.data, expected)).toBeNull();
    }
  });

  it('dz Wᵀ has the bits of tf.matMul(dz, W, false, true)', () => {
    for (const [i, draws] of DRAWS.entries()) {
      const [dz, W] = [randomMatrix(i, rows, inner, draws), randomMatrix(100 + i, cols, inner, draws)];
      const dx = unwritten(rows, cols);
      multiplyTransposedRight(dx, dz, W);
      const expected = tf.tidy(() => tf.matMul(tensorOf(tf, dz), tensorOf(tf, W), false, true).dataSync());
      expect(firstDifference(dx.data, expected)).toBeNull();
    }
  });

  it('in binary64 all three are the plain sum in ascending order', () => {
    const draws = { zeros: 1 / 6 };
    const x = randomMatrix(1, rows, inner, draws, 'f64');
    const W = randomMatrix(2, inner, cols, draws, 'f64');
    const z = unwritten(rows, cols, 'f64');
    multiply(z, x, W);
    expect(
      firstDifference(
        z.data,
        naive(rows, inner, cols, (r, n, c) => at(x, r, n) * at(W, n, c)),
      ),
    ).toBeNull();

    const tall = randomMatrix(3, inner, rows, draws, 'f64');
    multiplyTransposedLeft(z, tall, W);
    expect(
      firstDifference(
        z.data,
        naive(rows, inner, cols, (r, n, c) => at(tall, n, r) * at(W, n, c)),
      ),
    ).toBeNull();

    const wide = randomMatrix(4, cols, inner, draws, 'f64');
    multiplyTransposedRight(z, x, wide);
    expect(
      firstDifference(
        z.data,
        naive(rows, inner, cols, (r, n, c) => at(x, r, n) * at(wide, c, n)),
      ),
    ).toBeNull();
  });
});

describe('the comparison of bits', () => {
  it('notices a sum that is rounded once instead of after each block of 48', () => {
    const [x, W] = [randomMatrix(1, 20, 97), randomMatrix(2, 97, 20)];
    const once = Float32Array.from(naive(20, 97, 20, (r, n, c) => at(x, r, n) * at(W, n, c)));
    const expected = tf.tidy(() => tf.matMul(tensorOf(tf, x), tensorOf(tf, W)).dataSync());
    expect(firstDifference(once, expected)).not.toBeNull();
  });

  it('notices the sign of zero, a different length and NaN', () => {
    expect(firstDifference([0], [-0])).toBe('[0]: 0 and -0');
    expect(firstDifference([1], [1, 2])).not.toBeNull();
    expect(firstDifference([NaN], [NaN])).not.toBeNull();
    expect(firstDifference([1, -0], [1, -0])).toBeNull();
  });

  it('gives +0 if all products are zeros of either sign', () => {
    const x = { rows: 1, cols: 2, data: Float32Array.of(-0, 1) };
    const W = { rows: 2, cols: 1, data: Float32Array.of(1, -0) };
    const z = unwritten(1, 1);
    multiply(z, x, W);
    expect(Object.is(z.data[0], 0)).toBe(true);
  });
});
