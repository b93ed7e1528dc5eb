// Slips in a loss, or in its gradient alone: the divisor of a padded batch, the wrong output, parts
// of the Huber loss. Neighbours of each are told as what they are.
import { describe, expect, test } from 'vitest';
import { Asker } from '../../../src/check/probe/asker.ts';
import { probeLoss } from '../../../src/check/probe/loss/loss.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { network, randomBatch } from '../../fixtures.ts';
import { plainEngine } from './plain-network.ts';

type Row = readonly number[];

const SOFTMAX = network(3, [5], 'tanh', 3, 'softmax', 'cross-entropy');
const HUBER: NetworkSpec = network(3, [5], 'tanh', 2, 'linear', 'huber:0.5');

/** The loss of one output and its slope, and what a batch of B is divided by; K = 2. */
async function told(
  spec: NetworkSpec,
  lossOf: (p: Row, t: Row) => number,
  slopes: (p: Row, t: Row) => number[],
  { ofLoss = (B: number): number => B, ofGradient = (B: number): number => B } = {},
): Promise<string> {
  const engine = plainEngine(spec, {
    loss: (p, t) => p.reduce((sum, row, b) => sum + lossOf(row, t[b]), 0) / ofLoss(p.length),
    dz: (p, t) => p.map((row, b) => slopes(row, t[b]).map((x) => x / ofGradient(p.length))),
  });
  const { targets } = randomBatch(spec, 4, 1);
  const asker = new Asker(engine, UNWATCHED);
  const found = await probeLoss({ network: spec, asker, watch: UNWATCHED, lossIsWrong: true, targets });
  expect(asker.asked).toBeLessThanOrEqual(21);
  return found?.told.map(({ text }) => text).join('\n') ?? '';
}

const crossEntropy = (p: Row, t: Row): number => p.reduce((sum, x, k) => sum - t[k] * Math.log(x), 0);
const error = (p: Row, t: Row): number[] => p.map((x, k) => x - t[k]);
const next = (m: number) => (B: number) => m * Math.ceil(B / m);
const power = (B: number): number => 2 ** Math.ceil(Math.log2(B));

describe('what a batch is divided by', () => {
  test.each<[string, (B: number) => number, RegExp]>([
    ['48', () => 48, /divided by 48, whatever the batch's size/],
    ['multiple', next(8), /divided by the next multiple of 8/],
    ['small multiple', next(4), /divided by the next multiple of 4/],
    ['power', power, /divided by the next power of 2/],
    ['one more', (B) => B + 1, /divided by B \+ 1/],
    ['at least', (B) => Math.max(B, 16), /divided by B, or 16 where there are fewer examples/],
  ])('%s', async (_, by, text) => {
    expect(await told(SOFTMAX, crossEntropy, error, { ofLoss: by })).toMatch(text);
    const own = await told(SOFTMAX, crossEntropy, error, { ofLoss: by, ofGradient: by });
    expect(own).toMatch(text);
    expect(own).toMatch(/and the gradients are its own\.$/);
  });

  test.each<[string, (B: number) => number]>([
    ['B', (B) => B],
    ['nothing', () => 1],
    ['B²', (B) => B * B],
    ['half of B', (B) => B / 2],
    ['48 up to five examples, then 50', (B) => (B > 5 ? 50 : 48)],
  ])('%s is not told as padding', async (_, by) => {
    expect(await told(SOFTMAX, crossEntropy, error, { ofLoss: by })).not.toMatch(/divided by (\d|the next|B, or)/);
  });
});

test('the largest output stands where that of the target belongs', async () => {
  const largest = (p: Row): number => -Math.log(Math.max(...p));
  expect(await told(SOFTMAX, largest, error)).toMatch(
    /is minus the logarithm of the largest output, whatever the target/,
  );
  const [first] = [(p: Row): number => -Math.log(p[0])];
  expect(await told(SOFTMAX, first, error)).toMatch(/is minus the logarithm of the first output, whatever the target/);
});

test("softmax's derivative is applied to what has it already", async () => {
  const through = (p: Row, t: Row): number[] => {
    const e = error(p, t);
    return e.map((x, k) => p[k] * (x - e.reduce((sum, y, j) => sum + y * p[j], 0)));
  };
  expect(await told(SOFTMAX, crossEntropy, through)).toMatch(
    /^The loss is cross-entropy\. dz2 is the gradient of half the sum of the squared errors\. It comes out where softmax's derivative is applied to p - t, which has it already\./,
  );
  const likelihood = (p: Row, t: Row): number[] =>
    p.map((x, k) => -x * (t[k] - p.reduce((sum, y, j) => sum + t[j] * y, 0)));
  expect(await told(SOFTMAX, crossEntropy, likelihood)).not.toMatch(/already/);
});

test('smoothing that leaves out the class of the target', async () => {
  const spec = network(3, [5], 'tanh', 4, 'softmax', 'cross-entropy:0.1');
  const smoothed =
    (onTarget: number, elsewhere: number) =>
    (p: Row, t: Row): number =>
      -p.reduce((sum, x, k) => sum + (t[k] === 1 ? onTarget : elsewhere) * Math.log(x), 0);
  const gradient = (onTarget: number, elsewhere: number) => (p: Row, t: Row) =>
    p.map((x, k) => x - (t[k] === 1 ? onTarget : elsewhere));
  expect(await told(spec, smoothed(0.9, 0.1 / 3), gradient(0.9, 0.1 / 3))).toMatch(
    /\(α = 0\.1333\), the same as α = 0\.1 shared by the other 3 classes, not cross-entropy/,
  );
  const other = await told(spec, smoothed(0.85, 0.05), gradient(0.85, 0.05));
  expect(other).toMatch(/\(α = 0\.2\)/);
  expect(other).not.toMatch(/shared by/);
});

test('targets to which something is added', async () => {
  const raised =
    (times: number, plus: number) =>
    (p: Row, t: Row): number =>
      -p.reduce((sum, x, k) => sum + (times * t[k] + plus) * Math.log(x), 0);
  const gradient = (times: number, plus: number) => (p: Row, t: Row) =>
    p.map((x, k) => x * (times + p.length * plus) - (times * t[k] + plus));
  expect(await told(SOFTMAX, raised(0.8, 1 / 3), gradient(0.8, 1 / 3))).toMatch(
    /^The loss that is returned is cross-entropy of the targets 0\.8 t \+ 0\.3333 in place of t, and/,
  );
  expect(await told(SOFTMAX, raised(0.9, 0.1 / 3), gradient(0.9, 0.1 / 3))).toMatch(/smoothed labels \(α = 0\.1\)/);
});

test('hinge loss without its max, and its neighbours', async () => {
  const spec = network(3, [5], 'tanh', 2, 'linear', 'hinge');
  const margin = (p: number, t: number): number => 1 - (2 * t - 1) * p;
  const loss =
    (of: (m: number) => number) =>
    (p: Row, t: Row): number =>
      p.reduce((sum, x, k) => sum + of(margin(x, t[k])) / 2, 0);
  const slope = (p: Row, t: Row): number[] => p.map((x, k) => (margin(x, t[k]) > 0 ? (1 - 2 * t[k]) / 2 : 0));
  expect(
    await told(
      spec,
      loss((m) => m),
      slope,
    ),
  ).toMatch(/is hinge loss without its max, averaged over the outputs/);
  expect(
    await told(
      spec,
      loss((m) => Math.max(-1, m)),
      slope,
    ),
  ).not.toMatch(/without its max/);
  expect(
    await told(
      spec,
      loss((m) => Math.max(0, m)),
      slope,
    ),
  ).toBe('');
});

test('binary cross-entropy with its terms exchanged', async () => {
  const spec = network(3, [5], 'tanh', 2, 'sigmoid', 'binary-cross-entropy');
  const exchanged = (p: Row, t: Row): number =>
    -p.reduce((sum, x, k) => sum + (t[k] * Math.log(1 - x) + (1 - t[k]) * Math.log(x)) / 2, 0);
  const slope = (p: Row, t: Row): number[] => error(p, t).map((e) => e / 2);
  expect(await told(spec, exchanged, slope)).toMatch(/is binary cross-entropy with p and 1 - p exchanged/);
  // of two outputs of softmax it is what other targets make of cross-entropy
  const classes = network(3, [5], 'tanh', 2, 'softmax', 'cross-entropy');
  expect(await told(classes, exchanged, (p, t) => error(p, t.toReversed()))).not.toMatch(/exchanged/);
});

describe('Huber loss that asks for one sign', () => {
  type Part = (e: number) => readonly [value: number, slope: number];
  const inner: Part = (e) => [(e * e) / 2, e];
  const outer: Part = (e) => [0.5 * (Math.abs(e) - 0.25), 0.5 * Math.sign(e)];
  const both = (of: Part): Promise<string> =>
    told(
      HUBER,
      (p, t) => error(p, t).reduce((sum, e) => sum + of(e)[0] / 2, 0),
      (p, t) => error(p, t).map((e) => of(e)[1] / 2),
    );

  test.each<[string, Part, RegExp]>([
    [
      'above, else squared',
      (e) => (e > 0.5 ? outer(e) : inner(e)),
      /asks for p - t > δ alone, averaged over the outputs \(δ = 0\.5\)/,
    ],
    [
      'below, else squared',
      (e) => (e < -0.5 ? outer(e) : inner(e)),
      /asks for t - p > δ alone, averaged over the outputs \(δ = 0\.5\)/,
    ],
    [
      'above, else nothing',
      (e) => (e > 0.5 ? outer(e) : e < -0.5 ? [0, 0] : inner(e)),
      /asks for p - t > δ alone, averaged over the outputs \(δ = 0\.5\)/,
    ],
  ])('%s', async (_, part, text) => {
    expect(await both(part)).toMatch(text);
  });

  test('not where other numbers are in it', async () => {
    const odd: Part = (e) => (e > 0.5 ? outer(e) : e < -0.5 ? [e ** 4, 4 * e ** 3] : inner(e));
    expect(await both(odd)).not.toMatch(/alone/);
  });
});

const huber =
  (inner: (e: number) => number, outer: (e: number) => number) =>
  (p: Row, t: Row): number =>
    error(p, t).reduce((sum, e) => sum + (Math.abs(e) <= 0.5 ? inner(Math.abs(e)) : outer(Math.abs(e))), 0) / 2;
const right = huber(
  (e) => (e * e) / 2,
  (e) => 0.5 * (e - 0.25),
);
const cut = (p: Row, t: Row): number[] => error(p, t).map((e) => Math.max(-0.5, Math.min(0.5, e)) / 2);

describe('Huber', () => {
  test.each<[string, (p: Row, t: Row) => number, RegExp | string]>([
    [
      'without ½',
      huber(
        (e) => e * e,
        (e) => 0.5 * (e - 0.25),
      ),
      /is Huber loss without the ½ of ½e²/,
    ],
    [
      'without ½δ',
      huber(
        (e) => (e * e) / 2,
        (e) => 0.5 * e,
      ),
      /is Huber loss without the ½δ beyond δ/,
    ],
    [
      'with ½',
      huber(
        (e) => (e * e) / 2,
        (e) => 0.5 * (e - 0.5),
      ),
      /is Huber loss with ½ in place of ½δ beyond δ|is Huber loss with δ in place of ½δ/,
    ],
    ['twice', (p, t) => 2 * right(p, t), /is Huber loss, summed over the outputs \(δ = 0\.5\)/],
    ['right', right, ''],
  ])('%s', async (_, loss, text) => {
    const said = await told(HUBER, loss, cut);
    if (typeof text === 'string') expect(said).toBe(text);
    else expect(said).toMatch(text);
  });

  test.each<[string, (e: number) => number, RegExp | string]>([
    [
      'cut at 1',
      (e) => Math.max(-1, Math.min(1, e)),
      /dz2 is the gradient of Huber loss, averaged over the outputs \(δ = 1\)/,
    ],
    [
      'sign beyond δ',
      (e) => (Math.abs(e) <= 0.5 ? e : Math.sign(e)),
      /of Huber loss whose slope beyond δ is 1, not δ.*\(δ = 0\.5\)/,
    ],
    [
      'straight from 1',
      (e) => (Math.abs(e) <= 1 ? e : 0.5 * Math.sign(e)),
      /of Huber loss whose straight part begins at 1, not δ.*\(δ = 0\.5\)/,
    ],
    ['right', (e) => Math.max(-0.5, Math.min(0.5, e)), ''],
  ])('the gradient: %s', async (_, slope, text) => {
    const said = await told(HUBER, right, (p, t) => error(p, t).map((e) => slope(e) / 2));
    if (typeof text === 'string') expect(said).toBe(text);
    else expect(said).toMatch(text);
  });
});

test('outputs clipped to [0.1, 0.9] in the loss alone', async () => {
  const clipped = (p: Row, t: Row): number =>
    crossEntropy(
      p.map((x) => Math.max(0.1, Math.min(0.9, x))),
      t,
    );
  expect(await told(SOFTMAX, clipped, error)).toMatch(
    /cross-entropy of clipped outputs \(c = 0\.1\)\. The gradients are right\.$/,
  );
});

describe('losses of scores, in the form that does not overflow', () => {
  const SIGMOID: NetworkSpec = network(3, [5], 'tanh', 2, 'sigmoid', 'binary-cross-entropy');
  const tail = (z: number): number => Math.log1p(Math.exp(-Math.abs(z)));
  const logit = (p: number): number => Math.log(p / (1 - p));
  const ofScores =
    (term: (z: number, t: number) => number) =>
    (p: Row, t: Row): number =>
      p.reduce((sum, x, k) => sum + term(logit(x), t[k]), 0) / 2;
  const slopes = (p: Row, t: Row): number[] => error(p, t).map((e) => e / 2);

  test.each<[string, (z: number, t: number) => number, RegExp | string]>([
    [
      'no size',
      (z, t) => Math.max(z, 0) - t * z + Math.log1p(Math.exp(-z)),
      /scores with exp\(-z\) in place of exp\(-\|z\|\)/,
    ],
    ['no max', (z, t) => -t * z + tail(z), /of the scores without max\(z, 0\)/],
    ['z for max', (z, t) => z - t * z + tail(z), /with z in place of max\(z, 0\)/],
    ['no logarithm', (z, t) => Math.max(z, 0) - t * z, /without log\(1 \+ exp\(-\|z\|\)\)/],
    ['a tenth of the logarithm', (z, t) => Math.max(z, 0) - t * z + 0.1 * tail(z), /another function/],
    ['right', (z, t) => Math.max(z, 0) - t * z + tail(z), ''],
  ])('sigmoid: %s', async (_, term, text) => {
    const said = await told(SIGMOID, ofScores(term), slopes);
    if (typeof text === 'string') expect(said).toBe(text);
    else expect(said).toMatch(text);
  });

  const of = (value: (z: Row, t: Row) => number) => (p: Row, t: Row) => value(p, t);
  test('softmax: a mean in place of the sum', async () => {
    const mean = of((p, t) => crossEntropy(p, t) - Math.log(3));
    expect(await told(SOFTMAX, mean, error)).toMatch(/with the logarithm of a mean, not of a sum/);
  });
});
