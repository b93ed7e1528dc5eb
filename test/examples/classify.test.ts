// The audit's verdicts on fake libraries: a right one, wrong ones, and ones that are right for a
// loss or an activation of their own.
import { denseLayers, fromDense } from '../../src/network/parameters.ts';
import { expect, test } from 'vitest';
import { classify } from '../../examples/audit/classify.ts';
import type { CaseResult } from '../../examples/audit/classify.ts';
import { problemOf } from '../../examples/audit/problem.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { conventionsOf } from '../../src/candidates/conventions/declared.ts';
import type { DeclaredConventions } from '../../src/candidates/conventions/conventions.ts';
import type { Candidate, CandidateProblem } from '../../src/candidates/candidate.ts';
import { createVectorEngine } from '../../src/engines/vector/vector.ts';
import type { FaultInjection } from '../../src/engines/engine.ts';
import { injectionOf, parseFault } from '../../src/faults/registry.ts';
import type { ActivationId } from '../../src/ops/registry.ts';
import { matrixOf, toRows } from '../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';

interface Choices {
  /** A factor of dz: -1 flips the sign. */
  readonly gradientTimes?: number;
  readonly lossTimes?: number;
  /** Replaces Math.tanh. */
  readonly tanh?: (z: number) => number;
}

/** One tanh layer with mean squared error, by hand. */
const byHand =
  ({ gradientTimes = 1, lossTimes = 1, tanh = Math.tanh }: Choices): Candidate =>
  ({ parameters, inputs, targets }: CandidateProblem) => {
    const [{ weights, bias }] = parameters;
    const n = inputs.length * bias.length;
    const dW = weights.map((row) => row.map(() => 0));
    const db = bias.map(() => 0);
    let loss = 0;
    inputs.forEach((x, b) => {
      bias.forEach((start, o) => {
        const a = tanh(x.reduce((z, xi, i) => z + xi * weights[i][o], start));
        loss += (lossTimes * (a - targets[b][o]) ** 2) / n;
        const dz = (gradientTimes * 2 * (a - targets[b][o]) * (1 - a * a)) / n;
        db[o] += dz;
        x.forEach((xi, i) => (dW[i][o] += xi * dz));
      });
    });
    return { loss, gradients: [{ weights: dW, bias: db }] };
  };

const ONE_LAYER = { activation: 'tanh', output: 'tanh', loss: 'mse', hidden: 0, batchSize: 5 } as const;

const judged = async (choices: Choices, declared: DeclaredConventions = {}): Promise<CaseResult> =>
  classify(byHand(choices), conventionsOf(declared, 'test'), problemOf(ONE_LAYER));

test('a right library agrees', async () => {
  const { verdict, first, usedOfBound } = await judged({});
  expect(verdict).toBe('agrees');
  expect(first).toBeNull();
  expect(usedOfBound).toBeLessThan(1);
});

test('a flipped sign is a wrong gradient, though it is -1 times the slope', async () => {
  const { verdict, first, diagnosis } = await judged({ gradientTimes: -1 });
  expect(verdict).toBe('wrong gradient');
  expect(first?.parameter).toBe('W1');
  expect(first?.slope).toBeCloseTo(first?.exact ?? NaN, 8);
  expect(first?.found).toBeCloseTo(-(first?.exact ?? NaN), 8);
  expect(diagnosis[0]).toMatch(/^(loss-)?sign/);
});

test('a gradient that is off by one part in a million is wrong', async () => {
  expect((await judged({ gradientTimes: 1 + 1e-6 })).verdict).toBe('wrong gradient');
});

test('a halved loss is right for its own loss, and agrees once it is declared', async () => {
  const half = { gradientTimes: 1.5, lossTimes: 1.5 }; // three outputs: the sum of the squares, halved
  const { verdict, own } = await judged(half);
  expect(verdict).toBe('own loss');
  expect(own).toMatchObject({ isSlope: true, factor: 1 });
  expect((await judged(half, { squaredError: 'half-sum' })).verdict).toBe('agrees');
});

test('a loss reported four times too large is told from a wrong gradient', async () => {
  const { verdict, own, first } = await judged({ lossTimes: 4 });
  expect(verdict).toBe('scaled');
  expect(own?.factor).toBe(0.25);
  expect(first?.parameter).toBe('loss');
});

test('an overflow is reported as not finite, not as a wrong gradient', async () => {
  const tanh = (z: number): number => (Math.exp(2 * z) - 1) / (Math.exp(2 * z) + 1);
  const far = problemOf({ ...ONE_LAYER, inputsTimes: 2000 });
  expect((await classify(byHand({ tanh }), conventionsOf({}, 'test'), far)).verdict).toBe('not finite');
  expect((await classify(byHand({}), conventionsOf({}, 'test'), far)).verdict).toBe('agrees');
});

test('a noisy gradient is a wrong gradient', async () => {
  const rng = createRng(1, 'noise');
  const noisy: Candidate = async (problem) => {
    const { loss, gradients } = await byHand({})(problem);
    const weights = (gradients[0]?.weights as number[][]).map((row) => row.map((g) => g * (1 + 0.01 * rng.normal())));
    return { loss, gradients: [{ ...gradients[0], weights }] };
  };
  const { verdict, diagnosis } = await classify(noisy, conventionsOf({}, 'test'), problemOf(ONE_LAYER));
  expect(verdict).toBe('wrong gradient');
  expect(diagnosis).toEqual([]);
});

/**
 * backproof's own network as a library, with a mistake or with an activation other than the
 * requested one.
 */
const likeBackproof =
  (injection: FaultInjection, activation: ActivationId | null = null): Candidate =>
  async ({ network, parameters, inputs, targets }) => {
    const layers = network.layers.map((layer, l) =>
      activation === null || l === network.layers.length - 1 ? layer : { ...layer, activation },
    );
    const engine = createVectorEngine({ ...network, layers }, optimizerSpec('sgd'), { dtype: 'f64', injection });
    await engine.load(
      fromDense(
        parameters.map(({ weights, bias }) => ({ weights: matrixOf(weights, 'f64'), bias: new Float64Array(bias) })),
      ),
    );
    const batch = { inputs: matrixOf(inputs, 'f64'), targets: matrixOf(targets, 'f64') };
    const { loss, gradients } = await engine.lossAndGradients(batch);
    return { loss, gradients: denseLayers(gradients).map(({ weights, bias }) => ({ weights: toRows(weights), bias })) };
  };

const TWO_LAYERS = {
  activation: 'sigmoid',
  output: 'softmax',
  loss: 'cross-entropy',
  hidden: 1,
  batchSize: 5,
} as const;

test('an activation other than the requested one is named, and its gradient is not called wrong', async () => {
  const result = await classify(likeBackproof({}, 'tanh'), conventionsOf({}, 'test'), problemOf(TWO_LAYERS));
  expect(result).toMatchObject({ verdict: 'other function', computes: 'tanh' });
});

test.each(['transposed-product@2', 'bias-not-summed@1', 'derivative-at-a@1'])('%s is found and named', async (id) => {
  const problem = problemOf(TWO_LAYERS);
  const setting = { network: problem.network, optimizer: optimizerSpec('sgd'), scaling: { mean: 0, deviation: 1 } };
  const fault = parseFault(id, setting);
  const candidate = likeBackproof(injectionOf(fault, setting));
  const { verdict, diagnosis } = await classify(candidate, conventionsOf({}, 'test'), problem);
  expect(verdict).toBe('wrong gradient');
  expect(diagnosis.some((name) => name.startsWith(fault.id))).toBe(true);
});

test('without an exact activation, only the slope of its own loss decides', async () => {
  const problem = problemOf(ONE_LAYER);
  const asked = (choices: Choices): Promise<CaseResult> =>
    classify(byHand(choices), conventionsOf({}, 'test'), problem, false);
  expect((await asked({})).verdict).toBe('agrees');
  expect((await asked({ gradientTimes: -1 })).verdict).toBe('wrong gradient');
  expect((await asked({ gradientTimes: 2 })).verdict).toBe('scaled');
});
