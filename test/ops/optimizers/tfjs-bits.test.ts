// Each optimizer in binary32 compared with the real tf.train optimizer on the cpu backend: every
// bit of every weight over 20 steps.
import type { Optimizer as TfOptimizer } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { OPTIMIZER, optimizerPage, optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import type { OptimizerId, OptimizerSpec } from '../../../src/ops/optimizers/optimizer.ts';
import { firstDifference, openCpu, randomMatrix } from '../../tfjs-cpu.ts';
import type { Tf } from '../../tfjs-cpu.ts';

let tf: Tf;
beforeAll(async () => {
  tf = await openCpu();
});

const STEPS = 20;
const SIZES = [100, 7]; // two tensors, like those of a layer

type Chosen = Partial<Omit<OptimizerSpec, 'id'>>;

/**
 * Our settings, and the same optimizer in TensorFlow.js, made with its own defaults and arguments.
 */
const CASES: [OptimizerId, Chosen, () => TfOptimizer][] = [
  ['sgd', { learningRate: 0.1 }, () => tf.train.sgd(0.1)],
  ['momentum', { learningRate: 0.02 }, () => tf.train.momentum(0.02, 0.9)],
  ['momentum', { learningRate: 0.3, momentum: 0.37 }, () => tf.train.momentum(0.3, 0.37)],
  ['nesterov', { learningRate: 0.02 }, () => tf.train.momentum(0.02, 0.9, true)],
  ['nesterov', { learningRate: 0.3, momentum: 0.37 }, () => tf.train.momentum(0.3, 0.37, true)],
  ['rmsprop', { learningRate: 0.001 }, () => tf.train.rmsprop(0.001, 0.9, 0, 1e-7)],
  ['rmsprop', { learningRate: 0.03, decay: 0.77, epsilon: 1e-3 }, () => tf.train.rmsprop(0.03, 0.77, 0, 1e-3)],
  ['adam', { learningRate: 0.001 }, () => tf.train.adam()],
  ['adam', { learningRate: 0.03, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }, () => tf.train.adam(0.03, 0.8, 0.95, 1e-3)],
  ['adagrad', { learningRate: 0.01 }, () => tf.train.adagrad(0.01, 0)],
  ['adamax', { learningRate: 0.002 }, () => tf.train.adamax(0.002, 0.9, 0.999, 1e-7)],
  ['adamax', { learningRate: 0.03, beta1: 0.8, beta2: 0.95 }, () => tf.train.adamax(0.03, 0.8, 0.95, 1e-7)],
  // what TensorFlow.js lacks, written with its tensors
  ...(
    [
      ['adagrad', { learningRate: 0.03, epsilon: 1e-3 }],
      ['adamw', { learningRate: 0.03 }],
      ['adamw', { learningRate: 0.003, weightDecay: 0.3 }],
      ['sgd', { learningRate: 0.03, weightDecay: 0.1 }],
      ['nadam', { learningRate: 0.002 }],
      ['nadam', { learningRate: 0.03, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }],
    ] as const
  ).map(([id, chosen]): [OptimizerId, Chosen, () => TfOptimizer] => [
    id,
    chosen,
    () => optimizerPage(id).tfjs(tf, optimizerSpec(id, chosen)),
  ]),
];

/** Weights, and the gradients of each step; a fifth of the gradients are zeros of either sign. */
const start = SIZES.map((n, i) => randomMatrix(i, 1, n).data as Float32Array);
const gradients = Array.from({ length: STEPS }, (_, t) =>
  SIZES.map((n, i) => randomMatrix(100 + 10 * t + i, 1, n, { scale: 0.1, zeros: 0.1 }).data as Float32Array),
);

/** Both tensors after each step. */
function ours(id: OptimizerId, chosen: Chosen): Float32Array[][] {
  const spec = optimizerSpec(id, chosen);
  const weights = start.map((w) => w.slice());
  const states = weights.map((w) => OPTIMIZER[id].init(w, spec));
  return gradients.map((gs) => {
    weights.forEach((w, i) => OPTIMIZER[id].update(w, gs[i], states[i], spec));
    return weights.map((w) => w.slice());
  });
}

function theirs(optimizer: TfOptimizer): Float32Array[][] {
  const variables = start.map((w) => tf.variable(tf.tensor1d(w.slice())));
  return gradients.map((gs) => {
    const named = variables.map(({ name }, i) => ({ name, tensor: tf.tensor1d(gs[i].slice()) }));
    optimizer.applyGradients(named);
    return variables.map((v) => v.dataSync<'float32'>().slice());
  });
}

describe.each(CASES)('%s with %j', (id, chosen, make) => {
  it(`has the bits of tf.train over ${STEPS} steps`, () => {
    const [mine, reference] = [ours(id, chosen), theirs(make())];
    for (let t = 0; t < STEPS; t++) {
      for (let i = 0; i < SIZES.length; i++) {
        expect([t, i, firstDifference(mine[t][i], reference[t][i])]).toEqual([t, i, null]);
      }
    }
    expect(firstDifference(mine[STEPS - 1][0], start[0])).not.toBeNull();
  });
});

describe('the comparison of bits', () => {
  it.each<[OptimizerId, Chosen, () => TfOptimizer]>([
    ['sgd', { learningRate: 0.1 + 1e-7 }, () => tf.train.sgd(0.1)],
    ['momentum', { learningRate: 0.1 }, () => tf.train.momentum(0.1, 0.9 + 1e-6)],
    ['nesterov', { learningRate: 0.1 }, () => tf.train.momentum(0.1, 0.9)],
    ['rmsprop', { learningRate: 0.1, epsilon: 1e-8 }, () => tf.train.rmsprop(0.1, 0.9, 0, 1e-7)],
    ['adam', { learningRate: 0.1, beta2: 0.999 + 1e-6 }, () => tf.train.adam(0.1)],
    ['adam', { learningRate: 0.1, epsilon: 1e-8 }, () => tf.train.adam(0.1)],
  ])('notices a constant of %s that is slightly wrong: %j', (id, chosen, make) => {
    const [mine, reference] = [ours(id, chosen), theirs(make())];
    expect(mine.some((weights, t) => firstDifference(weights[0], reference[t][0]) !== null)).toBe(true);
  });
});
