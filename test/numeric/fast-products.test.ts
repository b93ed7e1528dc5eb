// Products on the WebAssembly kernel have the bits of the loops in products.ts, whatever the
// numbers are.
import { describe, expect, it } from 'vitest';
import { newArray } from '../../src/numeric/dtype.ts';
import type { Dtype } from '../../src/numeric/dtype.ts';
import * as fast from '../../src/numeric/fast-products.ts';
import { multiplyInKernel } from '../../src/numeric/kernels/product.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import * as plain from '../../src/numeric/products.ts';
import { createRng } from '../../src/numeric/rng.ts';

const rng = createRng(1, 'fast products');

/**
 * Numbers of either sign and many sizes, some of them 0 or -0, subnormal or too large to be
 * multiplied.
 */
function numbers(dtype: Dtype, rows: number, cols: number, zeros: number, wild: boolean): Matrix {
  const data = newArray(dtype, rows * cols);
  const special = [0, -0, 5e-324, 1e-45, -1e-39, 3e38, -1e300];
  for (let i = 0; i < data.length; i++) {
    const usual = rng.uniform() < zeros ? 0 : (rng.uniform() - 0.5) * 10 ** Math.floor(6 * rng.uniform() - 3);
    data[i] = wild && rng.uniform() < 0.05 ? special[Math.floor(special.length * rng.uniform())] : usual;
  }
  return { rows, cols, data };
}

const bits = ({ data }: Matrix): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** In one comparison: `toEqual` looks at each byte by itself. */
function expectSameBits(one: Matrix, two: Matrix, what: string): void {
  expect(one.data.length, what).toBe(two.data.length);
  expect(Buffer.compare(bits(one), bits(two)), what).toBe(0);
}

const empty = (dtype: Dtype, rows: number, cols: number): Matrix => {
  return { rows, cols, data: newArray(dtype, rows * cols).fill(7) };
};

/** B, I, O: tiles of 16, 8 and 4 columns with and without a rest, one block and several. */
const SHAPES = [
  [32, 784, 16],
  [5, 300, 10],
  [64, 48, 33],
  [1, 1000, 21],
  [13, 257, 4],
  [100, 97, 1],
  [3, 49, 130],
  [17, 512, 7],
] as const;

describe.each(['f64', 'f32'] as const)('%s', (dtype) => {
  it.each(SHAPES)('%d examples, %d inputs, %d units', (B, I, O) => {
    for (const [zeros, wild] of [
      [0, false],
      [0.8, false],
      [0.3, true],
    ] as const) {
      const [x, W, dz] = [numbers(dtype, B, I, zeros, wild), numbers(dtype, I, O, 0, wild), numbers(dtype, B, O, zeros, wild)]; // prettier-ignore
      const products = [
        ['multiply', [B, O], x, W],
        ['multiplyTransposedLeft', [I, O], x, dz],
        ['multiplyTransposedRight', [B, I], dz, W],
      ] as const;
      for (const [name, [rows, cols], left, right] of products) {
        const [one, two] = [empty(dtype, rows, cols), empty(dtype, rows, cols)];
        fast[name](one, left, right);
        plain[name](two, left, right);
        expectSameBits(one, two, name);
      }
    }
  });

  it('with NaN and infinities: the same entries are not finite', () => {
    const [x, W] = [numbers(dtype, 20, 60, 0.5, false), numbers(dtype, 60, 20, 0, false)];
    [NaN, Infinity, -Infinity].forEach((value, n) => {
      x.data[61 * n] = value;
      W.data[21 * n + 40] = value;
    });
    for (const name of ['multiply', 'multiplyTransposedRight'] as const) {
      const right = name === 'multiply' ? W : { ...W, rows: 20, cols: 60 };
      const [one, two] = [empty(dtype, 20, 20), empty(dtype, 20, 20)];
      fast[name](one, x, right);
      plain[name](two, x, right);
      expect([...one.data], name).toEqual([...two.data]);
    }
  });
});

const ofKind = ({ rows, cols, data }: Matrix, kind: 'size' | 'square'): Matrix => ({
  rows,
  cols,
  data: data.map((x) => (kind === 'size' ? Math.abs(x) : x * x)),
});

describe.each(SHAPES)('several products at once, %d examples, %d inputs, %d units', (B, I, O) => {
  it.each([false, true])('x |W| and x W², transposed: %s', (transposed) => {
    for (const kind of ['size', 'square'] as const) {
      const W = numbers('f64', I, O, 0, true);
      const xs = [0, 0.6].map((zeros) => numbers('f64', B, transposed ? O : I, zeros, true));
      const [one, two] = [0, 1].map(() => xs.map(() => empty('f64', B, transposed ? I : O)));
      fast.multiplyAll(one, xs, W, kind, transposed);
      xs.forEach((x, n) => {
        (transposed ? plain.multiplyTransposedRight : plain.multiply)(two[n], x, ofKind(W, kind));
        expectSameBits(one[n], two[n], kind);
      });
    }
  });

  it.each([false, true])('in strips, transposed: %s', (transposed) => {
    const [left, right] = [numbers('f64', B, I, 0.3, true), numbers('f64', transposed ? B : I, O, 0, true)];
    const [rows, cols] = [transposed ? I : B, O];
    const whole = [empty('f64', rows, cols), empty('f64', rows, cols), empty('f64', rows, cols)];
    const kinds = ['value', 'value', 'square'] as const;
    const covered: number[] = [];
    fast.multiplyInStrips(
      kinds.map((kind) => ({ left, right, kind })),
      transposed,
      ({ first, rows: own, stride, products }) => {
        for (let r = 0; r < own; r++) {
          covered.push(first + r);
          products.forEach((sums, n) => {
            whole[n].data.set(sums.subarray(r * stride, r * stride + cols), (first + r) * cols);
          });
        }
      },
    );
    expect(covered).toEqual(Array.from({ length: rows }, (_, r) => r));
    kinds.forEach((kind, n) => {
      const expected = empty('f64', rows, cols);
      const [a, b] = kind === 'square' ? [ofKind(left, kind), ofKind(right, kind)] : [left, right];
      (transposed ? plain.multiplyTransposedLeft : plain.multiply)(expected, a, b);
      expectSameBits(whole[n], expected, kind);
    });
  });
});

it('several strips where one would be large', () => {
  const [left, right] = [numbers('f64', 700, 4, 0, false), numbers('f64', 4, 900, 0, false)];
  const firsts: number[] = [];
  fast.multiplyInStrips([{ left, right, kind: 'value' }], false, ({ first }) => firsts.push(first));
  expect(firsts.length).toBeGreaterThan(1);
});

it('zeros times what is not finite are NaN where W is transposed, also squared', () => {
  const W = { rows: 40, cols: 60, data: new Float64Array(2400).fill(1e200) };
  const x = { rows: 20, cols: 60, data: new Float64Array(1200) };
  const [one, two] = [empty('f64', 20, 40), empty('f64', 20, 40)];
  fast.multiplyAll([one], [x], W, 'square', true);
  plain.multiplyTransposedRight(two, x, ofKind(W, 'square'));
  expect([...one.data]).toEqual([...two.data]);
  expect(one.data.every(Number.isNaN)).toBe(true);
});

describe('the kernel', () => {
  it('is really used from some size on', () => {
    const [x, W] = [numbers('f64', 32, 64, 0, false), numbers('f64', 64, 16, 0, false)];
    expect(multiplyInKernel(empty('f64', 32, 16), x, W, null)).toBe(true);
    expect(multiplyInKernel(empty('f64', 1, 16), { ...x, rows: 1 }, W, null)).toBe(false);
  });

  it('leaves numbers of mixed precision alone', () => {
    const [x, W] = [numbers('f64', 32, 64, 0, false), numbers('f32', 64, 16, 0, false)];
    expect(multiplyInKernel(empty('f64', 32, 16), x, W, null)).toBe(false);
    expect(multiplyInKernel(empty('f32', 32, 16), x, W, null)).toBe(false);
  });
});
