// A candidate that is right for another network than the one that is checked is told which option
// declares it; with that network it agrees.
import { expect, test } from 'vitest';
import { gradientCheck } from '../../../src/check/gradient-check.ts';
import type { GradientCheck } from '../../../src/check/gradient-check.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import type { ActivationId, LossId } from '../../../src/ops/registry.ts';
import { network, randomBatch, startOf } from '../../fixtures.ts';

const SGD = optimizerSpec('sgd');

/** Checks an engine that computes `own` as if it were `declared`. */
async function check(own: NetworkSpec, declared: NetworkSpec): Promise<GradientCheck> {
  const candidate = await createEngine('vector', own, SGD, { dtype: 'f64' });
  const reference = await createEngine('vector', declared, SGD);
  const setting = { network: declared, optimizer: SGD, scaling: { mean: 0, deviation: 1 } };
  return gradientCheck(
    declared,
    startOf(declared, 3),
    randomBatch(declared, 6, 3),
    { candidate: { ...bare(candidate), id: 'external', label: 'candidate' }, reference },
    {
      injector: {
        setting,
        inject: (injection) => createEngine('vector', declared, SGD, { dtype: 'f64', injection }),
      },
    },
  );
}

function bare(engine: Awaited<ReturnType<typeof createEngine>>): typeof engine {
  return {
    id: engine.id,
    dtype: engine.dtype,
    label: engine.label,
    backend: null,
    versions: {},
    load: (parameters) => engine.load(parameters),
    lossAndGradients: (batch) => engine.lossAndGradients(batch),
    applyGradients: (gradients) => engine.applyGradients(gradients),
    trainStep: (batch) => engine.trainStep(batch),
    predict: (inputs) => engine.predict(inputs),
    parameters: () => engine.parameters(),
    dispose: () => engine.dispose(),
  };
}

const hidden = (activation: ActivationId): NetworkSpec => network(4, [8], activation, 3, 'softmax', 'cross-entropy');

test.each<[ActivationId, ActivationId]>([
  ['leaky-relu:0.01', 'leaky-relu'],
  ['leaky-relu:0.01', 'relu'],
  ['leaky-relu:0.3', 'leaky-relu:0.01'],
])('the slope of %s is read off and told; it agrees when declared', async (own, declared) => {
  const { verdict, diagnosis } = await check(hidden(own), hidden(declared));
  expect(verdict.kind).toBe('disagree');
  const slope = own.split(':')[1];
  expect(diagnosis?.probed?.told).toMatchObject([
    {
      place: 'a1',
      text: expect.stringContaining(`The activation of layer 1 is z where z > 0, else ${slope} z`) as string,
      fix: expect.stringContaining(`--activation ${own}`) as string,
    },
  ]);
  const again = await check(hidden(own), hidden(own));
  expect(again.verdict.kind).toBe('agree');
  expect(again.diagnosis).toBeNull();
});

const head = (output: ActivationId, loss: LossId): NetworkSpec => network(4, [8], 'tanh', 3, output, loss);

test.each<[ActivationId, LossId, LossId]>([
  ['sigmoid', 'binary-cross-entropy', 'mse'],
  ['sigmoid', 'mse', 'binary-cross-entropy'],
  ['linear', 'mean-absolute-error', 'mse'],
  ['sigmoid', 'huber:0.25', 'mse'],
  ['linear', 'squared-hinge', 'hinge'],
  ['linear', 'mse', 'mean-absolute-error'],
  ['softmax', 'cross-entropy:0.1', 'cross-entropy'],
  ['softmax', 'cross-entropy', 'cross-entropy:0.1'],
  ['softmax', 'cross-entropy:weights=1,2,5', 'cross-entropy'],
  ['softmax', 'cross-entropy', 'cross-entropy:weights=1,2,5'],
])('%s with %s in place of %s: the loss is named as an option, and agrees when declared', async (output, own, loss) => {
  const { verdict, diagnosis } = await check(head(output, own), head(output, loss));
  expect(verdict.kind).toBe('disagree');
  expect(diagnosis?.probed?.told.map(({ place, fix }) => [place, fix])).toEqual([['loss', null]]);
  expect(diagnosis?.probed?.told[0].text).toMatch(
    new RegExp(`If this loss is meant, no gradient is wrong: declare --loss ${own}\\.$`),
  );
  const again = await check(head(output, own), head(output, own));
  expect([again.verdict.kind, again.diagnosis]).toEqual(['agree', null]);
});
