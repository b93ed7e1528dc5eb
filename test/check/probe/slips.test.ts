// Slips in one operation of a backward pass: weights of another layer, a derivative by differences,
// the derivative of an output that is divided by its sum, other outputs or inputs. What is near to
// each of them is not told as it.
import { describe, expect, test } from 'vitest';
import { Asker } from '../../../src/check/probe/asker.ts';
import { probeOperations } from '../../../src/check/probe/operations/operations.ts';
import { generalPoint } from '../../../src/check/slopes/general-point.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import type { ActivationId } from '../../../src/ops/registry.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import type { FloatArray } from '../../../src/numeric/dtype.ts';
import { BACKWARD } from '../../../src/ops/backward-rules.ts';
import type { BackwardRules } from '../../../src/ops/piece-fault.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { network } from '../../fixtures.ts';

/** What is told of a network with these steps in its backward pass. */
async function told(spec: NetworkSpec, backward: Partial<BackwardRules>, forwardIsRight = true): Promise<string> {
  const sgd = optimizerSpec('sgd', { learningRate: 0.1 });
  const engine = await createEngine('vector', spec, sgd, { dtype: 'f64', injection: { backward } });
  const asker = new Asker(engine, UNWATCHED);
  const { parameters, batch } = generalPoint(spec, 4, spec.loss !== 'mse');
  const singles = await asker.singles(parameters, batch);
  const found = await probeOperations({ network: spec, asker, singles, oneHot: spec.loss !== 'mse', forwardIsRight });
  await engine.dispose();
  return found.map(({ place, text }) => `${place}: ${text}`).join('\n');
}

describe('weights of another layer go back', () => {
  type Read = (W: FloatArray, i: number, o: number, sizes: { own: number; K: number }) => number;
  /** What leaves layer 3 is made with W2, read in some way. */
  const through = (read: Read): Partial<BackwardRules> => {
    let W2: { values: FloatArray; cols: number } | null = null;
    return {
      forward(l, { page, z, x, p, spec, pass }) {
        if (l === 1) W2 = { values: p['weights'].values, cols: z.cols };
        return page.forward(z, x, p, spec, pass);
      },
      layer(l, step) {
        BACKWARD.layer(l, step);
        const { dx, dz } = step;
        if (l !== 2 || dx === null || W2 === null) return;
        const [{ values, cols: own }, K] = [W2, dz.cols];
        for (let at = 0; at < dx.data.length; at++) {
          const [b, i] = [Math.floor(at / dx.cols), at % dx.cols];
          dx.data[at] = 0;
          for (let o = 0; o < K; o++) dx.data[at] += dz.data[b * K + o] * read(values, i, o, { own, K });
        }
      },
    };
  };
  const deep = (K: number): NetworkSpec => network(5, [6, 6], 'tanh', K, 'softmax', 'cross-entropy');

  test.each<[string, number, Read, string]>([
    ['of the same shape', 6, (W, i, o, { own }) => W[i * own + o], 'dz3 W2ᵀ'],
    [
      'of another shape, as rows',
      4,
      (W, i, o, { own }) => W[i * own + o],
      'dz3 Wᵀ, W being the first rows and columns of W2',
    ],
    ['of another shape, flat', 4, (W, i, o, { K }) => W[i * K + o], 'dz3 Wᵀ, W being the first numbers of W2'],
  ])('%s', async (_, K, read, text) => {
    expect(await told(deep(K), through(read))).toBe(`dz2: What goes back to layer 2 is ${text}, not dz3 W3ᵀ.`);
  });

  test('numbers of W2 in no order that makes sense are told by their place', async () => {
    const said = await told(
      deep(4),
      through((W, i, o) => W[(7 * i + 3 * o) % 36]),
    );
    expect(said).toMatch(/^dz2: dz2 is wrong, given its own dz3\./);
  });
});

describe('a derivative by finite differences', () => {
  const s = (z: number): number => 1 / (1 + Math.exp(-z));
  const sigmoid = network(5, [6], 'sigmoid', 3, 'softmax', 'cross-entropy');
  const by = (slope: (z: number) => number): Partial<BackwardRules> => ({
    activation(_l, _id, dz, da, z) {
      for (let i = 0; i < dz.data.length; i++) dz.data[i] = da.data[i] * slope(z.data[i]);
    },
  });

  test.each<[string, (z: number) => number, RegExp]>([
    [
      'forward',
      (z) => (s(z + 0.01) - s(z)) / 0.01,
      /The derivative in use in dz1 is \(sigmoid\(z1 \+ 0\.01\) - sigmoid\(z1\)\) \/ 0\.01;/,
    ],
    [
      'backward',
      (z) => (s(z) - s(z - 0.001)) / 0.001,
      /in dz1 is \(sigmoid\(z1\) - sigmoid\(z1 - 0\.001\)\) \/ 0\.001;/,
    ],
    ['central', (z) => (s(z + 0.1) - s(z - 0.1)) / 0.2, /is \(sigmoid\(z1 \+ 0\.1\) - sigmoid\(z1 - 0\.1\)\) \/ 0\.2;/],
    ['with another step', (z) => (s(z + 0.23) - s(z)) / 0.23, /^dz1: dz1 is wrong, given its own dz2\./],
    ['with a small step', (z) => (s(z + 1e-6) - s(z - 1e-6)) / 2e-6, /^$/],
  ])('%s', async (_, slope, text) => {
    expect(await told(sigmoid, by(slope))).toMatch(text);
  });
});

describe('brackets and branches in another place', () => {
  const by = (slope: (z: number) => number): Partial<BackwardRules> => ({
    activation(_l, _id, dz, da, z) {
      for (let i = 0; i < dz.data.length; i++) dz.data[i] = da.data[i] * slope(z.data[i]);
    },
  });
  const s = (z: number): number => 1 / (1 + Math.exp(-z));
  const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const [scale, alpha] = [1.0507009873554805, 1.6732632423543772];

  test.each<[ActivationId, string, (z: number) => number, RegExp]>([
    ['swish', 'around 1 + z', (z) => s(z) * (1 + z) * (1 - s(z)), /dz1 is σ\(z1\) \(1 \+ z1\) \(1 - σ\(z1\)\);/],
    ['swish', 'left out', (z) => s(z) + z * (1 - s(z)), /dz1 is σ\(z1\) \+ z1 \(1 - σ\(z1\)\);/],
    ['swish', 'around nothing that is near', (z) => s(z) * (1 + z) ** 2 * (1 - s(z)) ** 3, /^dz1: dz1 is wrong/],
    ['selu', 'without s below 0', (z) => (z > 0 ? scale : alpha * Math.exp(z)), /is s where z1 > 0, else α exp\(z1\);/],
    [
      'selu',
      'without α',
      (z) => (z > 0 ? scale : scale * Math.exp(z)),
      /is elu'\(z1\);.* A factor 1\.051 is in it too\.$/,
    ],
    ['selu', 'without s above 0', (z) => (z > 0 ? 1 : scale * alpha * Math.exp(z)), /is 1 where z1 > 0, else s α exp/],
    ['selu', 'right', (z) => (z > 0 ? scale : scale * alpha * Math.exp(z)), /^$/],
    ['gelu', 'around Φ(z) + z', (z) => (s(1.702 * z) + z) * density(z), /^dz1: dz1 is wrong/],
  ])('%s, %s', async (activation, _, slope, text) => {
    expect(await told(network(5, [6], activation, 3, 'softmax', 'cross-entropy'), by(slope))).toMatch(text);
  });

  test('what is exact is told, and not a difference that is near to it', async () => {
    const spec = network(5, [6], 'tanh', 2, 'sigmoid', 'mse');
    const lacks: Partial<BackwardRules> = {
      activation: (l, id, dz, da, z, a) => (l === 1 ? dz.data.set(da.data) : BACKWARD.activation(l, id, dz, da, z, a)),
    };
    expect(await told(spec, lacks)).toBe('dz2: dz2 lacks the derivative of sigmoid, a2 (1 - a2).');
  });
});

describe('the derivative of ratio', () => {
  const ratio = network(5, [6], 'tanh', 3, 'ratio', 'mse');
  const by = (of: (dp: number, p: number, sum: number, dot: number, z: number) => number): Partial<BackwardRules> => ({
    activation(l, id, dz, da, z, a) {
      if (l !== 1) return BACKWARD.activation(l, id, dz, da, z, a);
      for (let r = 0; r < dz.rows; r++) {
        const at = [0, 1, 2].map((k) => 3 * r + k);
        const sum = at.reduce((all, k) => all + Math.max(0, z.data[k]), 0);
        const dot = at.reduce((all, k) => all + da.data[k] * a.data[k], 0);
        for (const k of at) dz.data[k] = sum > 0 ? of(da.data[k], a.data[k], sum, dot, z.data[k]) : 0;
      }
    },
  });

  test.each<[string, Parameters<typeof by>[0], RegExp]>([
    [
      'the sum is taken for a constant',
      (dp, _p, sum, _dot, z) => (z > 0 ? dp / sum : 0),
      /^dz2: dz2 is 2\/3 · \(dp \/ Σ_j r_j where z_k > 0, else 0, as if the sum were a constant, with dp = p - t\)\.$/,
    ],
    ['not divided', (dp, _p, _sum, dot, z) => (z > 0 ? dp - dot : 0), /\(dp - Σ dp ⊙ p\) where z_k > 0, else 0, with/],
    ['without the step', (dp, _p, sum, dot) => (dp - dot) / sum, /\(dp - Σ dp ⊙ p\) \/ Σ_j r_j, with/],
    ['divided twice', (dp, _p, sum, dot, z) => (z > 0 ? (dp - dot) / sum ** 2 : 0), /^dz2: dz2 is wrong\./],
    ['right', (dp, _p, sum, dot, z) => (z > 0 ? (dp - dot) / sum : 0), /^$/],
  ])('%s', async (_, of, text) => {
    expect(await told(ratio, by(of))).toMatch(text);
  });
});

describe('outputs of another form in the gradient alone', () => {
  const softmax = network(5, [6], 'tanh', 4, 'softmax', 'cross-entropy');
  const by = (form: (e: readonly number[]) => readonly number[]): Partial<BackwardRules> => ({
    loss(_l, _id, dz, kept, t) {
      for (let r = 0; r < dz.rows; r++) {
        const log = Array.from(kept.data.slice(4 * r, 4 * r + 4)); // log p: the scores, up to one number
        form(log.map(Math.exp)).forEach((p, k) => (dz.data[4 * r + k] = (p - t.data[4 * r + k]) / dz.rows));
      }
    },
  });
  const over = (e: readonly number[], sum: number): number[] => e.map((x) => x / sum);
  const total = (e: readonly number[]): number => e.reduce((all, x) => all + x, 0);

  test.each<[string, (e: readonly number[]) => readonly number[], RegExp]>([
    [
      'without the last',
      (e) => over(e, total(e) - e[3]),
      /^dz2: The outputs p in dz2 = p - t are exp\(z_k\) \/ Σ_j exp\(z_j\), the sum without the last entry;/,
    ],
    [
      'rounded to one class',
      (e) => e.map((x) => (x === Math.max(...e) ? 1 : 0)),
      /^dz2: dz2 is y - t with y = 1 at the largest p, else 0\.$/,
    ],
    ['a mixture', (e) => over(e, total(e) + e[0] * e[1]), /^dz2: dz2 is wrong\./],
    ['right', (e) => over(e, total(e)), /^$/],
  ])('%s', async (_, form, text) => {
    expect(await told(softmax, by(form))).toMatch(text);
  });
});

describe('the slope of the Huber loss', () => {
  const of = (slope: (e: number) => number): Partial<BackwardRules> => ({
    loss(_l, _id, start, p, t) {
      start.data.forEach((_, i) => (start.data[i] = slope(p.data[i] - t.data[i]) / start.data.length));
    },
  });
  const beyond = (outer: (e: number) => number) => of((e) => (Math.abs(e) <= 0.5 ? e : outer(e)));

  test.each<[string, Partial<BackwardRules>, RegExp]>([
    [
      'δ for both signs',
      beyond(() => 0.5),
      /^dz2: dz2 is 1\/2 · \(p - t, but 0\.5 where \|p - t\| > 0\.5, whatever its sign\)\.$/,
    ],
    ['the other sign', beyond((e) => -0.5 * Math.sign(e)), /but -0\.5 sign\(p - t\) where \|p - t\| > 0\.5\)\.$/],
    ['cut from above', of((e) => Math.min(e, 0.5)), /^dz2: dz2 is 1\/2 · \(p - t, but no more than 0\.5\)\.$/],
    ['cut from below', of((e) => Math.max(e, -0.5)), /^dz2: dz2 is 1\/2 · \(p - t, but no less than -0\.5\)\.$/],
    ['times δ', beyond((e) => 0.5 * e), /^dz2: dz2 is 1\/2 · \(p - t, but 0\.5 \(p - t\) where/],
    ['nothing beyond δ', beyond(() => 0), /^dz2: dz2 is 1\/2 · \(p - t, but 0 where/],
    ['1 in place of δ', beyond(Math.sign), /^dz2: dz2 is 1\/2 · \(p - t, but sign\(p - t\) where/],
    [
      'the parts exchanged',
      of((e) => (Math.abs(e) > 0.5 ? e : 0.5 * Math.sign(e))),
      /> 0\.5, else 0\.5 sign\(p - t\)\)\.$/,
    ],
    ['a slope of its own beyond δ', beyond((e) => 0.5 * Math.sign(e) + 0.1 * e), /^dz2: dz2 is wrong\./],
    ['right', beyond((e) => 0.5 * Math.sign(e)), /^$/],
  ])('%s', async (_, backward, text) => {
    expect(await told(network(5, [6], 'tanh', 2, 'linear', 'huber:0.5'), backward)).toMatch(text);
  });

  test('one output has few errors up to δ, so more examples are asked for', async () => {
    const one = network(5, [6], 'tanh', 1, 'linear', 'huber:0.5');
    expect(
      await told(
        one,
        beyond(() => 0.5),
      ),
    ).toMatch(/^dz2: dz2 is p - t, but 0\.5 where \|p - t\| > 0\.5, whatever its sign\.$/);
  });

  test('it is that of the Huber loss alone', async () => {
    const mse = network(5, [6], 'tanh', 2, 'linear', 'mse');
    expect(
      await told(
        mse,
        beyond(() => 0.5),
      ),
    ).toMatch(/^dz2: dz2 is wrong\./);
  });
});

describe('the start of cross-entropy with class weights', () => {
  const w = [1, 3];
  const weighted = network(5, [6], 'tanh', 2, 'softmax', 'cross-entropy:weights=1,3');
  const by = (of: (p: number, t: number, k: number, ofTarget: number) => number): Partial<BackwardRules> => ({
    loss(_l, _id, start, kept, t) {
      for (let at = 0; at < start.data.length; at++) {
        const [row, k] = [at - (at % 2), at % 2];
        const ofTarget = w[0] * t.data[row] + w[1] * t.data[row + 1];
        start.data[at] = of(Math.exp(kept.data[at]), t.data[at], k, ofTarget) / start.rows;
      }
    },
  });

  test.each<[string, Partial<BackwardRules>, RegExp]>([
    ['on the targets alone', by((p, t, k) => p - w[k] * t), /^dz2: dz2 is p - w t\.$/],
    ['on the outputs alone', by((p, t, _k, c) => p * c - t), /^dz2: dz2 is p Σ_j w_j t_j - t\.$/],
    ['of the output', by((p, t, k) => w[k] * p - t), /^dz2: dz2 is w p - t\.$/],
    ['squared', by((p, t, k, c) => p * c - w[k] * w[k] * t), /^dz2: dz2 is wrong\./],
    ['right', by((p, t, k, c) => p * c - w[k] * t), /^$/],
  ])('%s', async (_, backward, text) => {
    expect(await told(weighted, backward)).toMatch(text);
  });
});

test('units whose weight gradients are one array', async () => {
  const spec = network(5, [6], 'tanh', 3, 'softmax', 'cross-entropy');
  const of = (column: (dz: readonly number[]) => number): Partial<BackwardRules> => ({
    layer(l, step) {
      BACKWARD.layer(l, step);
      if (l !== 1) return;
      const { x } = step.saved;
      const dz = Array.from({ length: x.rows }, (_, b) => Array.from(step.dz.data.slice(3 * b, 3 * b + 3)));
      const { values } = step.dp['weights'];
      values.forEach((_, at) => {
        const i = Math.floor(at / 3);
        values[at] = dz.reduce((sum, row, b) => sum + x.data[b * x.cols + i] * column(row), 0);
      });
    },
  });
  const [sum, last, first] = [(dz: readonly number[]) => 2 * dz[0] + 3 * dz[2], 2, 0];
  expect(
    await told(
      spec,
      of((dz) => dz[last]),
    ),
  ).toBe('dW2: dW2 is a1ᵀ (dz2 of the last unit), in every column; dz2 is right.');
  expect(await told(spec, of(sum))).toBe('dW2: dW2 is wrong, given a right dz2.');
  expect(
    await told(
      spec,
      of((dz) => dz[first] * dz[last]),
    ),
  ).toMatch(/^dW2: dW2 is wrong/);
});

describe('dz of another layer', () => {
  const equal = network(5, [6, 6], 'tanh', 3, 'softmax', 'cross-entropy');
  /** dz (B, O) of layer 3 is seen first, that of layer 1 last. */
  const spoilt = (l: number, tensor: 'weights' | 'bias', of: (dz: number, i: number) => number) => {
    const seen: Partial<BackwardRules> = {
      layer(layer, step) {
        BACKWARD.layer(layer, step);
        if (layer === 1) kept = Array.from(step.dz.data);
        if (layer !== l) return;
        const { values } = step.dp[tensor];
        values.forEach((_, at) => {
          const [i, o] = tensor === 'bias' ? [0, at] : [Math.floor(at / 6), at % 6];
          let sum = 0;
          for (let b = 0; b < step.dz.rows; b++) {
            const x = tensor === 'bias' ? 1 : step.saved.x.data[b * step.saved.x.cols + i];
            sum += x * of(kept[6 * b + o], o);
          }
          values[at] = sum;
        });
      },
    };
    let kept: number[] = [];
    return seen;
  };

  test.each<[string, Partial<BackwardRules>, string]>([
    ['in db1', spoilt(0, 'bias', (dz) => dz), 'db1: db1 is dz2; dz1 is right.'],
    ['in dW1', spoilt(0, 'weights', (dz) => dz), 'dW1: dW1 is xᵀ dz2; dz1 is right.'],
    ['in part', spoilt(0, 'bias', (dz, o) => (o < 3 ? dz : dz * dz)), 'db1: db1 is wrong, given a right dz1.'],
  ])('%s', async (_, backward, text) => {
    expect(await told(equal, backward)).toBe(text);
  });
});

describe('dW made of inputs in another order, or of others', () => {
  const pictures = network(9, [6], 'tanh', 3, 'softmax', 'cross-entropy');
  const of = (change: (x: readonly number[]) => readonly number[]): Partial<BackwardRules> => ({
    layer(l, step) {
      BACKWARD.layer(l, step);
      const { x } = step.saved;
      if (l !== 0) return;
      const rows = Array.from({ length: x.rows }, (_, b) => change(Array.from(x.data.slice(9 * b, 9 * b + 9))));
      step.dp['weights'].values.forEach((_, at, dW) => {
        const [i, o] = [Math.floor(at / 6), at % 6];
        dW[at] = rows.reduce((sum, row, b) => sum + row[i] * step.dz.data[6 * b + o], 0);
      });
    },
  });
  const moved = (from: (i: number) => number) => (x: readonly number[]) => x.map((_, i) => x[from(i)]);

  test.each<[string, (x: readonly number[]) => readonly number[], RegExp]>([
    [
      'transposed',
      moved((i) => (i % 3) * 3 + Math.floor(i / 3)),
      /\(x with rows and columns of the picture exchanged\)ᵀ/,
    ],
    [
      'mirrored',
      moved((i) => 3 * Math.floor(i / 3) + 2 - (i % 3)),
      /\(x with the picture mirrored left to right\)ᵀ dz1/,
    ],
    ['moved on', moved((i) => (i + 5) % 9), /\(x moved on by 4 entries\)ᵀ dz1/],
    ['two exchanged', moved((i) => (i === 2 ? 7 : i === 7 ? 2 : i)), /\(x with entries 2 and 7 exchanged\)ᵀ dz1/],
    ['in bytes', (x) => Array.from(Uint8Array.from(x)), /\(x stored in bytes \(Uint8Array\)\)ᵀ dz1/],
    ['cut at 0.5', (x) => x.map((value) => Number(value > 0.5)), /\(x 1 where it is above 0\.5, else 0\)ᵀ dz1/],
    ['in no order', moved((i) => [4, 0, 7, 2, 8, 1, 3, 6, 5][i]), /^dW1: dW1 is wrong, given a right dz1\./],
    ['right', (x) => x, /^$/],
  ])('%s', async (_, change, text) => {
    expect(await told(pictures, of(change))).toMatch(text);
  });
});

/** What leaves layer 2 (from 1), made from its dz and W2. */
const leaving = (
  of: (dz: readonly number[], W: readonly (readonly number[])[]) => readonly number[],
): Partial<BackwardRules> => ({
  layer(l, step) {
    BACKWARD.layer(l, step);
    const { dx, dz, p } = step;
    if (l !== 1 || dx === null) return;
    const [I, O] = p['weights'].shape;
    const W = Array.from({ length: I }, (_, i) => Array.from(p['weights'].values.slice(i * O, (i + 1) * O)));
    for (let b = 0; b < dx.rows; b++)
      of(Array.from(dz.data.slice(b * O, (b + 1) * O)), W).forEach((x, i) => (dx.data[b * I + i] = x));
  },
});
const timesRow = (s: readonly number[], row: readonly number[]): number => s.reduce((sum, x, o) => sum + x * row[o], 0);

describe('what goes back, made of other weights', () => {
  const spec = network(5, [6], 'sigmoid', 3, 'softmax', 'cross-entropy');
  const fixed = (i: number, o: number): number => Math.cos(5 * i + 3 * o * o + 1);
  test.each<[string, Parameters<typeof leaving>[0], RegExp]>([
    [
      'shares of columns',
      (s, W) => {
        const sums = W[0].map((_, o) => W.reduce((sum, row) => sum + Math.abs(row[o]), 0));
        return W.map((row) =>
          timesRow(
            s,
            row.map((w, o) => w / sums[o]),
          ),
        );
      },
      /^dz1: What goes back to layer 1 is dz2 Wᵀ, W being W2 divided by the sums of \|W2\| over its columns,/,
    ],
    [
      'a matrix of its own',
      (s, W) =>
        W.map((row, i) =>
          timesRow(
            s,
            row.map((_, o) => fixed(i, o)),
          ),
        ),
      /^dz1: What goes back to layer 1 is dz2 times a matrix that is not W2ᵀ: it stays the same where W2 changes\.$/,
    ],
    [
      'cubes of weights',
      (s, W) =>
        W.map((row) =>
          timesRow(
            s,
            row.map((w) => w ** 3),
          ),
        ),
      /^dz1: dz1 is wrong, given/,
    ],
    ['the right ones', (s, W) => W.map((row) => timesRow(s, row)), /^$/],
  ])('%s', async (_, of, text) => {
    expect(await told(spec, leaving(of))).toMatch(text);
  });
});

describe('lines without their brackets', () => {
  const by = (of: (da: number, a: number) => number): Partial<BackwardRules> => ({
    activation(l, id, dz, da, z, a) {
      if (l !== 0) return BACKWARD.activation(l, id, dz, da, z, a);
      for (let i = 0; i < dz.data.length; i++) dz.data[i] = of(da.data[i], a.data[i]);
    },
  });
  test.each<[string, 'sigmoid' | 'tanh', (da: number, a: number) => number, RegExp]>([
    [
      'da * a * 1 - a',
      'sigmoid',
      (da, a) => da * a - a,
      /^dz1: dz1 is da · a1 · 1 - a1 without brackets, with da = dz2 W2ᵀ/,
    ],
    ['da * 1 - a²', 'tanh', (da, a) => da - a * a, /^dz1: dz1 is da · 1 - a1² without brackets, with da = dz2 W2ᵀ/],
    ['da * a + a', 'sigmoid', (da, a) => da * a + a, /^dz1: dz1 is wrong, given its own dz2/],
  ])('%s', async (_, activation, of, text) => {
    expect(await told(network(5, [6], activation, 3, 'softmax', 'cross-entropy'), by(of))).toMatch(text);
  });
});

describe('slips in the derivative of softmax', () => {
  const spec = network(5, [6], 'tanh', 4, 'softmax', 'mse');
  const by = (sum: (dp: readonly number[], p: readonly number[]) => number): Partial<BackwardRules> => ({
    activation(l, id, dz, da, z, a) {
      if (l !== 1) return BACKWARD.activation(l, id, dz, da, z, a);
      for (let r = 0; r < dz.rows; r++) {
        const [dp, p] = [da, a].map(({ data }) => Array.from(data.slice(4 * r, 4 * r + 4)));
        p.forEach((own, k) => (dz.data[4 * r + k] = own * (dp[k] - sum(dp, p))));
      }
    },
  });
  test.each<[string, Parameters<typeof by>[0], RegExp]>([
    [
      'the first without p',
      (dp, p) => timesRow(dp, [1, ...p.slice(1)]),
      /the first entry of the sum without p, with dp/,
    ],
    ['without the last', (dp, p) => timesRow(dp.slice(0, 3), p), /the sum without its last entry, with dp/],
    ['the mean', (dp) => timesRow(dp, [0.25, 0.25, 0.25, 0.25]), /with the mean of dp in place of it, with dp/],
    ['half of it', (dp, p) => timesRow(dp, p) / 2, /^dz2: dz2 is wrong/],
    ['right', timesRow, /^$/],
  ])('%s', async (_, sum, text) => {
    expect(await told(spec, by(sum))).toMatch(text);
  });
});

describe('a forward pass', () => {
  const spec = network(5, [6], 'tanh', 3, 'softmax', 'cross-entropy');

  test('whose biases are taken away, with gradients of that sign, has the inputs that were given', async () => {
    const said = await told(
      spec,
      {
        forward(_l, { page, z, x, p, spec: fields, pass }) {
          const kept = page.forward(z, x, p, fields, pass);
          z.data.forEach((_, i) => (z.data[i] -= 2 * p['bias'].values[i % z.cols]));
          return kept;
        },
        layer(l, step) {
          BACKWARD.layer(l, step);
          step.dp['bias'].values.forEach((x, i, db) => (db[i] = -x));
        },
      },
      false,
    );
    expect(said).toBe('z1: z1 is x W1 - b1.\nz2: z2 is a1 W2 - b2.');
  });

  test.each<[string, (t: number) => number, RegExp]>([
    ['whole numbers', Math.trunc, /^dz2: The targets that dz2 is made of are t cut to whole numbers\.$/],
    ['sizes', Math.abs, /^dz2: The targets that dz2 is made of are t with the size of each entry in its place\.$/],
    ['another function', (t) => Math.sin(3 * t), /^(?!.*targets that)/],
    ['right', (t) => t, /^$/],
  ])('with other targets: %s', async (_, of, text) => {
    const regression: NetworkSpec = network(5, [6], 'tanh', 2, 'linear', 'mse');
    const said = await told(
      regression,
      {
        loss(_l, _id, dz, kept, t) {
          dz.data.forEach((__, i) => (dz.data[i] = (kept.data[i] - of(t.data[i])) / dz.rows));
        },
      },
      false,
    );
    expect(said).toMatch(text);
  });
});

describe('what looks like something else is told by its place alone', () => {
  const db = (spec: NetworkSpec, of: (x: number) => number): Promise<string> =>
    told(spec, {
      layer(l, step) {
        BACKWARD.layer(l, step);
        if (l === 1) step.dp['bias'].values.forEach((x, i, all) => (all[i] = of(x)));
      },
    });
  const spec = (K: number): NetworkSpec =>
    network(5, [6], 'tanh', K, K === 1 ? 'sigmoid' : 'softmax', K === 1 ? 'binary-cross-entropy' : 'cross-entropy');

  test('signs are no clipping, a constant is no penalty', async () => {
    expect(await db(spec(3), (x) => 0.01 * Math.sign(x))).toBe('db2: db2 is wrong, given a right dz2.');
    expect(await db(spec(1), (x) => x + 0.01)).toBe('db2: db2 is wrong, given a right dz2.');
    expect(await db(spec(3), (x) => Math.max(-0.2, Math.min(0.2, x)))).toMatch(/clipped to ±1\/5/);
  });

  test('a factor is no fraction of large numbers', async () => {
    expect(await db(spec(3), (x) => 1234.5678 * x)).toMatch(/^db2: db2 is 1235 times the right one/);
    expect(await db(spec(3), (x) => (2 / 7) * x)).toMatch(/^db2: db2 is 2\/7 times the right one/);
  });

  test('targets stand in p - t only where the gradient starts with it', async () => {
    const regression = network(5, [6], 'tanh', 1, 'sigmoid', 'mse');
    const said = await told(regression, {
      loss(_l, _id, dz, kept, t) {
        dz.data.forEach((_, i) => (dz.data[i] = (2 * (kept.data[i] - Math.round(t.data[i]))) / dz.rows));
      },
    });
    expect(said).not.toMatch(/p - t/);
  });
});
