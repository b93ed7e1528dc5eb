// Errors that are not independent: equal values have equal errors, and the bound takes that into
// account.
import { describe, expect, test } from 'vitest';
import {
  alignment,
  columnsAlike,
  repeatsInColumns,
  repeatsInRows,
  rowsAlike,
} from '../../src/numeric/bounds/alikeness.ts';
import { boundedOutputs } from '../../src/bounds/forward.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { usedOfBound } from '../../src/check/measure.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { Batch } from '../../src/network/batch.ts';
import { denseLayers, zeroParameters } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { matrixOf, zeros } from '../../src/numeric/matrix.ts';
import { UNIT_ROUNDOFF } from '../../src/numeric/dtype.ts';
import { LAMBDA } from '../../src/numeric/bounds/error-bound.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';

const randomMatrix = (rows: number, cols: number, seed: number) => {
  const [m, rng] = [zeros('f64', rows, cols), createRng(seed, 'alikeness')];
  m.data.forEach((_, i) => (m.data[i] = rng.normal()));
  return m;
};

test('equal rows and columns are counted', () => {
  const m = matrixOf(
    [
      [1, 2, 1],
      [3, 4, 3],
      [1, 2, 1],
      [1, 2, 1],
    ],
    'f64',
  );
  expect([...rowsAlike(m)]).toEqual([3, 1, 3, 3]);
  expect([...columnsAlike(m, new Float64Array(3))]).toEqual([2, 1, 2]);
  expect([...columnsAlike(m, Float64Array.of(0, 0, 1))]).toEqual([1, 1, 1]);
  expect([...repeatsInColumns(m)]).toEqual([3, 3, 3]);
  expect([
    ...repeatsInRows(
      matrixOf(
        [
          [0, 0, 5, 5, 5],
          [1, 2, 3, 4, 5],
        ],
        'f64',
      ),
    ),
  ]).toEqual([3, 1]);
});

test('weights without a pattern do not line up; n equal ones do, by a factor of √n', () => {
  const random = alignment(randomMatrix(60, 80, 1), randomMatrix(80, 50, 2));
  const mean = random.forward.reduce((a, b) => a + b, 0) / 50;
  expect(mean).toBeGreaterThanOrEqual(1);
  expect(mean).toBeLessThan(1.1);
  const ones = { rows: 4, cols: 9, data: new Float64Array(36).fill(0.5) };
  const equal = alignment(ones, { rows: 9, cols: 4, data: ones.data });
  for (const ratio of [...equal.forward, ...equal.backward]) expect(ratio).toBeCloseTo(3, 12);
});

/** Networks whose errors are as far from independent as possible. */
const ALIKE: { name: string; make: () => { spec: ReturnType<typeof network>; batch: Batch; weight: number | null } }[] =
  [
    { name: 'all weights 0', weight: 0, B: 500, same: false },
    { name: 'all weights equal', weight: 0.04, B: 200, same: false },
    { name: 'all weights equal and all examples equal', weight: 0.04, B: 300, same: true },
    { name: 'all examples equal', weight: null, B: 300, same: true },
  ].map(({ name, weight, B, same }) => ({
    name,
    make: () => {
      const spec = network(100, [100, 60], 'tanh', 12, 'sigmoid', 'mse');
      const batch = randomBatch(spec, B, 1);
      for (let i = 0; i < batch.inputs.data.length; i++) {
        if (same) batch.inputs.data[i] = batch.inputs.data[i % 100];
        else batch.inputs.data[i] = Math.abs(batch.inputs.data[i]);
      }
      return { spec, batch, weight };
    },
  }));

describe.each(ALIKE)('$name', ({ make }) => {
  test.each(['wasm', 'cpu'] as const)('%s stays within the bound', async (backend) => {
    const { spec, batch, weight } = make();
    const start = weight === null ? startOf(spec) : zeroParameters(spec, 'f32');
    if (weight !== null)
      for (const { weights, bias } of denseLayers(start)) {
        weights.data.fill(weight);
        bias.fill(weight === 0 ? 0.3 : 0.1);
      }
    const candidate = await createEngine('vector', spec, optimizerSpec('sgd'));
    const reference = await createEngine('tfjs', spec, optimizerSpec('sgd'), { backend });
    const { loss, outputs, parameters } = await gradientCheck(spec, start, batch, { candidate, reference });
    await reference.dispose();
    for (const m of [loss, outputs, ...parameters]) expect(m.usedOfBound, m.parameter).toBeLessThanOrEqual(1);
  });
});

/**
 * The largest share of its bound that a gradient, output or loss of the hand-written network in
 * single precision uses.
 */
async function used(spec: NetworkSpec, start: Parameters, batch: Batch): Promise<number> {
  const [one, two] = [
    await createEngine('vector', spec, optimizerSpec('sgd')),
    await createEngine('vector', spec, optimizerSpec('sgd')),
  ];
  const { loss, outputs, parameters } = await gradientCheck(spec, start, batch, { candidate: one, reference: two });
  return Math.max(...[loss, outputs, ...parameters].map((m) => m.usedOfBound));
}

describe('errors that add up instead of cancelling are within the bound', () => {
  test('in a sum of 20,000 equal products in sequence: each is rounded the same way', () => {
    const n = 20_000;
    const spec = network(n, [], 'linear', 1, 'linear', 'mse');
    const start = zeroParameters(spec, 'f32');
    denseLayers(start)[0].weights.data.fill(0.1);
    const inputs = { rows: 1, cols: n, data: new Float32Array(n).fill(1) };
    let sum = 0;
    for (let i = 0; i < n; i++) sum = Math.fround(sum + Math.fround(0.1)); // a possible order for an engine
    const { value, error } = boundedOutputs(spec, start, inputs);
    expect(usedOfBound(sum, value.data[0], error.data[0])).toBeLessThanOrEqual(1);
    // what the bound would be for independent roundings
    expect(Math.abs(sum / value.data[0] - 1)).toBeGreaterThan(LAMBDA * Math.sqrt(n) * UNIT_ROUNDOFF.f32);
  });

  test('over 10,000 equal units, forward and backward: their errors are equal', async () => {
    const [inner, units] = [15, 10_000];
    const spec = network(50, [inner, units], 'linear', 3, 'linear', 'mse');
    const start = startOf(spec, 2);
    const { data } = denseLayers(start)[1].weights;
    for (let i = 0; i < data.length; i++) data[i] = data[units * Math.floor(i / units)];
    denseLayers(start)[1].bias.fill(0.3);
    for (let i = 0; i < 3 * units; i++)
      denseLayers(start)[2].weights.data[i] = denseLayers(start)[2].weights.data[i % 3];
    expect(await used(spec, start, randomBatch(spec, 20, 1))).toBeLessThanOrEqual(1);
  });

  test('over 20,000 equal examples', async () => {
    const spec = network(6, [8], 'tanh', 4, 'softmax', 'cross-entropy');
    const batch = randomBatch(spec, 20_000, 1);
    for (let i = 0; i < batch.inputs.data.length; i++) batch.inputs.data[i] = batch.inputs.data[i % 6];
    for (let i = 0; i < batch.targets.data.length; i++) batch.targets.data[i] = batch.targets.data[i % 4];
    expect(await used(spec, startOf(spec, 1), batch)).toBeLessThanOrEqual(1);
  });
});
