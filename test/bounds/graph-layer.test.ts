// Bounds of a kind of layer that has only its formula, here of the dense one: as wide as correct
// engines need, not much wider than those that its page derives, also where a layer has not as many
// units as inputs.
import { describe, expect, it } from 'vitest';
import { boundOfLayer } from '../../src/bounds/of-page.ts';
import type { Tensors } from '../../src/ops/layers/page.ts';
import { alignOnce } from '../../src/numeric/bounds/alikeness.ts';
import { settle, tracked } from '../../src/numeric/bounds/tracked.ts';
import type { Tracked } from '../../src/numeric/bounds/tracked.ts';
import { UNIT_ROUNDOFF } from '../../src/numeric/dtype.ts';
import type { FloatArray } from '../../src/numeric/dtype.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { dense } from '../../src/ops/layers/dense.ts';
import type { LayerPage } from '../../src/ops/layers/page.ts';

const u = UNIT_ROUNDOFF.f32;
const B = 4;
const page = dense as unknown as LayerPage;
const { bound: _, ...formula } = page;

/** Normal numbers, each known to so many roundings. */
function inexact(rows: number, cols: number, seed: number, roundings: number): Tracked {
  const all = tracked(rows, cols);
  createRng(seed, 'numbers').fillNormal(all.value.data, 1);
  all.value.data.set(Float32Array.from(all.value.data));
  all.value.data.forEach((x, i) => {
    all.worst.data[i] = all.systematic.data[i] = roundings * u * Math.abs(x);
  });
  settle(all);
  return all;
}

const zeros = (n: number): Float64Array => new Float64Array(n);

const tensors = (I: number, O: number, values = zeros): Tensors => ({
  weights: { shape: [I, O], values: values(I * O) },
  bias: { shape: [O], values: values(O) },
});

/** The numbers of one that is off as far as it may be. */
const off = ({ value, error }: Tracked): Float32Array =>
  Float32Array.from(value.data, (x, i) => x + 0.999 * error.data[i] * (i % 2 === 0 ? 1 : -1));

function largestShare(found: FloatArray, exact: FloatArray, errors: FloatArray): number {
  return Math.max(...Array.from(found, (x, i) => Math.abs(x - exact[i]) / errors[i]));
}

describe.each([
  [5, 3],
  [2, 6],
  [4, 4],
])('a layer of %i inputs and %i units', (I, O) => {
  const normal = (n: number): Float64Array => {
    const values = new Float32Array(n);
    createRng(n, 'weights').fillNormal(values, 1);
    return Float64Array.from(values);
  };
  const [x, dz, p] = [inexact(B, I, 1, 8), inexact(B, O, 2, 8), tensors(I, O, normal)];
  const at = { spec: { units: O }, layer: 1, pass: { mode: 'train', mask: null }, align: alignOnce() } as const;
  const more = { ...at, alike: new Float64Array(B).fill(1) };
  const single = tensors(I, O, normal);
  const inSingle = (rows: number, cols: number, data: Float32Array) => ({ rows, cols, data });

  const forward = (own: LayerPage): Tracked => {
    const z = tracked(B, O);
    page.forward(z.value, x.value, p, more.spec, more.pass);
    boundOfLayer(own).forward(z, x, p, more);
    return z;
  };
  const backward = (own: LayerPage) => {
    const [dx, dp, errors] = [tracked(B, I), tensors(I, O), tensors(I, O)];
    page.backward(dx.value, dp, dz.value, { x: x.value, z: dz.value, more: undefined }, p, more.spec);
    boundOfLayer(own).backward({ dx, dp, errors }, dz, x, p, more);
    return { dx, dp, errors };
  };

  it('has scores within its bounds, which are not much wider than those of its page', () => {
    const [z, narrow] = [forward(formula), forward(page)];
    const found = inSingle(B, O, new Float32Array(B * O));
    page.forward(found, inSingle(B, I, off(x)), single, more.spec, more.pass);
    const share = largestShare(found.data, z.value.data, z.error.data);
    expect(share).toBeLessThanOrEqual(1);
    expect(share).toBeGreaterThan(0.05);
    expect(Math.max(...z.error.data.map((e, i) => e / narrow.error.data[i]))).toBeLessThan(4);
  });

  it('has gradients within its bounds, which are not much wider than those of its page', () => {
    const [wide, narrow] = [backward(formula), backward(page)];
    const [dx, dp] = [inSingle(B, I, new Float32Array(B * I)), tensors(I, O)];
    const saved = { x: inSingle(B, I, off(x)), z: inSingle(B, O, off(dz)), more: undefined };
    page.backward(dx, dp, inSingle(B, O, off(dz)), saved, single, more.spec);
    const all = [
      [dx.data, wide.dx.value.data, wide.dx.error.data, narrow.dx.error.data],
      ...(['weights', 'bias'] as const).map((role) => [
        ...[dp[role].values, wide.dp[role].values, wide.errors[role].values, narrow.errors[role].values],
      ]),
    ];
    for (const [found, exact, errors, hand] of all) {
      expect(largestShare(found, exact, errors)).toBeLessThanOrEqual(1);
      expect(Math.max(...errors.map((e, i) => e / hand[i]))).toBeLessThan(4);
    }
  });
});
