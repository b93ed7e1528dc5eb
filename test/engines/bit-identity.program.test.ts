// The hand-written f32 network repeats tfjs's cpu backend to the last bit, for every optimizer,
// activation and output.
import { denseLayers } from '../../src/network/parameters.ts';
import { describe, expect, test } from 'vitest';
import { createEngine } from '../../src/engines/registry.ts';
import type { ActivationId, ElementwiseActivationId, LossId } from '../../src/ops/registry.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../../src/ops/registry.ts';
import type { OptimizerId } from '../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { RIGHT_IN_TFJS, HEADS, flat, network, randomBatch, startOf } from '../fixtures.ts';

const STEPS = 6;
const B = 53; // more than a block of 48, and a prime
const EVERY_PIECE = process.env['EVERY_PIECE'] === '1';

async function trainBoth(
  optimizer: OptimizerId,
  activation: ElementwiseActivationId,
  head: readonly [ActivationId, LossId],
) {
  const spec = network(60, [50], activation, 5, head[0], head[1]);
  const vector = await createEngine('vector', spec, optimizerSpec(optimizer));
  const tfjs = await createEngine('tfjs', spec, optimizerSpec(optimizer), { backend: 'cpu' });
  const losses: { vector: number[]; tfjs: number[] } = { vector: [], tfjs: [] };
  await vector.load(startOf(spec));
  await tfjs.load(startOf(spec));
  for (let step = 0; step < STEPS; step++) {
    losses.vector.push(await vector.trainStep(randomBatch(spec, B, step)));
    losses.tfjs.push(await tfjs.trainStep(randomBatch(spec, B, step)));
  }
  const { inputs } = randomBatch(spec, 7, 99);
  const end = {
    vector: [...flat(await vector.parameters()), ...(await vector.predict(inputs)).data],
    tfjs: [...flat(await tfjs.parameters()), ...(await tfjs.predict(inputs)).data],
  };
  await vector.dispose();
  await tfjs.dispose();
  return { losses, end };
}

/**
 * An optimizer sees only gradients, so one optimizer is enough for the activations: half of them
 * for each output, by turns. The others have one activation for each of four outputs.
 */
function activationsFor(o: number, head: number): readonly ElementwiseActivationId[] {
  const isPlain = RIGHT_IN_TFJS[o] === 'sgd';
  const turns = isPlain ? 2 : ELEMENTWISE_ACTIVATIONS.length;
  return ELEMENTWISE_ACTIVATIONS.filter((_, a) => EVERY_PIECE || (a + head + (isPlain ? 0 : 4 * o)) % turns === 0);
}

describe.each(RIGHT_IN_TFJS.map((optimizer, o) => [optimizer, o] as const))('%s', (optimizer, o) => {
  const heads = HEADS.map((head, h) => [...head, h] as const);
  test.each(optimizer === 'sgd' ? heads : heads.slice(0, 4))('%s output, %s', async (output, loss, h) => {
    const head = [output, loss] as const;
    for (const activation of activationsFor(o, h)) {
      const { losses, end } = await trainBoth(optimizer, activation, head);
      expect(losses.vector, activation).toEqual(losses.tfjs); // toEqual distinguishes +0 from -0
      expect(end.vector, activation).toEqual(end.tfjs);
    }
  });
});

test('a weight that differs in one bit is noticed', async () => {
  const spec = network(60, [50], 'relu', 5, 'softmax', 'cross-entropy');
  const vector = await createEngine('vector', spec, optimizerSpec('sgd'));
  const start = startOf(spec);
  await vector.load(start);
  const right = await vector.lossAndGradients(randomBatch(spec, B));
  const bits = new Uint32Array(denseLayers(start)[1].weights.data.buffer);
  bits[0] += 1;
  await vector.load(start);
  const off = await vector.lossAndGradients(randomBatch(spec, B));
  expect(flat(off.gradients)).not.toEqual(flat(right.gradients));
});
