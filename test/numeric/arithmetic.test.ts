// Bounds are computed under one arithmetic at a time.
import { expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { boundedUpdates } from '../../src/bounds/update.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { arithmetic, u, uBasic, uOfRoot, under } from '../../src/numeric/bounds/arithmetic.ts';
import { erfError, expError, log1pError, softplusError, tanhError } from '../../src/numeric/bounds/function-errors.ts';
import { OPTIMIZERS } from '../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../../src/ops/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';

const v = 2 ** -24;

test('under gpu, roundings are what specifications of shaders allow; outside, those of IEEE 754', () => {
  const all = (): unknown => [arithmetic, u, uBasic, uOfRoot];
  const ieee = ['ieee', v, v, v];
  expect(all()).toEqual(ieee);
  const gpu = under('gpu', () => [all(), under(undefined, all), all()]);
  expect(gpu).toEqual([['gpu', 5 * v, 2 * v, 9 * v], ieee, ['gpu', 5 * v, 2 * v, 9 * v]]);
  expect(all()).toEqual(ieee);
  expect(() => under('gpu', () => { throw new Error('no'); })).toThrow('no'); // prettier-ignore
  expect(all()).toEqual(ieee);
});

test('functions in shaders: formulas from the accuracy of exp and log', () => {
  expect(under('gpu', () => expError(10))).toBe(2 * v * 23); // (3 + 2·10) ulp
  expect(under('gpu', () => log1pError(0.5))).toBe(2 ** -21 + 2 * v);
  // at 0, e^-2|z| is off by 3 ulp, of which tanh takes half; at 10 hardly more than the quotient
  expect(under('gpu', () => tanhError(0, 0))).toBe(4 * v);
  expect(under('gpu', () => tanhError(10, 1))).toBeCloseTo(9 * v, 12);
  expect(under('gpu', () => softplusError(20, 0, 20))).toBe(40 * v);
  expect(under('gpu', () => erfError(5))).toBe(60 * v);
});

const sum = (all: Parameters): number =>
  namedTensors(all)
    .flatMap(({ values }) => Array.from(values))
    .reduce((a, b) => a + b, 0);

test.each(ELEMENTWISE_ACTIVATIONS)('%s: bounds under gpu are wider, and the exact values the same', (activation) => {
  const ieee = network(6, [5, 4], activation, 3, 'softmax', 'cross-entropy');
  const gpu: NetworkSpec = { ...ieee, arithmetic: 'gpu' };
  const [batch, start] = [randomBatch(ieee, 7), startOf(ieee)];
  const [a, b] = [boundedGradients(ieee, start, batch), boundedGradients(gpu, start, batch)];
  expect(b.loss.value).toBe(a.loss.value);
  expect(sum(b.gradients)).toBe(sum(a.gradients));
  a.errors.forEach(({ values }, t) =>
    values.forEach((e, i) => expect(b.errors[t].values[i]).toBeGreaterThanOrEqual(e)),
  );
  expect(sum(b.errors) / sum(a.errors)).toBeGreaterThan(1.5);
  expect(sum(b.errors) / sum(a.errors)).toBeLessThan(25);
  expect(sum(boundedGradients(ieee, start, batch).errors)).toBe(sum(a.errors)); // nothing stays behind
});

test.each(OPTIMIZERS)('%s: the bounds of an update under gpu are wider', (id) => {
  const ieee = network(3, [], 'linear', 2, 'linear', 'mse');
  const start = startOf(ieee);
  const errorsOf = (spec: NetworkSpec): number => {
    const updates = boundedUpdates(spec, optimizerSpec(id), start);
    updates.step(start);
    return sum(updates.errors);
  };
  expect(errorsOf({ ...ieee, arithmetic: 'gpu' })).toBeGreaterThan(errorsOf(ieee));
});
