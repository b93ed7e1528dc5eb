// Initial weights: the variances of the papers, within five standard errors; determinism; biases
// of 0.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { INITIALIZERS, INITIALIZER_CHOICES, initialParameters } from '../../src/network/initializers.ts';
import type { InitializerId } from '../../src/network/initializers.ts';
import { denseLayers, namedTensors } from '../../src/network/parameters.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { refusal } from '../refusal.ts';

const [FAN_IN, FAN_OUT] = [400, 150];
const NETWORK: NetworkSpec = {
  inputs: FAN_IN,
  layers: [
    { units: FAN_OUT, activation: 'relu' },
    { units: 10, activation: 'softmax' },
  ],
  loss: 'cross-entropy',
};
const N = FAN_IN * FAN_OUT;

/**
 * Glorot & Bengio 2010, eq. 12 and 16: Var W = 2 / (fanIn + fanOut). He et al. 2015, eq. 10: Var
 * W = 2 / fanIn.
 */
const GLOROT = 2 / (FAN_IN + FAN_OUT);
const HE = 2 / FAN_IN;

/**
 * The standard error of a variance from N draws is variance·√((κ-1)/N), where κ is the fourth
 * moment over the squared variance: 9/5 if uniform, 3 if normal. Five standard errors are exceeded
 * with probability 6e-7.
 */
const KURTOSIS = { uniform: 9 / 5, normal: 3 };
const allowed = (variance: number, shape: keyof typeof KURTOSIS): number =>
  5 * variance * Math.sqrt((KURTOSIS[shape] - 1) / N);

const LECUN = HE / 2;
const CASES: [InitializerId, number, keyof typeof KURTOSIS][] = [
  ['glorot-uniform', GLOROT, 'uniform'],
  ['glorot-normal', GLOROT, 'normal'],
  ['he-uniform', HE, 'uniform'],
  ['he-normal', HE, 'normal'],
  ['lecun-uniform', LECUN, 'uniform'],
  ['lecun-normal', LECUN, 'normal'],
  ['normal:0.3', 0.09, 'normal'],
  ['uniform:0.6', 0.12, 'uniform'],
];

const weights = (id: InitializerId): Float32Array =>
  denseLayers(initialParameters(NETWORK, id, 1))[0].weights.data as Float32Array;
const mean = (values: Float32Array, of: (x: number) => number): number =>
  values.reduce((sum, x) => sum + of(x), 0) / values.length;

describe.each(CASES)('%s', (id, variance, shape) => {
  it('has mean 0 and the variance of its paper', () => {
    const w = weights(id);
    expect(w.length).toBe(N);
    expect(Math.abs(mean(w, (x) => x))).toBeLessThan(5 * Math.sqrt(variance / N));
    expect(Math.abs(mean(w, (x) => x * x) - variance)).toBeLessThan(allowed(variance, shape));
  });

  it('does not have the variance of the other paper, nor that of swapped fan-in and fan-out', () => {
    const found = mean(weights(id), (x) => x * x);
    const other = variance === HE ? GLOROT : HE;
    for (const wrong of [other, 2 / FAN_OUT]) expect(Math.abs(found - wrong)).toBeGreaterThan(allowed(wrong, shape));
  });

  it(`is ${shape}`, () => {
    const w = weights(id);
    const fourth = mean(w, (x) => x ** 4) / variance ** 2;
    // standard errors from eighth moments: normal √(105-9); uniform on ±√3: 9 - 81/25
    const error = shape === 'normal' ? Math.sqrt(96 / N) : Math.sqrt((9 - 81 / 25) / N);
    expect(Math.abs(fourth - KURTOSIS[shape])).toBeLessThan(5 * error);
    // the largest of N uniform draws is below 0.999·limit with probability 0.999^60000 = 1e-26
    const largest = w.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    const limit = Math.fround(Math.sqrt(3 * variance));
    if (shape === 'uniform') expect(largest).toBeGreaterThan(0.999 * limit);
    if (shape === 'uniform') expect(largest).toBeLessThanOrEqual(limit);
    else expect(largest).toBeGreaterThan(limit);
  });

  it('depends on the seed alone', () => {
    const start = (seed: number): number[] =>
      Array.from(denseLayers(initialParameters(NETWORK, id, seed))[0].weights.data);
    expect(start(1)).toEqual(start(1));
    const seeds = [0, 1, 2, -1];
    expect(new Set(seeds.map((seed) => start(seed).join())).size).toBe(seeds.length);
  });
});

describe('initial parameters', () => {
  it('have biases of 0, binary32 numbers, and different layers', () => {
    for (const id of INITIALIZERS) {
      const parameters = initialParameters(NETWORK, id, 3);
      for (const { values } of namedTensors(parameters)) expect(values).toBeInstanceOf(Float32Array);
      for (const { bias } of denseLayers(parameters)) expect(bias.every((b) => Object.is(b, 0))).toBe(true);
      if (id === 'zeros' || id === 'constant') continue;
      const [{ values: first }, , { values: second }] = parameters;
      expect(Array.from(second.subarray(0, 10))).not.toEqual(Array.from(first.subarray(0, 10)));
    }
  });

  it('use the widths of their own layer', () => {
    const second = initialParameters(NETWORK, 'he-uniform', 3)[2].values as Float32Array;
    const limit = Math.fround(Math.sqrt(6 / FAN_OUT));
    const largest = second.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    expect(largest).toBeLessThanOrEqual(limit);
    expect(largest).toBeGreaterThan(Math.sqrt(6 / FAN_IN)); // the first layer's limit would be too low
  });

  it('need a known initializer', () => {
    for (const name of ['xavier', 'toString']) {
      const text = refusal(UsageError, () => initialParameters(NETWORK, name as InitializerId, 1));
      const choices = INITIALIZER_CHOICES.join(', ');
      expect(text).toBe(`unknown initializer "${name}" | choose one of ${choices}`);
    }
  });

  it('may differ from layer to layer', () => {
    const layers = [{ ...NETWORK.layers[0], initializer: 'constant:0.25' }, NETWORK.layers[1]];
    const mixed = initialParameters({ ...NETWORK, layers }, 'zeros', 3);
    expect(new Set(mixed[0].values)).toEqual(new Set([0.25]));
    expect(new Set(mixed[2].values)).toEqual(new Set([0]));
    const wrong = [{ ...NETWORK.layers[0], initializer: 'xavier' }, NETWORK.layers[1]];
    expect(refusal(UsageError, () => initialParameters({ ...NETWORK, layers: wrong }, 'zeros', 3))).toContain(
      'network.layers[0].initializer: unknown initializer "xavier"',
    );
  });

  it('refuse a number that does not fit', () => {
    for (const id of ['normal:0', 'uniform:-1', 'normal:x', 'constant:', 'zeros:1'])
      expect(() => initialParameters(NETWORK, id as InitializerId, 1), id).toThrow(UsageError);
  });
});

describe('orthogonal weights', () => {
  it.each([
    [20, 6],
    [6, 20],
    [7, 7],
  ])('of %i by %i have columns or rows of length 1, at right angles', (inputs, units) => {
    const spec = { ...NETWORK, inputs, layers: [{ units, activation: 'relu' as const }, NETWORK.layers[1]] };
    const { weights } = denseLayers(initialParameters(spec, 'orthogonal', 2))[0];
    const [count, length] = inputs >= units ? [units, inputs] : [inputs, units];
    const at = (n: number, i: number): number =>
      inputs >= units ? weights.data[i * units + n] : weights.data[n * units + i];
    for (let n = 0; n < count; n++)
      for (let m = 0; m < count; m++) {
        const product = Array.from({ length }, (_, i) => at(n, i) * at(m, i)).reduce((sum, x) => sum + x, 0);
        expect(Math.abs(product - (n === m ? 1 : 0))).toBeLessThan(1e-6);
      }
  });
});
