// Masks of dropout: drawn from a seed, part of the batch, and the same for every engine.
import { describe, expect, test } from 'vitest';
import { boundedOutputs } from '../../src/bounds/forward.ts';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { createBatches } from '../../src/data/batches.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { EngineOptions } from '../../src/engines/engine-options.ts';
import type { EngineId } from '../../src/engines/engine.ts';
import { DataError } from '../../src/errors.ts';
import { checkBatch } from '../../src/network/batch.ts';
import { parseLayers } from '../../src/network/layer-notation.ts';
import { drawMasks, mapBatch } from '../../src/network/masks.ts';
import { checkNetwork } from '../../src/network/spec.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { randomBatch, randomParameters } from '../../src/selftest/random-problem.ts';

const layers = [
  { units: 6, activation: 'tanh' },
  { kind: 'dropout', rate: 0.5 },
  { units: 3, activation: 'softmax' },
];
const NETWORK = { inputs: 4, layers, loss: 'cross-entropy' } as unknown as NetworkSpec;
const SGD = optimizerSpec('sgd');

describe('masks', () => {
  test('are 0 or 1 / (1 - rate), for layers that draw, and the same for the same seed', () => {
    const { masks = [] } = drawMasks(NETWORK, 500, createRng(1, 'm'));
    expect(masks.map((mask) => mask?.cols ?? null)).toEqual([null, 6, null]);
    const all = [...(masks[1]?.data ?? [])];
    expect(new Set(all)).toEqual(new Set([0, 2]));
    expect(all.filter((m) => m === 0).length / all.length).toBeCloseTo(0.5, 1);
    expect(drawMasks(NETWORK, 500, createRng(1, 'm')).masks).toEqual(masks);
    expect(drawMasks(NETWORK, 500, createRng(2, 'm')).masks).not.toEqual(masks);
    expect(drawMasks({ ...NETWORK, layers: NETWORK.layers.slice(2) }, 5, createRng(1, 'm'))).toEqual({});
  });

  test('are missing from no batch: a batch without them is refused', () => {
    const batch = randomBatch(NETWORK, 5, createRng(1, 'b'));
    expect(() => checkBatch(NETWORK, batch)).not.toThrow();
    const { masks: _, ...without } = batch;
    expect(() => checkBatch(NETWORK, without)).toThrow(DataError);
    expect(() => checkBatch(NETWORK, without)).toThrow('batch masks[1]: expected (5, 6), got nothing');
    const short = mapBatch(batch, (m) => (m.cols === 6 ? { ...m, rows: 4, data: m.data.slice(0, 24) } : m));
    expect(() => checkBatch(NETWORK, short)).toThrow('batch masks[1]: expected (5, 6), got (4, 6)');
  });

  test('of a run depend on the step, and are the same when it is asked again', () => {
    const examples = {
      count: 8,
      width: 4,
      values: Float32Array.from({ length: 32 }, (_, i) => i),
      labels: new Uint8Array(8),
    };
    const plan = { batchSize: 4, epochs: 2, seed: 3, network: NETWORK };
    const make = () => createBatches(examples, 3, { id: 'none', mean: 0, deviation: 1 }, plan);
    const [one, other] = [make(), make()];
    expect(other.batch(2)).toEqual(one.batch(2));
    expect(one.batch(2).masks).not.toEqual(one.batch(3).masks);
  });

  test('have a rate from 0 to below 1', () => {
    const withRate = (rate: unknown) => () =>
      checkNetwork({ ...NETWORK, layers: [{ kind: 'dropout', rate }, layers[2]] } as unknown as NetworkSpec);
    expect(withRate(0)).not.toThrow();
    for (const rate of [1, -0.1, undefined, 'half'])
      expect(withRate(rate)).toThrow('network.layers[0].rate: expected a number from 0 to below 1');
  });
});

const ENGINES: [EngineId, EngineOptions][] = [
  ['autograd', {}],
  ['vector', { dtype: 'f32' }],
  ['tfjs', { backend: 'cpu' }],
  ['tfjs', { backend: 'wasm' }],
];

/** A convolution, then batch normalization of its channels, twice. */
const PICTURES = {
  inputs: 16,
  inputShape: [4, 4, 1],
  layers: parseLayers(
    'conv:2x3,batch-norm:0.9:relu,conv:3x2,batch-norm:0.9,flatten,dense:3:softmax',
    'linear',
    'linear',
  ),
  loss: 'cross-entropy',
} as unknown as NetworkSpec;

describe.each(['dropout', 'layer-norm', 'batch-norm', 'batch-norm of pictures'])('%s', (kind) => {
  const more = kind === 'dropout' ? { kind, rate: 0.5 } : { kind };
  const ofRows = { ...NETWORK, layers: [layers[0], more, { ...more, activation: 'relu' }, layers[2]] } as NetworkSpec;
  const network = kind === 'batch-norm of pictures' ? PICTURES : ofRows;
  const start = randomParameters(network, createRng(1, 'p'), 1);
  const batch = randomBatch(network, 9, createRng(1, 'b'), 1);

  test.each(ENGINES)('in %s %o has loss, gradients, outputs and updates within their bounds', async (id, options) => {
    const engine = await createEngine(id, network, SGD, options);
    const exact = boundedGradients(network, start, batch);
    await engine.load(start);
    const { loss, gradients } = await engine.lossAndGradients(batch);
    expect(Math.abs(loss - exact.loss.value)).toBeLessThanOrEqual(exact.loss.error);
    const within = (
      found: ArrayLike<number>,
      right: ArrayLike<number>,
      error: ArrayLike<number>,
      factor = 1,
    ): boolean => Array.from(found).every((x, i) => Math.abs(x * factor - right[i]) <= error[i]);
    gradients.forEach(({ values }, t) => {
      expect(within(values, exact.gradients[t].values, exact.errors[t].values)).toBe(true);
    });
    expect(
      gradients.some(({ values }, t) => !within(values, exact.gradients[t].values, exact.errors[t].values, 1.001)),
    ).toBe(true);
    const { value, error } = boundedOutputs(network, start, batch.inputs);
    expect(within((await engine.predict(batch.inputs)).data, value.data, error.data)).toBe(true);
    expect(exact.outputs.value).toEqual(value);
    const before = await engine.parameters();
    expect(before.map(({ values }) => [...values])).toEqual(start.map(({ values }) => [...values]));
    await engine.trainStep(batch);
    const after = await engine.parameters();
    after.forEach(({ values, trained }, t) => {
      if (trained !== false || exact.followed === null) return;
      expect(within(values, exact.followed.values[t].values, exact.followed.errors[t].values)).toBe(true);
      expect([...values]).not.toEqual([...start[t].values]);
    });
    await engine.dispose();
  });

  test('in prediction is another function than in training, except layer normalization', () => {
    const { outputs, layers: passed } = boundedGradients(network, start, batch);
    const trained = passed[passed.length - 1].a.value.data;
    if (kind === 'layer-norm') expect(outputs.value.data).toEqual(trained);
    else expect(outputs.value.data).not.toEqual(trained);
  });
});
