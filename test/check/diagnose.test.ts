// Which mistakes explain wrong gradients, and which almost do.
import { denseLayers } from '../../src/network/parameters.ts';
import { expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import type { FaultInjector } from '../../src/check/diagnosis/diagnose.ts';
import type { Setting } from '../../src/faults/fault.ts';
import { injectionOf, parseFault } from '../../src/faults/registry.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import type { Batch } from '../../src/network/batch.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { tensorNamed, withGradients } from './sabotage.ts';

const settingOf = (spec: NetworkSpec): Setting => ({
  network: spec,
  optimizer: optimizerSpec('sgd'),
  scaling: { mean: 0, deviation: 1 },
});

async function namesFor(setting: Setting, candidate: Engine, start: Parameters, batch: Batch): Promise<string[]> {
  const { network: spec, optimizer } = setting;
  const reference = await createEngine('vector', spec, optimizer);
  const injector: FaultInjector = {
    setting,
    inject: (injection) => createEngine('vector', spec, optimizer, { dtype: 'f64', injection }),
  };
  const { diagnosis } = await gradientCheck(spec, start, batch, { candidate, reference }, { injector });
  expect(diagnosis?.engine ?? 'candidate').toBe('candidate');
  return diagnosis?.mistakes.map(({ fault }) => fault) ?? [];
}

const TANH = network(5, [4], 'tanh', 3, 'softmax', 'cross-entropy');

/** Flips the sign of layer 1 in some of the answers, counted from 1. */
async function turnedIn(answers: readonly number[]): Promise<Engine> {
  let asked = 0;
  return withGradients(await createEngine('vector', TANH, optimizerSpec('sgd')), (gradients) => {
    if (!answers.includes(++asked)) return;
    for (const name of ['W1', 'b1']) {
      const values = tensorNamed(gradients, name);
      for (let i = 0; i < values.length; i++) values[i] *= -1;
    }
  });
}

test.each([
  ['always', [1, 2, 3, 4, 5, 6, 7], ['sign']],
  ['only the first time', [1], []],
  ['only for the given batch', [1, 2, 4], []],
  ['only when the batch comes again', [4], []],
])('a mistake that is made %s', async (_when, answers, names) => {
  const start = startOf(TANH);
  expect(await namesFor(settingOf(TANH), await turnedIn(answers), start, randomBatch(TANH, 7))).toEqual(names);
});

/** A relu network, and a batch whose first example has a score that is 0 except for rounding. */
function undecided(): { spec: NetworkSpec; start: Parameters; batch: Batch } {
  const spec = network(2, [3], 'relu', 2, 'softmax', 'cross-entropy');
  const [start, batch] = [startOf(spec, 4), randomBatch(spec, 6, 4)];
  batch.inputs.data.set([1, 1]);
  denseLayers(start)[0].weights.data[0] = 0.1;
  denseLayers(start)[0].weights.data[3] = 0.2;
  denseLayers(start)[0].bias[0] = -Math.fround(Math.fround(0.1) + Math.fround(0.2));
  expect(boundedGradients(spec, start, batch).kinks).toContainEqual({ layer: 1, example: 0, unit: 0 });
  return { spec, start, batch };
}

test.each(['sign@2', 'bias-averaged@1', 'gradients-accumulated', 'stale-activations@2'])(
  '%s is named, although single precision does not decide an example',
  async (fault) => {
    const { spec, start, batch } = undecided();
    const setting = settingOf(spec);
    const injection = injectionOf(parseFault(fault, setting), setting);
    const candidate = await createEngine('vector', spec, setting.optimizer, { injection });
    expect(await namesFor(setting, candidate, start, batch)).toEqual([fault.split('@')[0]]);
  },
);

test('if single precision decides no example, the other questions name it', async () => {
  const { spec, start, batch } = undecided();
  const first = { inputs: { ...batch.inputs, rows: 1, data: batch.inputs.data.slice(0, 2) }, targets: { ...batch.targets, rows: 1, data: batch.targets.data.slice(0, 2) } }; // prettier-ignore
  const setting = settingOf(spec);
  const injector: FaultInjector = {
    setting,
    inject: (injection) => createEngine('vector', spec, setting.optimizer, { dtype: 'f64', injection }),
  };
  const injection = injectionOf(parseFault('sign@2', setting), setting);
  const candidate = await createEngine('vector', spec, setting.optimizer, { injection });
  const reference = await createEngine('vector', spec, setting.optimizer);
  const check = await gradientCheck(spec, start, first, { candidate, reference }, { injector });
  expect(check).toMatchObject({
    verdict: { kind: 'disagree' },
    diagnosis: { mistakes: [{ fault: 'sign', layer: 2 }] },
  });
});

test('a mistake that makes gradients, and so their rounding, many times larger is named', async () => {
  const setting = settingOf(TANH);
  const injection = injectionOf(parseFault('missing-batch-mean', setting), setting);
  const candidate = await createEngine('vector', TANH, setting.optimizer, { injection });
  const names = await namesFor(setting, candidate, startOf(TANH), randomBatch(TANH, 1000));
  expect(names).toEqual(['missing-batch-mean']);
});
