// Where an engine first left the exact values: the first name in the order of computation, and the
// wrong entry.
import { describe, expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { firstWrong, shownBy } from '../../src/check/diagnosis/first-wrong.ts';
import type { FirstWrong } from '../../src/check/diagnosis/first-wrong.ts';
import type { Engine, LayerTrace } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { altered, tensorNamed, withGradients, withoutTrace } from './sabotage.ts';

/** 5 inputs, 6 and 4 tanh units, 3 classes. */
const SPEC = network(5, [6, 4], 'tanh', 3, 'softmax', 'cross-entropy');
const BATCH = randomBatch(SPEC, 7, 2);
const EXACT = boundedGradients(SPEC, startOf(SPEC), BATCH);

async function rightEngine(): Promise<Engine> {
  const engine = await createEngine('vector', SPEC, optimizerSpec('sgd'));
  await engine.load(startOf(SPEC));
  return engine;
}

async function located(engine: Engine): Promise<FirstWrong | null> {
  return firstWrong(await shownBy(engine, BATCH, EXACT, await engine.lossAndGradients(BATCH)), EXACT);
}

/** Far beyond any bound, and far below the size of the values. */
const OFF = 1e-3;
const spoilGradient = (engine: Engine, name: string, at: number, off = OFF): Engine =>
  withGradients(engine, (gradients) => (tensorNamed(gradients, name)[at] += off));
const spoilLoss = (engine: Engine, off = OFF): Engine =>
  altered(engine, {
    async lossAndGradients(batch) {
      const { loss, gradients } = await engine.lossAndGradients(batch);
      return { loss: loss + off, gradients };
    },
  });
const spoilOutputs = (engine: Engine, at: number, off = OFF): Engine =>
  altered(engine, {
    async predict(inputs) {
      const outputs = await engine.predict(inputs);
      outputs.data[at] += off;
      return outputs;
    },
  });
/** Changes the entry `at` of the intermediate values with these names. */
const spoilTrace = (engine: Engine, names: readonly string[], at: number): Engine =>
  altered(engine, {
    async trace(batch) {
      const shown = (await engine.trace?.(batch)) as LayerTrace;
      for (const { name, values } of shown) if (names.includes(name)) values.data[at] += OFF;
      return shown;
    },
  });

describe('a right engine has no wrong place', () => {
  test.each([
    ['vector', 'f32', undefined],
    ['vector', 'f64', undefined],
    ['autograd', 'f64', undefined],
    ['tfjs', 'f32', 'cpu'],
    ['tfjs', 'f32', 'wasm'],
  ] as const)('%s %s %s', async (id, dtype, backend) => {
    const engine = await createEngine(id, SPEC, optimizerSpec('sgd'), { dtype, ...(backend && { backend }) });
    await engine.load(startOf(SPEC));
    expect(await located(engine)).toBeNull();
    expect(await located(withoutTrace(engine))).toBeNull();
    await engine.dispose();
  });
});

describe.each([
  ['that shows nothing', withoutTrace],
  ['that shows its intermediate values', (engine: Engine) => engine],
] as const)('one wrong entry in an engine %s', (_how, shown) => {
  test.each([
    ['W2', 9, [2, 1]],
    ['b1', 3, [3]],
    ['W1', 29, [4, 5]],
    ['b3', 0, [0]],
    ['W3', 11, [3, 2]],
  ])('of d%s is named', async (name, at, index) => {
    const right = await located(await rightEngine());
    const place = await located(shown(spoilGradient(await rightEngine(), name, at)));
    const exact = tensorNamed(EXACT.gradients, name)[at];
    expect(right).toBeNull();
    expect(place).toMatchObject({ name: `d${name}`, index, exact });
    expect(place?.found).toBeCloseTo(exact + OFF, 6);
    expect(place?.usedOfBound).toBeGreaterThan(1);
    expect(place?.usedOfBound).toBeCloseTo(Math.abs((place?.found ?? NaN) - exact) / (place?.bound ?? NaN), 6);
  });

  test('of the loss is named', async () => {
    const place = await located(shown(spoilLoss(await rightEngine())));
    expect(place).toMatchObject({ name: 'loss', index: [], exact: EXACT.loss.value, bound: EXACT.loss.error });
  });

  test.each([NaN, Infinity])('that is %d is named', async (value) => {
    const place = await located(shown(spoilGradient(await rightEngine(), 'W2', 9, value)));
    expect(place).toMatchObject({ name: 'dW2', index: [2, 1], found: value, usedOfBound: Infinity });
    const loss = await located(shown(spoilLoss(await rightEngine(), value)));
    expect(loss).toMatchObject({ name: 'loss', found: value, usedOfBound: Infinity });
  });
});

test.each([
  [0.9, null],
  [-0.9, null],
  [1.1, 'dW2'],
  [-1.1, 'dW2'],
])('an entry that is off by %d times its bound: %s', async (bounds, name) => {
  const engine = await createEngine('vector', SPEC, optimizerSpec('sgd'), { dtype: 'f64' });
  await engine.load(startOf(SPEC));
  const off = bounds * tensorNamed(EXACT.errors, 'W2')[9];
  expect((await located(spoilGradient(engine, 'W2', 9, off)))?.name ?? null).toBe(name);
});

test('wrong outputs are named for an engine that shows nothing else', async () => {
  const place = await located(spoilOutputs(withoutTrace(await rightEngine()), 13));
  expect(place).toMatchObject({ name: 'a3', index: [4, 1] });
  const notANumber = await located(spoilOutputs(withoutTrace(await rightEngine()), 13, NaN));
  expect(notANumber).toMatchObject({ name: 'a3', index: [4, 1], found: NaN });
});

test('of several wrong entries in a tensor, the worst is named', async () => {
  const one = spoilGradient(await rightEngine(), 'W2', 2, OFF / 10);
  expect(await located(spoilGradient(one, 'W2', 9))).toMatchObject({ name: 'dW2', index: [2, 1] });
});

test('of several wrong values, the first in the order of computation is named', async () => {
  const order = ['a3', 'loss', 'dW3', 'db3', 'dW2', 'db2', 'dW1', 'db1'];
  for (const [n, first] of order.entries()) {
    let engine = withoutTrace(await rightEngine());
    for (const name of order.slice(n)) {
      if (name === 'a3') engine = spoilOutputs(engine, 0);
      else if (name === 'loss') engine = spoilLoss(engine);
      else engine = spoilGradient(engine, name.slice(1), 0);
    }
    expect((await located(engine))?.name).toBe(first);
  }
});

test('an intermediate value that is shown comes before everything computed from it', async () => {
  const order = ['z1', 'a1', 'z2', 'a2', 'z3', 'a3', 'loss', 'dz3', 'dW3', 'db3', 'dz2', 'dW2', 'db2', 'dz1', 'dW1'];
  for (const [n, first] of order.entries()) {
    const wrong = order.slice(n);
    let engine = spoilTrace(await rightEngine(), wrong.filter((name) => /^d?[az]/.test(name)), 1); // prettier-ignore
    for (const name of wrong.filter((tensor) => /^d[Wb]/.test(tensor))) {
      engine = spoilGradient(engine, name.slice(1), 1);
    }
    if (wrong.includes('loss')) engine = spoilLoss(engine);
    const place = await located(engine);
    expect(place?.name).toBe(first);
    expect(place?.index).toEqual(first === 'loss' ? [] : first.startsWith('db') ? [1] : [0, 1]);
  }
});
