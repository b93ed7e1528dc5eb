// Right engines whose free runs part for a reason, which is found and named; and wrong ones, which
// get no excuse.
import { describe, expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { compare } from '../../src/check/compare.ts';
import type { CompareResult } from '../../src/check/compare.ts';
import { createBatches } from '../../src/data/batches.ts';
import { loadDataset } from '../../src/data/load.ts';
import { fitScaling } from '../../src/data/scaling.ts';
import type { Engine, LossAndGradients } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { openBackend } from '../../src/engines/tfjs/backend.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import type { Batch } from '../../src/network/batch.ts';
import { copyParameters, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { whyParted } from '../../src/check/run/trajectory.ts';
import type { Rerun } from '../../src/check/run/trajectory.ts';
import { UNWATCHED } from '../../src/check/watch.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import type { OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';
import { network } from '../fixtures.ts';
import { altered } from './sabotage.ts';

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
    network: spec,
    optimizer,
    initial: initialParameters(spec, 'glorot-uniform', seed),
    batches: createBatches(data.train, data.classes, scaling, { batchSize, epochs: 1, seed }),
    test: { examples: data.test, classes: data.classes, scaling },
    candidate: () => createEngine('vector', spec, candidate),
    reference: () => createEngine('tfjs', spec, optimizer, { backend }),
    exact: () => createEngine('vector', spec, optimizer, { dtype: 'f64' }),
  });
}

const SPIRALS: Run = {
  spec: network(2, [34], 'swish', 3, 'ratio', 'mse'),
  optimizer: optimizerSpec('sgd', { learningRate: 0.02 }),
  dataset: 'spirals',
  batchSize: 32,
  seed: 20,
  backend: 'wasm',
};

test('a loss that magnifies the rounding of the parameters does not disagree (a total of scores near 0)', async () => {
  const { verdict, freeRun: run } = await freeRun(SPIRALS);
  expect(verdict.kind).toBe('agree');
  expect(run.parted).toMatchObject({ cause: 'feedback', engine: 'candidate' });
});

test('a wrong learning rate still disagrees: by a thousandth in lockstep, by a tenth in the free run', async () => {
  const off = (factor: number) => freeRun(SPIRALS, optimizerSpec('sgd', { learningRate: 0.02 * factor }));
  expect((await off(1.001)).lockstep.verdict.kind).toBe('disagree');
  const { freeRun: run } = await off(1.1);
  expect(run.verdict.kind).toBe('disagree');
});

const XOR: Run = {
  spec: network(2, [11, 34], 'relu', 2, 'ratio', 'mse'),
  optimizer: optimizerSpec('adam', { learningRate: 1e-4 }),
  dataset: 'xor',
  batchSize: 8,
  seed: 358,
  backend: 'node',
};

/**
 * With one positive score the gradient is 0; native TensorFlow returns 1e-9 of rounding, which Adam
 * turns into a full step.
 */
test.skipIf(!nativeIsThere)('an update that single precision does not determine does not disagree', async () => {
  const { verdict, freeRun: run } = await freeRun(XOR);
  expect(verdict.kind).toBe('agree');
  expect(run.parted).toMatchObject({ cause: 'feedback', engine: 'reference' });
});

test.skipIf(!nativeIsThere)('nor does it excuse a wrong one in the same run', async () => {
  const { verdict, lockstep } = await freeRun(XOR, optimizerSpec('adam', { learningRate: 1.001e-4 }));
  expect(lockstep.verdict.kind).toBe('disagree');
  expect(verdict.kind).toBe('disagree');
});

/** The engine starts a thousandth off. */
describe('parameters that are farther from the exact ones than storing explains', () => {
  const spec = network(2, [16], 'relu', 2, 'softmax', 'cross-entropy');
  const optimizer = optimizerSpec('sgd', { learningRate: 0.05 });
  const data = loadDataset({ dataset: 'moons', seed: 3, trainSize: 400, testSize: 50 });
  const batches = createBatches(data.train, data.classes, fitScaling('unit', data.train), {
    batchSize: 8,
    epochs: 1,
    seed: 3,
  });

  async function off(by: number): Promise<Engine> {
    const right = await createEngine('vector', spec, optimizer);
    const load = (parameters: Parameters): Promise<void> => {
      const moved = copyParameters(parameters, 'f64');
      for (const { values } of moved) values.forEach((x, i) => (values[i] = x * (1 + by)));
      return right.load(moved);
    };
    return altered(right, { load });
  }

  async function cause(others: Rerun['others']): Promise<unknown> {
    const initial = initialParameters(spec, 'glorot-uniform', 3);
    const last = batches.steps - 1;
    const engine = (): Promise<Engine> => off(1e-3);
    const losses = new Array<number>(batches.steps).fill(0);
    const exact = (): Promise<Engine> => createEngine('vector', spec, optimizer, { dtype: 'f64' });
    const rerun: Rerun = { network: spec, optimizer, initial, batches, engine, exact, others, losses };
    const why = await whyParted(rerun, { step: last, gap: Infinity, allowed: 0 }, UNWATCHED);
    return why !== null && why !== 'interrupted' && why.cause === 'kink' && 'unit' in why ? why.step : why;
  }

  test('are near where another engine is as far: a unit that takes the other branch is the cause', async () => {
    expect(await cause([() => off(2e-5)])).toBe(40);
    expect(await cause([() => off(1e-3)])).toBe(40);
    expect(await cause([() => off(0)])).toMatchObject({ cause: 'feedback' });
  });
});

/** With one positive score out of two the exact gradient is 0, and its rounding has either sign. */
describe('an engine that rounds what is exactly 0 to something else', () => {
  const spec = network(2, [], 'relu', 2, 'ratio', 'mse');
  const ADAM = optimizerSpec('adam', { learningRate: 0.04 });

  /**
   * Gradients that are exactly 0 are off by as much as their bounds allow, up or down; `seed`
   * decides which.
   */
  async function rounding(optimizer: OptimizerSpec, seed: () => number): Promise<Engine> {
    const right = await createEngine('vector', spec, optimizer);
    let rng = createRng(seed(), 'roundings');
    const lossAndGradients = async (batch: Batch): Promise<LossAndGradients> => {
      const answer = await right.lossAndGradients(batch);
      const { gradients, errors } = boundedGradients(spec, await right.parameters(), batch);
      const [exact, bounds] = [namedTensors(gradients), namedTensors(errors)];
      namedTensors(answer.gradients).forEach(({ values }, t) => {
        values.forEach((g, i) => {
          const off = (rng.uniform() < 0.5 ? -0.9 : 0.9) * bounds[t].values[i];
          if (g === 0 && exact[t].values[i] === 0 && Math.abs(off) > 1e-13 && Math.abs(off) < 1e-3) values[i] = off;
        });
      });
      return answer;
    };
    return altered(right, {
      async load(parameters) {
        rng = createRng(seed(), 'roundings');
        await right.load(parameters);
      },
      lossAndGradients,
      async trainStep(batch) {
        const { loss, gradients } = await lossAndGradients(batch);
        await right.applyGradients(gradients);
        return loss;
      },
    });
  }

  const SEEDS = [9, 12, 13, 16];
  const TENFOLD = [3, 5, 25, 30, 6, 18, 29];
  const SLOW = optimizerSpec('adam', { learningRate: 1e-3 });
  const always = (): number => 7;
  /** Sums are added in random order: no two runs are the same. */
  const never = (): (() => number) => {
    let runs = 0;
    return () => runs++;
  };

  async function run(seed: number, roundings: () => number, own = ADAM): Promise<CompareResult> {
    const data = loadDataset({ dataset: 'moons', seed, trainSize: 400, testSize: 50 });
    const scaling = fitScaling('unit', data.train);
    return compare({
      network: spec,
      optimizer: ADAM,
      initial: initialParameters(spec, 'glorot-uniform', seed),
      batches: createBatches(data.train, data.classes, scaling, { batchSize: 2, epochs: 1, seed }),
      test: { examples: data.test, classes: data.classes, scaling },
      candidate: () => rounding(own, roundings),
      reference: () => createEngine('vector', spec, ADAM),
      exact: () => createEngine('vector', spec, ADAM, { dtype: 'f64' }),
    });
  }

  test.each(SEEDS)('is right, whether or not its runs repeat (seed %d)', async (seed) => {
    for (const roundings of [always, never()]) {
      const { verdict, freeRun: found } = await run(seed, roundings);
      expect(verdict.kind).toBe('agree');
      expect(found.parted).toMatchObject({ engine: 'candidate' });
    }
  });

  test.each(TENFOLD)('does not excuse a rate ten times too large on the other side (seed %d)', async (seed) => {
    const data = loadDataset({ dataset: 'xor', seed, trainSize: 400, testSize: 50 });
    const off = optimizerSpec('adam', { learningRate: 10 * SLOW.learningRate });
    const scaling = fitScaling('unit', data.train);
    const { freeRun: found } = await compare({
      network: spec,
      optimizer: SLOW,
      initial: initialParameters(spec, 'glorot-uniform', seed),
      batches: createBatches(data.train, data.classes, scaling, { batchSize: 2, epochs: 1, seed }),
      test: { examples: data.test, classes: data.classes, scaling },
      candidate: () => createEngine('vector', spec, off),
      reference: () => rounding(SLOW, always),
      exact: () => createEngine('vector', spec, SLOW, { dtype: 'f64' }),
    });
    expect(found.verdict.kind).toBe('disagree');
  });

  test.each(SEEDS)('is not excused for updates that are wrong by a thousandth (seed %d)', async (seed) => {
    const off = optimizerSpec('adam', { learningRate: 1.001 * ADAM.learningRate });
    for (const roundings of [always, never()]) {
      const { lockstep, verdict } = await run(seed, roundings, off);
      expect(lockstep.verdict.kind).toBe('disagree');
      expect(verdict.kind).toBe('disagree');
    }
  });
});
