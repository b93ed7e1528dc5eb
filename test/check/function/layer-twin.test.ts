// The twin of a layer: who is right where the two backward passes differ, and what is no twin. On
// the cpu backend; no tensor is left over.
import type * as TensorFlow from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkLayer } from '../../../src/check/function/check-layer.ts';
import type { LayerGradients } from '../../../src/check/function/layer.ts';
import type { TensorTree } from '../../../src/check/function/tensor-library.ts';
import { checkLines, checkSentence } from '../../../src/report/words/function-check.ts';
import { openCpu } from '../../tfjs-cpu.ts';
import type { Tf } from '../../tfjs-cpu.ts';

let tf: Tf;
let before = 0;
beforeAll(async () => void (tf = await openCpu()));
beforeEach(() => void (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors).toBe(before));

type Tensor = TensorFlow.Tensor;
interface P {
  readonly W: number[][];
}
const inputs = [
  [0.5, 1.2, -0.4],
  [-0.3, 0.8, 0.9],
];
const parameters: P = {
  W: [
    [0.1, -0.2],
    [0.4, 0.3],
    [-0.5, 0.6],
  ],
};
const forward = (x: unknown, p: unknown): number[][] =>
  (x as number[][]).map((row) => [0, 1].map((j) => Math.tanh(row.reduce((s, xi, i) => s + xi * (p as P).W[i][j], 0))));
/** The gradient of W times a factor; without that of the inputs if they are data. */
const backward =
  (factor: number, areData = false) =>
  (dOutputs: unknown, given: unknown, p: unknown): LayerGradients => {
    const [x, { W }, y] = [given as number[][], p as P, forward(given, p)];
    const dz = (dOutputs as number[][]).map((row, n) => row.map((d, j) => d * (1 - y[n][j] ** 2)));
    return {
      ...(!areData && { inputs: x.map((row, n) => row.map((_, i) => dz[n][0] * W[i][0] + dz[n][1] * W[i][1])) }),
      parameters: { W: W.map((row, i) => row.map((_, j) => factor * x.reduce((s, xn, n) => s + xn[i] * dz[n][j], 0))) },
    };
  };
const dense = (x: Tensor, { W }: { W: Tensor }): Tensor => tf.tanh(tf.matMul(x, W));
/** The identity, whose gradient is a factor. */
const scaled = (x: Tensor, factor: number): Tensor =>
  tf.customGrad((...given) => ({
    value: (given[0] as Tensor).clone(),
    gradFunc: (dy: Tensor) => dy.mul(factor),
  }))(x);

const checked = async (factor: number, f: (x: Tensor, p: { W: Tensor }) => unknown, areData = false) => {
  const twin = { tf, f: f as (x: Tensor, p: { W: Tensor }) => TensorTree };
  const layer = { forward, backward: backward(factor, areData) };
  const check = await checkLayer(layer, { inputs, parameters, examples: 'independent', twin });
  return { check, lines: checkLines(check).join('\n'), right: check.twin?.tensors.map((t) => t.right) };
};

test('both are right', async () => {
  const { check, lines, right } = await checked(1, dense);
  expect(check).toMatchObject({ verdict: 'agree', precision: 'f64', twin: { isSame: true } });
  expect(right).toEqual(['both', 'both']);
  expect(lines).toContain("TensorFlow.js's gradient of the twin agrees in inputs and parameters.W");
});

test('inputs without a gradient of their own are constants of the twin', async () => {
  const { check, right } = await checked(1, dense, true);
  expect(check.verdict).toBe('agree');
  expect(right).toEqual(['both']);
});

test("the control: backward is wrong, and slopes side with TensorFlow.js's", async () => {
  const { check, lines, right } = await checked(2, dense);
  expect(check.verdict).toBe('disagree');
  expect(right).toEqual(['both', 'twin']);
  expect(lines).toContain('differs in parameters.W (by 50 %), and the measured slopes side with TensorFlow.js.');
});

test("the control: TensorFlow.js's is wrong, and slopes side with backward", async () => {
  const { check, right } = await checked(1, (x, { W }) => dense(scaled(x, 1.1), { W }));
  expect(check.verdict).toBe('agree');
  expect(right).toEqual(['gradient', 'both']);
});

test('a twin of another function', async () => {
  const { check, lines } = await checked(1, (x, p) => dense(x, p).mul(2));
  expect(check).toMatchObject({ verdict: 'disagree', twin: { isSame: false, tensors: [] } });
  expect(checkSentence(check, 'f')).toMatch(/^the twin of f is another function: /);
  expect(lines).toContain('Its gradient is not compared.');
});

test('refused: outputs of another form', async () => {
  await expect(checked(1, (x, p) => dense(x, p).transpose([1, 0]).reshape([4]))).rejects.toThrow(
    'the twin returned (4), expected the outputs (2, 2)',
  );
  await expect(checked(1, () => 1)).rejects.toThrow('the twin returned number, expected tensors');
});
