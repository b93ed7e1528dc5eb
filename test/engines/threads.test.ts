// Engines in threads of their own: the same bits and errors as in the caller's thread.
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { compare } from '../../src/check/compare.ts';
import type { CompareRequest } from '../../src/check/compare.ts';
import { createBatches } from '../../src/data/batches.ts';
import { fitScaling } from '../../src/data/scaling.ts';
import { makeSynthetic } from '../../src/data/synthetic.ts';
import type { Engine, EngineId } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { EngineThread } from '../../src/engines/threads/thread.ts';
import { EngineThreads } from '../../src/engines/threads/threads.ts';
import { DataError, EngineUnavailableError, UsageError } from '../../src/errors.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { flat, network, randomBatch, startOf } from '../fixtures.ts';

const SPEC = network(2, [8], 'relu', 2, 'softmax', 'cross-entropy');
const ADAM = optimizerSpec('adam', { learningRate: 0.02 });
const DATA = makeSynthetic('moons', 200, 100, 1);
const scaling = fitScaling('standard', DATA.train);
const batches = createBatches(DATA.train, 2, scaling, { batchSize: 16, epochs: 4, seed: 1 });

const threads: EngineThread[] = [];
afterAll(() => Promise.all(threads.map((thread) => thread.end())));

function newThread(): EngineThread {
  const thread = new EngineThread();
  threads.push(thread);
  return thread;
}

async function inThread(thread = newThread(), id: EngineId = 'vector'): Promise<Engine> {
  const engine = await thread.open({ id, network: SPEC, optimizer: ADAM, options: {} });
  await engine.load(startOf(SPEC));
  return engine;
}

async function here(): Promise<Engine> {
  const engine = await createEngine('vector', SPEC, ADAM);
  await engine.load(startOf(SPEC));
  return engine;
}

async function lossesOf(engine: Engine, from: number, to: number): Promise<number[]> {
  const losses: number[] = [];
  for await (const portion of engine.trainAlone?.(batches, from, to) ?? []) losses.push(...portion.losses);
  return losses;
}

describe('a training in a thread', () => {
  test('gives the same bits', async () => {
    const [far, near] = [await inThread(), await here()];
    const losses = await lossesOf(far, 0, batches.steps);
    const expected: number[] = [];
    for (let step = 0; step < batches.steps; step++) expected.push(await near.trainStep(batches.batch(step)));
    expect(losses).toEqual(expected);
    expect(flat(await far.parameters())).toEqual(flat(await near.parameters()));
  });

  test('goes on where another one ended', async () => {
    const far = await inThread();
    const parts = [...(await lossesOf(far, 0, 7)), ...(await lossesOf(far, 7, 20))];
    expect(parts).toEqual(await lossesOf(await inThread(), 0, 20));
  });

  test('answers calls on another engine of the thread in between', async () => {
    const thread = newThread();
    const [one, other] = [await inThread(thread), await inThread(thread)];
    const long = createBatches(DATA.train, 2, scaling, { batchSize: 1, epochs: 60, seed: 1 });
    let taken = 0;
    let answeredAt = -1;
    const before = flat(await other.parameters());
    for await (const { losses } of one.trainAlone?.(long, 0, long.steps) ?? []) {
      if (taken === 0)
        void other.parameters().then((p) => {
          expect(flat(p)).toEqual(before);
          answeredAt = taken;
        });
      taken += losses.length;
    }
    expect(taken).toBe(long.steps);
    expect(answeredAt).toBeGreaterThan(0);
    expect(answeredAt).toBeLessThan(long.steps);
  });

  test('ends soon after nobody asks for more', async () => {
    const far = await inThread();
    const long = createBatches(DATA.train, 2, scaling, { batchSize: 1, epochs: 10_000, seed: 1 }); // minutes
    for await (const { losses } of far.trainAlone?.(long, 0, long.steps) ?? []) {
      expect(losses.length).toBeGreaterThan(0);
      break;
    }
    const now = flat(await far.parameters());
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(flat(await far.parameters())).toEqual(now);
  });

  test('ends after the first loss that is not finite', async () => {
    const thread = newThread();
    const engine = await thread.open({
      id: 'vector',
      network: network(2, [8], 'relu', 2, 'linear', 'mse'),
      optimizer: optimizerSpec('sgd', { learningRate: 1e30 }),
      options: {},
    });
    await engine.load(startOf(SPEC));
    const losses = await lossesOf(engine, 0, batches.steps);
    expect(losses.length).toBeLessThan(20);
    expect(losses.map(Number.isFinite)).toEqual([...losses.slice(1).map(() => true), false]);
  });
});

test('bounds of a step have the same bits', async () => {
  const group = new EngineThreads();
  const far = await group
    .bounds(['bounds'], SPEC)(startOf(SPEC), batches, 3)
    .finally(() => group.end());
  const { loss, gradients, errors, followed, kinks, extremes } = boundedGradients(
    SPEC,
    startOf(SPEC),
    batches.batch(3),
  );
  expect(far).toEqual({ loss, gradients, errors, followed, kinks, extremes });
  expect(far).not.toEqual({ loss, gradients: errors, errors, followed, kinks, extremes });
});

test.skipIf(process.platform !== 'linux')(
  'the native binding stays loaded after its thread has ended',
  async ({ skip }) => {
    const thread = newThread();
    const request = { id: 'tfjs', network: SPEC, optimizer: ADAM, options: { backend: 'node' } } as const;
    const engine = await thread.open(request).catch((error: unknown) => {
      if (error instanceof EngineUnavailableError) skip(error.message);
      throw error;
    });
    await engine.load(startOf(SPEC));
    await engine.trainStep(batches.batch(0));
    const isLoaded = (): boolean => readFileSync('/proc/self/maps', 'utf8').includes('tfjs_binding.node');
    expect(isLoaded()).toBe(true);
    await thread.end();
    expect(isLoaded()).toBe(true);
  },
);

test('two TensorFlow.js engines of a thread open at the same time', async () => {
  const thread = newThread();
  const request = { id: 'tfjs', network: SPEC, optimizer: ADAM, options: { backend: 'wasm' } } as const;
  const engines = await Promise.all([thread.open(request), thread.open(request)]);
  expect(engines.map(({ label }) => label)).toEqual(['tfjs wasm', 'tfjs wasm']);
});

describe('errors', () => {
  test('arrive with class, message and hint', async () => {
    const engine = await inThread();
    const batch = randomBatch(SPEC, 4);
    batch.inputs.data[1] = NaN;
    await expect(engine.trainStep(batch)).rejects.toThrow(DataError);
    await expect(engine.trainStep(batch)).rejects.toThrow(/inputs \[0, 1\] is NaN/);
    const wrong = { id: 'wasm', network: SPEC, optimizer: ADAM, options: { dtype: 'f64' } } as const;
    const [far, near] = await Promise.all(
      [newThread().open(wrong), createEngine('wasm', SPEC, ADAM, { dtype: 'f64' })].map((opening) =>
        opening.then(
          () => null,
          (error: unknown) => error as UsageError,
        ),
      ),
    );
    expect(far).toBeInstanceOf(UsageError);
    expect([far?.message, far?.hint, far?.name]).toEqual([near?.message, near?.hint, near?.name]);
  });

  test('a thread that is ended rejects what is asked of it', async () => {
    const thread = newThread();
    const engine = await inThread(thread);
    const asked = expect(engine.parameters()).rejects.toThrow('was ended');
    await thread.end();
    await asked;
    await expect(engine.parameters()).rejects.toThrow('was ended');
  });

  test('batches that were not made by createBatches are refused', async () => {
    const engine = await inThread();
    const { plan, ...own } = batches;
    expect(plan).toBeDefined();
    const portions = engine.trainAlone?.(own, 0, 1)[Symbol.asyncIterator]();
    await expect(portions?.next()).rejects.toThrow('cannot be made in another thread');
  });
});

describe('a comparison with several trainings at once', () => {
  const factories = (open: (name: string, id: EngineId, dtype?: 'f64') => Promise<Engine>) => ({
    candidate: () => open('candidate', 'wasm'),
    reference: () => open('reference', 'vector'),
    exact: () => open('exact', 'vector', 'f64'),
    f32Baseline: () => open('baseline', 'vector'),
  });
  const request = (engines: ReturnType<typeof factories>): CompareRequest => ({
    ...{ network: SPEC, optimizer: ADAM, initial: startOf(SPEC), batches, ...engines },
    test: { examples: DATA.test, classes: 2, scaling },
  });

  test('has the same result as one in which they follow one another', async () => {
    const group = new EngineThreads();
    const far = factories((name, id, dtype) =>
      group.open(name, { id, network: SPEC, optimizer: ADAM, options: dtype === undefined ? {} : { dtype } }),
    );
    const near = factories((_, id, dtype) => createEngine(id, SPEC, ADAM, dtype === undefined ? {} : { dtype }));
    const { timing: _1, ...one } = await compare(request(near));
    const { timing: _2, ...several } = await compare({ ...request(far), atOnce: 3 }).finally(() => group.end());
    const rest = (result: typeof one) =>
      JSON.stringify(result, (key, value: unknown) => (key === 'milliseconds' ? 0 : value));
    expect(rest(several)).toBe(rest(one));
    expect(one.verdict.kind).toBe('agree');
  });

  test('throws the error of an engine that is not available', async () => {
    const near = factories((_, id, dtype) => createEngine(id, SPEC, ADAM, dtype === undefined ? {} : { dtype }));
    const missing = (): never => {
      throw new EngineUnavailableError('not here');
    };
    const failing = { ...near, f32Baseline: missing };
    await expect(compare({ ...request(failing), atOnce: 3 })).rejects.toThrow(EngineUnavailableError);
  });
});
