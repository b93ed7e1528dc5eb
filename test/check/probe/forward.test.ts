// A mistake in the forward pass is found by asking for single examples, although the backward pass
// is right for what it computed.
import { describe, expect, test } from 'vitest';
import { Asker } from '../../../src/check/probe/asker.ts';
import { probeOperations } from '../../../src/check/probe/operations/operations.ts';
import type { Told } from '../../../src/check/probe/told.ts';
import { generalPoint } from '../../../src/check/slopes/general-point.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { copyParameters, denseLayers, fromDense } from '../../../src/network/parameters.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { matrixOf, toRows } from '../../../src/numeric/matrix.ts';
import { network } from '../../fixtures.ts';

type Row = number[];

/** What a layer (from 1) is made of. x (I), W (I, O), b (O) */
interface Layer {
  readonly n: number;
  readonly x: Row;
  readonly W: Row[];
  readonly b: Row;
}

/** What a test replaces in a right network. */
interface Mistake {
  readonly enters?: (x: Row) => Row;
  readonly scores?: (layer: Layer, right: Row) => Row;
  readonly activation?: (n: number, a: Row, z: Row, layer: Layer) => Row;
  /** The loss of one example, and how its gradient begins. */
  readonly loss?: (p: Row, t: Row) => number;
  readonly start?: (p: Row, t: Row) => Row;
}

const ACTIVATIONS: Readonly<Record<string, readonly [(z: number) => number, (z: number, a: number) => number]>> = {
  relu: [(z) => Math.max(0, z), (z) => (z > 0 ? 1 : 0)],
  tanh: [Math.tanh, (_z, a) => 1 - a * a],
  sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (_z, a) => a * (1 - a)],
};

const affine = ({ x, W, b }: Layer): Row =>
  b.map((bias, o) => x.reduce((sum, value, i) => sum + value * W[i][o], bias));

function softmax(z: Row): Row {
  const e = z.map((value) => Math.exp(value - Math.max(...z)));
  return e.map((value) => value / e.reduce((a, b) => a + b, 0));
}

/** An engine of one example at a time, whose backward pass is right for its own forward pass. */
function engineWith({ layers: specs, loss }: NetworkSpec, mistake: Mistake, isF32: boolean): Engine {
  let loaded: Parameters = [];
  const r = isF32 ? Math.fround : (x: number): number => x;
  const refuse = async (): Promise<never> => Promise.reject(new Error('not asked for'));
  return {
    id: 'external',
    dtype: isF32 ? 'f32' : 'f64',
    label: 'plain',
    backend: null,
    versions: {},
    load: async (parameters) => void (loaded = copyParameters(parameters, 'f64')),
    lossAndGradients: async ({ inputs, targets }) => {
      expect(inputs.rows).toBe(1);
      const [[given], [t]] = [toRows(inputs), toRows(targets)];
      let x = (mistake.enters?.(given) ?? given).map(r);
      const passes = denseLayers(loaded).map(({ weights, bias }, l) => {
        const layer = { n: l + 1, x, W: toRows(weights), b: Array.from(bias) };
        const z = (mistake.scores?.(layer, affine(layer)) ?? affine(layer)).map(r);
        const { activation } = specs[l];
        const right =
          activation === 'softmax'
            ? softmax(z)
            : activation === 'linear'
              ? z
              : z.map((value) => ACTIVATIONS[activation][0](value));
        const a = (mistake.activation?.(l + 1, right, z, layer) ?? right).map(r);
        x = a;
        return { ...layer, z, a, activation };
      });
      const p = x;
      const K = loss === 'binary-cross-entropy' ? p.length : 1;
      const cross = (share: number, of: number): number => (share === 0 ? 0 : -share * Math.log(of));
      const isMse = loss === 'mse';
      const terms = p.map((share, k) => cross(t[k], share) + (K > 1 ? cross(1 - t[k], 1 - share) : 0));
      let dz =
        mistake.start?.(p, t) ?? p.map((share, k) => ((isMse ? 2 : 1) * (share - t[k])) / (isMse ? p.length : K));
      const gradients = passes.toReversed().map(({ n, x: input, W, b }) => {
        const own = dz.map(r);
        const below = n > 1 ? passes[n - 2] : null;
        dz = W.map((w, i) => {
          const da = w.reduce((sum, value, o) => sum + value * own[o], 0);
          return below === null ? 0 : da * ACTIVATIONS[below.activation][1](below.z[i], below.a[i]);
        });
        const dW = input.map((value) => b.map((_, o) => r(value * own[o])));
        return { weights: matrixOf(dW, 'f64'), bias: Float64Array.from(own) };
      });
      const squared = p.reduce((sum, v, k) => sum + (v - t[k]) ** 2, 0) / p.length;
      const value =
        mistake.loss?.(p, t) ?? (isMse ? squared : undefined) ?? terms.reduce((sum, term) => sum + term, 0) / K;
      return { loss: r(value), gradients: fromDense(gradients.reverse()) };
    },
    applyGradients: refuse,
    trainStep: refuse,
    predict: refuse,
    parameters: async () => loaded,
    dispose: async () => {},
  };
}

async function probe(spec: NetworkSpec, mistake: Mistake, isF32: boolean): Promise<readonly Told[]> {
  const asker = new Asker(engineWith(spec, mistake, isF32), UNWATCHED);
  const { parameters, batch } = generalPoint(spec, 4, true);
  const singles = await asker.singles(parameters, batch);
  const told = await probeOperations({ network: spec, asker, singles, oneHot: true, forwardIsRight: false });
  expect(asker.asked).toBeLessThanOrEqual(40);
  return told;
}

const RELU = network(5, [8], 'relu', 4, 'softmax', 'cross-entropy');
const DEEP = network(5, [6, 6], 'tanh', 4, 'softmax', 'cross-entropy');
const SIGMOID = network(5, [7], 'tanh', 3, 'sigmoid', 'binary-cross-entropy');

/** The first layer of the network, whose weights are those that another one uses. */
let first: Layer | undefined;
const scoresWith = (layer: Layer, right: Row, n: number): Row => {
  if (layer.n === 1) first = layer;
  return layer.n === n && first !== undefined ? affine({ ...layer, W: first.W }) : right;
};

const e = (z: Row): Row => z.map(Math.exp);
const total = (z: Row): number => z.reduce((sum, value) => sum + value, 0);
const OUTPUTS: readonly (readonly [string, (z: Row) => Row, string])[] = [
  ['sigmoids for a softmax', (z) => z.map((v) => 1 / (1 + Math.exp(-v))), 'σ(z)'],
  [
    'a total without the last class',
    (z) => e(z).map((v) => v / total(e(z).slice(0, -1))),
    'exp(z_k) / Σ_j exp(z_j), the sum without the last entry',
  ],
  ['no total', (z) => e(z.map((v) => v - Math.max(...z))), 'exp(z - max z), not divided by the sum'],
  ['softmax after relu', (z) => softmax(z.map((v) => Math.max(0, v))), 'softmax(max(0, z))'],
  ['softmax twice', (z) => softmax(softmax(z)), 'softmax(softmax(z))'],
  ['ε in the total', (z) => e(z).map((v) => v / (total(e(z)) + 0.01)), 'exp(z_k) / (Σ_j exp(z_j) + ε), ε = 0.01'],
];

const inLayer =
  (n: number, of: (layer: Layer, right: Row) => Row): NonNullable<Mistake['scores']> =>
  (layer, right) =>
    layer.n === n ? of(layer, right) : right;
const without = ({ x, W, b }: Layer): Row => affine({ n: 0, x, W, b: b.map(() => 0) });

describe.each([false, true])('single precision: %s', (isF32) => {
  test.each<[string, NetworkSpec, Mistake, string, string]>([
    [
      'another slope on each side of 0',
      RELU,
      { activation: (n, a, z) => (n === 1 ? z.map((x) => (x > 0 ? 0.3 * x : -0.1 * x)) : a) },
      'a1',
      'The activation of layer 1 is 0.3 z where z > 0, else -0.1 z; relu is max(0, z).',
    ],
    ['no bias', RELU, { scores: inLayer(1, without) }, 'z1', 'z1 is x W1, without b1.'],
    [
      'no bias in the last layer',
      RELU,
      { scores: inLayer(2, without) },
      'z2',
      'z2 is a1 W2, without b2, or with one number in its place for all units, which is the same.',
    ],
    [
      'the bias twice',
      DEEP,
      { scores: inLayer(2, ({ b }, z) => z.map((value, o) => value + b[o])) },
      'z2',
      'z2 is a1 W2 + 2 · b2.',
    ],
    [
      'a factor in the product',
      RELU,
      { scores: inLayer(1, ({ b }, z) => z.map((value, o) => 0.5 * (value - b[o]) + b[o])) },
      'z1',
      'z1 is 1/2 · x W1 + b1.',
    ],
    [
      'a temperature',
      RELU,
      { scores: inLayer(2, (_, z) => z.map((value) => value / 3)) },
      'z2',
      'z2 is 1/3 · (a1 W2 + b2).',
    ],
    [
      'a temperature of sigmoids',
      SIGMOID,
      { scores: inLayer(2, (_, z) => z.map((value) => 2 * value)) },
      'z2',
      'z2 is 2 · (a1 W2 + b2).',
    ],
    [
      'square weights transposed',
      DEEP,
      {
        scores: inLayer(2, ({ x, W, b }) =>
          b.map((bias, o) => x.reduce((sum, value, i) => sum + value * W[o][i], bias)),
        ),
      },
      'z2',
      'z2 is a1 W2 with the numbers of W2 read column by column, + b2.',
    ],
    [
      'the bias of some units is left out',
      RELU,
      { scores: inLayer(1, ({ b }, z) => z.map((value, o) => (o % 5 === 2 ? value - b[o] : value))) },
      'z1',
      'z1 is x W1 + b1, where b1 has a factor for each unit: 0 for entries 2, 7; 1 for the others.',
    ],
    [
      'the bias of a unit before a softmax counts twice',
      RELU,
      { scores: inLayer(2, ({ b }, z) => z.map((value, o) => (o === 2 ? value + b[o] : value))) },
      'z2',
      'z2 is a1 W2 + b2, where b2 has a factor for each unit: 2 for entry 2; 1 for the others.',
    ],
    [
      'an input counts less',
      DEEP,
      { scores: inLayer(2, ({ x, W }, z) => z.map((value, o) => value - 0.1 * x[3] * W[3][o])) },
      'z2',
      'z2 is a1 W2 + b2, where the entries of a1 do not all count alike: 0.9 for entry 3; 1 for the others.',
    ],
    [
      'an input of the last layer counts less',
      RELU,
      { scores: inLayer(2, ({ x, W }, z) => z.map((value, o) => value - 0.1 * x[3] * W[3][o])) },
      'z2',
      'z2 is a1 W2 + b2, where the entries of a1 do not all count alike: 0.9 for entry 3; 1 for the others.',
    ],
    [
      'the last input is left out',
      RELU,
      { scores: inLayer(1, ({ x, W }, z) => z.map((value, o) => value - x[4] * W[4][o])) },
      'z1',
      'z1 is x W1 + b1 with x without its last entry.',
    ],
    ['scaled inputs', RELU, { enters: (x) => x.map((value) => value / 255) }, 'x', 'What enters layer 1 is 1/255 · x.'],
    [
      'another activation',
      DEEP,
      { activation: (n, a, z) => (n === 2 ? z.map((value) => 1 / (1 + Math.exp(-value))) : a) },
      'a2',
      'The activation of layer 2 is 1 / (1 + exp(-z)); tanh is tanh(z).',
    ],
    [
      'a branch for scores below 0 with a wrong sign',
      DEEP,
      { activation: (n, a, z) => (n === 1 ? z.map((v, o) => (v < 0 ? (Math.exp(v) - 1) / Math.exp(v) : a[o])) : a) },
      'a1',
      'The activation of layer 1 is -(1 - exp(z)) / exp(z) where z < 0, else tanh(z); tanh is tanh(z).',
    ],
    [
      'a branch for scores below 0 is something else',
      DEEP,
      { activation: (n, a, z) => (n === 1 ? z.map((v, o) => (v < 0 ? Math.sin(3 * v) - 2 : a[o])) : a) },
      'a1',
      'a1 is wrong in the forward pass only where z1 < 0. What the layers above compute is right for this a1.',
    ],
    [
      'some units are something else',
      DEEP,
      { activation: (n, a) => (n === 1 ? a.map((value, o) => (o === 1 || o === 4 ? value * value + 0.3 : value)) : a) },
      'a1',
      'a1 is wrong in the forward pass in units 1, 4 of 6. What the layers above compute is right for this a1.',
    ],
    [
      'all units are something else',
      DEEP,
      { activation: (n, a) => (n === 1 ? a.map((value) => value * value + 0.3) : a) },
      'a1',
      'a1 is wrong in the forward pass. What the layers above compute is right for this a1.',
    ],
    [
      'the bias after the activation',
      DEEP,
      {
        activation: (n, a, _z, { x, W, b }) =>
          n === 2 ? without({ n, x, W, b }).map((v, o) => Math.tanh(v) + b[o]) : a,
      },
      'z2',
      'b2 is added after the activation f: a2 is f(a1 W2) + b2.',
    ],
    [
      'relu that ends at 6',
      RELU,
      { activation: (n, a) => (n === 1 ? a.map((value) => Math.min(value, 1)) : a) },
      'a1',
      'The activation of layer 1 is min(1, max(0, z)); relu is max(0, z).',
    ],
    [
      'the weights of another layer',
      network(6, [6, 6], 'tanh', 4, 'softmax', 'cross-entropy'),
      { scores: (layer, right) => scoresWith(layer, right, 2) },
      'z2',
      'z2 is a1 W1 + b2.',
    ],
    [
      'normalized inputs',
      RELU,
      { enters: (x) => x.map((v) => v / Math.hypot(...x)) },
      'x',
      'What enters layer 1 is x divided by its length.',
    ],
    [
      'inputs in whole numbers',
      RELU,
      { enters: (x) => x.map((v) => Math.trunc(2 * v)) },
      'x',
      'What enters layer 1 is not x, but made from it.',
    ],
    ...OUTPUTS.map(([name, of, text]): [string, NetworkSpec, Mistake, string, string] => [
      name,
      RELU,
      { activation: (n, a, z) => (n === 2 ? of(z) : a) },
      'a2',
      `The activation of layer 2 is ${text}; softmax is exp(z_k) / Σ_j exp(z_j).`,
    ]),
    [
      'a softmax with powers of 2',
      RELU,
      { activation: (n, a, z) => (n === 2 ? softmax(z.map((v) => v * Math.LN2)) : a) },
      'z2',
      'z2 is 0.6931 · (a1 W2 + b2), or the softmax has powers of 2: the same.',
    ],
    [
      'tanh on a linear output',
      network(5, [6], 'tanh', 3, 'linear', 'mse'),
      { activation: (n, a, z) => (n === 2 ? z.map(Math.tanh) : a) },
      'a2',
      'The activation of layer 2 is tanh(z); linear is z.',
    ],
    [
      'outputs rounded to two digits',
      RELU,
      { activation: (n, a) => (n === 2 ? a.map((v) => Math.round(v * 100) / 100) : a) },
      'a2',
      'a2 is wrong in the forward pass. The loss is that of the outputs that are in use.',
    ],
    [
      'scores that no formula gives',
      RELU,
      { scores: inLayer(2, (_, z) => z.map((value, o) => (o === 1 ? value * Math.abs(value) + 0.2 : value))) },
      'a2',
      'a2 is wrong in the forward pass. The loss is that of the outputs that are in use.',
    ],
  ])('%s', async (_name, spec, mistake, place, text) => {
    expect(await probe(spec, mistake, isF32)).toEqual([expect.objectContaining({ place, text })]);
  });

  test('nothing of a right one', async () => {
    for (const spec of [RELU, DEEP, SIGMOID]) expect(await probe(spec, {}, isF32)).toEqual([]);
  });

  test('nothing of the forward pass where the start of the gradient is wrong, or the loss alone', async () => {
    const [start] = await probe(RELU, { start: (p, t) => p.map((share, k) => share * share - t[k]) }, isF32);
    expect(start.place).toBe('dz2');
    expect(
      await probe(RELU, { loss: (p, t) => p.reduce((sum, share, k) => sum + (share - t[k]) ** 2, 0) }, isF32),
    ).toEqual([]);
  });

  test('the targets of other classes are told', async () => {
    const start = (p: Row, t: Row): Row => p.map((share, k) => share - t[(k + 1) % t.length]);
    expect((await probe(RELU, { start }, isF32))[0]).toMatchObject({
      place: 'dz2',
      text: 'dz2 is p - t with t moved back by one class.',
    });
  });

  test('another gradient of the weights is not taken for other activations', async () => {
    const scores = inLayer(2, ({ x, W, b }) => affine({ n: 2, W, b, x: x.map((value) => value * 2) }));
    // dW2 is made of a1, the scores of 2 a1: a1 is right
    expect(await probe(RELU, { scores }, isF32)).toEqual([
      expect.objectContaining({ place: 'z2', text: 'z2 is 2 · a1 W2 + b2.' }),
    ]);
  });
});
