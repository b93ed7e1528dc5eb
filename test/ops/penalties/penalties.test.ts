// Penalties by hand, in every engine, and with every mistake that can be made in them.
import type { Scalar, Tensor } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { boundedGradients } from '../../../src/bounds/gradients.ts';
import { gradientCheck } from '../../../src/check/gradient-check.ts';
import { checkOracle } from '../../../src/check/slopes/oracle-check.ts';
import { updateCheck } from '../../../src/check/update-check.ts';
import { createEngine, lackOf } from '../../../src/engines/registry.ts';
import type { Engine, FaultInjection } from '../../../src/engines/engine.ts';
import { UsageError } from '../../../src/errors.ts';
import { faultById, faultName, injectionOf, parseFault, possibleFaults } from '../../../src/faults/registry.ts';
import { formulaAt } from '../../../src/network/formulas.ts';
import { copyParameters } from '../../../src/network/parameters.ts';
import { networkSchema, parseAs } from '../../../src/network/schema.ts';
import { checkNetwork, describeNetwork } from '../../../src/network/spec.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import type { PenaltySpec } from '../../../src/ops/penalties/page.ts';
import { PENALTY_PAGES } from '../../../src/ops/penalties/registry.ts';
import { flat, network, randomBatch, startOf } from '../../fixtures.ts';
import { openCpu } from '../../tfjs-cpu.ts';

const PLAIN = network(5, [6], 'tanh', 3, 'softmax', 'cross-entropy');
const withAll = (...penalties: PenaltySpec[]): NetworkSpec => ({ ...PLAIN, penalties });
const KINDS: Readonly<Record<string, NetworkSpec>> = {
  L2: withAll({ kind: 'l2', strength: 0.02 }),
  'half of L2': withAll({ kind: 'l2', strength: 0.02, half: true }),
  'L1 on biases too': withAll({ kind: 'l1', strength: 0.03, biases: true }),
  'L2 / B': withAll({ kind: 'l2', strength: 0.1, overBatch: true }),
  'both, one of them in one layer': withAll(
    { kind: 'l2', strength: 0.02 },
    { kind: 'l1', strength: 0.01, layers: [2] },
  ),
};
const SGD = optimizerSpec('sgd', { learningRate: 0.1 });
const [START, BATCH] = [startOf(PLAIN, 2), randomBatch(PLAIN, 8, 2)];

beforeAll(async () => void (await openCpu()));

describe.each(PENALTY_PAGES.map((page) => [page.id, page] as const))('the page of %s', (_id, page) => {
  const w = Float64Array.of(0.5, -2, 0, 1.25);

  test('has the gradient of its value, by central differences, away from its kink', () => {
    const dw = w.slice();
    page.backward(dw, w, 0.7);
    w.forEach((_, i) => {
      if (w[i] === page.kink) return;
      const at = (h: number): number =>
        page.forward(
          w.map((x, n) => (n === i ? x + h : x)),
          0.7,
        );
      expect((at(1e-6) - at(-1e-6)) / 2e-6).toBeCloseTo(dw[i], 8);
    });
  });

  test('is what it is by hand', () => {
    // Σ w² = 0.25 + 4 + 1.5625 = 5.8125; Σ |w| = 3.75
    const by = { l2: [0.5 * 5.8125, [0.5, -2, 0, 1.25]], l1: [0.5 * 3.75, [0.5, -0.5, 0, 0.5]] }[page.id];
    const dw = w.slice();
    page.backward(dw, w, 0.5);
    expect([page.forward(w, 0.5), [...dw]]).toEqual(by);
  });
});

describe.each(Object.entries(KINDS))('%s', (_name, spec) => {
  const exact = boundedGradients(spec, START, BATCH);

  test.each([
    ['vector', { dtype: 'f32' }],
    ['vector', { dtype: 'f64' }],
    ['autograd', {}],
    ['tfjs', { backend: 'cpu' }],
    ['tfjs', { backend: 'wasm' }],
  ] as const)('%s %o agrees with the exact run', async (id, options) => {
    const [candidate, reference] = [
      await createEngine(id, spec, SGD, options),
      await createEngine('vector', spec, SGD, { dtype: 'f64' }),
    ];
    const found = await gradientCheck(spec, START, BATCH, { candidate, reference });
    expect(found.verdict.kind).toMatch(/^(agree|identical)$/);
    const updates = await updateCheck({ network: spec, optimizer: SGD, start: START }, BATCH, { candidate, reference });
    expect(updates.verdict.kind).toMatch(/^(agree|identical)$/);
  });

  test('adds to the loss and the gradients of the data, and a thousandth less is outside the bound', () => {
    const bare = boundedGradients(PLAIN, START, BATCH);
    expect(exact.loss.value).toBe(bare.loss.value + (exact.penalty ?? NaN));
    expect(exact.penalty).toBeGreaterThan(1000 * exact.loss.error);
    const apart = exact.gradients.map(({ values }, t) =>
      Math.max(...values.map((g, i) => Math.abs(g - bare.gradients[t].values[i]) / (1000 * exact.errors[t].values[i]))),
    );
    expect(Math.max(...apart)).toBeGreaterThan(1);
  });

  test('the hand-written gradient is the slope of the loss, and that of the graph of scalars', async () => {
    const [own, graph] = [
      await createEngine('vector', spec, SGD, { dtype: 'f64' }),
      await createEngine('autograd', spec, SGD),
    ];
    const result = await checkOracle({ network: spec, parameters: START, batch: BATCH, exact: own, graph });
    expect(result?.verdict).toMatchObject({ kind: 'agree' });
    expect(result?.graphApart).toBeLessThan(1e-12);
  });

  test('vector f32 has the bits of TensorFlow.js on its cpu backend', async () => {
    const train = async (engine: Engine): Promise<number[]> => {
      await engine.load(START);
      const losses: number[] = [];
      for (let step = 0; step < 20; step++) losses.push(await engine.trainStep(BATCH));
      return [...losses, ...flat(await engine.parameters())];
    };
    const ours = await train(await createEngine('vector', spec, SGD));
    const theirs = await train(await createEngine('tfjs', spec, SGD, { backend: 'cpu' }));
    expect(ours).toEqual(theirs);
    expect(ours).not.toEqual(await train(await createEngine('vector', PLAIN, SGD)));
  });

  test('every mistake of it is caught and named, and nothing else is', async () => {
    const setting = { network: spec, optimizer: SGD, scaling: { mean: 0, deviation: 1 } };
    const inject = (injection: FaultInjection) => createEngine('vector', spec, SGD, { dtype: 'f64', injection });
    const own = possibleFaults(setting).filter(({ id }) => /^(penalty|l1|l2)-/.test(id));
    expect(own.length).toBeGreaterThan(8);
    for (const fault of own) {
      const candidate = await createEngine('vector', spec, SGD, { injection: injectionOf(fault, setting) });
      const reference = await createEngine('vector', spec, SGD);
      const injector = { setting, inject };
      const { diagnosis, verdict, firstWrong } = await gradientCheck(
        spec,
        START,
        BATCH,
        { candidate, reference },
        { injector },
      );
      const problem = { network: spec, optimizer: SGD, start: START };
      const ofUpdate = faultById(fault.id).stage === 'update';
      const updates = ofUpdate ? await updateCheck(problem, BATCH, { candidate, reference }, injector) : null;
      expect(updates?.verdict.kind ?? verdict.kind, faultName(fault)).toBe('disagree');
      const mistakes = (updates ?? { diagnosis }).diagnosis?.mistakes ?? [];
      expect(
        mistakes.map((one) =>
          faultName({ id: one.fault, layer: typeof one.layer === 'number' ? one.layer - 1 : one.layer }),
        ),
      ).toContain(faultName(fault));
      if (!ofUpdate)
        expect(faultById(fault.id).first(typeof fault.layer === 'number' ? fault.layer : 0, setting)).toContain(
          firstWrong.candidate?.name,
        );
    }
  });
});

test('a mistake in every layer is told from one in the loss too', async () => {
  const spec = KINDS['L2'];
  const setting = { network: spec, optimizer: SGD, scaling: { mean: 0, deviation: 1 } };
  const inject = (injection: FaultInjection) => createEngine('vector', spec, SGD, { dtype: 'f64', injection });
  for (const name of ['penalty-missing@every', 'penalty-left-out']) {
    const candidate = await inject(injectionOf(parseFault(name, setting), setting));
    const reference = await createEngine('vector', spec, SGD);
    const { diagnosis } = await gradientCheck(
      spec,
      START,
      BATCH,
      { candidate, reference },
      { injector: { setting, inject } },
    );
    expect(diagnosis?.mistakes.map(({ fault }) => fault)).toEqual([name.split('@')[0]]);
  }
});

test('at a weight of 0, any derivative of L1 between -λ and λ is right, and none beyond', () => {
  const spec = KINDS['L1 on biases too'];
  const start = copyParameters(START, 'f32');
  start[0].values[0] = 0;
  const { errors } = boundedGradients(spec, start, BATCH);
  expect(errors[0].values[0]).toBeGreaterThan(0.03);
  expect(errors[0].values[0]).toBeLessThan(0.03001);
  expect(errors[0].values[1]).toBeLessThan(1e-5);
});

test.each(['cpu', 'wasm'] as const)('L1 has the sign of the smallest weights on %s', async (backend) => {
  const spec = KINDS['L1 on biases too'];
  const start = copyParameters(START, 'f32');
  start[0].values.set([2.8e-8, -2.8e-8, 1e-30]);
  const [candidate, reference] = [
    await createEngine('vector', spec, SGD),
    await createEngine('tfjs', spec, SGD, { backend }),
  ];
  const { verdict } = await gradientCheck(spec, start, BATCH, { candidate, reference });
  expect(verdict.kind).toMatch(/^(agree|identical)$/);
});

test('that of l2 in TensorFlow.js has the bits of its own regularizer, value and gradient', async () => {
  const tf = await openCpu();
  const values = Float32Array.from({ length: 50 }, (_, i) => Math.fround(Math.sin(i)));
  const bits = (f: (w: Tensor) => Tensor): number[] => {
    const { value, grad } = tf.valueAndGrad(f as (w: Tensor) => Scalar)(tf.tensor1d(values));
    return [...value.dataSync(), ...grad.dataSync()];
  };
  const own = bits((w) => tf.regularizers.l2({ l2: 0.013 }).apply(w));
  expect(bits((w) => PENALTY_PAGES[0].tfjs(tf, w, 0.013))).toEqual(own);
  expect(bits((w) => PENALTY_PAGES[0].tfjs(tf, w, 0.0130001))).not.toEqual(own);
});

test('it is named in reports, read from files and refused where it makes no sense', () => {
  const spec = KINDS['both, one of them in one layer'];
  expect(describeNetwork(spec)).toBe('5-6-3, tanh, softmax, cross-entropy + 0.02 Σ W² + 0.01 Σ |W2|');
  expect(formulaAt('loss', KINDS['L2 / B'])).toMatch(/ \+ 0\.1 Σ W² \/ B$/);
  expect(formulaAt('dW2', spec)).toBe('dW2 = a1ᵀ dz2 + 0.04 W2 + 0.01 sign(W2)');
  expect(formulaAt('db1', KINDS['L1 on biases too'])).toBe(
    'db1 = Σ_b dz1 + 0.03 sign(b1)   (over the examples of the batch)',
  );
  expect(formulaAt('dW1', KINDS['half of L2'])).toBe('dW1 = xᵀ dz1 + 0.02 W1');
  expect(parseAs(networkSchema, JSON.parse(JSON.stringify(spec)), 'case.json')).toEqual(spec);
  expect(() => checkNetwork(withAll({ kind: 'l3', strength: 1 }))).toThrow(
    new UsageError('unknown penalty "l3"', 'choose one of l2, l1'),
  );
  expect(() => checkNetwork(withAll({ kind: 'l2', strength: -1 }))).toThrow(
    'network.penalties[0].strength: expected a number of at least 0, got -1',
  );
  expect(() => checkNetwork(withAll({ kind: 'l2', strength: 1, layers: [3] }))).toThrow(
    'network.penalties[0].layers: expected layers from 1 to 2, got 3',
  );
});

test('wasm has no kernel for it, and says so', async () => {
  expect(lackOf('wasm', KINDS['L2'], SGD)).toEqual([{ of: 'penalty', id: 'l2' }]);
  await expect(createEngine('wasm', KINDS['L2'], SGD)).rejects.toThrow('wasm has no kernel for penalty l2');
  expect(lackOf('wasm', PLAIN, SGD)).toEqual([]);
});
