// Checks of the exact gradients themselves: against slopes measured from the loss alone, and
// against the scalar graph.
import { describe, expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { measureSlope, taylorOrder } from '../../src/check/slopes/finite-differences.ts';
import { checkOracle as checkOracleOrStop } from '../../src/check/slopes/oracle-check.ts';
import type { OracleCheck, OracleProblem } from '../../src/check/slopes/oracle-check.ts';
import { UNWATCHED } from '../../src/check/watch.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { namedTensors } from '../../src/network/parameters.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../../src/ops/registry.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { difference } from '../../src/numeric/difference.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { HEADS, flat, network, randomBatch, startOf } from '../fixtures.ts';

/** Never interrupted here. */
const checkOracle = async (problem: OracleProblem): Promise<OracleCheck> =>
  (await checkOracleOrStop(problem)) as OracleCheck;

const oracleOf = (spec: NetworkSpec): Promise<Engine> =>
  createEngine('vector', spec, optimizerSpec('sgd'), { dtype: 'f64' });

/** An engine whose gradients belong to another loss than the one it reports. */
function withLoss(right: Engine, change: (loss: number) => number): Engine {
  return {
    ...right,
    load: (p) => right.load(p),
    lossAndGradients: async (batch) => {
      const { loss, gradients } = await right.lossAndGradients(batch);
      return { loss: change(loss), gradients };
    },
  };
}

test('soft targets that sum to 1 only before they are rounded to binary32 are no mistake of the derivation', async () => {
  const spec = network(3, [4], 'tanh', 3, 'softmax', 'cross-entropy');
  const { inputs, targets } = randomBatch(spec, 4, 1);
  const soft = Float32Array.from(targets.data, (_, i) => [0.2, 0.7, 0.1][i % 3]);
  expect(soft[0] + soft[1] + soft[2]).not.toBe(1);
  const result = await checkOracle({
    network: spec,
    parameters: startOf(spec, 1),
    batch: { inputs, targets: { ...targets, data: soft } },
    exact: await oracleOf(spec),
    graph: await createEngine('autograd', spec, optimizerSpec('sgd')),
  });
  expect(result.verdict.kind).toBe('agree');
});

/** All activations with all outputs, and two networks of each; else a fourth, and one network. */
const EVERY_PIECE = process.env['EVERY_PIECE'] === '1';
const partOf = (h: number, turn: number) =>
  ELEMENTWISE_ACTIVATIONS.filter((_, a) => EVERY_PIECE || (a + h + turn) % 4 === 0);

describe.each(HEADS.map((head, h) => [...head, h] as const))('%s output, %s', (output, loss, h) => {
  test.each(partOf(h, 0))(
    '%s: derived and measured slopes agree, and the remainder is of order 2',
    async (activation) => {
      for (const n of EVERY_PIECE ? [0, 1] : [(h >> 1) % 2]) {
        const spec = network(3, [5, 4], activation, 3, output, loss);
        const result = await checkOracle({
          network: spec,
          parameters: startOf(spec, n),
          batch: randomBatch(spec, 6, n),
          seed: n,
          exact: await oracleOf(spec),
          graph: await createEngine('autograd', spec, optimizerSpec('sgd')),
        });
        expect(result.graphApart).toBeLessThan(1e-12);
        expect(result.verdict, `seed ${n}`).toEqual({ kind: 'agree', usedOfBound: 0 });
        for (const m of result.centralDifferences) {
          if (Math.abs(m.derived) > 1e-3) expect(m.relativeDifference).toBeLessThan(1e-7);
        }
        // all entries can be measured, except a few next to a kink
        const measured = result.centralDifferences.reduce((sum, m) => sum + m.entries, 0);
        expect(measured).toBeGreaterThan(0.9 * flat(startOf(spec)).length);
      }
    },
  );

  test('the scalar graph gives the same gradient to 1e-12', async () => {
    for (const activation of partOf(h, 2)) {
      const spec = network(3, [5, 4], activation, 3, output, loss);
      const graph = await createEngine('autograd', spec, optimizerSpec('sgd'));
      await graph.load(startOf(spec, 7));
      const batch = randomBatch(spec, 6, 7);
      const found = await graph.lossAndGradients(batch);
      const exact = boundedGradients(spec, startOf(spec, 7), batch);
      const [one, two] = [Float64Array.from(flat(found.gradients)), Float64Array.from(flat(exact.gradients))];
      // With one positive score, a ratio is 1 whatever the score is: the gradient is 0 except for
      // rounding, and has no size to be relative to.
      const vanishes = Math.hypot(...two) < 1e-12;
      const apart = difference(one, two);
      expect(vanishes ? apart.max : apart.relative, activation).toBeLessThan(1e-12);
      expect(Math.abs(found.loss - exact.loss.value)).toBeLessThan(1e-12 * Math.max(1, exact.loss.value));
    }
  });
});

test.each(ELEMENTWISE_ACTIVATIONS)(
  'the scalar graph agrees on %s, however large the scores are',
  async (activation) => {
    for (const scale of [10, 100, 1e4]) {
      const spec = network(3, [5, 4], activation, 3, activation, 'mse');
      const batch = randomBatch(spec, 6, 7, scale);
      const graph = await createEngine('autograd', spec, optimizerSpec('sgd'));
      await graph.load(startOf(spec, 7));
      const { loss, gradients } = await graph.lossAndGradients(batch);
      const oracle = await oracleOf(spec);
      await oracle.load(startOf(spec, 7));
      const exact = await oracle.lossAndGradients(batch);
      expect(Math.abs(loss - exact.loss)).toBeLessThanOrEqual(1e-12 * exact.loss);
      const tensors = namedTensors(exact.gradients);
      for (const [t, { name, values }] of namedTensors(gradients).entries()) {
        expect(difference(values, tensors[t].values).relative, `${name}, scale ${scale}`).toBeLessThan(1e-12);
      }
    }
  },
);

test.each([
  ['twice the loss (a factor forgotten)', (loss: number) => 2 * loss],
  ['the loss with the opposite sign', (loss: number) => -loss],
  ['a thousandth more', (loss: number) => 1.001 * loss],
])('a gradient that is not the slope of its loss is caught: %s', async (_what, change) => {
  const spec = network(3, [5], 'tanh', 3, 'softmax', 'cross-entropy');
  const { verdict } = await checkOracle({
    network: spec,
    parameters: startOf(spec),
    batch: randomBatch(spec, 6),
    exact: withLoss(await oracleOf(spec), change),
  });
  expect(verdict.kind).toBe('disagree');
});

test('the error of a measured slope is a true bound, and small', async () => {
  for (const [f, slope, x] of [
    [Math.sin, Math.cos, 0.7],
    [Math.exp, Math.exp, 1.3],
    [(t: number) => t ** 3, (t: number) => 3 * t * t, -2],
  ] as const) {
    const m = await measureSlope(async (t) => f(t), x, 1e-15);
    expect(Math.abs(m.slope - slope(x))).toBeLessThanOrEqual(m.error);
    expect(m.error).toBeLessThan(1e-7);
    expect(m.sweep).toHaveLength(6);
  }
});

test('a scalar graph with other gradients is a finding', async () => {
  const spec = network(3, [5], 'tanh', 3, 'softmax', 'cross-entropy');
  const right = await createEngine('autograd', spec, optimizerSpec('sgd'));
  const graph: Engine = {
    ...right,
    load: (p) => right.load(p),
    lossAndGradients: async (batch) => {
      const { loss, gradients } = await right.lossAndGradients(batch);
      const [W1, b1, W2, b2] = gradients;
      const values = W2.values.slice();
      values[4] *= 1 + 1e-9;
      return { loss, gradients: [W1, b1, { ...W2, values }, b2] };
    },
  };
  const problem = {
    network: spec,
    parameters: startOf(spec),
    batch: randomBatch(spec, 6),
    exact: await oracleOf(spec),
  };
  const { verdict } = await checkOracle({ ...problem, graph });
  expect(verdict).toMatchObject({ kind: 'disagree', findings: [{ kind: 'graph', measure: { parameter: 'W2' } }] });
});

test('next to a kink the error grows or a smaller step is taken, and the slope is right', async () => {
  for (const x of [3e-2, 3e-3, 3e-4, 3e-5]) {
    const m = await measureSlope(async (t) => Math.max(0, t), x, 1e-16); // the largest steps reach across the kink
    expect(Math.abs(m.slope - 1)).toBeLessThanOrEqual(m.error);
    expect(m.error).toBeLessThan(1e-6);
  }
});

test('scores exactly at a kink do not raise a false alarm', async () => {
  // inputs and biases of 0: every score of every layer is exactly 0, where relu’(0) = 0 is a
  // definition
  const spec = network(3, [5, 4], 'relu', 3, 'softmax', 'cross-entropy');
  const start = initialParameters(spec, 'he-normal', 1);
  const batch = randomBatch(spec, 6, 1, 0);
  const { verdict } = await checkOracle({ network: spec, parameters: start, batch, exact: await oracleOf(spec) });
  expect(verdict.kind).toBe('agree');
});

test('the remainder is of order 2 for the right slope, of order 1 for a wrong one, null for a straight line', async () => {
  const f = async (h: number): Promise<number> => Math.exp(h);
  expect(await taylorOrder(f, 1, 1e-16)).toBeCloseTo(2, 1);
  expect(await taylorOrder(f, 1.001, 1e-16)).toBeCloseTo(1, 1);
  expect(await taylorOrder(f, -1, 1e-16)).toBeCloseTo(1, 2);
  expect(await taylorOrder(async (h) => 3 + 2 * h, 2, 1e-15)).toBe(null);
  expect(await taylorOrder(async (h) => 3 + 2 * h, 2.5, 1e-15)).toBeCloseTo(1, 5);
});

test('an interruption ends the check', async () => {
  const spec = network(3, [5], 'tanh', 3, 'softmax', 'cross-entropy');
  const watch = { ...UNWATCHED, signal: AbortSignal.abort() };
  const problem = {
    network: spec,
    parameters: startOf(spec),
    batch: randomBatch(spec, 6),
    exact: await oracleOf(spec),
  };
  expect(await checkOracleOrStop({ ...problem, watch })).toBe(null);
});

test('running averages are no parameters: nothing is measured of them', async () => {
  const spec: NetworkSpec = {
    inputs: 3,
    layers: [
      { units: 4, activation: 'linear' },
      { kind: 'batch-norm', units: 4, activation: 'tanh' },
      { units: 2, activation: 'softmax' },
    ],
    loss: 'cross-entropy',
  };
  const exact = await oracleOf(spec);
  const result = await checkOracle({
    network: spec,
    parameters: startOf(spec, 1),
    batch: randomBatch(spec, 6, 1),
    exact,
  });
  const measured = namedTensors(startOf(spec, 1)).map(({ trained }, t) => ({
    trained: trained !== false,
    isMeasured: result.centralDifferences[t].entries > 0,
  }));
  expect(result.verdict.kind).toBe('agree');
  expect(measured.filter(({ trained }) => !trained)).toHaveLength(2);
  expect(measured.filter(({ trained, isMeasured }) => trained !== isMeasured)).toEqual([]);
});
