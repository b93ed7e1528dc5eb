// checkTensors: TensorFlow.js's own gradients, tf.customGrad, and gradients by hand, on the cpu
// backend. No tensor is left over, whatever happens.
import type * as TensorFlow from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkTensors } from '../../../src/check/function/check-tensors.ts';
import { createRng } from '../../../src/numeric/rng.ts';
import { openCpu } from '../../tfjs-cpu.ts';
import type { Tf } from '../../tfjs-cpu.ts';

let tf: Tf;
let [x, W, b]: TensorFlow.Tensor[] = [];
let before = 0;

beforeAll(async () => {
  tf = await openCpu();
  const rng = createRng(1, 'tensors');
  const normal = (...shape: number[]): TensorFlow.Tensor =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((n, m) => n * m, 1) }, () => rng.normal()),
      shape,
    );
  [x, W, b] = [normal(5, 3), normal(3, 2), normal(2)];
});
beforeEach(() => void (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors).toBe(before));

const dense = (p: { W: TensorFlow.Tensor; b: TensorFlow.Tensor }): TensorFlow.Tensor =>
  tf.matMul(x, p.W).add(p.b).tanh().square().mean();

/** x³ by tf.customGrad, whose gradient is factor times x². */
const cube = (factor: number) =>
  tf.customGrad((...given) => {
    const [z, save] = given as unknown as [TensorFlow.Tensor, TensorFlow.GradSaveFunc];
    save([z]);
    return {
      value: z.pow(3),
      gradFunc: (dy: TensorFlow.Tensor, [saved]: TensorFlow.Tensor[]) => dy.mul(saved.square()).mul(factor),
    };
  });

describe("TensorFlow.js's own gradient", () => {
  test('of an object of tensors agrees', async () => {
    const check = await checkTensors(tf, dense, { W, b });
    expect(check).toMatchObject({ verdict: 'agree', precision: 'f32' });
    expect(check.tensors.map(({ path, shape }) => [path, shape])).toEqual([
      ['W', [3, 2]],
      ['b', [2]],
    ]);
    for (const { seenFrom } of check.tensors) expect(seenFrom).toBeLessThan(0.05);
  });

  test('of a list of tensors agrees, given as arguments', async () => {
    const check = await checkTensors(tf, (v, w) => tf.matMul(v, w).sigmoid().mean(), [x, W]);
    expect(check.verdict).toBe('agree');
    expect(check.tensors).toHaveLength(2);
  });

  test.each([
    [3, 'agree'],
    [1, 'disagree'],
  ])('of tf.customGrad with the factor %d: %s', async (factor, verdict) => {
    const f = cube(factor);
    const check = await checkTensors(tf, (z) => f(z).sum(), W);
    expect(check.verdict).toBe(verdict);
    if (factor === 1)
      expect(check.tensors[0].look).toMatchObject({ kind: 'times', factor: expect.closeTo(1 / 3, 2) as number });
  });
});

describe('a gradient by hand', () => {
  const f = (w: TensorFlow.Tensor): TensorFlow.Tensor => tf.matMul(x, w).square().sum();
  const right = (w: TensorFlow.Tensor): TensorFlow.Tensor => tf.matMul(x, tf.matMul(x, w), true).mul(2);

  test('agrees where it is right', async () => {
    expect((await checkTensors(tf, f, W, { gradient: right })).verdict).toBe('agree');
  });

  test('a wrong entry is found', async () => {
    const gradient = (w: TensorFlow.Tensor): TensorFlow.Tensor => right(w).add(tf.tensor2d([0, 0, 0, 7, 0, 0], [3, 2]));
    const check = await checkTensors(tf, f, W, { gradient });
    expect(check.verdict).toBe('disagree');
    expect(check.tensors[0].wrong.map(({ name }) => name)).toEqual(['x[1][1]']);
  });

  test('may be a tensor that somebody keeps, which stays', async () => {
    const kept = tf.tidy(() => right(W as TensorFlow.Tensor2D));
    const check = await checkTensors(tf, f, W, { gradient: () => kept });
    expect(check.verdict).not.toBe('agree'); // it does not change with w
    expect(kept.isDisposed).toBe(false);
    kept.dispose();
  });
});

describe('refused, and no tensor is left over:', () => {
  const sum = (...given: unknown[]): TensorFlow.Tensor => (given[0] as TensorFlow.Tensor).sum();
  test.each<[string, (...all: never[]) => unknown, () => unknown, string]>([
    [
      'no scalar',
      (w: TensorFlow.Tensor) => w.square(),
      () => W,
      'returned a tensor of shape (3, 2), expected a scalar',
    ],
    ['no tensor', () => 1, () => W, 'returned number, expected a scalar tensor'],
    ['a promise', async () => sum(W), () => W, 'returned a promise'],
    [
      'its own error',
      () => {
        throw new Error('mine');
      },
      () => W,
      'mine',
    ],
    [
      'an unused tensor',
      (w: TensorFlow.Tensor) => w.sum(),
      () => [W, b],
      'TensorFlow.js has no gradient of the function',
    ],
    [
      'an operation without a gradient',
      (w: TensorFlow.Tensor) => tf.topk(w.square().flatten(), 2).values.sum(),
      () => W,
      'no gradient of the function: Cannot compute gradient',
    ],
    ['its own error on the way', (w: TensorFlow.Tensor) => w.square().matMul(b), () => W, 'matMul'],
    ['numbers', sum, () => [1, 2], 'tensors: expected tensors, found number'],
  ])('%s', async (_what, f, given, said) => {
    await expect(checkTensors(tf, f as never, given() as never)).rejects.toThrow(said);
  });

  test('whole numbers, and a gradient of another form', async () => {
    const labels = tf.tensor1d([1, 2], 'int32');
    await expect(checkTensors(tf, sum, labels)).rejects.toThrow('expected float32, found a tensor of int32');
    labels.dispose();
    await expect(checkTensors(tf, sum, { W }, { gradient: () => ({ W: b }) })).rejects.toThrow(
      'gradient of W: expected (3, 2), found (2)',
    );
    await expect(checkTensors({} as never, sum, W)).rejects.toThrow('the first argument is not TensorFlow.js');
  });
});
