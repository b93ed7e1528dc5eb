// A twin in TensorFlow.js: who is right where the two gradients differ, and functions that are no
// twins. On the cpu backend; no tensor is left over.
import type * as TensorFlow from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkGradient } from '../../../src/check/function/check-gradient.ts';
import { createRng } from '../../../src/numeric/rng.ts';
import { checkLines, checkSentence } from '../../../src/report/words/function-check.ts';
import { openCpu } from '../../tfjs-cpu.ts';
import type { Tf } from '../../tfjs-cpu.ts';

let tf: Tf;
let before = 0;
beforeAll(async () => void (tf = await openCpu()));
beforeEach(() => void (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors).toBe(before));

interface P {
  readonly w: number[];
  readonly b: number;
}
interface T {
  readonly w: TensorFlow.Tensor;
  readonly b: TensorFlow.Tensor;
}
const rng = createRng(1, 'twin');
const X = Array.from({ length: 30 }, () => Array.from({ length: 4 }, () => rng.normal()));
const y = X.map(([a, b]) => (a > b ? 1 : 0));
const at: P = { w: [0.3, -0.2, 0.7, 0.1], b: 0.15 };

/** Logistic regression, the gradient of w or of b times a factor. */
const z = ({ w, b }: P, x: number[]): number => x.reduce((sum, xj, j) => sum + xj * w[j], b);
const value = (p: P): number =>
  X.reduce((sum, x, i) => sum + Math.log1p(Math.exp((1 - 2 * y[i]) * z(p, x))), 0) / X.length;
const gradient =
  (factorW = 1, factorB = 1) =>
  (p: P): P => {
    const dz = X.map((x, i) => (1 / (1 + Math.exp(-z(p, x))) - y[i]) / X.length);
    return {
      w: p.w.map((_, j) => factorW * dz.reduce((sum, d, i) => sum + d * X[i][j], 0)),
      b: factorB * dz.reduce((sum, d) => sum + d, 0),
    };
  };
const loss = (p: T): TensorFlow.Tensor => tf.losses.sigmoidCrossEntropy(y, tf.tensor2d(X).mul(p.w).sum(1).add(p.b));

/** The identity, whose gradient is a factor. */
const scaled = (x: TensorFlow.Tensor, factor: number): TensorFlow.Tensor =>
  tf.customGrad((...given) => ({
    value: (given[0] as TensorFlow.Tensor).clone(),
    gradFunc: (dy: TensorFlow.Tensor) => dy.mul(factor),
  }))(x);

const checked = async (own: (p: P) => P, f: (p: T) => TensorFlow.Tensor) => {
  const check = await checkGradient(value, { at, gradient: own, twin: { tf, f } });
  return { check, lines: checkLines(check), right: check.twin?.tensors.map((t) => t.right) };
};

describe('of the same function', () => {
  test('both are right', async () => {
    const { check, lines, right } = await checked(gradient(), loss);
    expect(check).toMatchObject({ verdict: 'agree', precision: 'f64', twin: { isSame: true } });
    expect(right).toEqual(['both', 'both']);
    for (const { apart } of check.twin?.tensors ?? []) expect(apart).toBeLessThan(1e-5);
    expect(lines.join()).toMatch(
      /^TensorFlow.js's gradient of the twin agrees in w and b: apart by at most [\d.e-]+ of/,
    );
  });

  test("the one by hand is wrong: slopes side with TensorFlow.js's", async () => {
    const { check, lines, right } = await checked(gradient(1, 30), loss);
    expect(check.verdict).toBe('disagree');
    expect(right).toEqual(['both', 'twin']);
    expect(lines.join('\n')).toContain('differs in b (by 97 %), and the measured slopes side with TensorFlow.js.');
    expect(lines.join('\n')).toContain('agrees in w: ');
  });

  test("TensorFlow.js's is wrong: slopes side with the one by hand", async () => {
    const { check, lines, right } = await checked(gradient(), ({ w, b }) => loss({ w: scaled(w, 1.01), b }));
    expect(check.verdict).toBe('agree');
    expect(right).toEqual(['gradient', 'both']);
    expect(lines.join('\n')).toMatch(/differs in w \(by 0\.99 %\), and the measured slopes side with the one by hand/);
  });

  test('both are wrong', async () => {
    const { lines, right } = await checked(gradient(3), ({ w, b }) => loss({ w: scaled(w, 2), b }));
    expect(right).toEqual(['neither', 'both']);
    expect(lines.join('\n')).toContain('differs in w (by 33 %), and the measured slopes side with neither.');
  });
});

describe('of another function', () => {
  test.each<[string, (p: T) => TensorFlow.Tensor]>([
    ['twice the value', (p) => loss(p).mul(2)],
    ['the value and a thousandth', (p) => loss(p).add(0.001)],
    ['a penalty', (p) => loss(p).add(p.w.square().sum().mul(1e-3))],
    ['not finite', (p) => loss(p).div(0)],
  ])('%s: no gradient is blamed', async (_what, f) => {
    const { check, lines } = await checked(gradient(), f);
    expect(check).toMatchObject({ verdict: 'disagree', twin: { isSame: false, tensors: [] } });
    expect(check.tensors.map(({ verdict }) => verdict)).toEqual(['agree', 'agree']);
    expect(checkSentence(check, 'f')).toMatch(/^the twin of f is another function: its value is /);
    expect(lines).toEqual(['Its gradient is not compared.']);
  });

  test('beside a wrong gradient, both are told', async () => {
    const { check, lines } = await checked(gradient(2), (p) => loss(p).mul(2));
    expect(checkSentence(check, 'f')).toContain('the gradient of f is wrong in w');
    expect(lines.join('\n')).toMatch(/The twin is another function, of value \S+ in place of \S+: its gradient is not/);
  });
});

test('what gives another value each time has no twin, and rows of different lengths no tensor', async () => {
  let n = 0;
  const chance = await checkGradient((p: P) => value(p) + n++, { at, gradient: gradient(), twin: { tf, f: loss } });
  expect(chance).toMatchObject({ verdict: 'inconclusive', reason: 'chance' });
  expect(chance.twin).toBeUndefined();
  const ragged = { at: [[1], [2, 3]], gradient: [[1], [1, 1]], twin: { tf, f: () => tf.scalar(6) } };
  await expect(checkGradient((p) => p.flat().reduce((a, b) => a + b), ragged)).rejects.toThrow(
    'x has rows of different lengths, which no tensor has',
  );
});

describe('in shaders', () => {
  const off = (factor: number, gradientFactor: number, inShaders: boolean) =>
    checkGradient(value, {
      at,
      gradient: gradient(),
      twin: {
        tf,
        inShaders,
        f: ({ w, b }: T) => loss({ w: scaled(w, gradientFactor), b: scaled(b, gradientFactor) }).mul(factor),
      },
    });

  test.each([
    [1 + 2 ** -12, true, true],
    [1 + 2 ** -12, false, false],
    [1.01, true, false],
  ])('a value times %d, in shaders %s: is the same %s', async (factor, inShaders, isSame) => {
    const check = await off(factor, 1, inShaders);
    expect(check).toMatchObject({ verdict: isSame ? 'agree' : 'disagree', twin: { isSame } });
    expect(check.twin?.tensors.map((t) => t.right)).toEqual(isSame ? ['both', 'both'] : []);
  });

  test.each([
    [1 + 2 ** -12, true, 'both'],
    [1 + 2 ** -12, false, 'gradient'],
    [1.01, true, 'gradient'],
  ])('a gradient times %d, in shaders %s: %s', async (factor, inShaders, right) => {
    const { twin } = await off(1, factor, inShaders);
    expect(twin?.tensors.map((t) => t.right)).toEqual([right, right]);
  });
});
