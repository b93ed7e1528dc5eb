// softmax and ratio: values by definition, the whole Jacobian by central differences, and the ends
// of the range.
import { describe, expect, it } from 'vitest';
import { matrixOf, toRows } from '../../src/numeric/matrix.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { ROW_ACTIVATION, ROW_ACTIVATIONS } from '../../src/ops/registry.ts';
import type { RowActivationId } from '../../src/ops/registry.ts';
import { ratioTotal } from '../../src/ops/outputs/ratio.ts';
import { rowMax } from '../../src/ops/outputs/softmax.ts';
import { unwritten } from '../tfjs-cpu.ts';
import { centralDifference, gridMatrix, tolerance } from './central-difference.ts';

function forward(id: RowActivationId, z: Matrix): Matrix {
  const p = unwritten(z.rows, z.cols, 'f64');
  ROW_ACTIVATION[id].forward(p, z);
  return p;
}

function backward(id: RowActivationId, dp: Matrix, z: Matrix): Matrix {
  const dz = unwritten(z.rows, z.cols, 'f64');
  ROW_ACTIVATION[id].backward(dz, dp, z, forward(id, z));
  return dz;
}

const rows = (...values: number[][]): Matrix => matrixOf(values, 'f64');
/** As nested arrays, with -0 as 0. */
const unsigned = (m: Matrix): number[][] => toRows(m).map((row) => row.map((x) => x + 0));
const [B, K] = [6, 5];

describe.each(ROW_ACTIVATIONS)('%s', (id) => {
  const [z, dp] = [gridMatrix(1, B, K), gridMatrix(2, B, K)];
  for (let r = 0; r < B; r++) z.data[r * K] = 2; // at least one score that is clearly positive

  /** Σ dp·p over the whole batch. Its derivative in z is what backward must return. */
  const weighted = (): number => Array.from(forward(id, z).data).reduce((sum, p, i) => sum + p * dp.data[i], 0);
  // |dp| <= 8. One share as a function of one score: softmax is 1/(1 + c·e^-z), or a multiple <= 1
  // of one minus that, with a third derivative of at most 1/8; ratio is z/(z + c) or c/(z + c),
  // with at most 6/(z + c)³ <= 6/2³, because the total contains a score of 2. (For the score of 2
  // itself, h does not change that.) K shares; B·K products of size at most 8, ten operations each.
  const third = K * 8 * (id === 'softmax' ? 1 / 8 : 6 / 8 / (1 - 2 ** -16) ** 3);
  const allowed = tolerance({ third, size: 8, operations: 10 * B * K });

  it('has the gradient that central differences find, from every score to every share', () => {
    const dz = backward(id, dp, z);
    for (let i = 0; i < B * K; i++) {
      expect(Math.abs(dz.data[i] - centralDifference(weighted, z.data, i))).toBeLessThanOrEqual(allowed);
    }
  });

  it('would fail that check without the part of the other shares, or with its sign changed', () => {
    const [right, p] = [backward(id, dp, z), forward(id, z)];
    const alone = Array.from(dp.data, (d, i) => {
      if (id === 'softmax') return d * p.data[i];
      return z.data[i] > 0 ? d / ratioTotal(z, Math.floor(i / K)) : 0;
    });
    const added = alone.map((own, i) => 2 * own - right.data[i]);
    for (const wrong of [alone, added]) {
      const found = wrong.map((dz, i) => Math.abs(dz - centralDifference(weighted, z.data, i)) <= allowed);
      expect(found).toContain(false);
    }
  });

  it('gives shares that sum to 1 in each row, and a gradient that sums to 0 along directions that do not change them', () => {
    for (const row of toRows(forward(id, z))) {
      // K quotients and K - 1 sums of numbers up to 1
      expect(Math.abs(row.reduce((sum, p) => sum + p, 0) - 1)).toBeLessThan(2 * K * 2 ** -53);
      expect(row.every((p) => p >= 0 && p <= 1)).toBe(true);
    }
    // softmax does not change if all scores of a row grow by the same amount, ratio if all are
    // multiplied by the same factor
    const dz = backward(id, dp, z);
    for (let r = 0; r < B; r++) {
      let along = 0;
      for (let k = r * K; k < (r + 1) * K; k++) along += dz.data[k] * (id === 'softmax' ? 1 : z.data[k]);
      expect(Math.abs(along)).toBeLessThan(10 * K * 2 ** -53 * 64); // ten operations per entry, |dz·z| <= 8·8
    }
  });
});

describe('softmax', () => {
  it('is e^z over its sum: scores 0 and log 3 share 1 : 3', () => {
    const [p] = toRows(forward('softmax', rows([0, Math.log(3)])));
    // log 3 rounded, exp, sum, quotient: 4 units
    expect(Math.abs(p[0] - 0.25)).toBeLessThan(4 * 2 ** -53);
    expect(Math.abs(p[1] - 0.75)).toBeLessThan(4 * 2 ** -53);
  });

  it('neither overflows at scores of 1000 nor divides by 0 at -1000', () => {
    const z = rows([1000, 1000, 0], [-1000, -1000, -1000], [1000, 0, -1000]);
    expect(toRows(forward('softmax', z))).toEqual([
      [0.5, 0.5, 0],
      [1 / 3, 1 / 3, 1 / 3],
      [1, 0, 0],
    ]);
    const dz = backward('softmax', rows([1, 0, 0], [3, 0, 0], [5, 6, 7]), z);
    expect(dz.data.every(Number.isFinite)).toBe(true);
    expect(toRows(dz)[0]).toEqual([0.25, -0.25, 0]); // p (dp - Σ dp p), Σ = 1/2
  });

  it('subtracts the largest score of the row, even if all are negative', () => {
    const z = rows([-3, -1, -2], [5, 4, 6]);
    expect([rowMax(z, 0), rowMax(z, 1)]).toEqual([-1, 6]);
  });
});

describe('ratio', () => {
  it('is relu(z) over its sum', () => {
    const z = rows([1, 3, -5], [0, 2, 0]);
    expect([ratioTotal(z, 0), ratioTotal(z, 1)]).toEqual([4, 2]);
    expect(toRows(forward('ratio', z))).toEqual([
      [0.25, 0.75, 0],
      [0, 1, 0],
    ]);
    // S = 4, Σ dp·a = 8·1 + 16·3 = 56; dz = dp/4 - 56/16, and 0 where the score is not positive
    expect(unsigned(backward('ratio', rows([8, 16, 32], [8, 16, 32]), z))).toEqual([
      [-1.5, 0.5, 0],
      [0, 0, 0], // S = 2, Σ = 32: 16/2 - 32/4 = 0; relu'(0) = 0
    ]);
  });

  it('is uniform with gradient 0 if no score of a row is positive, and does not affect other rows', () => {
    const z = rows([0, -0, -1, -2], [1, 1, 2, 0], [-1, -1, -1, -1]);
    const uniform = [0.25, 0.25, 0.25, 0.25];
    expect(toRows(forward('ratio', z))).toEqual([uniform, [0.25, 0.25, 0.5, 0], uniform]);
    const dz = unsigned(backward('ratio', rows([1, 2, 3, 4], [16, 0, 0, 0], [1, 2, 3, 4]), z));
    expect([dz[0], dz[2]]).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(dz[1]).toEqual([3, -1, -1, 0]); // S = 4, Σ = 16: 16/4 - 1, 0 - 1, 0 - 1, relu'(0) = 0
  });
});
