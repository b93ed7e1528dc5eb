// Training steps that update in another order are told, and others are not told so.
import { expect, test } from 'vitest';
import { Asker } from '../../../src/check/probe/asker.ts';
import { probeTrainStep } from '../../../src/check/probe/train-step.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import { singleExamples } from '../../../src/check/questions/protocol.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import type { Batch } from '../../../src/network/batch.ts';
import { copyParameters } from '../../../src/network/parameters.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../../fixtures.ts';

const NETWORK = network(4, [5, 3], 'tanh', 3, 'softmax', 'cross-entropy');
const [start, batch] = [startOf(NETWORK), randomBatch(NETWORK, 6)];

/** Takes steps as it is told: which gradients of these parameters, times what, for which layers. */
type Step = (take: (batch: Batch, times?: number, layer?: number) => Promise<void>, batch: Batch) => Promise<void>;

async function toldOf(step: Step, learningRate = 0.5): Promise<string | undefined> {
  const optimizer = optimizerSpec('sgd', { learningRate });
  const right = await createEngine('vector', NETWORK, optimizer);
  let now: Parameters = [];
  const take = async (part: Batch, times = 1, layer?: number): Promise<void> => {
    await right.load(now);
    const { gradients } = await right.lossAndGradients(part);
    now = now.map((tensor, n) => {
      if (layer !== undefined && tensor.layer !== layer) return tensor;
      return { ...tensor, values: tensor.values.map((w, i) => w - learningRate * times * gradients[n].values[i]) };
    });
  };
  const engine = {
    load: async (parameters: Parameters) => void (now = copyParameters(parameters, 'f32')),
    trainStep: async (of: Batch) => step(take, of),
    parameters: async () => now,
  } as unknown as Engine;
  const asker = new Asker(engine, UNWATCHED);
  const found = await asker.trained(start, batch);
  const told = await probeTrainStep({ network: NETWORK, optimizer, start, batch }, found, asker);
  return told?.text.split(/[,:.]/)[0];
}

const eachOf = async (of: Batch, take: (one: Batch) => Promise<void>): Promise<void> => {
  for (const one of singleExamples(of)) await take(one);
};

test.each<[string, Step, string | undefined]>([
  [
    'after every example, with lr / B',
    (take, of) => eachOf(of, (one) => take(one, 1 / of.inputs.rows)),
    'The weights are updated after every example',
  ],
  ['after every example', (take, of) => eachOf(of, (one) => take(one)), 'The weights are updated after every example'],
  [
    'layer by layer',
    async (take, of) => {
      for (const layer of [3, 2, 1]) await take(of, 1, layer);
    },
    'The layers are updated one after the other',
  ],
  [
    'layer by layer, the first one first',
    async (take, of) => {
      for (const layer of [1, 2, 3]) await take(of, 1, layer);
    },
    undefined,
  ],
  ['once', (take, of) => take(of), undefined],
  ['twice', async (take, of) => void (await take(of, 0.5), await take(of, 0.5)), undefined],
])('%s', async (_, step, told) => {
  expect(await toldOf(step)).toEqual(told);
});

test.each([0.5, 1e-2, 1e-3, 1e-4, 1e-6])(
  'steps that are too small to show their order tell nothing: rate %s',
  async (rate) => {
    expect(await toldOf((take, of) => take(of), rate)).toBeUndefined();
    const decayed = await toldOf(async (take, of) => void (await take(of, 1.2)), rate);
    expect(decayed).toBeUndefined();
  },
);
