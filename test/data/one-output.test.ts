// One output for two classes: targets are 0 and 1, and the class is read off by a threshold.
import { expect, test } from 'vitest';
import { evaluate } from '../../src/check/run/test-set.ts';
import { createBatches } from '../../src/data/batches.ts';
import { fitScaling } from '../../src/data/scaling.ts';
import { makeSynthetic } from '../../src/data/synthetic.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { classOf } from '../../src/network/batch.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network } from '../fixtures.ts';

const { train, test: tested } = makeSynthetic('xor', 200, 100, 3);
const scaling = fitScaling('none', train);
const batches = createBatches(train, 2, scaling, { batchSize: 20, epochs: 30, seed: 1, outputs: 1 });

test('targets are the classes themselves', () => {
  const { targets } = batches.batch(0);
  const at = Array.from(batches.positions(0));
  expect([targets.rows, targets.cols]).toEqual([20, 1]);
  expect(Array.from(targets.data)).toEqual(at.map((i) => train.labels[i]));
  expect(new Set(targets.data)).toEqual(new Set([0, 1]));
});

test('the data set must have two classes', () => {
  expect(() => createBatches(train, 3, scaling, { batchSize: 20, epochs: 1, seed: 1, outputs: 1 })).toThrow(
    'one output tells two classes apart, and the data set has 3',
  );
});

test.each([
  ['sigmoid', 'binary-cross-entropy', [0.4, 0.6], [0, 1]],
  ['linear', 'hinge', [-0.1, 0.1], [0, 1]],
  ['sigmoid', 'mse', [0.5, 0.51], [0, 1]],
] as const)('%s with %s: the class is read off by its threshold', (output, loss, outputs, classes) => {
  const spec = network(2, [4], 'tanh', 1, output, loss);
  const out = matrixOf(
    outputs.map((x) => [x]),
    'f32',
  );
  expect([0, 1].map((r) => classOf(spec, out, r))).toEqual(classes);
});

test.each(['vector', 'tfjs'] as const)('a network with one output learns xor (%s)', async (id) => {
  const spec = network(2, [8], 'tanh', 1, 'sigmoid', 'binary-cross-entropy');
  const adam = optimizerSpec('adam', { learningRate: 0.03 });
  const engine = await createEngine(id, spec, adam, id === 'tfjs' ? { backend: 'cpu' } : {});
  await engine.load(initialParameters(spec, 'glorot-uniform', 1));
  for (let step = 0; step < batches.steps; step++) await engine.trainStep(batches.batch(step));
  const { accuracy, confusion } = await evaluate(spec, engine, { examples: tested, classes: 2, scaling });
  expect(accuracy).toBeGreaterThan(0.9);
  expect(confusion?.[1][1]).toBeGreaterThan(30);
  await engine.dispose();
});
