// Two known mistakes at once: both are named, and nothing else is.
import { expect, test } from 'vitest';
import type { Engine } from '../../src/engines/engine.ts';
import type { FaultInjector, NamedFault } from '../../src/check/diagnosis/diagnose.ts';
import { faultOf } from '../../src/check/diagnosis/diagnose.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { UNWATCHED } from '../../src/check/watch.ts';
import type { Watch } from '../../src/check/watch.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { Setting } from '../../src/faults/fault.ts';
import { faultName, injectionOf, parseFault } from '../../src/faults/registry.ts';
import { twoInjected } from '../../src/faults/two.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { tensorNamed, withGradients } from './sabotage.ts';

const DEEP = network(5, [4, 6], 'tanh', 3, 'softmax', 'cross-entropy');
const SETTING: Setting = {
  network: DEEP,
  optimizer: optimizerSpec('sgd'),
  scaling: { mean: 0, deviation: 2 },
};

const put = (one: string, two: string): Promise<Engine> =>
  createEngine('vector', DEEP, SETTING.optimizer, {
    injection: twoInjected(parseFault(one, SETTING), parseFault(two, SETTING), SETTING),
  });

/** What is named, and how often the candidate was asked. */
async function namesFor(candidate: Engine, watch: Watch = UNWATCHED): Promise<{ single: string[]; pairs: string[] }> {
  const reference = await createEngine('vector', DEEP, SETTING.optimizer);
  const injector: FaultInjector = {
    setting: SETTING,
    inject: (injection) => createEngine('vector', DEEP, SETTING.optimizer, { dtype: 'f64', injection }),
  };
  const engines = { candidate, reference };
  const { diagnosis } = await gradientCheck(DEEP, startOf(DEEP), randomBatch(DEEP, 7), engines, { injector, watch });
  const { mistakes = [], pairs = [] } = diagnosis ?? {};
  const name = (one: NamedFault): string => faultName(faultOf(one));
  return { single: mistakes.map(name), pairs: pairs.map((two) => two.map(name).toSorted().join(' + ')) };
}

test.each([
  ['in two layers', 'bias-not-summed@3', 'transposed-product@1'],
  ['in all tensors of a layer', 'missing-activation-derivative@2', 'bias-averaged@2'],
  ['in the same tensor', 'bias-averaged@2', 'transposed-product@2'],
  ['both in every tensor', 'loss-sign', 'missing-batch-mean'],
  ['in the same step of a layer', 'bias-of-last-example@2', 'bias-averaged@2'],
  ['at the input and on the way back', 'inputs-not-scaled', 'bias-averaged@3'],
  ['one of which shows in later batches', 'bias-averaged@2', 'gradients-accumulated'],
  ['which both show in later batches', 'stale-activations@1', 'stale-activations@3'],
])('two mistakes %s are both named', async (_where, one, two) => {
  expect(await namesFor(await put(one, two))).toEqual({ single: [], pairs: [[one, two].toSorted().join(' + ')] });
});

test('a single mistake is preferred to two', async () => {
  const injection = injectionOf(parseFault('bias-averaged@2', SETTING), SETTING);
  const candidate = await createEngine('vector', DEEP, SETTING.optimizer, { injection });
  expect(await namesFor(candidate)).toEqual({ single: ['bias-averaged@2'], pairs: [] });
});

test('a right network, and one with mistakes that nobody knows, get no pair', async () => {
  expect(await namesFor(await createEngine('vector', DEEP, SETTING.optimizer))).toEqual({ single: [], pairs: [] });
  const unknown = withGradients(await put('loss-sign', 'bias-averaged@2'), (gradients) => {
    const values = tensorNamed(gradients, 'W1');
    for (let i = 0; i < values.length; i++) values[i] = 1.5 * values[i] + 0.01;
  });
  expect(await namesFor(unknown)).toEqual({ single: [], pairs: [] });
});

test('a search that takes too long tells nothing', async () => {
  let now = 0;
  const slow: Watch = { ...UNWATCHED, now: () => (now += 1000) };
  expect(await namesFor(await put('loss-sign', 'bias-averaged@2'), slow)).toEqual({ single: [], pairs: [] });
});
