// What docs/protocol.md says about updates and dtype: applyGradients gets mean gradients under
// every convention, `state` comes back unchanged, and the numbers of a program that declares
// binary32 are rounded to binary32.
import { expect, test } from 'vitest';
import { createExternalEngine } from '../../src/candidates/external.ts';
import { CONVENTIONS } from '../../src/candidates/conventions/conventions.ts';
import { conventionsOf } from '../../src/candidates/conventions/declared.ts';
import type { CandidateUpdate } from '../../src/candidates/candidate.ts';
import { localPort } from '../../src/candidates/process/local.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { network } from '../fixtures.ts';

const NETWORK = network(2, [], 'linear', 2, 'linear', 'mse');
const BATCH = { inputs: matrixOf([[1, 2], [3, -1], [0.5, 4]]), targets: matrixOf([[1, 0], [0, 1], [1, 1]]) }; // prettier-ignore
const SGD = optimizerSpec('sgd', { learningRate: 0.5 });

/** Σ over examples and outputs of 2 (p - t) x, times `factor`. */
function gradientsOf({ weights, bias }: { weights: number[][]; bias: number[] }, factor: number) {
  const [rows, targets] = [BATCH.inputs, BATCH.targets].map(({ data }) =>
    [0, 1, 2].map((r) => Array.from(data.subarray(2 * r, 2 * r + 2))),
  );
  const dW = [[0, 0], [0, 0]]; // prettier-ignore
  const db = [0, 0];
  rows.forEach((x, b) => {
    for (const k of [0, 1]) {
      const dz = 2 * factor * (x[0] * weights[0][k] + x[1] * weights[1][k] + bias[k] - targets[b][k]);
      db[k] += dz;
      for (const i of [0, 1]) dW[i][k] += dz * x[i];
    }
  });
  return [{ weights: dW, bias: db }];
}

type Declared = Parameters<typeof conventionsOf>[0];

/** One training step of a program with these declarations; returns what applyGradients got. */
async function step(declared: Declared, factor: number, steps = 1, state: unknown = undefined) {
  const given: CandidateUpdate[] = [];
  const module = {
    default: ({ parameters: [layer] }: { parameters: { weights: number[][]; bias: number[] }[] }) => ({
      loss: 1,
      gradients: gradientsOf(layer, factor),
    }),
    applyGradients: (update: CandidateUpdate) => {
      given.push(structuredClone(update));
      const [layer, gradient] = [update.parameters[0], update.gradients[0]];
      const bias = layer.bias.map((b, k) => b - 0.1 * gradient.bias[k]);
      return { parameters: [{ weights: layer.weights, bias }], state };
    },
  };
  const engine = createExternalEngine(localPort(module, 'mine'), NETWORK, SGD, conventionsOf(declared, 'conventions'));
  await engine.load(initialParameters(NETWORK, 'glorot-uniform', 1));
  for (let n = 0; n < steps; n++) await engine.trainStep(BATCH);
  return { given, parameters: await engine.parameters() };
}

const [B, K] = [3, 2];
const FACTORS = {
  gradients: { mean: 1 / B, sum: 1 },
  squaredError: { mean: 1 / K, sum: 1, 'half-sum': 1 / 2 },
} as const;

test('applyGradients gets means over batch and outputs under every declaration', async () => {
  const { given } = await step({}, 1 / (B * K));
  for (const gradients of CONVENTIONS.gradients)
    for (const squaredError of CONVENTIONS.squaredError) {
      const factor = FACTORS.gradients[gradients] * FACTORS.squaredError[squaredError];
      const other = await step({ gradients, squaredError }, factor);
      other.given[0].gradients[0].bias.forEach((g, k) => expect(g).toBeCloseTo(given[0].gradients[0].bias[k], 12));
    }
});

test('state comes back unchanged; step counts from 1, without a state at first', async () => {
  const state = { moments: [Float64Array.of(1, 2)], of: new Map([['W1', [0.5]]]), text: 'x' };
  const { given } = await step({}, 1 / (B * K), 3, state);
  expect(given.map((update) => update.step)).toEqual([1, 2, 3]);
  expect(given.map((update) => update.state)).toEqual([undefined, state, state]);
});

test('the result of applyGradients is rounded to binary32 if that is declared', async () => {
  const isSingle = async (dtype: 'f32' | 'f64'): Promise<boolean> => {
    const { parameters } = await step({ dtype }, 1 / (B * K));
    return parameters.every(({ values }) => Array.from(values).every((x) => Math.fround(x) === x));
  };
  expect(await isSingle('f32')).toBe(true);
  expect(await isSingle('f64')).toBe(false);
});
