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
  readonly activation?: (n: number, a: Row, z: Row) => Row;
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
        const right = activation === 'softmax' ? softmax(z) : z.map((value) => ACTIVATIONS[activation][0](value));
        const a = (mistake.activation?.(l + 1, right, z) ?? right).map(r);
        x = a;
        return { ...layer, z, a, activation };
      });
      const p = x;
      const K = loss === 'binary-cross-entropy' ? p.length : 1;
      const cross = (share: number, of: number): number => (share === 0 ? 0 : -share * Math.log(of));
      const terms = p.map((share, k) => cross(t[k], share) + (K > 1 ? cross(1 - t[k], 1 - share) : 0));
      let dz = mistake.start?.(p, t) ?? p.map((share, k) => (share - t[k]) / K);
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
      const value = mistake.loss?.(p, t) ?? terms.reduce((sum, term) => sum + term, 0) / K;
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

const inLayer =
  (n: number, of: (layer: Layer, right: Row) => Row): NonNullable<Mistake['scores']> =>
  (layer, right) =>
    layer.n === n ? of(layer, right) : right;
const without = ({ x, W, b }: Layer): Row => affine({ n: 0, x, W, b: b.map(() => 0) });

describe.each([false, true])('single precision: %s', (isF32) => {
  test.each<[string, NetworkSpec, Mistake, string, string]>([
    ['no bias', RELU, { scores: inLayer(1, without) }, 'z1', 'z1 is x W1, without b1.'],
    ['no bias in the last layer', RELU, { scores: inLayer(2, without) }, 'z2', 'z2 is a1 W2, without b2.'],
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
      'some units are something else',
      DEEP,
      { activation: (n, a) => (n === 1 ? a.map((value, o) => (o === 1 || o === 4 ? value * value + 0.3 : value)) : a) },
      'a1',
      'a1 is wrong in the forward pass in units 1, 4 of 6. Everything above is right for this a1.',
    ],
    [
      'scores that no formula gives',
      RELU,
      { scores: inLayer(2, (_, z) => z.map((value, o) => (o === 1 ? value * Math.abs(value) + 0.2 : value))) },
      'z2',
      'z2 is wrong in the forward pass. The loss and the gradients are right for the outputs that are in use.',
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

  test('another gradient of the weights is not taken for other activations', async () => {
    const scores = inLayer(2, ({ x, W, b }) => affine({ n: 2, W, b, x: x.map((value) => value * 2) }));
    // dW2 is made of a1, the scores of 2 a1: a1 is right
    expect(await probe(RELU, { scores }, isF32)).toEqual([
      expect.objectContaining({ place: 'z2', text: 'z2 is 2 · a1 W2 + b2.' }),
    ]);
  });
});
