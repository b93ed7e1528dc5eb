// The whole harness, on right engines and on engines that are wrong in ways that only one of its
// parts can see.
import { describe, expect, test } from 'vitest';
import { compare } from '../../src/check/compare.ts';
import type { CompareRequest, CompareResult } from '../../src/check/compare.ts';
import type { Finding } from '../../src/check/verdict.ts';
import { UNWATCHED } from '../../src/check/watch.ts';
import { createBatches } from '../../src/data/batches.ts';
import { loadDataset } from '../../src/data/load.ts';
import { fitScaling } from '../../src/data/scaling.ts';
import type { Engine, EngineFactory, EngineId } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { EngineOptions } from '../../src/engines/engine-options.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { copyParameters, denseLayers, namedTensors } from '../../src/network/parameters.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import type { OptimizerId } from '../../src/ops/optimizers/optimizer.ts';
import { network } from '../fixtures.ts';

const DATA = loadDataset({ dataset: 'moons', seed: 3, trainSize: 320, testSize: 100 });
const SPEC = network(2, [8], 'tanh', 2, 'softmax', 'cross-entropy');

function requestOf(optimizerId: OptimizerId = 'momentum', learningRate?: number): CompareRequest {
  const optimizer = optimizerSpec(optimizerId, learningRate === undefined ? {} : { learningRate });
  const scaling = fitScaling('unit', DATA.train);
  const make =
    (id: EngineId, options: EngineOptions): EngineFactory =>
    () =>
      createEngine(id, SPEC, optimizer, options);
  return {
    network: SPEC,
    optimizer,
    initial: initialParameters(SPEC, 'glorot-uniform', 1),
    batches: createBatches(DATA.train, 2, scaling, { batchSize: 16, epochs: 3, seed: 1 }),
    test: { examples: DATA.test, classes: 2, scaling },
    candidate: make('vector', {}),
    reference: make('tfjs', { backend: 'cpu' }),
    exact: make('vector', { dtype: 'f64' }),
  };
}

/** The right engine with some methods replaced. */
function spoilt(make: EngineFactory, spoil: (right: Engine) => Partial<Engine>): EngineFactory {
  return async () => {
    const right = await make();
    const changed = spoil(right);
    return new Proxy(right, {
      get(target, name) {
        const value: unknown = name in changed ? changed[name as keyof Engine] : Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  };
}

function findings(result: CompareResult): readonly Finding[] {
  return result.verdict.kind === 'disagree' ? result.verdict.findings : [];
}

describe('right engines', () => {
  test.each(['sgd', 'momentum', 'nesterov', 'rmsprop', 'adam'] as const)(
    'vector f32 and tfjs cpu, %s: identical',
    async (id) => {
      const result = await compare(requestOf(id));
      expect(result.verdict).toEqual({ kind: 'identical' });
      expect([result.gradientCheck.verdict, result.lockstep.verdict, result.freeRun.verdict]).toEqual(
        Array(3).fill({ kind: 'identical' }),
      );
      expect(result.freeRun.loss.candidate).toHaveLength(60);
      expect(result.freeRun.loss.candidate).toEqual(result.freeRun.loss.reference);
      expect(result.freeRun.accuracy.candidate).toBeGreaterThan(0.6);
      expect(result.freeRun.labelledDifferently).toBe(0);
      expect(result.lockstep.steps).toHaveLength(10);
    },
  );

  test('vector f64 and tfjs cpu agree, but are not called identical', async () => {
    const request = requestOf();
    const f64: EngineFactory = () => createEngine('vector', SPEC, request.optimizer, { dtype: 'f64' });
    const result = await compare({ ...request, candidate: f64, f32Baseline: request.candidate });
    expect(result.verdict.kind).toBe('agree');
    expect(result.freeRun.drift?.reference.beyond).toBe(false);
  });
});

describe('wrong engines', () => {
  test('the gradient check finds a gradient that is wrong in one entry, and names the entry', async () => {
    const request = requestOf();
    const candidate = spoilt(request.candidate, (right) => ({
      lossAndGradients: async (batch) => {
        const { loss, gradients } = await right.lossAndGradients(batch);
        denseLayers(gradients)[0].weights.data[11] *= 1.001;
        return { loss, gradients };
      },
    }));
    const [first] = findings(await compare({ ...request, candidate }));
    expect(first).toMatchObject({
      kind: 'beyond-bound',
      check: 'gradient-check',
      what: 'gradient',
      measure: { parameter: 'W1', index: [1, 3], left: 'candidate' },
    });
  });

  test('a wrong reference is named as the wrong side', async () => {
    const request = requestOf();
    const reference = spoilt(request.reference, (right) => ({
      lossAndGradients: async (batch) => {
        const { loss, gradients } = await right.lossAndGradients(batch);
        denseLayers(gradients)[1].bias[0] = -denseLayers(gradients)[1].bias[0];
        return { loss, gradients };
      },
    }));
    const [first] = findings(await compare({ ...request, reference }));
    expect(first).toMatchObject({ measure: { parameter: 'b2', index: [0], left: 'reference' } });
  });

  test('a NaN gradient never agrees', async () => {
    const request = requestOf();
    const candidate = spoilt(request.candidate, (right) => ({
      lossAndGradients: async (batch) => {
        const { loss, gradients } = await right.lossAndGradients(batch);
        denseLayers(gradients)[0].bias[2] = NaN;
        return { loss, gradients };
      },
    }));
    const [first] = findings(await compare({ ...request, candidate, reference: candidate }));
    expect(first).toMatchObject({ measure: { parameter: 'b1', index: [2], usedOfBound: Infinity, left: 'both' } });
  });

  test('an optimizer that is wrong only in applyGradients is distinguished from a wrong gradient', async () => {
    const request = requestOf();
    const candidate = spoilt(request.candidate, (right) => ({
      applyGradients: async (gradients) => {
        const twice = copyParameters(gradients, 'f32');
        for (const { values } of namedTensors(twice)) values.forEach((g, i) => (values[i] = 2 * g));
        await right.applyGradients(twice);
      },
    }));
    const result = await compare({ ...request, candidate });
    expect(result.gradientCheck.verdict.kind).toBe('identical');
    expect(findings(result).every((f) => f.kind === 'beyond-bound' && f.what === 'update')).toBe(true);
    expect(findings(result)).not.toHaveLength(0);
  });

  test('outputs of another network are found, although every gradient is right', async () => {
    const request = requestOf();
    const candidate = spoilt(request.candidate, (right) => ({
      predict: async (inputs) => {
        const out = await right.predict(inputs);
        return { ...out, data: out.data.slice().reverse() };
      },
    }));
    const result = await compare({ ...request, candidate });
    expect(findings(result)[0]).toMatchObject({
      check: 'gradient-check',
      what: 'outputs',
      measure: { left: 'candidate' },
    });
  });

  test('momentum that is lost during the run shows only in the free run', async () => {
    const request = requestOf();
    let made = 0;
    const candidate = spoilt(request.candidate, (right) => {
      // The second engine is lockstep's. All others train freely: in the run, and again when its
      // drift is explained.
      const isProbe = made++ === 1;
      let steps = 0;
      return {
        trainStep: async (batch) => {
          if (!isProbe && ++steps === 23) await right.load(await right.parameters());
          return right.trainStep(batch);
        },
      };
    });
    const result = await compare({ ...request, candidate });
    expect([result.gradientCheck.verdict.kind, result.lockstep.verdict.kind]).toEqual(['identical', 'identical']);
    expect(findings(result)).toMatchObject([{ kind: 'trajectory', engine: 'candidate', step: 23 }]);
  });
});

describe('runs that end early', () => {
  test('an overflow on both sides blames nobody: the number and its step are named, and the rest of the report is complete', async () => {
    const result = await compare(requestOf('sgd', 3e38));
    expect(result.verdict).toMatchObject({ kind: 'inconclusive', reason: 'out-of-range' });
    const { verdict, loss } = result.freeRun;
    const step = verdict.kind === 'inconclusive' && verdict.reason === 'out-of-range' ? (verdict.step ?? -1) : -1;
    expect([step + 1, step + 2]).toContain(loss.candidate.length); // in the update of that step, or within the step
    expect(loss.candidate.findIndex((x) => !Number.isFinite(x))).toBe(loss.candidate.length - 1);
    expect(result.freeRun.accuracy).toEqual({ candidate: null, reference: null });
    expect(result.gradientCheck.verdict.kind).toBe('identical');
  });

  test('a learning rate of 1e30 that does not overflow does not disagree: huge numbers have huge bounds', async () => {
    expect((await compare(requestOf('sgd', 1e30))).verdict).toEqual({ kind: 'identical' });
  });

  test.each([
    ['candidate', 12],
    ['reference', 5],
  ] as const)('interrupted in the %s’s training: inconclusive, with the results so far', async (at, step) => {
    const stop = new AbortController();
    const result = await compare(requestOf(), {
      ...UNWATCHED,
      signal: stop.signal,
      progress: (phase, done) => {
        if (phase === at && done === step) stop.abort();
      },
    });
    expect(result.interrupted).toBe(true);
    expect(result.verdict).toEqual({ kind: 'inconclusive', reason: 'interrupted' });
    expect(result.freeRun.loss[at]).toHaveLength(step);
    expect(result.gradientCheck.verdict.kind).toBe('identical');
  });

  test('an interruption does not hide earlier findings', async () => {
    const request = requestOf();
    const stop = new AbortController();
    const candidate: EngineFactory = () =>
      createEngine('vector', SPEC, request.optimizer, {
        injection: { backward: { activation: (_l, _id, dz, da) => dz.data.set(da.data) } },
      });
    const watch = { ...UNWATCHED, signal: stop.signal, progress: () => stop.abort() };
    expect((await compare({ ...request, candidate }, watch)).verdict.kind).toBe('disagree');
  });
});
