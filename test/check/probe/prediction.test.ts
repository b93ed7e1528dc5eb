// Predictions that are wrong although the loss and the gradients are right are told by what they
// are computed from.
import { expect, test } from 'vitest';
import { Asker } from '../../../src/check/probe/asker.ts';
import { probePrediction } from '../../../src/check/probe/prediction.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { tensorsOf } from '../../../src/network/parameters.ts';
import { toRows } from '../../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { network } from '../../fixtures.ts';

type Row = number[];
const NETWORK = network(5, [6, 7], 'relu', 3, 'softmax', 'cross-entropy');
const LINEAR = network(5, [6, 7], 'relu', 3, 'linear', 'mse');

function softmax(z: Row): Row {
  const e = z.map((value) => Math.exp(value - Math.max(...z)));
  return e.map((value) => value / e.reduce((a, b) => a + b, 0));
}

/** What a test changes: the input of layer l, its bias, its activation (from 0). */
interface Mistake {
  readonly enters?: (l: number, x: Row[]) => Row[];
  readonly bias?: (l: number, b: number) => number;
  readonly activation?: (l: number, z: Row, right: Row) => Row;
}

function predicted(
  { layers }: NetworkSpec,
  parameters: Parameters,
  inputs: Row[],
  { enters, bias, activation }: Mistake,
): Row[] {
  let x = inputs;
  layers.forEach((layer, l) => {
    const { weights, bias: b } = tensorsOf(parameters, l);
    const [rows, O] = [enters?.(l, x) ?? x, weights.shape[1]];
    x = rows.map((row) => {
      const z = Array.from({ length: O }, (__, o) => {
        const sum = row.reduce((s, value, i) => s + value * weights.values[i * O + o], 0);
        const own = b?.values[o] ?? 0;
        return sum + (bias?.(l, own) ?? own);
      });
      const right =
        layer.activation === 'softmax'
          ? softmax(z)
          : layer.activation === 'linear'
            ? z
            : z.map((value) => Math.max(0, value));
      return activation?.(l, z, right) ?? right;
    });
  });
  return x;
}

/** A right engine that predicts otherwise. */
async function toldOf(mistake: Mistake, of = NETWORK): Promise<string | undefined> {
  const right = await createEngine('vector', of, optimizerSpec('sgd'));
  const engine: Engine = {
    ...right,
    load: (parameters) => right.load(parameters),
    async predict(inputs) {
      const rows = predicted(of, await right.parameters(), toRows(inputs), mistake);
      return { rows: rows.length, cols: 3, data: Float32Array.from(rows.flat()) };
    },
  };
  return (await probePrediction(of, new Asker(engine, UNWATCHED), true))?.text;
}

const from = (what: string): string =>
  `The outputs that are predicted are ${what}. Only they are wrong: the loss and the gradients are right.`;
const times = (c: number) => (x: Row[]) => x.map((row) => row.map((value) => c * value));
const mean = (x: Row[], i: number): number => x.reduce((sum, row) => sum + row[i], 0) / x.length;

test.each<[string, Mistake]>([
  ['those of 0.8 times a1', { enters: (l, x) => (l === 1 ? times(0.8)(x) : x) }],
  ['those of 1/2 times the activations of every hidden layer', { enters: (l, x) => (l > 0 ? times(0.5)(x) : x) }],
  ['those of 1/255 times x', { enters: (l, x) => (l === 0 ? times(1 / 255)(x) : x) }],
  ['those of scores without b2', { bias: (l, b) => (l === 1 ? 0 : b) }],
  ['those of scores without any bias', { bias: () => 0 }],
  ['the scores z3, without softmax', { activation: (l, z, a) => (l === 2 ? z : a) }],
  [
    '1 for the largest output, 0 for the others',
    { activation: (l, z, a) => (l === 2 ? z.map((v) => (v === Math.max(...z) ? 1 : 0)) : a) },
  ],
  ['those of tanh in place of relu in layer 2', { activation: (l, z, a) => (l === 1 ? z.map(Math.tanh) : a) }],
  [
    'those of a forward pass in which the mean over the batch is subtracted from x',
    { enters: (l, x) => (l === 0 ? x.map((row) => row.map((value, i) => value - mean(x, i))) : x) },
  ],
])('%s', async (what, mistake) => {
  expect(await toldOf(mistake)).toBe(from(what));
});

test('nothing is told of right predictions, and of such as no form gives', async () => {
  expect(await toldOf({})).toBeUndefined();
  expect(await toldOf({}, LINEAR)).toBeUndefined(); // the scores are the outputs there
  expect(await toldOf({ activation: (l, _z, a) => (l === 1 ? a.map((v) => v + 0.3 * v * v) : a) })).toBeUndefined();
});
