// The test set: every example is counted once, in the row of its class and the column of its label.
import { expect, test } from 'vitest';
import { evaluate, testInputs } from '../../src/check/run/test-set.ts';
import { firstExamples } from '../../src/data/dataset.ts';
import { loadDataset } from '../../src/data/load.ts';
import { fitScaling } from '../../src/data/scaling.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { argMax } from '../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network } from '../fixtures.ts';

test('the confusion matrix counts the predictions', async () => {
  const data = loadDataset({ dataset: 'mnist', seed: 1, trainSize: 100, testSize: 700 }); // more than one chunk
  const spec = network(784, [], 'relu', 10, 'softmax', 'cross-entropy');
  const engine = await createEngine('vector', spec, optimizerSpec('sgd'));
  await engine.load(initialParameters(spec, 'glorot-uniform', 3));
  const test = { examples: data.test, classes: 10, scaling: fitScaling('unit', data.train) };
  const { accuracy, labels, confusion } = await evaluate(spec, engine, test);
  if (labels === null || confusion === null) throw new Error('MNIST has classes');
  const outputs = await engine.predict(testInputs(test, 0, 700));
  await engine.dispose();
  const given = Array.from({ length: 700 }, (_, i) => argMax(outputs, i));
  expect([...labels]).toEqual(given);
  for (let label = 0; label < 10; label++) {
    for (let k = 0; k < 10; k++) {
      const count = given.filter((g, i) => g === k && data.test.labels[i] === label).length;
      expect(confusion[label][k]).toBe(count);
    }
  }
  const right = confusion.reduce((sum, row, k) => sum + row[k], 0);
  expect(accuracy).toBe(right / 700);
  expect(confusion).not.toEqual(confusion.map((_, k) => confusion.map((row) => row[k]))); // it is not symmetric
});

test('the loss over a set with targets is the mean over all examples; there is no accuracy', async () => {
  const data = loadDataset({ dataset: 'housing', seed: 1, trainSize: 50, testSize: 1100 }); // two chunks and a rest
  const spec = network(8, [3], 'tanh', 1, 'linear', 'mse');
  const engine = await createEngine('vector', spec, optimizerSpec('sgd'), { dtype: 'f64' });
  await engine.load(initialParameters(spec, 'glorot-uniform', 3));
  const test = { examples: data.test, classes: 1, scaling: fitScaling('columns', data.train) };
  const found = await evaluate(spec, engine, test);
  const outputs = await engine.predict(testInputs(test, 0, 1100));
  await engine.dispose();
  const targets = data.test.targets?.values ?? new Float32Array(0);
  const mean = targets.reduce((sum, t, i) => sum + (t - outputs.data[i]) ** 2, 0) / 1100;
  expect(found.loss).toBeCloseTo(mean, 12);
  expect([found.accuracy, found.labels, found.confusion]).toEqual([null, null, null]);
  const fewer = { ...test, examples: firstExamples(data.test, 500) };
  expect((await evaluate(spec, await loaded(spec), fewer)).loss).not.toBeCloseTo(mean, 6);
});

async function loaded(spec: NetworkSpec): Promise<Engine> {
  const engine = await createEngine('vector', spec, optimizerSpec('sgd'));
  await engine.load(initialParameters(spec, 'glorot-uniform', 3));
  return engine;
}
