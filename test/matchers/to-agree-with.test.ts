// toAgreeWith: what rounding explains passes, nothing else does, and what wrong numbers have to do
// with the right ones is said.
import { describe, expect, it } from 'vitest';
import '../../src/vitest.ts';
import { createVectorEngine } from '../../src/engines/vector/vector.ts';
import { copyParameters, denseLayers, fromDense } from '../../src/network/parameters.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { exactGradients } from '../../src/matchers/exact-gradients.ts';
import { HEADS, network as networkOf, randomBatch, startOf } from '../fixtures.ts';
import { by, myNetwork } from './implementations.ts';
import type { Layer } from './implementations.ts';
import { CLASSIFIER, errorOf, messageOf } from './problems.ts';

const start = startOf(CLASSIFIER);
const batch = randomBatch(CLASSIFIER, 4);
const exact = exactGradients(CLASSIFIER, start, batch);

const rows = (m: Matrix): number[][] =>
  Array.from({ length: m.rows }, (_, r) => Array.from(m.data.slice(r * m.cols, (r + 1) * m.cols)));
const mine = myNetwork({
  network: CLASSIFIER,
  parameters: denseLayers(start).map(({ weights, bias }) => ({ weights: rows(weights), bias: Array.from(bias) })),
  inputs: rows(batch.inputs),
  targets: rows(batch.targets),
});
const right = mine.gradients as Layer[];

/** Every tensor changed. */
function each(change: (values: number[]) => number[]): Layer[] {
  return right.map(({ weights, bias }) => ({ weights: weights.map(change), bias: change(bias) }));
}
const times = (k: number): Layer[] => each((values) => values.map((x) => k * x));

describe('passes', () => {
  it('right gradients in every form', () => {
    expect(right).toAgreeWith(exact);
    expect(mine).toAgreeWith(exact);
    expect(copyParameters(fromDense(exact.gradients), 'f32')).toAgreeWith(exact);
    expect(right.map(({ weights, bias }) => ({ weights: weights.flat(), bias }))).toAgreeWith(exact);
    expect(right.map(({ weights, bias }) => ({ weights: Float32Array.from(weights.flat()), bias }))).toAgreeWith(exact);
    expect(right).toAgreeWith(exact.gradients);
    expect(exact.gradients).toAgreeWith(right);
  });

  it('single matrices, vectors and numbers', () => {
    expect(right[0].weights).toAgreeWith(exact.gradients[0].weights);
    expect(Float32Array.from(right[0].bias)).toAgreeWith(exact.gradients[0].bias);
    expect(matrixOf([[1, 2], [3, 4]])).toAgreeWith([[1, 2], [3, 4]]); // prettier-ignore
    expect(0.1 + 0.2).toAgreeWith(0.3);
    expect([]).toAgreeWith([]);
  });

  it('networks without biases, with none and with zeros', () => {
    const bare = { ...CLASSIFIER, biases: false };
    const weights = denseLayers(start).map((layer) => ({ weights: layer.weights }));
    const own = exactGradients(bare, weights, batch);
    expect(own.gradients.map((layer) => ({ weights: layer.weights }))).toAgreeWith(own);
    expect(own.gradients).toAgreeWith(own);
  });

  it('single precision of random networks, within exact bounds and within the general one', async () => {
    const used: number[] = [];
    for (const [seed, [output, loss]] of HEADS.entries()) {
      for (const hidden of ['tanh', 'sigmoid', 'gelu'] as const) {
        const network = networkOf(6, [7, 5], hidden, 4, output, loss);
        const [parameters, examples] = [startOf(network, seed), randomBatch(network, 16, seed)];
        const engine = createVectorEngine(network, optimizerSpec('sgd'), { dtype: 'f32' });
        await engine.load(parameters);
        const { loss: value, gradients } = await engine.lossAndGradients(examples);
        const injector = exactGradients(network, parameters, examples);
        expect({ loss: value, gradients }).toAgreeWith(injector);
        expect(gradients).toAgreeWith(injector.gradients);
        const said = await messageOf(() => expect(gradients).not.toAgreeWith(injector.gradients));
        used.push(Number(/worst: (\S+) %/.exec(said)?.[1]));
      }
    }
    expect(Math.max(...used)).toBeLessThan(100);
    expect(Math.max(...used)).toBeGreaterThan(0);
  });
});

describe('says what wrong numbers look like', () => {
  it.each<[string, unknown]>([
    ['every tensor has the wrong sign', times(-1)],
    ['every tensor is 2 times the expected value', times(2)],
    ['every tensor is 1/2 of the expected value', times(0.5)],
    [
      'every tensor is 4 times the expected value. The batch has 4 examples, so the mean over them is missing',
      times(4),
    ],
    [
      'every tensor is 1/4 of the expected value. The batch has 4 examples, so it is divided by them twice',
      times(0.25),
    ],
    ['every tensor is 1.7 times the expected value', times(1.7)],
    ['every tensor is all zero', times(0)],
    ['b1 has the wrong sign', [{ ...right[0], bias: right[0].bias.map((x) => -x) }, right[1]]],
    ['W1 is transposed', [{ ...right[0], weights: by.transposed(right[0].weights) }, right[1]]],
    ['b1 is shifted by one entry', [{ ...right[0], bias: [0, ...right[0].bias.slice(0, -1)] }, right[1]]],
    ['b1 is shifted by one entry', [{ ...right[0], bias: [...right[0].bias.slice(1), 9] }, right[1]]],
    [
      'W1 is shifted by one column',
      [{ ...right[0], weights: right[0].weights.map((r) => [0, ...r.slice(0, -1)]) }, right[1]],
    ],
    ['W2 is shifted by one row', [right[0], { ...right[1], weights: [[0, 0, 0], ...right[1].weights.slice(0, -1)] }]],
    ['the layers are in reverse order, last layer first', right.toReversed()],
    [
      'W1 is all zero; b2 is 2 times the expected value',
      [
        { ...right[0], weights: right[0].weights.map((r) => r.map(() => 0)) },
        { ...right[1], bias: right[1].bias.map((x) => 2 * x) },
      ],
    ],
  ])('%s', async (says, wrong) => {
    const message = await messageOf(() => expect(wrong).toAgreeWith(exact));
    expect(message).toContain(`Looks like: ${says}.`);
    expect(message).toMatch(/^These numbers do not agree with the exact gradients\.$/m);
    expect(wrong).not.toAgreeWith(exact);
  });

  it('and nothing where it looks like nothing', async () => {
    const off = right.map((layer) => ({ ...layer, bias: layer.bias.map((x, i) => x + 0.01 * (i + 1) ** 2) }));
    expect(await messageOf(() => expect(off).toAgreeWith(exact))).not.toContain('Looks like');
    expect(await messageOf(() => expect([1, 2]).toAgreeWith([1, 3]))).not.toContain('Looks like');
    expect(await messageOf(() => expect(2).toAgreeWith(7))).not.toContain('Looks like');
  });

  it('a batch of plain numbers is not known', async () => {
    expect(await messageOf(() => expect(times(4)).toAgreeWith(right))).toContain('is 4 times the expected value.');
  });
});

describe('says', () => {
  it('which entry, both numbers, how many times the allowed error, and of what kind it is', async () => {
    expect(await messageOf(() => expect(times(2)).toAgreeWith(exact))).toMatchInlineSnapshot(`
      "These numbers do not agree with the exact gradients.
      W1[2,3] is 0.0845, exact 0.0422: 368,000 times the allowed error (1.15e-7).
      Wrong: W1, b1, W2, b2.
      Looks like: every tensor is 2 times the expected value."
    `);
    expect(await messageOf(() => expect([1, 2, 4]).toAgreeWith([1, 2, 3]))).toMatchInlineSnapshot(`
      "These numbers do not agree with the expected numbers.
      entry [2] is 4, expected 3: 18,600 times the allowed error (5.39e-5).
      The allowed error for plain numbers is a general estimate; exactGradients(network, parameters, batch) gives the bound of every entry."
    `);
  });

  it('one entry that is off by twenty bounds, in any tensor', async () => {
    for (const [t, place] of ['W1[1,2]', 'b1[1]', 'W2[1,2]', 'b2[1]'].entries()) {
      const off = copyParameters(fromDense(exact.gradients), 'f64');
      const { shape, values } = off[t];
      const at = t % 2 === 0 ? shape[1] + 2 : 1;
      values[at] += 20 * fromDense(exact.bounds)[t].values[at];
      const message = await messageOf(() => expect(off).toAgreeWith(exact));
      expect(message).toContain(`${place} is `);
      expect(message).toContain(': 20 times the allowed error ');
    }
  });

  it('NaN, and where', async () => {
    const broken = [right[0], { ...right[1], bias: [right[1].bias[0] + 1, NaN, 0] }];
    expect(await messageOf(() => expect(broken).toAgreeWith(exact))).toMatch(/^b2\[1\] is NaN, exact \S+\.$/m);
    expect(await messageOf(() => expect([1, NaN]).toAgreeWith([1, 2]))).toContain('entry [1] is NaN, expected 2.');
    expect(await messageOf(() => expect(Infinity).toAgreeWith(1))).toContain('the number is Infinity, expected 1.');
    expect(await messageOf(() => expect([1, 2]).toAgreeWith([1, NaN]))).toContain('entry [1] is 2, expected NaN.');
    expect([NaN]).not.toAgreeWith([NaN]);
  });

  it('shapes that differ, and what is missing or too many', async () => {
    const wide = [{ weights: [[1, 2]], bias: [1] }, right[1]];
    const message = await messageOf(() => expect(wide).toAgreeWith(exact));
    expect(message).toContain('W1: expected (3, 4), got (1, 2).');
    expect(message).toContain('b1: expected (4), got (1).');
    expect(await messageOf(() => expect([right[0]]).toAgreeWith(exact))).toContain('W2: expected (4, 3), got nothing.');
    expect(await messageOf(() => expect([...right, right[1]]).toAgreeWith(exact))).toContain(
      'unexpected W3: expected (0), got ',
    );
    expect(await messageOf(() => expect([[1, 2], [3]]).toAgreeWith([[1, 2], [3, 4]]))).toContain('rows of equal length'); // prettier-ignore
    expect(await messageOf(() => expect([1]).toAgreeWith(1))).toContain('expected a number, got (1)');
    expect(await messageOf(() => expect([1, 2]).toAgreeWith([1, 2, 3]))).toContain('expected (3), got (2)');
  });

  it('that the loss is wrong, where there is one', async () => {
    const message = await messageOf(() => expect({ ...mine, loss: 2 * mine.loss }).toAgreeWith(exact));
    expect(message).toMatch(/^loss is \S+, exact \S+: \S+ times the allowed error/m);
    expect(message).toContain('Looks like: loss is 2 times the expected value.');
  });

  it('that they agree, where they were expected not to', async () => {
    expect(await messageOf(() => expect(right).not.toAgreeWith(exact))).toMatch(
      /^Expected these numbers not to agree with the exact gradients, but they do \(worst: \S+ % of the allowed error\)\.$/,
    );
  });

  it.each<[string, unknown, unknown, string]>([
    ['nothing', undefined, [1], 'the received value is not made of numbers'],
    ['a text', '1', 1, 'the received value is not made of numbers'],
    ['a number with layers', 1, right, 'expected layers of weights and biases, got one tensor'],
    ['layers with a matrix', right, [[1]], 'expected one tensor, got layers of weights and biases'],
    ['rows of different lengths', 1, [[1, 2], [3]], 'the expected value is not a matrix, a vector or a number'],
  ])('what cannot be compared, expected or not: %s', async (_name, found, expected, message) => {
    expect((await errorOf(() => expect(found).toAgreeWith(expected as number))).message).toContain(message);
    expect((await errorOf(() => expect(found).not.toAgreeWith(expected as number))).message).toContain(message);
  });
});

describe('exactGradients', () => {
  it('takes what the matchers take, and refuses what does not fit', () => {
    const nested = denseLayers(start).map(({ weights, bias }) => ({ weights: rows(weights), bias: Array.from(bias) }));
    const own = { inputs: rows(batch.inputs), targets: rows(batch.targets) };
    expect(exactGradients(CLASSIFIER, nested, own)).toEqual(exact);
    expect(exact.batchSize).toBe(4);
    expect(() => exactGradients(CLASSIFIER, [], batch)).toThrow('parameters: W1: expected (3, 4), got nothing');
    expect(() => exactGradients(CLASSIFIER, start, { ...own, targets: [[1, 0, 0]] })).toThrow(
      '4 rows of inputs, but 1 rows of targets',
    );
    expect(() => exactGradients(CLASSIFIER, start, { ...own, inputs: [[1, NaN, 0]] })).toThrow(
      'batch inputs [0, 1] is NaN',
    );
    expect(() => exactGradients({ ...CLASSIFIER, loss: 'mae' as 'mse' }, start, batch)).toThrow('unknown name "mae"');
  });
});
