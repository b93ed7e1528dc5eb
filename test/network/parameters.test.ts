// Parameters as data: names, counts, copies, and refusals that name the tensor.
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import {
  assignParameters,
  checkFinite,
  checkShapes,
  copyParameters,
  fromDense,
  indexOf,
  namedTensors,
  zeroParameters,
} from '../../src/network/parameters.ts';
import { countParameters } from '../../src/network/spec.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import { refusal } from '../refusal.ts';

const NETWORK: NetworkSpec = {
  inputs: 3,
  layers: [
    { units: 2, activation: 'relu' },
    { units: 1, activation: 'linear' },
  ],
  loss: 'mse',
};

/** (3, 2) and (2), (2, 1) and (1). */
function parameters(): Parameters {
  const [W1, W2] = [
    matrixOf([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
    matrixOf([[9], [10]]),
  ];
  return fromDense([
    { weights: W1, bias: Float32Array.of(7, 8) },
    { weights: W2, bias: Float32Array.of(11) },
  ]);
}

describe('parameters', () => {
  it('are named W1, b1, W2, b2 from the input on', () => {
    expect(namedTensors(parameters())).toEqual([
      { layer: 1, role: 'weights', name: 'W1', shape: [3, 2], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
      { layer: 1, role: 'bias', name: 'b1', shape: [2], values: Float32Array.of(7, 8) },
      { layer: 2, role: 'weights', name: 'W2', shape: [2, 1], values: Float32Array.of(9, 10) },
      { layer: 2, role: 'bias', name: 'b2', shape: [1], values: Float32Array.of(11) },
    ]);
  });

  it('have places as [row, column] in weights and [unit] in a bias', () => {
    expect([0, 1, 2, 5].map((at) => indexOf([3, 2], at))).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [2, 1],
    ]);
    expect(indexOf([4], 3)).toEqual([3]);
    expect(indexOf([2, 3, 4], 23)).toEqual([1, 2, 3]);
  });

  it('are counted: MNIST by 128 and 10 has (784+1)·128 + (128+1)·10 of them', () => {
    expect(countParameters(NETWORK)).toBe(3 * 2 + 2 + 2 * 1 + 1);
    const mnist = { ...NETWORK, inputs: 784, layers: NETWORK.layers.map((l, i) => ({ ...l, units: [128, 10][i] })) };
    expect(countParameters(mnist)).toBe(101_770);
  });

  it('start as zeros of the right shape', () => {
    const zero = zeroParameters(NETWORK, 'f64');
    expect(namedTensors(zero).map(({ shape }) => shape)).toEqual([[3, 2], [2], [2, 1], [1]]);
    expect(
      namedTensors(zero).every(({ values }) => values instanceof Float64Array && values.every((v) => v === 0)),
    ).toBe(true);
    expect(() => checkShapes(NETWORK, zero)).not.toThrow();
  });

  it('are copied deeply, in the precision asked for', () => {
    const original = parameters();
    const copy = copyParameters(original, 'f64');
    expect(copy[0]).toEqual({ layer: 1, role: 'weights', shape: [3, 2], values: Float64Array.of(1, 2, 3, 4, 5, 6) });
    for (const { values } of namedTensors(copy)) values.fill(0);
    expect(original).toEqual(parameters());
  });

  it('are assigned without new arrays', () => {
    const target = zeroParameters(NETWORK, 'f32');
    const before = namedTensors(target).map(({ values }) => values);
    assignParameters(target, parameters());
    expect(target).toEqual(parameters());
    namedTensors(target).forEach(({ values }, i) => expect(values).toBe(before[i]));
  });
});

describe('parameters are refused', () => {
  it('with too few layers', () => {
    const text = refusal(DataError, () => checkShapes(NETWORK, parameters().slice(2)));
    expect(text).toBe('parameters: expected 2 layers, got 1');
  });

  it('with a tensor too many', () => {
    const [W1] = parameters();
    const text = refusal(DataError, () => checkShapes(NETWORK, [...parameters(), { ...W1, role: 'scale' }]));
    expect(text).toBe('parameters: expected 4 tensors, got 5');
  });

  it('with transposed weights, naming tensor and shapes', () => {
    const [W1, ...others] = parameters();
    const transposed = [{ ...W1, shape: [2, 3] }, ...others];
    const text = refusal(DataError, () => checkShapes(NETWORK, transposed, 'gradients'));
    expect(text).toBe('gradients W1: expected (3, 2), got (2, 3) | weights are (inputs, units)');
  });

  it.each([
    [5, 2],
    [3, 5],
  ])('with %i rows and %i columns though the array has the right length', (rows, cols) => {
    const [W1, ...others] = parameters();
    const wrong = [{ ...W1, shape: [rows, cols] }, ...others];
    expect(refusal(DataError, () => checkShapes(NETWORK, wrong))).toContain(`, got (${rows}, ${cols})`);
  });

  it('with weights whose array is longer than their shape', () => {
    const [W1, b1, W2, b2] = parameters();
    const long = [W1, b1, { ...W2, values: new Float32Array(3) }, b2];
    expect(refusal(DataError, () => checkShapes(NETWORK, long))).toContain(
      'parameters W2: expected (2, 1), got 3 numbers',
    );
  });

  it('with a bias of another length', () => {
    const [W1, b1, W2, b2] = parameters();
    const wrong = [W1, b1, W2, { ...b2, shape: [2], values: Float32Array.of(1, 2) }];
    const text = refusal(DataError, () => checkShapes(NETWORK, wrong));
    expect(text).toBe('parameters b2: expected (1), got (2)');
  });

  it.each([NaN, Infinity, -Infinity])('with an entry that is %d, naming it', (bad) => {
    expect(() => checkFinite(parameters())).not.toThrow();
    const weights = parameters();
    weights[0].values[3] = bad; // row 1, column 1
    expect(refusal(DataError, () => checkFinite(weights))).toBe(`parameters W1 [1, 1] is ${bad}`);
    const bias = parameters();
    bias[3].values[0] = bad;
    expect(refusal(DataError, () => checkFinite(bias, 'gradients'))).toBe(`gradients b2 [0] is ${bad}`);
  });
});
