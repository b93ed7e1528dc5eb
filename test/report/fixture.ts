// Real reports for tests of the formats: a small run, right or with an injected mistake.
import { compare } from '../../src/check/compare.ts';
import type { CompareRequest } from '../../src/check/compare.ts';
import { injectionOf, parseFault } from '../../src/faults/registry.ts';
import { createBatches } from '../../src/data/batches.ts';
import { loadDataset } from '../../src/data/load.ts';
import { fitScaling } from '../../src/data/scaling.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import type { Watch } from '../../src/check/watch.ts';
import { picturesOf } from '../../src/report/pictures.ts';
import { SCHEMA_VERSION } from '../../src/report/report.ts';
import type { CompareReport } from '../../src/report/report.ts';
import { network } from '../fixtures.ts';

interface Options {
  readonly dataset?: 'moons' | 'mnist' | 'sine';
  readonly fault?: string;
  readonly learningRate?: number;
  readonly backend?: 'cpu' | 'wasm';
  readonly watch?: Watch;
}

/**
 * moons, 2-8-2, real MNIST, 784-8-10, or sine, 1-8-1 with a linear output and mse; 20 steps, vector
 * against tfjs cpu or another backend.
 */
export async function realReport(options: Options = {}): Promise<CompareReport> {
  const { dataset = 'moons', learningRate, fault, backend = 'cpu' } = options;
  const [inputs, classes] = { moons: [2, 2], mnist: [784, 10], sine: [1, 1] }[dataset];
  const [output, loss] = dataset === 'sine' ? (['linear', 'mse'] as const) : (['softmax', 'cross-entropy'] as const);
  const spec = network(inputs, [8], 'relu', classes, output, loss);
  const optimizer = optimizerSpec('sgd', learningRate === undefined ? {} : { learningRate });
  const data = loadDataset({ dataset, seed: 1, trainSize: 320, testSize: 100 });
  const scaling = fitScaling('unit', data.train);
  const batches = createBatches(data.train, classes, scaling, { batchSize: 16, epochs: 1, seed: 1 });
  const setting = { network: spec, optimizer, scaling };
  const put = () => (fault === undefined ? {} : { injection: injectionOf(parseFault(fault, setting), setting) });
  const request: CompareRequest = {
    network: spec,
    optimizer,
    initial: initialParameters(spec, 'glorot-uniform', 1),
    batches,
    test: { examples: data.test, classes, scaling },
    candidate: () => createEngine('vector', spec, optimizer, put()),
    reference: () => createEngine('tfjs', spec, optimizer, { backend }),
    exact: () => createEngine('vector', spec, optimizer, { dtype: 'f64' }),
    injector: { setting, inject: (injection) => createEngine('vector', spec, optimizer, { dtype: 'f64', injection }) },
  };
  const { timing, trained, ...checks } = await compare(request, options.watch);
  return {
    schemaVersion: SCHEMA_VERSION,
    kind: 'compare',
    command: 'npm run compare -- --seed 1',
    baseline: null,
    settings: {
      dataset,
      trainSize: 320,
      testSize: 100,
      scale: 'unit',
      network: spec,
      initializer: 'glorot-uniform',
      optimizer,
      batchSize: 16,
      epochs: 1,
      steps: batches.steps,
      seed: 1,
      fault: fault ?? null,
    },
    ...checks,
    pictures: picturesOf(data, trained),
    environment: { backproof: '0.0.0', node: '20.0.0', platform: 'linux x64', cpu: 'a | b', cores: 2 },
    timing: { ...timing, startedAt: '2026-01-01T00:00:00.000Z', peakResidentMiB: 100 },
  };
}
