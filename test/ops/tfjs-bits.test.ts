// Every op, forward and backward, in binary32 compared with the real tfjs kernels and gradients on
// the cpu backend: every bit.
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Matrix } from '../../src/numeric/matrix.ts';
import type { ActivationPage } from '../../src/ops/activations/page.ts';
import { ROW_ACTIVATION, activationOf, lossOf } from '../../src/ops/registry.ts';
import type { TensorFunction } from '../../src/ops/twin.ts';
import { dense } from '../../src/ops/layers/dense.ts';
import { softmaxCrossEntropyBackward, softmaxCrossEntropyForward } from '../../src/ops/losses/cross-entropy.ts';
import { meanSquaredErrorBackward, meanSquaredErrorForward } from '../../src/ops/losses/mean-squared-error.ts';
import { firstDifference, openCpu, randomMatrix, tensorOf, unwritten } from '../tfjs-cpu.ts';
import type { Tf } from '../tfjs-cpu.ts';

let tf: Tf;
beforeAll(async () => {
  tf = await openCpu();
});

/**
 * Sizes, and the scale of scores. A scale of 30 saturates softmax, sigmoid and tanh. A fifth of the
 * entries are zeros.
 */
const RUNS = [
  { B: 1, K: 1, scale: 1 },
  { B: 1, K: 10, scale: 1 },
  { B: 32, K: 10, scale: 3 },
  { B: 7, K: 3, scale: 30 },
  { B: 64, K: 47, scale: 0.01 },
  { B: 100, K: 101, scale: 5 },
  { B: 20, K: 20, scale: 1e4 },
];

const shareOut = (a: Tensor2D): Tensor => tf.div(a, tf.sum(a, 1, true));

describe.each(RUNS)('batch of $B by $K, scores of size $scale', ({ B, K, scale }) => {
  const z = randomMatrix(1, B, K, { scale, zeros: 0.1 });
  const da = randomMatrix(2, B, K);
  const oneHot = unwritten(B, K);
  for (let i = 0; i < B * K; i++) oneHot.data[i] = i % K === Math.floor(i / K) % K ? 1 : 0;

  const soft = unwritten(B, K);
  for (let r = 0; r < B; r++) for (let k = 0; k < K; k++) soft.data[r * K + k] = (2 * (k + 1)) / (K * (K + 1));

  /** Value and gradient of a tfjs function of z, given the gradient da from above. */
  function reference(f: (z: Tensor2D) => Tensor, scores = z): [Float32Array, Float32Array] {
    const { value, grad } = tf.valueAndGrad((t: Tensor) => f(t as Tensor2D))(tensorOf(tf, scores), tensorOf(tf, da));
    return [value.dataSync<'float32'>(), grad.dataSync<'float32'>()];
  }

  it.each([
    ['linear', (t: Tensor2D) => tf.clone(t)],
    ['relu', (t: Tensor2D) => tf.relu(t)],
    ['leaky-relu', (t: Tensor2D) => tf.leakyRelu(t)],
    ['leaky-relu:0.01', (t: Tensor2D) => tf.leakyRelu(t, 0.01)],
    ['elu', (t: Tensor2D) => tf.elu(t)],
    ['elu:0.3', (t: Tensor2D) => (activationOf('elu:0.3').tfjs as TensorFunction)(tf, t)],
    ['selu', (t: Tensor2D) => tf.selu(t)],
    ['softplus', (t: Tensor2D) => tf.softplus(t)],
    ['sigmoid', (t: Tensor2D) => tf.sigmoid(t)],
    ['tanh', (t: Tensor2D) => tf.tanh(t)],
    ['swish', (t: Tensor2D) => tf.layers.activation({ activation: 'swish' }).apply(t) as Tensor],
    ['gelu', (t: Tensor2D) => tf.layers.activation({ activation: 'gelu' }).apply(t) as Tensor],
  ] as const)('%s', (id, f) => {
    const [a, dz] = [unwritten(B, K), unwritten(B, K)];
    const page = activationOf(id) as ActivationPage;
    page.forward(a.data, z.data);
    page.backward(dz.data, da.data, z.data, a.data);
    const [value, grad] = reference(f);
    expect(firstDifference(a.data, value)).toBeNull();
    expect(firstDifference(dz.data, grad)).toBeNull();
  });

  it.each([
    ['softmax', (t: Tensor2D) => tf.softmax(t)],
    ['ratio', (t: Tensor2D) => shareOut(tf.relu(t))],
  ] as const)('%s', (id, f) => {
    const scores = { ...z, data: z.data.slice() };
    // ratio written in tfjs ops alone divides 0 by 0 in a row without a positive score
    if (id === 'ratio') for (let r = 0; r < B; r++) scores.data[r * K] = Math.abs(z.data[r * K]) + scale;
    const [p, dz] = [unwritten(B, K), unwritten(B, K)];
    ROW_ACTIVATION[id].forward(p, scores);
    ROW_ACTIVATION[id].backward(dz, da, scores, p);
    const [value, grad] = reference(f, scores);
    expect(firstDifference(p.data, value)).toBeNull();
    expect(firstDifference(dz.data, grad)).toBeNull();
  });

  it('mean squared error', () => {
    const dp = unwritten(B, K);
    const loss = meanSquaredErrorForward(z, da);
    meanSquaredErrorBackward(dp, z, da);
    const { value, grad } = tf.valueAndGrad((t: Tensor) => tf.losses.meanSquaredError(tensorOf(tf, da), t))(
      tensorOf(tf, z),
    );
    expect(firstDifference([loss], value.dataSync())).toBeNull();
    expect(firstDifference(dp.data, grad.dataSync())).toBeNull();
  });

  it('cross-entropy', () => {
    const [logp, dz] = [unwritten(B, K), unwritten(B, K)];
    const loss = softmaxCrossEntropyForward(logp, z, oneHot);
    softmaxCrossEntropyBackward(dz, logp, oneHot);
    const f = (t: Tensor) => tf.losses.softmaxCrossEntropy(tensorOf(tf, oneHot), t);
    const { value, grad } = tf.valueAndGrad(f)(tensorOf(tf, z));
    expect(firstDifference([loss], value.dataSync())).toBeNull();
    expect(firstDifference(dz.data, grad.dataSync())).toBeNull();
  });

  it.each([
    'binary-cross-entropy',
    'half-squared-error',
    'mean-absolute-error',
    'huber',
    'huber:0.3',
    'hinge',
    'squared-hinge',
    'cross-entropy:0.1',
    `cross-entropy:weights=${Array.from({ length: K }, (_, k) => 0.3 + 0.7 * k).join(',')}`,
    `cross-entropy:0.2:weights=${Array.from({ length: K }, (_, k) => 1 / (k + 1)).join(',')}`,
  ])('%s', (id) => {
    const page = lossOf(id);
    for (const t of [oneHot, soft]) {
      const [kept, start] = [unwritten(B, K), unwritten(B, K)];
      if (page.from === 'outputs') kept.data.set(z.data);
      const loss = page.forward(kept, z, t);
      page.backward(start, kept, t);
      const { value, grad } = tf.valueAndGrad((p: Tensor) => page.tfjs(tf, tensorOf(tf, t), p as Tensor2D))(
        tensorOf(tf, z),
      );
      expect(firstDifference([loss], value.dataSync())).toBeNull();
      expect(firstDifference(start.data, grad.dataSync())).toBeNull();
    }
  });

  it('dense', () => {
    const O = 12;
    const [W, b, dz] = [randomMatrix(3, K, O), randomMatrix(4, 1, O), randomMatrix(5, B, O, { zeros: 0.1 })];
    const [out, dx, dW, db] = [unwritten(B, O), unwritten(B, K), unwritten(K, O), unwritten(1, O)];
    const p = { weights: { shape: [W.rows, W.cols], values: W.data }, bias: { shape: [b.cols], values: b.data } };
    const dp = { weights: { ...p.weights, values: dW.data }, bias: { ...p.bias, values: db.data } };
    dense.forward(out, z, p, { units: W.cols });
    dense.backward(dx, dp, dz, { x: z, z: out, more: undefined }, p, { units: W.cols });
    const inputs = [tensorOf(tf, z), tensorOf(tf, W), tf.tensor1d(Float32Array.from(b.data))];
    const f = (x: Tensor, w: Tensor, bias: Tensor) => tf.add(tf.matMul(x, w), bias);
    const { value, grads } = tf.valueAndGrads(f)(inputs, tensorOf(tf, dz));
    expect(firstDifference(out.data, value.dataSync())).toBeNull();
    [dx, dW, db].forEach((mine: Matrix, i) => expect(firstDifference(mine.data, grads[i].dataSync())).toBeNull());
  });
});

describe('the comparison of bits', () => {
  it('notices a softmax gradient whose factors are rounded in another order', () => {
    const [z, dp, p] = [randomMatrix(1, 32, 10), randomMatrix(2, 32, 10), unwritten(32, 10)];
    ROW_ACTIVATION.softmax.forward(p, z);
    const grad = tf
      .grad((t: Tensor) => tf.softmax(t as Tensor2D))(tensorOf(tf, z), tensorOf(tf, dp))
      .dataSync();
    const other = Float32Array.from(p.data, (share, i) => {
      const row = i - (i % 10);
      let sum = 0;
      for (let k = row; k < row + 10; k++) sum += dp.data[k] * p.data[k];
      return share * (dp.data[i] - sum); // mathematically the same
    });
    expect(firstDifference(other, grad)).not.toBeNull();
  });
});
