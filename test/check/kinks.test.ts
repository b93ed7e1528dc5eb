// A unit whose sign single precision does not decide may go either way: it is named and allowed
// for, and nothing else is.
import { denseLayers, fromDense } from '../../src/network/parameters.ts';
import { expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { usedOfBound } from '../../src/check/measure.ts';
import type { ElementwiseActivationId } from '../../src/ops/registry.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import { flat, network } from '../fixtures.ts';

const SPEC = network(2, [2], 'relu', 1, 'linear', 'mse');

/**
 * x = (1, 1); unit 0 has z = 1 + w, unit 1 has z = 2. The target 0 makes every gradient positive.
 */
function problem(w: number) {
  const parameters = fromDense([
    {
      weights: matrixOf([
        [1, 1],
        [w, 1],
      ]),
      bias: new Float32Array(2),
    },
    { weights: matrixOf([[3], [1]]), bias: new Float32Array(1) },
  ]);
  const batch = { inputs: matrixOf([[1, 1]]), targets: matrixOf([[0]]) };
  return boundedGradients(SPEC, parameters, batch);
}

test('a score within its own error of 0 is named, and its gradient may be present or not', () => {
  const { kinks, gradients, errors } = problem(Math.fround(-1 + 2 ** -24)); // z = 6e-8, error of z about 3 u
  expect(kinks).toEqual([{ layer: 1, example: 0, unit: 0 }]);
  // y = 3·z₀ + 2, dL/dW1[0, 0] = 2·y·3 = 12 if the unit is on, 0 if it is off: both are right
  const [value, error] = [denseLayers(gradients)[0].weights.data[0], denseLayers(errors)[0].weights.data[0]];
  expect(usedOfBound(12, value, error)).toBeLessThanOrEqual(1);
  expect(usedOfBound(0, value, error)).toBeLessThanOrEqual(1);
  expect(usedOfBound(24.1, value, error)).toBeGreaterThan(1);
  // the other unit is unaffected: dL/dW1[0, 1] = 2·y·1 = 4
  expect(
    usedOfBound(0, denseLayers(gradients)[0].weights.data[1], denseLayers(errors)[0].weights.data[1]),
  ).toBeGreaterThan(1);
  expect(
    usedOfBound(4, denseLayers(gradients)[0].weights.data[1], denseLayers(errors)[0].weights.data[1]),
  ).toBeLessThanOrEqual(1);
});

test('a score clear of 0 is not a kink', () => {
  const { kinks, gradients, errors } = problem(-0.5);
  expect(kinks).toEqual([]);
  expect(
    usedOfBound(0, denseLayers(gradients)[0].weights.data[0], denseLayers(errors)[0].weights.data[0]),
  ).toBeGreaterThan(1);
});

test('ratio: if the total itself may be 0, anything finite is allowed, and nothing is NaN', () => {
  const spec = network(1, [2], 'relu', 2, 'ratio', 'mse');
  const tiny = Math.fround(-1 + 2 ** -24); // 1 + tiny·1 = 6e-8, less than its error
  const parameters = fromDense([
    { weights: matrixOf([[1, 1]]), bias: new Float32Array(2) },
    {
      weights: matrixOf([
        [1, -1],
        [tiny, 0], // 0 times a number that may be anything
      ]),
      bias: new Float32Array([0, -1]),
    },
  ]);
  const { kinks, gradients, errors } = boundedGradients(spec, parameters, {
    inputs: matrixOf([[1]]),
    targets: matrixOf([[0, 1]]),
  });
  expect(kinks.length).toBeGreaterThan(0);
  expect(flat(errors).some(Number.isNaN)).toBe(false);
  expect(usedOfBound(12345, denseLayers(gradients)[1].bias[0], denseLayers(errors)[1].bias[0])).toBeLessThanOrEqual(1);
  expect(usedOfBound(NaN, denseLayers(gradients)[0].bias[0], denseLayers(errors)[0].bias[0])).toBe(Infinity);
});

/**
 * One unit whose score is 6e-8: y = f(z) + 1/2, the target is 0, so dL/dW1 = 2y·f'(z), which is
 * f'(z) to within 2e-7.
 */
function slopeAt0(activation: ElementwiseActivationId) {
  const parameters = fromDense([
    { weights: matrixOf([[1], [Math.fround(-1 + 2 ** -24)]]), bias: new Float32Array(1) }, // z = 6e-8, undecided
    { weights: matrixOf([[1]]), bias: Float32Array.of(0.5) },
  ]);
  const batch = { inputs: matrixOf([[1, 1]]), targets: matrixOf([[0]]) };
  const { kinks, gradients, errors, shifts } = boundedGradients(
    network(2, [1], activation, 1, 'linear', 'mse'),
    parameters,
    batch,
  );
  const [value, error] = [denseLayers(gradients)[0].weights.data[0], denseLayers(errors)[0].weights.data[0]];
  return { kinks: kinks.length, value, error, shift: shifts?.[0].values[0] ?? 0 };
}

test.each([
  ['leaky-relu', 0.2, 1],
  ['selu', 1.758099340847377, 1.0507009873554805],
] as const)(
  '%s: the slopes %d and %d are both right at its kink, and slopes beyond them are not',
  (id, below, above) => {
    const { kinks, value, error, shift } = slopeAt0(id);
    expect(kinks).toBe(1);
    const [low, high] = [Math.min(below, above), Math.max(below, above)];
    for (const right of [low, high]) expect(usedOfBound(right, value, error, shift)).toBeLessThanOrEqual(1);
    const share = { low: low - 0.01 * (high - low), high: high + 0.01 * (high - low) };
    expect(usedOfBound(share.low, value, error, shift)).toBeGreaterThan(1);
    expect(usedOfBound(share.high, value, error, shift)).toBeGreaterThan(1);
  },
);

test('elu has no kink: its slope is 1 on both sides of 0', () => {
  const { kinks, value, error } = slopeAt0('elu');
  expect(kinks).toBe(0);
  expect(usedOfBound(1, value, error)).toBeLessThanOrEqual(1);
  expect(usedOfBound(1 - 1e-5, value, error)).toBeGreaterThan(1);
});
