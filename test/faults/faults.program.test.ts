// Every known mistake, at every layer that can have it, is found at that layer and named.
import { describe, expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import type { FaultInjector } from '../../src/check/diagnosis/diagnose.ts';
import {
  FAULTS,
  FAULT_IDS,
  faultName,
  faultsEverywhere,
  injectionOf,
  parseFault,
  possibleFaults,
} from '../../src/faults/registry.ts';
import type { FaultAt } from '../../src/faults/registry.ts';
import type { Setting } from '../../src/faults/fault.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { updateCheck } from '../../src/check/update-check.ts';
import type { FaultInjection } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { UsageError } from '../../src/errors.ts';
import { denseLayers, namedTensors } from '../../src/network/parameters.ts';
import { parseLayers } from '../../src/network/layer-notation.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import type { PenaltySpec } from '../../src/ops/penalties/page.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { OPTIMIZERS } from '../../src/ops/optimizers/optimizer.ts';
import { HEADS, flat, network, randomBatch, startOf } from '../fixtures.ts';

const SCALING = { mean: 0.5, deviation: 4 };
const settingOf = (spec: NetworkSpec, id: Setting['optimizer']['id'] = 'sgd'): Setting => ({
  network: spec,
  optimizer: optimizerSpec(id, { learningRate: 0.05 }),
  scaling: SCALING,
});

/** Runs all checks on a candidate with this mistake, and returns the verdicts. */
async function check(setting: Setting, injection: FaultInjection, { scale = 1, B = 11 } = {}) {
  const { network: spec, optimizer } = setting;
  const candidate = await createEngine('vector', spec, optimizer, { injection });
  const reference = await createEngine('vector', spec, optimizer); // equals tfjs cpu to the last bit
  const injector: FaultInjector = {
    setting,
    inject: (other) => createEngine('vector', spec, optimizer, { dtype: 'f64', injection: other }),
  };
  const start = startOf(spec, 4);
  for (const { values } of namedTensors(start)) for (let i = 0; i < values.length; i++) values[i] *= scale;
  const batch = randomBatch(spec, B, 4);
  const gradients = await gradientCheck(spec, start, batch, { candidate, reference }, { injector });
  const updates = await updateCheck(
    { network: spec, optimizer, start },
    batch,
    { candidate, reference },
    injector,
    (side) => gradients.firstWrong[side] === null,
  );
  return { gradients, updates };
}

/**
 * The tensors that a mistake of a stage makes wrong, from the first in the order of computation.
 */
async function expectCaught(setting: Setting, fault: FaultAt, options: { scale?: number; B?: number } = {}) {
  const { gradients, updates } = await check(setting, injectionOf(fault, setting), options);
  const { stage, first } = FAULTS[fault.id];
  const layer = typeof fault.layer === 'number' ? fault.layer + 1 : fault.layer;
  const named = { engine: 'candidate', mistakes: [{ fault: fault.id, layer }] };
  const place = first(typeof fault.layer === 'number' ? fault.layer : 0, setting);
  if (stage === 'gradient' || stage === 'again') {
    expect(gradients.verdict.kind).toBe('disagree');
    expect(gradients.firstWrong.reference).toBeNull();
    expect(place).toContain(gradients.firstWrong.candidate?.name);
    expect(gradients.diagnosis).toMatchObject(named);
    const wrong = gradients.parameters.filter((m) => m.left !== null);
    expect(wrong.length > 0).toBe(stage === 'gradient');
    for (const m of [...wrong, ...gradients.again]) expect([null, 'candidate']).toContain(m.left);
    expect(updates.updates.every((m) => m.left === null)).toBe(true); // the optimizer is not to blame
  } else if (stage === 'loss') {
    expect(gradients.verdict.kind).toBe('disagree');
    expect(gradients.firstWrong.candidate?.name).toBe('loss');
    expect(gradients.diagnosis).toMatchObject(named);
    expect(gradients.parameters.every((m) => m.left === null)).toBe(true);
  } else {
    expect(gradients).toMatchObject({ verdict: { kind: 'identical' }, diagnosis: null });
    expect(updates.verdict.kind).toBe('disagree');
    expect(updates.diagnosis).toMatchObject(named);
    const findings = updates.verdict.kind === 'disagree' ? updates.verdict.findings : [];
    const measures = findings.flatMap((f) => (f.kind === 'beyond-bound' ? [f.measure] : []));
    // in a training step the layers are wrong from the highest down
    const firstOne =
      stage === 'update' ? measures[0] : (measures.findLast((m) => m.parameter.startsWith('W')) ?? measures[0]);
    expect(firstOne?.left).toBe('candidate');
    expect(place).toContain(firstOne?.parameter);
    if (stage === 'train-step') expect(updates.updates.every((m) => m.left === null)).toBe(true);
  }
}

const seen = new Set<string>();

/** Mistakes that show only when an output is close to 0 or 1. */
const SURE = new Set(['clipped-probabilities']);

const WEIGHTED = ['softmax', 'cross-entropy:weights=1,2,5,3'] as const;

/** Whether everything is tried: by default, one output or tensor stands for others. */
const EVERY_PIECE = process.env['EVERY_PIECE'] === '1';

/** The first heads have all mistakes, the others new ones and those of the output layer. */
const COMPLETE = EVERY_PIECE ? 5 : 2;
const above = new Set<string>();

describe.each([...HEADS, WEIGHTED].map((head, n) => [...head, n] as const))('%s output, %s', (output, loss, n) => {
  const setting = settingOf(network(7, [6, 6], 'tanh', 4, output, loss));
  const all = possibleFaults(setting)
    .map((fault) => ({ fault, name: faultName(fault) }))
    .filter(
      ({ name, fault }) =>
        n < COMPLETE || !above.has(name) || (fault.layer === 2 && FAULTS[fault.id].stage === 'gradient'),
    );
  for (const { name } of all) above.add(name);
  test.each(all)('$name is found in its place and named', async ({ fault }) => {
    seen.add(fault.id);
    await expectCaught(setting, fault, SURE.has(fault.id) ? { scale: 40 } : {});
  });
});

describe.each(['relu', 'swish', 'selu'] as const)('hidden layers of %s', (activation) => {
  const setting = settingOf(network(7, [6, 6], activation, 4, 'linear', 'mse'));
  const ofActivation = possibleFaults(setting).filter(({ id }) => /derivative|mask/.test(id));
  test.each(ofActivation.map((fault) => ({ fault, name: faultName(fault) })))(
    '$name is found in its place and named',
    async ({ fault }) => {
      seen.add(fault.id);
      await expectCaught(setting, fault, { B: 24 });
    },
  );
});

describe('a mistake in a loop over the layers', () => {
  const setting = settingOf(network(7, [6, 5, 6], 'tanh', 4, 'softmax', 'mse'));
  const ofGradients = faultsEverywhere(setting).filter(({ id }) => FAULTS[id].stage !== 'train-step');
  const everywhere = ofGradients.map((fault) => ({ fault, name: faultName(fault) }));

  test.each(everywhere)(
    '$name is named as a mistake of every layer, or as the one equivalent mistake',
    async ({ fault }) => {
      const { gradients } = await check(setting, injectionOf(fault, setting));
      expect(gradients.verdict.kind).toBe('disagree');
      const same = fault.id === 'sign' ? 'loss-sign' : fault.id;
      const layer = fault.id === 'sign' ? null : 'every';
      expect(gradients.diagnosis?.mistakes).toMatchObject([{ fault: same, layer }]);
    },
  );

  test('the list has no optimizer mistakes, and a mistake in two of three layers is not "every"', async () => {
    expect(everywhere.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'bias-not-summed@every',
        'transposed-product@every',
        'missing-activation-derivative@every',
      ]),
    );
    expect(everywhere.every(({ fault }) => FAULTS[fault.id].stage !== 'update')).toBe(true);
    const [one, two] = ['bias-not-summed@1', 'bias-not-summed@2'].map((name) =>
      injectionOf(parseFault(name, setting), setting),
    );
    const layer: NonNullable<FaultInjection['backward']>['layer'] = (at, step) =>
      (at === 0 ? one : two).backward?.layer?.(at, step);
    const { gradients } = await check(setting, { backward: { layer } });
    expect(gradients.diagnosis).toMatchObject({ engine: 'candidate', mistakes: [] });
    const pair = gradients.diagnosis?.pairs?.[0].map(({ fault, layer: at }) => [fault, at]);
    expect(pair?.toSorted()).toEqual([
      ['bias-not-summed', 1],
      ['bias-not-summed', 2],
    ]);
  });
});

describe.each(OPTIMIZERS.map((id, o) => [id, o] as const))('%s', (id, o) => {
  const setting = settingOf(network(7, [6], 'tanh', 4, 'softmax', 'cross-entropy'), id);
  const possible = possibleFaults(setting).filter((fault) => FAULTS[fault.id].stage === 'update');
  // each mistake at one of its places, by turns
  const ofOptimizer = possible.filter((fault) => {
    const places = possible.filter((other) => other.id === fault.id);
    return EVERY_PIECE || places[o % places.length] === fault;
  });
  test.each(ofOptimizer.map((fault) => ({ fault, name: faultName(fault) })))(
    '$name is found in the update and named',
    async ({ fault }) => {
      seen.add(fault.id);
      await expectCaught(setting, fault);
    },
  );
});

/** A dense network with nothing around it. */
const PLAIN = settingOf(network(7, [6], 'tanh', 4, 'softmax', 'cross-entropy'));

/** One test for each mistake that is possible in this setting and not in the plain one. */
function expectOwnCaught(setting: Setting): void {
  const elsewhere = new Set(possibleFaults(PLAIN).map(({ id }) => id));
  const own = possibleFaults(setting).filter(({ id }) => !elsewhere.has(id));
  test.each(own.map((fault) => ({ fault, name: faultName(fault) })))(
    '$name is found in its place and named',
    async ({ fault }) => {
      seen.add(fault.id);
      await expectCaught(setting, fault);
    },
  );
}

/** Networks with a penalty: mistakes in it are possible nowhere else. */
const PENALTIES: readonly PenaltySpec[] = [
  { kind: 'l2', strength: 0.05 },
  { kind: 'l2', strength: 0.3, half: true, overBatch: true },
  { kind: 'l1', strength: 0.02, biases: true },
];

describe.each(PENALTIES)('the penalty %j', (penalty) => {
  const setting = { ...PLAIN, network: { ...PLAIN.network, penalties: [penalty] } };
  expectOwnCaught(setting);
});

/** What surrounds an update. */
const AROUND = [{ clipNorm: 0.01 }, { clipValue: 0.001 }, { schedule: 'exponential:0.5' }, { weightDecay: 0.1 }];

describe.each(AROUND)('training with %j', (around) => {
  const setting = { ...PLAIN, optimizer: optimizerSpec('sgd', { learningRate: 0.05, ...around }) };
  expectOwnCaught(setting);
});

/** Networks of other layers than dense ones: mistakes in these are possible nowhere else. */
const LAYERED = [
  'conv:2x3:tanh:stride=2:same,flatten,dense:4:softmax',
  'conv:3x2:tanh,max-pool:2,flatten,dense:4:softmax',
  'conv:2x3:tanh:same,conv:3x3:tanh,average-pool:2:same,flatten,dense:4:softmax',
  'dense:6:tanh,layer-norm:tanh,dense:4:softmax',
  'dense:6:tanh,batch-norm:tanh,dropout:0.5,dense:4:softmax',
];

describe.each(LAYERED)('the network %s', (notation) => {
  const layers = parseLayers(notation, 'linear', 'linear') as unknown as NetworkSpec['layers'];
  const setting = settingOf({ inputs: 49, inputShape: [7, 7, 1], layers, loss: 'cross-entropy' });
  expectOwnCaught(setting);
});

test('the tests above cover every known mistake', () => {
  expect([...seen].toSorted()).toEqual([...FAULT_IDS].toSorted());
});

test('accumulated gradients are the sums over all batches so far', async () => {
  const setting = settingOf(network(5, [4], 'tanh', 3, 'softmax', 'cross-entropy'));
  const { network: spec, optimizer } = setting;
  const open = (injection: FaultInjection) => createEngine('vector', spec, optimizer, { dtype: 'f64', injection });
  const inject = await open(injectionOf(parseFault('gradients-accumulated', setting), setting));
  const right = await open({});
  for (const engine of [inject, right]) await engine.load(startOf(spec));
  const sums = flat(startOf(spec)).map(() => 0);
  for (const seed of [1, 2, 3, 1]) {
    const batch = randomBatch(spec, 6, seed);
    flat((await right.lossAndGradients(batch)).gradients).forEach((g, i) => (sums[i] += g));
    const found = flat((await inject.lossAndGradients(batch)).gradients);
    found.forEach((g, i) => expect(g).toBeCloseTo(sums[i], 12));
  }
});

test('two mistakes at once are both named', async () => {
  const setting = settingOf(network(7, [6, 6], 'tanh', 4, 'softmax', 'mse'));
  const one = injectionOf(parseFault('missing-factor-two', setting), setting);
  const two = injectionOf(parseFault('bias-averaged@1', setting), setting);
  const { gradients } = await check(setting, { backward: { ...one.backward, ...two.backward } });
  expect(gradients.verdict.kind).toBe('disagree');
  expect(gradients.diagnosis).toMatchObject({ engine: 'candidate', mistakes: [] });
  const pairs = gradients.diagnosis?.pairs?.map((pair) => pair.map(({ fault }) => fault).toSorted());
  expect(pairs).toEqual([['bias-averaged', 'missing-factor-two']]);
});

test('a wrong gradient and a wrong optimizer at once are both named', async () => {
  const setting = settingOf(network(7, [6], 'tanh', 4, 'softmax', 'cross-entropy'), 'adam');
  const { gradients, updates } = await check(setting, {
    ...injectionOf(parseFault('sign@1', setting), setting),
    ...injectionOf(parseFault('adam-epsilon-inside-root', setting), setting),
  });
  expect(gradients.diagnosis?.mistakes.map((m) => m.fault)).toEqual(['sign']);
  expect(updates.diagnosis?.mistakes.map((m) => m.fault)).toEqual(['adam-epsilon-inside-root']);
});

test('a right candidate gets no diagnosis', async () => {
  const { gradients, updates } = await check(settingOf(network(7, [6, 5], 'tanh', 4, 'softmax', 'mse')), {});
  const nowhere = { candidate: null, reference: null };
  expect(gradients).toMatchObject({ verdict: { kind: 'identical' }, diagnosis: null, firstWrong: nowhere });
  expect(updates).toMatchObject({ verdict: { kind: 'identical' }, diagnosis: null });
});

test('batches of other sizes tell apart mistakes that are equivalent on the given batch', async () => {
  const setting = settingOf(network(3, [4], 'tanh', 1, 'linear', 'mse'));
  const wrong = injectionOf(parseFault('missing-factor-two', setting), setting);
  const { gradients } = await check(setting, wrong, { B: 2 });
  // half of the gradient: with two examples it could also be the mean taken twice
  expect(gradients.diagnosis?.mistakes.map((m) => m.fault)).toEqual(['missing-factor-two']);
});

test('the diagnosis works around examples that single precision cannot decide', async () => {
  const setting = settingOf(network(2, [3], 'relu', 2, 'softmax', 'cross-entropy'));
  const { network: spec, optimizer } = setting;
  const start = startOf(spec, 4);
  const batch = randomBatch(spec, 6, 4);
  // the first example's first score is 0 within rounding error
  batch.inputs.data.set([1, 1]);
  denseLayers(start)[0].weights.data[0] = 0.1;
  denseLayers(start)[0].weights.data[3] = 0.2;
  denseLayers(start)[0].bias[0] = -Math.fround(Math.fround(0.1) + Math.fround(0.2));
  expect(boundedGradients(spec, start, batch).kinks).toContainEqual({ layer: 1, example: 0, unit: 0 });
  const injection = injectionOf(parseFault('sign@2', setting), setting);
  const candidate = await createEngine('vector', spec, optimizer, { injection });
  const reference = await createEngine('vector', spec, optimizer);
  const injector: FaultInjector = {
    setting,
    inject: (other) => createEngine('vector', spec, optimizer, { dtype: 'f64', injection: other }),
  };
  const { diagnosis } = await gradientCheck(spec, start, batch, { candidate, reference }, { injector });
  expect(diagnosis?.mistakes.map((m) => m.fault)).toEqual(['sign']);
});

test('an unknown mistake is refused with the known ones, an impossible layer with the possible ones', () => {
  const setting = settingOf(network(7, [6], 'tanh', 4, 'softmax', 'cross-entropy'));
  expect(() => parseFault('typo', setting)).toThrow(/unknown mistake "typo"/);
  expect(() => parseFault('missing-activation-derivative@2', setting)).toThrow(UsageError);
  expect(() => parseFault('sign@3', setting)).toThrow(/not possible in this network/);
  expect(() => parseFault('adam-no-bias-correction', setting)).toThrow(/not possible in this network/);
  expect(parseFault('sign', setting)).toEqual({ id: 'sign', layer: 0 });
  expect(parseFault('sign@every', setting)).toEqual({ id: 'sign', layer: 'every' });
  expect(() => parseFault('loss-sign@every', setting)).toThrow(/not possible in this network/);
  expect(parseFault('loss-sign', setting)).toEqual({ id: 'loss-sign', layer: null });
});
