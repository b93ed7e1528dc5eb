// The test of the design: an activation, an output and a loss that are defined only in this file
// work in all engines that claim to support them, in the bounds, the diagnosis and the reports. The
// project deliberately has none of them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boundedGradients } from '../src/bounds/gradients.ts';
import { gradientCheck } from '../src/check/gradient-check.ts';
import { checkOracle } from '../src/check/slopes/oracle-check.ts';
import { createEngine } from '../src/engines/registry.ts';
import type { EngineOptions } from '../src/engines/engine-options.ts';
import type { Engine, EngineId } from '../src/engines/engine.ts';
import { UsageError } from '../src/errors.ts';
import { faultName, injectionOf, parseFault, possibleFaults } from '../src/faults/registry.ts';
import type { Setting } from '../src/faults/fault.ts';
import { checkBatch } from '../src/network/batch.ts';
import { networkSchema, parseAs } from '../src/network/schema.ts';
import { checkNetwork } from '../src/network/spec.ts';
import type { NetworkSpec } from '../src/network/spec.ts';
import { never } from '../src/numeric/bounds/branches.ts';
import { underflow } from '../src/numeric/bounds/error-bound.ts';
import { FUNCTION_ERROR, logistic, moved } from '../src/numeric/bounds/function-errors.ts';
import { SMALLEST_NORMAL_F32, UNIT_ROUNDOFF, roundingOf } from '../src/numeric/dtype.ts';
import { elementaryOf } from '../src/numeric/elementary.ts';
import { total } from '../src/numeric/scalar.ts';
import { activation } from '../src/ops/activations/page.ts';
import { loss } from '../src/ops/losses/page.ts';
import { optimizerSpec } from '../src/ops/optimizers/registry.ts';
import { output } from '../src/ops/outputs/page.ts';
import { insteadOfActivation } from '../src/ops/piece-fault.ts';
import { register } from '../src/ops/registry.ts';
import type { ActivationId, LossId } from '../src/ops/registry.ts';
import { formulaAt } from '../src/network/formulas.ts';
import { network, randomBatch, startOf } from './fixtures.ts';

const u = UNIT_ROUNDOFF.f32;

const softsign = activation({
  id: 'softsign',
  formula: { forward: 'z / (1 + |z|)', derivative: '1 / (1 + |z|)²' },
  writtenIn: 'z',
  kink: null,
  bend: 0,
  targets: [-1, 1],
  forward(a, z) {
    for (let i = 0; i < a.length; i++) a[i] = z[i] / (1 + Math.abs(z[i]));
  },
  backward(dz, da, z) {
    for (let i = 0; i < dz.length; i++) dz[i] = da[i] / (1 + Math.abs(z[i])) ** 2;
  },
  bound: {
    bias: 1,
    // |f''| <= 2; a sum and a quotient are rounded
    forward: (z, ez, a) => moved((1 + Math.abs(z)) ** -2, 2, ez, ez) + 3 * u * (Math.abs(a) + ez) + SMALLEST_NORMAL_F32,
    // |f'''| <= 6; TensorFlow.js subtracts two numbers of the size of 1 / (1 + |z|)
    slope({ z, ez }) {
      const f = (1 + Math.abs(z)) ** -2;
      return [f, moved(2 * f ** 1.5, 6, 1, ez) + 8 * u * (Math.sqrt(f) + ez)];
    },
    undecided: never,
  },
  graph: (z) => {
    const size = z.relu().plus(z.constant(0).minus(z).relu());
    return z.over(z.constant(1).plus(size));
  },
  tfjs: (tf, z) => tf.div(z, tf.add(1, tf.abs(z))),
  faults: {
    'softsign-not-squared': {
      description: 'the derivative of softsign is missing its square',
      remedy: "f'(z) = 1 / (1 + |z|)²",
      recipe: insteadOfActivation((dz, da, z) => {
        for (let i = 0; i < dz.data.length; i++) dz.data[i] = da.data[i] / (1 + Math.abs(z.data[i]));
      }),
    },
  },
});

/** p_k = z_k² / Σ_j z_j² */
const energies = output({
  id: 'energies',
  formula: { forward: 'z_k² / Σ_j z_j²', backward: '2 z_k (da_k - Σ_j da_j p_j) / Σ_j z_j²' },
  kink: null,
  targets: [0, 1],
  forward(p, z) {
    const K = z.cols;
    for (let r = 0; r < z.rows; r++) {
      let S = 0;
      for (let k = r * K; k < (r + 1) * K; k++) S += z.data[k] * z.data[k];
      for (let k = r * K; k < (r + 1) * K; k++) p.data[k] = (z.data[k] * z.data[k]) / S;
    }
  },
  backward(dz, dp, z, p) {
    const K = z.cols;
    for (let r = 0; r < z.rows; r++) {
      let [S, mean] = [0, 0];
      for (let k = r * K; k < (r + 1) * K; k++) {
        S += z.data[k] * z.data[k];
        mean += dp.data[k] * p.data[k];
      }
      for (let k = r * K; k < (r + 1) * K; k++) dz.data[k] = (2 * z.data[k] * (dp.data[k] - mean)) / S;
    }
  },
  bound: {
    forward(p, z, fresh) {
      const { S, eS } = sumOfSquares(z, fresh.sum(z.value.length) + 2 * fresh.rounding * u);
      z.value.forEach((x, k) => {
        p.value[k] = (x * x) / S;
        const carried = (2 * Math.abs(x) + z.error[k]) * z.error[k] + p.value[k] * eS;
        p.error[k] = carried / (S - eS) + 3 * fresh.rounding * u * p.value[k];
      });
    },
    backward(dz, dp, z, p, _open, fresh) {
      const rounding = fresh.rounding * u;
      const K = z.value.length;
      const { S, eS } = sumOfSquares(z, fresh.sum(K) + 2 * rounding);
      let [mean, size, eMean] = [0, 0, 0];
      for (let k = 0; k < K; k++) {
        mean += dp.value[k] * p.value[k];
        size += Math.abs(dp.value[k] * p.value[k]);
        eMean += p.error[k] * Math.abs(dp.value[k]) + (p.value[k] + p.error[k]) * dp.error[k];
      }
      eMean += (fresh.sum(K) + 2 * rounding) * size;
      z.value.forEach((x, k) => {
        const g = dp.value[k] - mean;
        dz.value[k] = (2 * x * g) / S;
        const carried = (Math.abs(x) + z.error[k]) * (dp.error[k] + eMean) + z.error[k] * Math.abs(g);
        const own = 6 * rounding * Math.abs(x) * (Math.abs(dp.value[k]) + Math.abs(mean));
        dz.error[k] = (2 * (carried + own) + Math.abs(dz.value[k]) * eS) / (S - eS) + underflow(4);
      });
    },
    undecided: never,
  },
  graph: (z) => {
    const squares = z.map((x) => x.times(x));
    const S = total(squares);
    return squares.map((x) => x.over(S));
  },
  tfjs: (tf, z) => tf.div(tf.square(z), tf.sum(tf.square(z), 1, true)),
});

function sumOfSquares(z: { value: Float64Array; error: Float64Array }, rounding: number): { S: number; eS: number } {
  let [S, eS] = [0, 0];
  z.value.forEach((x, k) => {
    S += x * x;
    eS += (2 * Math.abs(x) + z.error[k]) * z.error[k];
  });
  return { S, eS: eS + rounding * S };
}

/** (1/B) Σ_b (1/K) Σ_k log(1 + e^z) - t z, on sigmoid outputs, computed from scores. */
const logits = loss({
  id: 'logits',
  formula: {
    forward: '(1/B) Σ_b (1/K) Σ_k log(1 + exp(z)) - target·z',
    start: (z) => `(σ(${z}) - target) / (B·K)`,
  },
  from: 'scores',
  on: ['sigmoid'],
  perExample: { mean: () => 1, sum: (K) => K, 'half-sum': (K) => K / 2 },
  forward(kept, z, t) {
    const [{ exp, log1p }, round] = [elementaryOf(z.data), roundingOf(z.data)];
    let sum = 0;
    for (let i = 0; i < z.data.length; i++) {
      kept.data[i] = z.data[i];
      sum += Math.max(0, z.data[i]) + log1p(exp(-Math.abs(z.data[i]))) - t.data[i] * z.data[i];
    }
    return round(sum / z.data.length);
  },
  backward(dz, z, t) {
    const { exp } = elementaryOf(z.data);
    for (let i = 0; i < dz.data.length; i++) dz.data[i] = (1 / (1 + exp(-z.data[i])) - t.data[i]) / dz.data.length;
  },
  bound: {
    row(dz, z, t, B, fresh) {
      const K = t.length;
      const own = fresh.functions * (FUNCTION_ERROR.exp + FUNCTION_ERROR.log) + 6 * fresh.rounding * u;
      let [value, error] = [0, 0];
      z.value.forEach((x, k) => {
        const s = logistic(x);
        value += Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))) - t[k] * x;
        error += moved(s - t[k], 1 / 4, Infinity, z.error[k]) + own * (1 + Math.abs(x) * (1 + Math.abs(t[k])));
        dz.value[k] = (s - t[k]) / (B * K);
        dz.error[k] = (z.error[k] / 4 + own * (1 + Math.abs(t[k]))) / (B * K) + underflow(2);
      });
      return { value: value / K, error: error / K };
    },
    averages: 'entries',
  },
  graph: (z, t) => total(z.map((x, k) => x.softplus().minus(x.times(x.constant(t[k]))))).over(z[0].constant(t.length)),
  tfjs: (tf, t, z) => tf.losses.sigmoidCrossEntropy(t, z),
});

/** An id that the types do not know. */
const named = (id: string): ActivationId & LossId => id as ActivationId & LossId;

const NETWORKS: readonly [string, NetworkSpec][] = [
  ['activation', network(5, [6, 4], named('softsign'), 3, 'softmax', 'cross-entropy')],
  ['activation, also as an output', network(5, [6], named('softsign'), 3, named('softsign'), 'mse')],
  ['output', network(5, [6], 'tanh', 3, named('energies'), 'mse')],
  ['loss', network(5, [6], 'tanh', 3, 'sigmoid', named('logits'))],
  ['activation and loss', network(5, [6], named('softsign'), 3, 'sigmoid', named('logits'))],
];

const ENGINES: readonly [string, EngineId, EngineOptions][] = [
  ['autograd', 'autograd', {}],
  ['vector f64', 'vector', { dtype: 'f64' }],
  ['vector f32', 'vector', { dtype: 'f32' }],
  ['tfjs cpu', 'tfjs', { backend: 'cpu' }],
];

const SGD = optimizerSpec('sgd', { learningRate: 0.3 });

async function open(spec: NetworkSpec, id: EngineId, options: EngineOptions): Promise<Engine> {
  return createEngine(id, spec, SGD, options);
}

const settingOf = (spec: NetworkSpec): Setting => ({
  network: spec,
  optimizer: SGD,
  scaling: { mean: 0, deviation: 1 },
});

const takeOut: (() => void)[] = [];
beforeAll(() => {
  takeOut.push(register(softsign), register(energies), register(logits));
});
afterAll(() => {
  for (const out of takeOut) out();
  const [[, spec]] = NETWORKS;
  expect(() => checkNetwork(spec)).toThrow('unknown name "softsign"');
});

describe.each(NETWORKS)('%s', (_piece, spec) => {
  test.each(ENGINES)(
    '%s learns, and its gradients agree with the exact ones, before and after',
    async (_n, id, options) => {
      const [engine, reference] = [await open(spec, id, options), await open(spec, 'vector', { dtype: 'f64' })];
      const [start, batch] = [startOf(spec, 2), randomBatch(spec, 8, 2)];
      const before = await gradientCheck(spec, start, batch, { candidate: engine, reference });
      expect(['agree', 'identical']).toContain(before.verdict.kind);
      await engine.load(start);
      const losses: number[] = [];
      for (let step = 0; step < 30; step++) losses.push(await engine.trainStep(batch));
      expect(losses[29]).toBeLessThan(0.9 * losses[0]);
      const after = await gradientCheck(spec, await engine.parameters(), batch, { candidate: engine, reference });
      expect(['agree', 'identical']).toContain(after.verdict.kind);
      await engine.dispose();
    },
  );

  test('the hand-written derivative is the slope of the loss, and agrees with the graph of scalars', async () => {
    const result = await checkOracle({
      network: spec,
      parameters: startOf(spec, 3),
      batch: randomBatch(spec, 6, 3),
      exact: await open(spec, 'vector', { dtype: 'f64' }),
      graph: await open(spec, 'autograd', {}),
    });
    expect(result?.verdict).toMatchObject({ kind: 'agree' });
    expect(result?.graphApart).toBeLessThan(1e-12);
  });

  test('a batch has bounds, and a gradient that is wrong by a thousandth is outside', async () => {
    const [start, batch] = [startOf(spec, 2), randomBatch(spec, 8, 2)];
    const { errors, gradients } = boundedGradients(spec, start, batch);
    errors.forEach(({ values }, t) => {
      const wrong = values.filter((bound, i) => 1e-3 * Math.abs(gradients[t].values[i]) > bound);
      for (const bound of values) expect(bound).toBeGreaterThanOrEqual(0);
      for (const bound of values) expect(bound).toBeLessThan(1e-4);
      expect(wrong.length).toBeGreaterThan(0);
    });
  });
});

test.each([
  ['softsign-not-squared@1', 0],
  ['softsign-not-squared@2', 1],
  ['derivative-of-tanh@1', 0],
])('the mistake %s is injected, caught and named', async (name, layer) => {
  const [[, spec]] = NETWORKS;
  const setting = settingOf(spec);
  expect(possibleFaults(setting).map(faultName)).toContain(name);
  const fault = parseFault(name, setting);
  const wrong = await createEngine('vector', spec, SGD, { injection: injectionOf(fault, setting) });
  const right = await open(spec, 'vector', { dtype: 'f32' });
  const injector = {
    setting,
    inject: (injection: EngineOptions['injection'] & object) =>
      createEngine('vector', spec, SGD, { dtype: 'f64', injection }),
  };
  const found = await gradientCheck(
    spec,
    startOf(spec, 2),
    randomBatch(spec, 8, 2),
    { candidate: wrong, reference: right },
    { injector },
  );
  expect(found.verdict.kind).toBe('disagree');
  expect(found.firstWrong.candidate?.name).toBe(`dz${layer + 1}`);
  expect(found.diagnosis).toMatchObject({ engine: 'candidate', mistakes: [{ fault: fault.id, layer: layer + 1 }] });
});

test('the derivative of the new activation is a mistake in place of another', () => {
  expect(possibleFaults(settingOf(network(5, [6], 'tanh', 3, 'softmax', 'cross-entropy'))).map(faultName)).toContain(
    'derivative-of-softsign@1',
  );
});

test('reports have the formulas', () => {
  const [a, b, c, d] = NETWORKS.map(([, spec]) => spec);
  expect(formulaAt('a1', a)).toBe('a1 = z / (1 + |z|)');
  expect(formulaAt('dz1', a)).toBe('dz1 = (dz2 W2ᵀ) ⊙ (1 / (1 + |z|)²)');
  expect(formulaAt('dz2', b)).toBe('dz2 = (2 (output - target) / (B·K)) ⊙ (1 / (1 + |z|)²)');
  expect(formulaAt('a2', c)).toBe('a2 = z_k² / Σ_j z_j²');
  expect(formulaAt('loss', d)).toBe('loss = (1/B) Σ_b (1/K) Σ_k log(1 + exp(z)) - target·z');
  expect(formulaAt('dz2', d)).toBe('dz2 = (σ(z2) - target) / (B·K)');
});

test('files may name them, and combinations they are not defined for are refused', () => {
  for (const [, spec] of NETWORKS) {
    expect(parseAs(networkSchema, JSON.parse(JSON.stringify(spec)), 'case.json')).toEqual(spec);
    checkBatch(spec, randomBatch(spec, 4));
  }
  expect(() => checkNetwork(network(5, [6], 'tanh', 3, 'softmax', named('logits')))).toThrow(
    new UsageError(
      'logits is defined on a sigmoid output, not on softmax',
      'use --output sigmoid, or --loss cross-entropy',
    ),
  );
  expect(() => checkNetwork(network(5, [6], named('energies'), 3, 'softmax', 'mse'))).toThrow(
    /energies is for the last layer only/,
  );
  expect(() => register(softsign)).toThrow('activation "softsign": this name is taken');
});
