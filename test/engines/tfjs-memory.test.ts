// Nothing leaks: TensorFlow.js frees tensors only when told to.
import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { createEngine } from '../../src/engines/registry.ts';
import { OPTIMIZERS } from '../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';

const tf = createRequire(import.meta.url)('@tensorflow/tfjs') as typeof TensorFlow;

test.each(OPTIMIZERS)('%s holds the same number of tensors after every step, and none once disposed', async (id) => {
  const before = tf.memory().numTensors;
  const spec = network(6, [5], 'relu', 3, 'ratio', 'mse');
  const engine = await createEngine('tfjs', spec, optimizerSpec(id), { backend: 'cpu' });
  await engine.load(startOf(spec));
  await engine.trainStep(randomBatch(spec, 4)); // makes the optimizer's slots
  const held = tf.memory().numTensors;
  for (let step = 0; step < 5; step++) {
    const batch = randomBatch(spec, 4, step);
    await engine.trainStep(batch);
    const { gradients } = await engine.lossAndGradients(batch);
    await engine.applyGradients(gradients);
    await engine.predict(batch.inputs);
    await engine.parameters();
    expect(tf.memory().numTensors).toBe(held);
  }
  for (let again = 0; again < 3; again++) {
    await engine.load(startOf(spec));
    await engine.trainStep(randomBatch(spec, 4));
    expect(tf.memory().numTensors).toBe(held);
  }
  await engine.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('the count would show a leak', () => {
  const before = tf.memory().numTensors;
  const forgotten = tf.scalar(1);
  expect(tf.memory().numTensors).toBe(before + 1);
  forgotten.dispose();
});
