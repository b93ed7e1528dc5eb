// binary16, and numbers that engines of 16 bits can hold.
import { expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { heldBatch, heldParameters } from '../../src/network/held.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { isWithin } from '../../src/numeric/bounds/extremes.ts';
import { norm } from '../../src/numeric/norms.ts';
import { toHalf } from '../../src/numeric/half.ts';
import { flat, network, randomBatch, startOf } from '../fixtures.ts';

test.each([
  [1, 1],
  [-0, -0],
  [1 + 2 ** -11, 1], // a tie: the even one
  [1 + 3 * 2 ** -11, 1 + 2 ** -9],
  [1 + 2 ** -11 + 2 ** -40, 1 + 2 ** -10],
  [0.1, 0.0999755859375],
  [2 ** -24, 2 ** -24],
  [2 ** -25, 0],
  [-1.5 * 2 ** -24, -(2 ** -23)],
  [2 ** -14 - 2 ** -26, 2 ** -14],
  [65504, 65504],
  [65519.99, 65504],
  [65520, Infinity],
  [-1e9, -Infinity],
  [Infinity, Infinity],
  [NaN, NaN],
])('%d is %d in 16 bits', (x, half) => {
  expect(toHalf(x)).toBe(half);
});

test('every number of 16 bits stays as it is', () => {
  for (let mantissa = 0; mantissa < 1024; mantissa++)
    for (let exponent = -14; exponent <= 15; exponent++) {
      const x = (1 + mantissa / 1024) * 2 ** exponent;
      expect(toHalf(x)).toBe(x);
    }
});

const spec: NetworkSpec = network(20, [16], 'tanh', 4, 'softmax', 'cross-entropy');
const half: NetworkSpec = { ...spec, arithmetic: 'gpu16' };

test('engines of 32 bits are given what there is, those of 16 the nearest', () => {
  const [start, batch] = [startOf(spec), randomBatch(spec, 3)];
  expect(heldParameters(spec, start)).toBe(start);
  expect(heldBatch(spec, batch)).toBe(batch);
  expect(flat(heldParameters(half, start))).toEqual(flat(start).map(toHalf));
  expect([...heldBatch(half, batch).inputs.data]).toEqual(Array.from(batch.inputs.data, toHalf));
});

test('the bound for 16 bits is far above that for 32, and a small share of the gradients', () => {
  const [start, batch] = [heldParameters(half, startOf(half)), heldBatch(half, randomBatch(half, 32))];
  const share = (arithmetic: 'gpu' | 'gpu16'): number => {
    const { gradients, errors } = boundedGradients({ ...spec, arithmetic }, start, batch);
    return norm(flat(errors)) / norm(flat(gradients));
  };
  expect(share('gpu16') / share('gpu')).toBeGreaterThan(100);
  expect(share('gpu16')).toBeLessThan(0.05);
});

test('a number beyond 65504 is out of the range of 16 bits', () => {
  const large = startOf(half).map((one) => ({ ...one, values: one.values.map(() => 3000) }));
  const beyond = (of: NetworkSpec): boolean =>
    boundedGradients(of, large, randomBatch(half, 4)).extremes.some((one) => !isWithin(one, 'f32'));
  expect([beyond(half), beyond(spec)]).toEqual([true, false]);
});
