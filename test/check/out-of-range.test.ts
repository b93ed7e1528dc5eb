// Numbers that the precision cannot hold: nobody is blamed, and the report names the number.
// Everything that can be held is judged as usual.
import { describe, expect, test } from 'vitest';
import { compare } from '../../src/check/compare.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import type { GradientCheck } from '../../src/check/gradient-check.ts';
import { updateCheck } from '../../src/check/update-check.ts';
import { createBatches } from '../../src/data/batches.ts';
import { loadDataset } from '../../src/data/load.ts';
import { fitScaling } from '../../src/data/scaling.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { Batch } from '../../src/network/batch.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { copyParameters, denseLayers, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../../src/ops/registry.ts';
import type { ActivationId, LossId } from '../../src/ops/registry.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import type { Dtype } from '../../src/numeric/dtype.ts';
import type { OptimizerId } from '../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { altered, withGradients } from './sabotage.ts';

const SGD = optimizerSpec('sgd', { learningRate: 0.1 });
const vector = (spec: NetworkSpec, dtype: Dtype = 'f32'): Promise<Engine> =>
  createEngine('vector', spec, SGD, { dtype });
const cpu = (spec: NetworkSpec): Promise<Engine> => createEngine('tfjs', spec, SGD, { backend: 'cpu' });

/** Ordinary weights and biases, times `scale`. */
function scaled(spec: NetworkSpec, scale: number): Parameters {
  const parameters = startOf(spec);
  for (const { values } of namedTensors(parameters)) values.forEach((x, i) => (values[i] = x * scale));
  return parameters;
}

const spec = (activation: ActivationId, output: ActivationId, loss: LossId): NetworkSpec =>
  network(3, [4], activation, 2, output, loss);

describe('overflow on both sides', () => {
  test.each([
    ['weights of 1e19', spec('relu', 'linear', 'mse'), 1e19, 1, /^(loss|z2|a2)$/],
    ['weights of 1e30', spec('relu', 'linear', 'mse'), 1e30, 1, /^z2$/],
    ['weights of 1e30 under softmax', spec('relu', 'softmax', 'cross-entropy'), 1e30, 1, /^z2$/],
    ['weights of 1e20 with ratio', spec('gelu', 'ratio', 'mse'), 1e20, 1, /^z2$/],
    ['targets of 1e30', spec('relu', 'linear', 'mse'), 1, 1e30, /^loss$/],
  ] as const)('%s: inconclusive, and the number is named', async (_what, network_, scale, targets, name) => {
    const batch = randomBatch(network_, 4, 2);
    batch.targets.data.forEach((t, i) => (batch.targets.data[i] = t * targets));
    const start = scaled(network_, scale);
    for (const { values } of namedTensors(start)) values.forEach((x, i) => (values[i] = Math.abs(x))); // no unit is off
    batch.inputs.data.forEach((x, i) => (batch.inputs.data[i] = Math.abs(x)));
    const { verdict, diagnosis, firstWrong } = await gradientCheck(network_, start, batch, {
      candidate: await vector(network_),
      reference: await cpu(network_),
    });
    expect(verdict).toMatchObject({ kind: 'inconclusive', reason: 'out-of-range' });
    expect(verdict.kind === 'inconclusive' && verdict.reason === 'out-of-range' ? verdict.name : '').toMatch(name);
    expect(diagnosis).toBeNull();
    expect(firstWrong).toEqual({ candidate: null, reference: null });
  });

  test.each(['gelu', 'swish'] as const)(
    'the product da·z of %s, although dz itself can be held',
    async (activation) => {
      const one = spec(activation, 'linear', 'mse');
      const start = scaled(one, 1);
      denseLayers(start)[0].weights.data.forEach((w, i) => (denseLayers(start)[0].weights.data[i] = 1e22 * w));
      const found = await gradientCheck(one, start, randomBatch(one, 4, 2), {
        candidate: await vector(one),
        reference: await cpu(one),
      });
      expect(found.verdict.kind).toBe('inconclusive');
      expect(found.parameters[0].outOfRange?.name).toBe('da1 z1');
    },
  );

  test('every activation at every scale: agree or inconclusive, never blame', async () => {
    const kinds = new Set<string>();
    for (const activation of ELEMENTWISE_ACTIVATIONS) {
      for (const [output, loss] of [
        ['softmax', 'cross-entropy'],
        ['ratio', 'mse'],
        [activation, 'mse'],
      ] as const) {
        const one = spec(activation, output, loss);
        for (const scale of [1e-44, 1e-40, 1e-30, 1e-19, 1e12, 1e19, 1e30, 1e38]) {
          const start = scaled(one, scale);
          if (!namedTensors(start).every(({ values }) => values.every(Number.isFinite))) continue;
          const { verdict } = await gradientCheck(one, start, randomBatch(one, 4), {
            candidate: await vector(one),
            reference: await cpu(one),
          });
          expect(verdict.kind, `${activation} ${output} ${scale}`).not.toBe('disagree');
          kinds.add(verdict.kind);
        }
      }
    }
    expect([...kinds].sort()).toEqual(['identical', 'inconclusive']);
  });
});

describe('numbers that vanish', () => {
  test('a total of scores whose square is 0 in single precision', async () => {
    const one = spec('relu', 'ratio', 'mse');
    const start = scaled(one, 1e-20);
    const { verdict } = await gradientCheck(one, start, randomBatch(one, 4, 2), {
      candidate: await vector(one),
      reference: await cpu(one),
    });
    expect(verdict).toMatchObject({ kind: 'inconclusive', reason: 'out-of-range', name: '(Σa2)²' });
  });

  test('weights of 1e-40 are allowed for by the bounds', async () => {
    const one = spec('tanh', 'softmax', 'cross-entropy');
    const start = scaled(one, 1e-40);
    const { verdict } = await gradientCheck(one, start, randomBatch(one, 4, 2), {
      candidate: await vector(one),
      reference: await cpu(one),
    });
    expect(verdict.kind).toMatch(/agree|identical/);
  });
});

describe('still wrong', () => {
  const mse = spec('relu', 'linear', 'mse');
  const put = (value: (x: number) => number) => (gradients: Parameters) => {
    const { data } = denseLayers(gradients)[0].weights;
    const at = data.findIndex((x) => x !== 0);
    data[at] = value(data[at]);
  };
  const trial = async (candidate: Engine, scale: number, reference?: Engine): Promise<GradientCheck> =>
    gradientCheck(mse, scaled(mse, scale), randomBatch(mse, 4, 2), {
      candidate,
      reference: reference ?? (await cpu(mse)),
    });

  test.each([Infinity, NaN])('%d on one side only, although the exact value can be held', async (value) => {
    for (const scale of [1, 1e6]) {
      const { verdict, parameters } = await trial(withGradients(await vector(mse), put(() => value)), scale); // prettier-ignore
      expect(verdict.kind).toBe('disagree');
      expect(parameters[0].left).toBe('candidate');
    }
  });

  test('a loss that overflows on one side only', async () => {
    const right = await vector(mse);
    const naive = altered(right, {
      lossAndGradients: async (batch) => ({ ...(await right.lossAndGradients(batch)), loss: Infinity }),
    });
    expect((await trial(naive, 1)).verdict).toMatchObject({ kind: 'disagree', findings: [{ what: 'loss' }] });
  });

  test('a gradient, if only the loss overflows', async () => {
    const batch = randomBatch(mse, 4, 2);
    batch.targets.data.forEach((t, i) => (batch.targets.data[i] = t * 1e30));
    const wrong = withGradients(await vector(mse), put((x) => 1.01 * x)); // prettier-ignore
    const { verdict } = await gradientCheck(mse, scaled(mse, 1), batch, {
      candidate: wrong,
      reference: await cpu(mse),
    });
    expect(verdict).toMatchObject({ kind: 'disagree', findings: [{ what: 'gradient' }] });
  });

  test('double precision, which has the range: a right engine is not blamed, a wrong one is', async () => {
    const right = await trial(await vector(mse, 'f64'), 1e19);
    expect(right.verdict.kind).toBe('inconclusive'); // the reference overflowed, and is not blamed either
    expect(right.parameters.every(({ left }) => left === null)).toBe(true);
    const both = await trial(await vector(mse, 'f64'), 1e30, await createEngine('autograd', mse, SGD));
    expect(both.verdict.kind).toBe('agree');
    const wrong = await trial(withGradients(await vector(mse, 'f64'), put((x) => 1.01 * x)), 1e19); // prettier-ignore
    expect(wrong.verdict).toMatchObject({ kind: 'disagree', findings: [{ measure: { left: 'candidate' } }] });
  });
});

describe('updates', () => {
  const mse = spec('tanh', 'linear', 'mse');
  const check = async (id: OptimizerId, learningRate: number, of = learningRate) => {
    const [told, own] = [optimizerSpec(id, { learningRate }), optimizerSpec(id, { learningRate: of })];
    return updateCheck({ network: mse, optimizer: told, start: startOf(mse) }, randomBatch(mse, 4, 2), {
      candidate: await createEngine('vector', mse, own),
      reference: await createEngine('tfjs', mse, told, { backend: 'cpu' }),
    });
  };

  test.each(['sgd', 'momentum', 'rmsprop', 'adam'] as const)('%s with a rate of 1e308: inconclusive', async (id) => {
    expect((await check(id, 1e308)).verdict).toMatchObject({ kind: 'inconclusive', name: 'learning rate' });
  });

  test('a large rate whose updates can be held is judged', async () => {
    expect((await check('sgd', 1e20)).verdict.kind).toMatch(/agree|identical/);
    expect((await check('sgd', 1e20, 1.01e20)).verdict.kind).toBe('disagree');
  });
});

describe('whole runs', () => {
  const run = async (
    learningRate: number,
    sabotage: (engine: Engine) => Engine = (engine) => engine,
    output: ActivationId = 'linear',
    scale = 1,
  ) => {
    const own = network(2, [6], 'relu', 2, output, 'mse');
    const optimizer = optimizerSpec('sgd', { learningRate });
    const data = loadDataset({ dataset: 'moons', seed: 1, trainSize: 128, testSize: 32 });
    const scaling = fitScaling('unit', data.train);
    const initial = initialParameters(own, 'glorot-uniform', 1);
    for (const { values } of namedTensors(initial)) values.forEach((x, i) => (values[i] = x * scale));
    return compare({
      network: own,
      optimizer,
      initial,
      batches: createBatches(data.train, data.classes, scaling, { batchSize: 16, epochs: 2, seed: 1 }),
      test: { examples: data.test, classes: data.classes, scaling },
      candidate: async () => sabotage(await createEngine('vector', own, optimizer)),
      reference: () => createEngine('tfjs', own, optimizer, { backend: 'cpu' }),
      exact: () => createEngine('vector', own, optimizer, { dtype: 'f64' }),
    });
  };

  test.each([1e6, 1e30, 1e38, 1e308])('a learning rate of %d overflows on both sides: inconclusive', async (rate) => {
    const { verdict, freeRun } = await run(rate);
    expect(verdict).toMatchObject({ kind: 'inconclusive', reason: 'out-of-range' });
    expect(freeRun.verdict).toMatchObject({
      kind: 'inconclusive',
      reason: 'out-of-range',
      step: expect.any(Number) as number,
    });
  });

  test('a total whose square is 0: ratio has a finite loss even for NaN, so the loss does not show it', async () => {
    const { freeRun } = await run(0.05, undefined, 'ratio', 1e-12);
    expect(freeRun.loss.candidate.every(Number.isFinite)).toBe(true);
    expect(freeRun.verdict).toMatchObject({ kind: 'inconclusive', reason: 'out-of-range', name: '(Σa2)²' });
  });

  test.each(['linear', 'ratio'] as const)('a run that overflows on one side only is wrong (%s)', async (output) => {
    const blows = (engine: Engine): Engine => {
      let steps = 0;
      const blown = async (batch: Batch): Promise<number> => {
        const loss = await engine.trainStep(batch);
        if (++steps === 8) {
          const p = copyParameters(await engine.parameters(), 'f32');
          denseLayers(p)[0].bias[0] = 1e30;
          await engine.load(p);
        }
        return loss;
      };
      return altered(engine, { trainStep: blown });
    };
    expect((await run(0.05, blows, output)).freeRun.verdict.kind).toBe('disagree');
  });
});
