// A score of exactly 0: any value between the one-sided derivatives is right there, nothing beyond
// them is, and the unit is named.
import { denseLayers, fromDense } from '../../src/network/parameters.ts';
import { describe, expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { checkCase } from '../../src/check/expected/case-check.ts';
import { compare } from '../../src/check/compare.ts';
import type { CompareResult } from '../../src/check/compare.ts';
import { injectionOf } from '../../src/faults/registry.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import type { GradientCheck } from '../../src/check/gradient-check.ts';
import { gradientComparisons, measure } from '../../src/check/measure.ts';
import type { Batches } from '../../src/data/batches.ts';
import { createBatches } from '../../src/data/batches.ts';
import { loadDataset } from '../../src/data/load.ts';
import { fitScaling } from '../../src/data/scaling.ts';
import type { Engine, FaultInjection } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { Batch } from '../../src/network/batch.ts';
import { parseCase } from '../../src/network/case.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import { BACKWARD } from '../../src/ops/backward-rules.ts';
import { SELU_SCALE, SELU_SCALE_ALPHA } from '../../src/ops/activations/selu.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network } from '../fixtures.ts';

const SGD = optimizerSpec('sgd', { learningRate: 0.1 });
/** The four corners. At (0, 0), with biases of 0, every score of the first layer is exactly 0. */
const CORNERS: Batch = {
  inputs: matrixOf([[0, 0], [0, 1], [1, 0], [1, 1]]), // prettier-ignore
  targets: matrixOf([[1, 0], [0, 1], [0, 1], [1, 0]]), // prettier-ignore
};

/** Uses this derivative at a score of exactly 0. */
const slopeAt0 = (slope: number): FaultInjection => ({
  backward: {
    activation(layer, id, dz, da, z, a) {
      BACKWARD.activation(layer, id, dz, da, z, a);
      if (id === 'softmax') return;
      for (let i = 0; i < dz.data.length; i++) if (z.data[i] === 0) dz.data[i] = slope * da.data[i];
    },
  },
});

async function check(spec: NetworkSpec, injection: FaultInjection, seed = 1, batch = CORNERS): Promise<GradientCheck> {
  const inject = (own: FaultInjection): Promise<Engine> =>
    createEngine('vector', spec, SGD, { dtype: 'f64', injection: own });
  return gradientCheck(
    spec,
    initialParameters(spec, 'glorot-uniform', seed),
    batch,
    {
      candidate: await createEngine('vector', spec, SGD, { dtype: 'f32', injection }),
      reference: await createEngine('autograd', spec, SGD),
    },
    { injector: { setting: { network: spec, optimizer: SGD, scaling: { mean: 0, deviation: 1 } }, inject } },
  );
}

describe.each([
  ['relu', 0, 1],
  ['leaky-relu', 0.2, 1],
  ['selu', SELU_SCALE, SELU_SCALE_ALPHA],
] as const)('%s', (activation, least, most) => {
  const spec = network(2, [4], activation, 2, 'softmax', 'cross-entropy');

  test('any value between the one-sided derivatives agrees, and the units are named', async () => {
    for (const slope of [least, (least + most) / 2, most]) {
      const { verdict, kinks } = await check(spec, slopeAt0(slope));
      expect(verdict.kind, `slope ${slope}`).toMatch(/agree|identical/);
      expect(kinks.count).toBe(4);
      expect(kinks.first).toEqual([0, 1, 2, 3].map((unit) => ({ layer: 1, example: 0, unit })));
    }
  });

  test('a value beyond them does not, however little', async () => {
    const little = 1e-4 * (most - least);
    for (const slope of [least - little, most + little, -1, 2]) {
      const { verdict, firstWrong } = await check(spec, slopeAt0(slope));
      expect(verdict.kind, `slope ${slope}`).toBe('disagree');
      expect(firstWrong.candidate?.name).toBe('dz1');
    }
  });

  test('a mistake elsewhere is still found and named', async () => {
    const setting = { network: spec, optimizer: SGD, scaling: { mean: 0, deviation: 1 } };
    const injection = { ...injectionOf({ id: 'missing-activation-derivative', layer: 0 }, setting) };
    const { verdict, diagnosis } = await check(spec, injection);
    expect(verdict.kind).toBe('disagree');
    expect(diagnosis?.mistakes.map(({ fault }) => fault)).toContain('missing-activation-derivative');
  });
});

test('elu has one derivative at 0, and any other is wrong', async () => {
  const spec = network(2, [4], 'elu', 2, 'softmax', 'cross-entropy');
  expect((await check(spec, slopeAt0(1))).verdict.kind).toBe('agree');
  const wrong = await check(spec, slopeAt0(0));
  expect(wrong.verdict.kind).toBe('disagree');
  expect(wrong.kinks.count).toBe(0);
});

test('through two layers, over ten seeds: relu’(0) = 1 agrees, and 2 disagrees if it shows', async () => {
  const spec = network(2, [4, 4], 'relu', 2, 'softmax', 'cross-entropy');
  let shown = 0;
  for (let seed = 1; seed <= 10; seed++) {
    expect((await check(spec, slopeAt0(1), seed)).verdict.kind, `seed ${seed}`).toMatch(/agree|identical/);
    if ((await check(spec, slopeAt0(2), seed)).verdict.kind === 'disagree') shown++;
  }
  expect(shown).toBe(10);
});

test('ratio: a score of exactly 0 may have the derivative of either side', () => {
  // z = (1, 0, 2): p = (1/3, 0, 2/3), S = 3; dL/dz₁ is 0 from below, da₁ from above
  const spec: NetworkSpec = { inputs: 1, layers: [{ units: 3, activation: 'ratio' }], loss: 'mse' };
  const parameters = fromDense([{ weights: matrixOf([[1, 0, 2]]), bias: new Float64Array(3) }]);
  const exact = boundedGradients(spec, parameters, { inputs: matrixOf([[1]]), targets: matrixOf([[0, 1, 0]]) });
  expect(exact.kinks).toEqual([{ layer: 1, example: 0, unit: 1 }]);
  const dp = [2 / 9, -2 / 3, 4 / 9];
  const da = dp[1] / 3 - (dp[0] * 1 + dp[2] * 2) / 9;
  const used = (db1: number): number => {
    const bias = denseLayers(exact.gradients)[0].bias.slice();
    bias[1] = db1;
    const answer = fromDense([{ weights: denseLayers(exact.gradients)[0].weights, bias }]);
    return gradientComparisons({ candidate: answer, reference: answer }, exact).map(measure)[1].usedOfBound;
  };
  for (const right of [0, da / 2, da]) expect(used(right)).toBeLessThanOrEqual(1);
  for (const wrong of [-da, 2 * da, 1.001 * da, -0.001 * da]) expect(used(wrong)).toBeGreaterThan(1);
});

const CASE = {
  format: 'backproof-case/1',
  name: 'a score of exactly 0',
  network: {
    inputs: 2,
    layers: [
      { units: 2, activation: 'relu' },
      { units: 1, activation: 'linear' },
    ],
    loss: 'mse',
  },
  parameters: [
    { weights: [[0.5, -0.25], [0.25, 0.75]], bias: [0, 0] }, // prettier-ignore
    { weights: [[0.5], [2]], bias: [1] },
  ],
  batch: { inputs: [[0, 0]], targets: [[0]] },
};

test.each([
  [0, 'agree'],
  [0.5, 'agree'],
  [1, 'agree'],
  [1.01, 'disagree'],
  [-0.01, 'disagree'],
])('a case with expected values for relu’(0) = %d in double precision: %s', async (slope, expected) => {
  // y = 1, dy = 2: db1 = dy W2ᵀ · relu'(0)
  const bias = [slope, 4 * slope];
  const gradients = [{ weights: [[0, 0], [0, 0]], bias }, { weights: [[0], [0]], bias: [2] }]; // prettier-ignore
  const text = JSON.stringify({ ...CASE, expected: { source: 'by hand', dtype: 'f64', loss: 1, gradients } });
  const problem = parseCase(text, 'case.json');
  const setting = { network: problem.network, optimizer: SGD, scaling: { mean: 0, deviation: 1 } };
  const { expected: found } = await checkCase(
    problem,
    SGD,
    {
      candidate: await createEngine('vector', problem.network, SGD),
      reference: await createEngine('autograd', problem.network, SGD),
    },
    {
      injector: {
        setting,
        inject: (injection) => createEngine('vector', problem.network, SGD, { dtype: 'f64', injection }),
      },
    },
  );
  expect(found?.verdict.kind === 'identical' ? 'agree' : found?.verdict.kind).toBe(expected);
});

/** A free run over the corners, repeated: at the first step a unit is exactly at its kink. */
async function freeRun(injection: FaultInjection, optimizer = SGD): Promise<CompareResult> {
  const spec = network(2, [4], 'relu', 2, 'softmax', 'cross-entropy');
  const data = loadDataset({ dataset: 'xor', seed: 1, trainSize: 64, testSize: 16 });
  const scaling = fitScaling('unit', data.train);
  const batches: Batches = createBatches(data.train, data.classes, scaling, { batchSize: 8, epochs: 4, seed: 1 });
  return compare({
    network: spec,
    optimizer: SGD,
    initial: initialParameters(spec, 'glorot-uniform', 1),
    batches: { ...batches, batch: () => CORNERS },
    test: { examples: data.test, classes: data.classes, scaling },
    candidate: () => createEngine('vector', spec, optimizer, { injection }),
    reference: () => createEngine('vector', spec, SGD),
    exact: () => createEngine('vector', spec, SGD, { dtype: 'f64' }),
  });
}

test('a run that continues from such a unit with the other derivative agrees, and the unit is given as the reason', async () => {
  const { verdict, freeRun: run } = await freeRun(slopeAt0(1));
  expect(verdict.kind).toBe('agree');
  expect(run.parted).toMatchObject({ engine: 'candidate', cause: 'kink', step: 0, layer: 1, example: 0 });
});

test('the kink does not excuse a derivative beyond the one-sided ones, nor a wrong learning rate', async () => {
  expect((await freeRun(slopeAt0(2))).verdict.kind).toBe('disagree');
  const wrong = await freeRun(slopeAt0(1), { ...SGD, learningRate: 0.11 });
  expect(wrong.freeRun.verdict.kind).toBe('disagree');
});
