// Right engines whose free runs part, for a reason that is found and named; and a wrong one, which gets no excuse.
import { expect, test } from 'vitest';
import { compare } from '../../src/check/compare.ts';
import type { CompareResult } from '../../src/check/compare.ts';
import { createBatches } from '../../src/data/batches.ts';
import { loadDataset } from '../../src/data/load.ts';
import { fitScaling } from '../../src/data/scaling.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { openBackend } from '../../src/engines/tfjs/backend.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { optimizerSpec } from '../../src/optimizers/registry.ts';
import type { OptimizerSpec } from '../../src/optimizers/optimizer.ts';
import { network } from '../fixtures.ts';

const nativeIsThere = await openBackend('node').then(
  () => true,
  () => false,
);

interface Run {
  readonly spec: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly dataset: 'spirals' | 'xor';
  readonly batchSize: number;
  readonly seed: number;
  readonly backend: 'wasm' | 'node';
}

async function freeRun(run: Run, candidate = run.optimizer): Promise<CompareResult> {
  const { spec, optimizer, dataset, batchSize, seed, backend } = run;
  const data = loadDataset({ dataset, seed });
  const scaling = fitScaling('unit', data.train);
  return compare({
    ...{ network: spec, optimizer, initial: initialParameters(spec, 'glorot-uniform', seed) },
    batches: createBatches(data.train, data.classes, scaling, { batchSize, epochs: 1, seed }),
    test: { examples: data.test, classes: data.classes, scaling },
    candidate: () => createEngine('vector', spec, candidate),
    reference: () => createEngine('tfjs', spec, optimizer, { backend }),
    oracle: () => createEngine('vector', spec, optimizer, { dtype: 'f64' }),
  });
}

const SPIRALS: Run = {
  ...{ spec: network(2, [34], 'swish', 3, 'ratio', 'mse'), optimizer: optimizerSpec('sgd', { learningRate: 0.02 }) },
  ...{ dataset: 'spirals', batchSize: 32, seed: 20, backend: 'wasm' },
};

test('a loss that magnifies what rounding did to the parameters is no disagreement (a total of scores near 0)', async () => {
  const { verdict, freeRun: run } = await freeRun(SPIRALS);
  expect(verdict.kind).toBe('agree');
  expect(run.parted).toMatchObject({ cause: 'feedback', engine: 'candidate' });
});

test('a wrong learning rate is one all the same, by a thousandth in lockstep and by a tenth in the free run', async () => {
  const off = (factor: number) => freeRun(SPIRALS, optimizerSpec('sgd', { learningRate: 0.02 * factor }));
  expect((await off(1.001)).lockstep.verdict.kind).toBe('disagree');
  const { freeRun: run } = await off(1.1);
  expect(run.verdict.kind).toBe('disagree');
});

const XOR: Run = {
  spec: network(2, [11, 34], 'relu', 2, 'ratio', 'mse'),
  optimizer: optimizerSpec('adam', { learningRate: 1e-4 }),
  ...{ dataset: 'xor', batchSize: 8, seed: 358, backend: 'node' },
};

/** With one positive score the gradient is 0; native TensorFlow gives 1e-9 of rounding, of which Adam makes a full step. */
test.skipIf(!nativeIsThere)('an update that single precision does not determine is no disagreement', async () => {
  const { verdict, freeRun: run } = await freeRun(XOR);
  expect(verdict.kind).toBe('agree');
  expect(run.parted).toMatchObject({ cause: 'feedback', engine: 'reference' });
});

test.skipIf(!nativeIsThere)('and no excuse for a wrong one in the same run', async () => {
  const { verdict, lockstep } = await freeRun(XOR, optimizerSpec('adam', { learningRate: 1.001e-4 }));
  expect(lockstep.verdict.kind).toBe('disagree');
  expect(verdict.kind).toBe('disagree');
});
