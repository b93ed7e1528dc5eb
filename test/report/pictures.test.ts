// The pictures of a report match the numbers: every byte is its weight, every digit is from the
// test set.
import { denseLayers } from '../../src/network/parameters.ts';
import { expect, test } from 'vitest';
import type { Trajectory } from '../../src/check/run/training.ts';
import { loadDataset } from '../../src/data/load.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { picturesOf } from '../../src/report/pictures.ts';
import { network } from '../fixtures.ts';

const mnist = loadDataset({ dataset: 'mnist', seed: 1, trainSize: 10, testSize: 50 });

function trained(units: number, seed: number, labels: Uint8Array | null): Trajectory {
  const parameters = initialParameters(
    network(784, [units], 'relu', 10, 'softmax', 'cross-entropy'),
    'glorot-uniform',
    seed,
  );
  const evaluation = labels === null ? null : { accuracy: 0, labels, confusion: [], allZero: null, outputs: null };
  return { losses: [], overflowedAt: null, parameters, evaluation, milliseconds: 0 };
}

const bytes = (base64: string): Uint8Array => Uint8Array.from(Buffer.from(base64, 'base64'));

/** The weight of a unit's pixel, decoded from its byte in the picture. */
function weight(picture: Uint8Array, unit: number, pixel: number, scale: number): number {
  return ((picture[unit * 784 + pixel] - 128) / 127) * scale;
}

function pictures(candidate: Trajectory, reference: Trajectory) {
  const made = picturesOf(mnist, { candidate, reference });
  if (made === null) throw new Error('MNIST has pictures');
  return made;
}

test('a byte is the weight of its unit and pixel, to half a step of the scale', () => {
  const [c, r] = [trained(7, 1, null), trained(7, 2, null)];
  const { weights, rows, cols, digits } = pictures(c, r);
  expect([rows, cols, weights.units, weights.shown, digits]).toEqual([28, 28, 7, 7, null]);
  const exact = ([W1]: Parameters, unit: number, pixel: number): number => W1.values[pixel * W1.shape[1] + unit];
  for (const [unit, pixel] of [
    [0, 0],
    [6, 783],
    [3, 28],
    [5, 401],
  ] as const) {
    const [a, b] = [exact(c.parameters, unit, pixel), exact(r.parameters, unit, pixel)];
    const half = weights.scale / 254 + 1e-12;
    expect(Math.abs(weight(bytes(weights.candidate), unit, pixel, weights.scale) - a)).toBeLessThan(half);
    expect(Math.abs(weight(bytes(weights.reference), unit, pixel, weights.scale) - b)).toBeLessThan(half);
    const apart = weight(bytes(weights.difference), unit, pixel, weights.differenceScale);
    expect(Math.abs(apart - (a - b))).toBeLessThan(weights.differenceScale / 254 + 1e-12);
  }
  const all = [...c.parameters[0].values, ...r.parameters[0].values].map(Math.abs);
  expect(weights.scale).toBe(Math.max(...all));
});

test('of many units the first 128 are drawn; equal weights have no difference', () => {
  const one = trained(130, 1, null);
  const { weights } = pictures(one, one);
  expect([weights.units, weights.shown, weights.differenceScale]).toEqual([130, 128, 0]);
  expect(bytes(weights.candidate)).toHaveLength(128 * 784);
  expect(new Set(bytes(weights.difference))).toEqual(new Set([128]));
});

test('a weight that is not finite has a byte of its own', () => {
  const one = trained(2, 1, null);
  denseLayers(one.parameters)[0].weights.data[0] = NaN;
  const { weights } = pictures(one, trained(2, 1, null));
  expect(bytes(weights.candidate)[0]).toBe(0);
  expect(bytes(weights.candidate).filter((b) => b === 0)).toHaveLength(1);
  expect(Number.isFinite(weights.scale)).toBe(true);
});

test('the digits are those that at least one side labels wrong, first those on which the sides differ', () => {
  const right = mnist.test.labels;
  const wrong = (at: readonly number[]): Uint8Array =>
    right.map((label, i) => (at.includes(i) ? (label + 1) % 10 : label));
  const { digits } = pictures(trained(2, 1, wrong([3, 20, 41])), trained(2, 1, wrong([3, 7, 41])));
  expect(digits?.wrong).toEqual({ candidate: 3, reference: 3 });
  expect(digits?.differing).toBe(2);
  expect(digits?.shown.map((d) => d.index)).toEqual([7, 20, 3, 41]);
  const [first] = digits?.shown ?? [];
  expect(first).toMatchObject({ label: right[7], candidate: right[7], reference: (right[7] + 1) % 10 });
  expect(bytes(first?.pixels ?? '')).toEqual(Uint8Array.from(mnist.test.values.subarray(7 * 784, 8 * 784)));
});

test('inputs that are not pictures have none', () => {
  const moons = loadDataset({ dataset: 'moons', seed: 1 });
  expect(picturesOf(moons, { candidate: trained(2, 1, null), reference: trained(2, 1, null) })).toBe(null);
});
