// Every number is one sum in one order: neither the number of threads, nor lists of non-zero
// inputs, nor many steps in one call change a bit.
import { describe, expect, test } from 'vitest';
import { createBatches } from '../../../src/data/batches.ts';
import type { Scaling } from '../../../src/data/scaling.ts';
import type { Examples } from '../../../src/data/dataset.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { createWasmEngine } from '../../../src/engines/wasm/wasm.ts';
import type { WasmOptions } from '../../../src/engines/wasm/wasm.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { createRng } from '../../../src/numeric/rng.ts';
import { KNOWN } from '../../../src/engines/wasm/known.ts';
import type { OptimizerId } from '../../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { flat, network, randomBatch, startOf } from '../../fixtures.ts';

/** Random bytes, of which the share `density` is not 0. */
function examples(count: number, width: number, density: number, classes: number): Examples {
  const rng = createRng(5, 'bytes');
  const values = Uint8Array.from({ length: count * width }, () => (rng.uniform() < density ? 1 + rng.below(255) : 0));
  return { count, width, values, labels: Uint8Array.from({ length: count }, () => rng.below(classes)) };
}

const UNIT: Scaling = { id: 'unit', mean: 0, deviation: 255 };

/** Losses of three epochs (the last batch of each is smaller) and the parameters after them. */
async function trained(
  spec: NetworkSpec,
  optimizer: OptimizerId,
  { values, ...rest }: Examples,
  options: WasmOptions,
  { batchSize = 13, single = false, scaling = UNIT } = {},
): Promise<number[]> {
  const batches = createBatches({ values, ...rest }, 4, scaling, { batchSize, epochs: 3, seed: 2 });
  const engine = await createWasmEngine(spec, optimizerSpec(optimizer), options);
  await engine.load(startOf(spec));
  const losses: number[] = [];
  if (single) for (let s = 0; s < batches.steps; s++) losses.push(await engine.trainStep(batches.batch(s)));
  else {
    const middle = Math.min(5, batches.steps);
    losses.push(...((await engine.trainOn?.(batches, 0, middle)) ?? []));
    losses.push(...((await engine.trainOn?.(batches, middle, batches.steps)) ?? []));
  }
  expect(losses).toHaveLength(batches.steps);
  const end = flat(await engine.parameters());
  await engine.dispose();
  expect(end.every(Number.isFinite)).toBe(true);
  return [...losses, ...end];
}

// widths around the sizes of tiles (6, 4, 1 by 8), of panels (32), and the depth at which sums are
// stored and continued (128)
const SPECS = [
  network(150, [35, 6], 'relu', 4, 'softmax', 'cross-entropy'),
  network(33, [1], 'tanh', 4, 'ratio', 'mse'),
  network(7, [129], 'gelu', 4, 'linear', 'mse'),
  network(64, [], 'relu', 4, 'sigmoid', 'mse'),
];

describe.each(SPECS.map((spec) => [[spec.inputs, ...spec.layers.map((l) => l.units)].join('-'), spec] as const))(
  '%s',
  (_, spec) => {
    const data = examples(61, spec.inputs, 0.2, 4);

    test.each(KNOWN.optimizer)('%s: the same with lists of non-zero inputs as without', async (optimizer) => {
      const dense = await trained(spec, optimizer, data, { threads: 1, sparse: false }, { single: true });
      expect(await trained(spec, optimizer, data, { threads: 1, sparse: true }, { single: true })).toEqual(dense);
      expect(await trained(spec, optimizer, data, { threads: 1 })).toEqual(dense);
    });

    test.each([2, 3, 5])('the same with %i threads as with one', async (threads) => {
      for (const batchSize of [2, 13, 61]) {
        const one = await trained(spec, 'adam', data, { threads: 1 }, { batchSize });
        expect(await trained(spec, 'adam', data, { threads }, { batchSize })).toEqual(one);
      }
    });

    test('the same in calls of many steps as step by step, for dense inputs', async () => {
      const full = examples(61, spec.inputs, 1, 4);
      const single = await trained(spec, 'sgd', full, { threads: 1 }, { single: true });
      expect(await trained(spec, 'sgd', full, { threads: 2 })).toEqual(single);
      const standard = { id: 'standard', mean: 33, deviation: 78 } as const; // no pixel is 0 then
      const shifted = await trained(spec, 'sgd', data, { threads: 1 }, { single: true, scaling: standard });
      expect(await trained(spec, 'sgd', data, { threads: 2 }, { scaling: standard })).toEqual(shifted);
      expect(shifted).not.toEqual(single);
    });
  },
);

describe.each(KNOWN.optimizer)(
  '%s: a training step, whose gradients are used block by block and not stored,',
  (optimizer) => {
    // several panels of inputs and units, and parts of panels
    const spec = network(70, [45, 35], 'tanh', 4, 'softmax', 'cross-entropy');
    const batch = randomBatch(spec, 13);

    /** Parameters after three steps. */
    async function stepped(options: WasmOptions, step: (engine: Engine) => Promise<unknown>): Promise<number[]> {
      const engine = await createWasmEngine(spec, optimizerSpec(optimizer), options);
      await engine.load(startOf(spec));
      for (let s = 0; s < 3; s++) await step(engine);
      const end = flat(await engine.parameters());
      await engine.dispose();
      return end;
    }

    test.each([
      { threads: 1, sparse: false },
      { threads: 1, sparse: true },
      { threads: 3, sparse: false },
      { threads: 3, sparse: true },
    ])('is the update with the gradients of the batch: %o', async (options) => {
      const apart = await stepped(options, async (engine) =>
        engine.applyGradients((await engine.lossAndGradients(batch)).gradients),
      );
      expect(await stepped(options, (engine) => engine.trainStep(batch))).toEqual(apart);
      const twice = await stepped(options, async (engine) => {
        await engine.trainStep(batch);
        await engine.trainStep(batch);
      });
      expect(twice).not.toEqual(apart);
    });
  },
);

test('a data set that does not fit the network is refused, like a batch', async () => {
  const spec = network(7, [5], 'relu', 4, 'softmax', 'cross-entropy');
  const engine = await createWasmEngine(spec, optimizerSpec('sgd'));
  await engine.load(startOf(spec));
  const on = (data: Examples, classes: number): Promise<unknown> =>
    engine.trainOn?.(createBatches(data, classes, UNIT, { batchSize: 3, epochs: 1, seed: 1 }), 0, 2) ??
    Promise.resolve();
  await expect(on(examples(9, 8, 0.5, 4), 4)).rejects.toThrow('expected (B, 7), got (B, 8)');
  await expect(on(examples(9, 7, 0.5, 4), 5)).rejects.toThrow('expected (B, 4), got (B, 5)');
  const unknown = { ...examples(9, 7, 0.5, 4), labels: Uint8Array.from({ length: 9 }, (_, i) => (i === 6 ? 4 : 0)) };
  await expect(on(unknown, 4)).rejects.toThrow('label 4 at position 6');
  await engine.dispose();
});

test('one batch of more examples than one call has positions for', async () => {
  const spec = network(3, [], 'relu', 4, 'softmax', 'cross-entropy');
  const data = examples(66_000, 3, 0.5, 4);
  const options = { threads: 1, batchSize: 66_000 };
  const single = await trained(spec, 'sgd', data, {}, { ...options, single: true });
  expect(await trained(spec, 'sgd', data, {}, options)).toEqual(single);
});

test('numbers that are not bytes are trained on step by step', async () => {
  const spec = network(7, [5], 'tanh', 4, 'softmax', 'cross-entropy');
  const bytes = examples(61, 7, 0.5, 4);
  const numbers = { ...bytes, values: Float32Array.from(bytes.values) };
  expect(await trained(spec, 'adam', numbers, {})).toEqual(await trained(spec, 'adam', bytes, {}));
});

test('another optimizer gives other bits: the comparisons above can fail', async () => {
  const data = examples(61, 7, 0.2, 4);
  const spec = network(7, [5], 'relu', 4, 'softmax', 'cross-entropy');
  expect(await trained(spec, 'adam', data, {})).not.toEqual(await trained(spec, 'momentum', data, {}));
});

test('the number of threads may change during training, because it is chosen by measurement', async () => {
  const spec = network(784, [128], 'relu', 4, 'softmax', 'cross-entropy');
  const data = examples(4000, 784, 0.2, 4);
  const [one, measured] = [
    await trained(spec, 'sgd', data, { threads: 1 }, { batchSize: 64 }),
    await trained(spec, 'sgd', data, {}, { batchSize: 64 }),
  ];
  expect(measured).toEqual(one);
});
