// The test of the design: a penalty that is defined only in this file works in all engines that
// claim to support it, in the bounds, the diagnosis and the reports.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boundedGradients } from '../src/bounds/gradients.ts';
import { gradientCheck } from '../src/check/gradient-check.ts';
import { checkOracle } from '../src/check/slopes/oracle-check.ts';
import { createEngine } from '../src/engines/registry.ts';
import type { FaultInjection } from '../src/engines/engine.ts';
import { faultName, injectionOf, parseFault, possibleFaults } from '../src/faults/registry.ts';
import { formulaAt } from '../src/network/formulas.ts';
import { networkSchema, parseAs } from '../src/network/schema.ts';
import { checkNetwork } from '../src/network/spec.ts';
import type { NetworkSpec } from '../src/network/spec.ts';
import { total } from '../src/numeric/scalar.ts';
import { roundingOf } from '../src/numeric/dtype.ts';
import { optimizerSpec } from '../src/ops/optimizers/registry.ts';
import { insteadOfPenalty } from '../src/ops/penalties/mistaken.ts';
import { penalty } from '../src/ops/penalties/page.ts';
import { registerPenalty } from '../src/ops/penalties/registry.ts';
import { network, randomBatch, startOf } from './fixtures.ts';

/** Σ w⁴, which hardly touches small weights. */
const quartic = penalty({
  id: 'quartic',
  formula: { value: (w) => `Σ ${w}⁴`, gradient: { times: 4, of: (w) => `${w}³` } },
  source: 'this test',
  kink: null,
  forward(w, c) {
    const round = roundingOf(w);
    let sum = 0;
    for (const one of w) sum += round(round(c) * round(round(one * one) * round(one * one)));
    return round(sum);
  },
  backward(dw, w, c) {
    const round = roundingOf(w);
    for (let i = 0; i < w.length; i++) dw[i] = round(4 * c) * round(round(w[i] * w[i]) * w[i]);
  },
  bound: { roundings: 8, peak: (w) => Math.max(0, ...w.map((one) => (one * one) ** 2)) },
  graph: (w) => total(w.map((one) => one.pow(4))),
  tfjs: (tf, w, c) => tf.sum(tf.mul(c, tf.square(tf.square(w)))),
  faults: {
    'quartic-three': {
      description: 'the factor is 3 instead of 4',
      remedy: 'the gradient of λ Σ w⁴ is 4 λ w³',
      recipe: insteadOfPenalty('quartic', (dw, w, c) => {
        for (let i = 0; i < w.length; i++) dw[i] = 3 * c * w[i] ** 3;
      }),
    },
  },
});

const SPEC: NetworkSpec = {
  ...network(5, [6], 'tanh', 3, 'softmax', 'cross-entropy'),
  penalties: [{ kind: 'quartic', strength: 0.05 }],
};
const SGD = optimizerSpec('sgd', { learningRate: 0.1 });
const SETTING = { network: SPEC, optimizer: SGD, scaling: { mean: 0, deviation: 1 } };
const [START, BATCH] = [startOf(SPEC, 2), randomBatch(SPEC, 8, 2)];

let takeOut: () => void;
beforeAll(() => {
  takeOut = registerPenalty(quartic);
});
afterAll(() => {
  takeOut();
  expect(() => checkNetwork(SPEC)).toThrow('unknown penalty "quartic"');
});

test.each([
  ['autograd', {}],
  ['vector', { dtype: 'f32' }],
  ['tfjs', { backend: 'cpu' }],
] as const)('%s %o agrees with the exact run', async (id, options) => {
  const [candidate, reference] = [
    await createEngine(id, SPEC, SGD, options),
    await createEngine('vector', SPEC, SGD, { dtype: 'f64' }),
  ];
  const { verdict, lossParts } = await gradientCheck(SPEC, START, BATCH, { candidate, reference });
  expect(verdict.kind).toBe('agree');
  expect(lossParts?.penalty).toBeGreaterThan(0.01);
});

test('its gradient is the slope of the loss', async () => {
  const [exact, graph] = [
    await createEngine('vector', SPEC, SGD, { dtype: 'f64' }),
    await createEngine('autograd', SPEC, SGD),
  ];
  const result = await checkOracle({ network: SPEC, parameters: START, batch: BATCH, exact, graph });
  expect(result?.verdict.kind).toBe('agree');
});

test.each(['quartic-three@1', 'penalty-sign@2', 'penalty-left-out'])(
  '%s is injected, caught and named',
  async (name) => {
    expect(possibleFaults(SETTING).map(faultName)).toContain(name);
    const inject = (injection: FaultInjection) => createEngine('vector', SPEC, SGD, { dtype: 'f64', injection });
    const fault = parseFault(name, SETTING);
    const candidate = await createEngine('vector', SPEC, SGD, { injection: injectionOf(fault, SETTING) });
    const reference = await createEngine('vector', SPEC, SGD);
    const helpers = { injector: { setting: SETTING, inject } };
    const found = await gradientCheck(SPEC, START, BATCH, { candidate, reference }, helpers);
    expect(found.verdict.kind).toBe('disagree');
    expect(found.diagnosis?.mistakes.map(({ fault: id }) => id)).toContain(fault.id);
  },
);

test('files may name it, and reports have its formulas', () => {
  expect(parseAs(networkSchema, JSON.parse(JSON.stringify(SPEC)), 'case.json')).toEqual(SPEC);
  expect(formulaAt('dW1', SPEC)).toBe('dW1 = xᵀ dz1 + 0.2 W1³');
  expect(boundedGradients(SPEC, START, BATCH).penalty).toBeGreaterThan(0);
});
