// Losses that candidates have in place of the right one are recognised from what they return, told
// with or without a fix, and right ones lead to nothing.
import { describe, expect, test } from 'vitest';
import { boundedGradients } from '../../../src/bounds/gradients.ts';
import { Asker } from '../../../src/check/probe/asker.ts';
import { probeLoss } from '../../../src/check/probe/loss/loss.ts';
import type { LossFound } from '../../../src/check/probe/loss/loss.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import type { Dtype } from '../../../src/numeric/dtype.ts';
import { network, randomBatch, startOf } from '../../fixtures.ts';
import { plainEngine, through } from './plain-network.ts';
import type { OwnLoss } from './plain-network.ts';

type Row = readonly number[];
type Entry = (p: number, t: number, K: number) => number;

const SOFTMAX = network(3, [5], 'tanh', 3, 'softmax', 'cross-entropy');
const SIGMOID = network(3, [5], 'tanh', 2, 'sigmoid', 'mse');
const LINEAR = network(3, [5], 'tanh', 2, 'linear', 'mse');
const SHARES = network(3, [5], 'tanh', 3, 'softmax', 'mse');

/** Σ over all entries, divided by B or by `over`. */
const mean =
  (term: Entry, over = (B: number): number => B) =>
  (p: readonly Row[], t: readonly Row[]): number =>
    p.reduce((sum, row, b) => sum + row.reduce((own, x, k) => own + term(x, t[b][k], row.length), 0), 0) /
    over(p.length);

/** A loss with its derivative with respect to p, through this output. */
function pair(
  { layers }: NetworkSpec,
  term: Entry,
  slope: Entry,
  more: Partial<OwnLoss> = {},
  over = (B: number): number => B,
): OwnLoss {
  const { activation } = layers[layers.length - 1];
  return {
    loss: mean(term, over),
    dz: (p, t, z) =>
      through(
        activation,
        p.map((row, b) => row.map((x, k) => slope(x, t[b][k], row.length) / over(p.length))),
        p,
        z,
      ),
    ...more,
  };
}

async function found(spec: NetworkSpec, own: OwnLoss, dtype: Dtype = 'f64'): Promise<LossFound | null> {
  return foundIn(spec, plainEngine(spec, own, dtype));
}

async function foundIn(spec: NetworkSpec, engine: Engine): Promise<LossFound | null> {
  const [parameters, batch] = [startOf(spec), randomBatch(spec, 4, 1)];
  await engine.load(parameters);
  const exact = boundedGradients(spec, parameters, batch);
  const { loss } = await engine.lossAndGradients(batch);
  const lossIsWrong = !(Math.abs(loss - exact.loss.value) <= exact.loss.error);
  const asker = new Asker(engine, UNWATCHED);
  const all = await probeLoss({ network: spec, asker, watch: UNWATCHED, lossIsWrong, targets: batch.targets });
  expect(asker.asked).toBeLessThanOrEqual(20);
  return all;
}

const texts = (all: LossFound | null): string => all?.told.map(({ text }) => text).join('\n') ?? '';

const log = Math.log;
const ce: Entry = (p, t) => (t === 0 ? 0 : -t * log(p));
const ceSlope: Entry = (p, t) => -t / p;
const bce: Entry = (p, t) => -(t * log(p) + (1 - t) * log(1 - p));
const bceSlope: Entry = (p, t) => (p - t) / (p * (1 - p));
const se: Entry = (p, t, K) => (p - t) ** 2 / K;
const seSlope: Entry = (p, t, K) => (2 * (p - t)) / K;
const huber = (d: number): [Entry, Entry] => [
  (p, t, K) => (Math.abs(p - t) <= d ? (p - t) ** 2 / 2 : d * (Math.abs(p - t) - d / 2)) / K,
  (p, t, K) => Math.max(-d, Math.min(d, p - t)) / K,
];
const y = (t: number): number => (t > 0.5 ? 1 : -1);
const clip = (p: number, c: number): number => Math.min(Math.max(p, c), 1 - c);
const smooth = (a: number, t: number, K: number): number => t * (1 - a) + a / K;
const times =
  (f: Entry, c: number | ((K: number) => number)): Entry =>
  (p, t, K) =>
    f(p, t, K) * (typeof c === 'number' ? c : c(K));

/** Loss, the network, and what is said. All with their own gradients. */
const CONSISTENT: readonly (readonly [string, NetworkSpec, OwnLoss, RegExp])[] = [
  [
    'binary cross-entropy',
    SIGMOID,
    pair(SIGMOID, bce, bceSlope),
    /is binary cross-entropy, summed over the outputs, not mean.* If this loss is meant, no gradient is wrong: declare --loss binary-cross-entropy and the conventions \{ squaredError: 'sum' \}\.$/,
  ],
  [
    'its mean',
    SIGMOID,
    pair(SIGMOID, times(bce, 1 / 2), times(bceSlope, 1 / 2)),
    /is binary cross-entropy, averaged.* declare --loss binary-cross-entropy\.$/,
  ],
  [
    'absolute error',
    LINEAR,
    pair(
      LINEAR,
      (p, t, K) => Math.abs(p - t) / K,
      (p, t, K) => Math.sign(p - t) / K,
    ),
    /is mean absolute error.* declare --loss mean-absolute-error\.$/,
  ],
  [
    'Huber, 0.5',
    SIGMOID,
    pair(SIGMOID, ...huber(0.5)),
    /Huber loss, averaged over the outputs \(δ = 0.5\).*declare --loss huber:0.5\.$/,
  ],
  [
    'Huber, 0.37',
    LINEAR,
    pair(LINEAR, ...huber(0.37)),
    /Huber loss, averaged over the outputs \(δ = 0.37\).*declare --loss huber:0.37\.$/,
  ],
  [
    'half the sum of squares',
    LINEAR,
    pair(
      LINEAR,
      times(se, (K) => K / 2),
      times(seSlope, (K) => K / 2),
    ),
    /is mean squared error, and the gradients|^$/,
  ],
  [
    'sum of squares',
    SHARES,
    pair(SHARES, times(se, 3), times(seSlope, 3)),
    /sum of the squared errors.*Declare the conventions \{ squaredError: 'sum' \}/,
  ],
  [
    'half the sum of squares, K = 3',
    SHARES,
    pair(SHARES, times(se, 1.5), times(seSlope, 1.5)),
    /half the sum of the squared errors.*squaredError: 'half-sum'/,
  ],
  [
    'sum over the batch',
    LINEAR,
    pair(LINEAR, se, seSlope, {}, () => 1),
    /mean squared error, summed over the batch.*loss: 'sum', gradients: 'sum'/,
  ],
  [
    'log-cosh',
    LINEAR,
    pair(
      LINEAR,
      (p, t) => log(Math.cosh(p - t)),
      (p, t) => Math.tanh(p - t),
    ),
    /is log-cosh/,
  ],
  [
    'hinge',
    LINEAR,
    pair(
      LINEAR,
      (p, t) => Math.max(0, 1 - y(t) * p),
      (p, t) => (1 - y(t) * p > 0 ? -y(t) : 0),
    ),
    /is hinge loss/,
  ],
  [
    'squared hinge',
    LINEAR,
    pair(
      LINEAR,
      (p, t) => Math.max(0, 1 - y(t) * p) ** 2,
      (p, t) => -2 * y(t) * Math.max(0, 1 - y(t) * p),
    ),
    /is squared hinge loss/,
  ],
  [
    'likelihood',
    SOFTMAX,
    pair(
      SOFTMAX,
      (p, t) => -t * p,
      (_p, t) => -t,
    ),
    /negative likelihood, without a logarithm/,
  ],
  [
    'base 2',
    SOFTMAX,
    pair(SOFTMAX, times(ce, Math.LOG2E), times(ceSlope, Math.LOG2E)),
    /cross-entropy with a logarithm to base 2/,
  ],
  [
    'base 10',
    SOFTMAX,
    pair(SOFTMAX, times(ce, Math.LOG10E), times(ceSlope, Math.LOG10E)),
    /with a logarithm to base 10/,
  ],
  [
    'smoothed labels',
    SOFTMAX,
    pair(
      SOFTMAX,
      (p, t, K) => -smooth(0.1, t, K) * log(p),
      (p, t, K) => -smooth(0.1, t, K) / p,
    ),
    /smoothed labels \(α = 0.1\)/,
  ],
  [
    'focal',
    SOFTMAX,
    pair(
      SOFTMAX,
      (p, t) => -t * (1 - p) ** 2 * log(p),
      (p, t) => t * (2 * (1 - p) * log(p) - (1 - p) ** 2 / p),
    ),
    /focal loss \(γ = 2\)/,
  ],
  ['twice', SOFTMAX, pair(SOFTMAX, times(ce, 2), times(ceSlope, 2)), /twice the cross-entropy/],
  [
    'binary cross-entropy of a softmax',
    SOFTMAX,
    pair(SOFTMAX, bce, bceSlope),
    /binary cross-entropy, summed over the outputs/,
  ],
  [
    'binary cross-entropy with weights',
    SIGMOID,
    pair(
      SIGMOID,
      (p, t) => -(3 * t * log(p) + (1 - t) * log(1 - p)),
      (p, t) => (-3 * t) / p + (1 - t) / (1 - p),
    ),
    /with t log p counted 3 times/,
  ],
  [
    'fourth powers',
    LINEAR,
    pair(
      LINEAR,
      (p, t) => (p - t) ** 4,
      (p, t) => 4 * (p - t) ** 3,
    ),
    /fourth power/,
  ],
  [
    'quantile',
    LINEAR,
    pair(
      LINEAR,
      (p, t) => Math.max(0.9 * (t - p), -0.1 * (t - p)),
      (p, t) => (t > p ? -0.9 : 0.1),
    ),
    /quantile loss, summed over the outputs \(τ = 0.9\)/,
  ],
  [
    'Poisson',
    SIGMOID,
    pair(
      SIGMOID,
      (p, t) => p - t * log(p),
      (p, t) => 1 - t / p,
    ),
    /Poisson/,
  ],
  [
    'exponential',
    LINEAR,
    pair(
      LINEAR,
      (p, t) => Math.exp(-y(t) * p),
      (p, t) => -y(t) * Math.exp(-y(t) * p),
    ),
    /exponential loss/,
  ],
];

describe('a loss with its own gradients is told, and nothing is to be fixed', () => {
  test.each(CONSISTENT)('%s', async (_name, spec, own, said) => {
    const all = await found(spec, own);
    expect(texts(all)).toMatch(said);
    if (all === null) return;
    expect(all.gradients.is).toBe('own');
    expect(all.told).toHaveLength(1);
    expect(all.told[0]).toMatchObject({ kind: 'loss', place: 'loss', fix: null });
    expect(texts(all)).toContain('the gradients are its own');
  });
});

const l2 =
  (s: number, of: (w: number) => number = (w) => w * w): NonNullable<OwnLoss['penalty']> =>
  (W) =>
    s * W.flat(2).reduce((sum, w) => sum + of(w), 0);

const PENALTIES: readonly (readonly [string, Partial<OwnLoss>, RegExp])[] = [
  [
    'L2',
    { penalty: l2(0.005), decay: (w) => 0.01 * w },
    /the penalty 0.005 Σ W².*the gradients are its own\. Declare the penalty: --l2 0\.005\.$/,
  ],
  [
    'L1',
    { penalty: l2(0.02, Math.abs), decay: (w) => 0.02 * Math.sign(w) },
    /the penalty 0.02 Σ \|W\|.*the gradients are its own\. Declare the penalty: --l1 0\.02\.$/,
  ],
  [
    'L2 over B',
    { penalty: (W, B) => l2(0.05)(W, B) / B, decay: (w, B) => (0.1 * w) / B },
    /0.05 Σ W² \/ B.*the gradients are its own\. Declare the penalty: --l2 0\.05 --penalty-over-batch\.$/,
  ],
  ['L2 in the gradient', { decay: (w) => 0.01 * w }, /dW1 and dW2 have 0.01 W in them, .* the loss has no penalty/],
  ['L1 in the gradient', { decay: (w) => 0.01 * Math.sign(w) }, /have 0.01 sign\(W\) in them/],
  ['L2 in the loss', { penalty: l2(0.01) }, /penalty 0.01 Σ W².*its own gradient is not in them/],
  [
    'the factor 2 missing',
    { penalty: l2(0.01), decay: (w) => 0.01 * w },
    /0.01 Σ W². dW1 and dW2 have 0.01 W in them: 0.5 times/,
  ],
  [
    'L2 of biases in the gradient',
    { decay: (w) => 0.01 * w, biasDecay: (b) => 0.01 * b },
    /have 0.01 W and 0.01 b in them/,
  ],
];

describe('penalties', () => {
  test.each(PENALTIES)('%s', async (_name, more, said) => {
    expect(texts(await found(SOFTMAX, pair(SOFTMAX, ce, ceSlope, more)))).toMatch(said);
  });
});

/** A loss and the gradient of another one. */
const APART: readonly (readonly [string, NetworkSpec, OwnLoss, RegExp])[] = [
  [
    'another loss, right gradients',
    SIGMOID,
    { ...pair(SIGMOID, se, seSlope), loss: mean(bce) },
    /is binary cross-entropy.*The gradients are those of mean squared error, as they should be/,
  ],
  [
    'right loss, another gradient',
    SIGMOID,
    { ...pair(SIGMOID, bce, bceSlope), loss: mean(se) },
    /The loss is mean squared error. dz2 is the gradient of binary cross-entropy, summed over the outputs./,
  ],
  [
    'neither is right',
    LINEAR,
    {
      ...pair(
        LINEAR,
        (p, t) => Math.abs(p - t),
        (p, t) => Math.sign(p - t),
      ),
      loss: mean((p, t) => Math.max(0, 1 - y(t) * p)),
    },
    /is hinge loss.*dz2 is the gradient of sum of the absolute errors/,
  ],
  [
    'the sum reported, right gradients',
    SOFTMAX,
    { ...pair(SOFTMAX, ce, ceSlope), loss: mean(ce, () => 1) },
    /cross-entropy, summed over the batch.*as they should be/,
  ],
  [
    'ε in the logarithm',
    SOFTMAX,
    { ...pair(SOFTMAX, ce, ceSlope), loss: mean((p, t) => -t * log(p + 1e-3)) },
    /cross-entropy with ε in the logarithm \(ε = 0.001\). The gradients are right/,
  ],
  [
    'clipped',
    SOFTMAX,
    { ...pair(SOFTMAX, ce, ceSlope), loss: mean((p, t) => -t * log(clip(p, 0.3))) },
    /cross-entropy of clipped outputs \(c = 0.3\)/,
  ],
  [
    'twice its gradient',
    SIGMOID,
    { ...pair(SIGMOID, huber(0.5)[0], times(huber(0.5)[1], 2)) },
    /Huber loss.*The gradients are 2 times its own/,
  ],
  [
    'the root',
    LINEAR,
    { ...pair(LINEAR, se, seSlope), loss: (p, t) => Math.sqrt(mean(se)(p, t)) },
    /root of the squared error/,
  ],
  [
    'a loss of no table',
    LINEAR,
    { ...pair(LINEAR, se, seSlope), loss: mean((p, t) => Math.sin(p * 3) + t) },
    /The gradients are those of mean squared error, as they should be. The loss that is returned is another function/,
  ],
];

describe('a loss and the gradient of another one', () => {
  test.each(APART)('%s', async (_name, spec, own, said) => {
    expect(texts(await found(spec, own))).toMatch(said);
  });
});

describe('nothing is told', () => {
  test.each([
    ['cross-entropy', SOFTMAX, pair(SOFTMAX, ce, ceSlope)],
    ['mean squared error', LINEAR, pair(LINEAR, se, seSlope)],
    ['of a sigmoid', SIGMOID, pair(SIGMOID, se, seSlope)],
    ['of a softmax', SHARES, pair(SHARES, se, seSlope)],
  ] as const)('of a right engine: %s', async (_name, spec, own) => {
    for (const dtype of ['f64', 'f32'] as const) expect(await found(spec, own, dtype)).toBeNull();
  });

  test('of a right loss whose biases are wrong', async () => {
    expect(texts(await found(SOFTMAX, pair(SOFTMAX, ce, ceSlope, { biasDecay: () => 0.1 })))).toBe('');
  });

  test('of a loss that is another at every call', async () => {
    let n = 0;
    const own = { ...pair(SOFTMAX, ce, ceSlope), loss: () => ++n };
    expect(await found(SOFTMAX, own)).toBeNull();
  });

  test('of a loss and gradients that are on no table', async () => {
    const own = pair(
      LINEAR,
      (p, t) => Math.sin(3 * p) + t * p,
      (p, t) => 3 * Math.cos(3 * p) + t,
    );
    expect(texts(await found(LINEAR, own))).toBe('');
  });
});

test('single precision is enough', async () => {
  expect(texts(await found(SIGMOID, pair(SIGMOID, bce, bceSlope), 'f32'))).toMatch(/binary cross-entropy.*its own/);
  const decayed = pair(SOFTMAX, ce, ceSlope, { penalty: l2(0.005), decay: (w) => 0.01 * w });
  expect(texts(await found(SOFTMAX, decayed, 'f32'))).toMatch(/0.005 Σ W².*its own/);
});

describe('losses of batches', () => {
  const plain = pair(LINEAR, se, seSlope);
  const every = (p: readonly Row[], t: readonly Row[]): number =>
    t.reduce(
      (sum, own) =>
        sum +
        plain.loss(
          p,
          p.map(() => own),
          p,
        ),
      0,
    ) / t.length;
  const meanOf = (t: readonly Row[]): Row => t[0].map((_, k) => t.reduce((sum, row) => sum + row[k], 0) / t.length);

  test.each<[string, OwnLoss, RegExp]>([
    [
      'every output meets every target, in the loss alone',
      { ...plain, loss: every },
      /squared error of every output and every target of the batch.* The gradients are those of mean squared error/,
    ],
    [
      'every output meets every target',
      {
        loss: every,
        dz: (p, t, z) =>
          plain.dz(
            p,
            t.map(() => meanOf(t)),
            z,
          ),
      },
      /squared error of every output and every target of the batch.*, and the gradients are its own\.$/,
    ],
    [
      'the first example is left out',
      { ...plain, loss: (p, t, z) => plain.loss(p, t, z) - plain.loss([p[0]], [t[0]], [z[0]]) / p.length },
      /squared error, the first example of a batch left out\./,
    ],
    [
      'the last example is left out',
      {
        ...plain,
        loss: (p, t, z) =>
          plain.loss(p, t, z) - plain.loss([p[p.length - 1]], [t[t.length - 1]], [z[z.length - 1]]) / p.length,
      },
      /squared error, the last example of a batch left out\./,
    ],
  ])('%s', async (_name, own, text) => {
    const all = await found(LINEAR, own);
    expect(texts(all)).toMatch(text);
    expect(all?.told[0].fix).toMatch(/^loss = /);
  });
});

describe('a loss that is not finite for large scores', () => {
  const over = async (own: OwnLoss): Promise<string> => {
    const engine = plainEngine(SOFTMAX, own, 'f64');
    const batch = randomBatch(SOFTMAX, 4, 1);
    const parameters = startOf(SOFTMAX);
    for (const { layer, values } of parameters)
      if (layer === SOFTMAX.layers.length) for (let i = 0; i < values.length; i++) values[i] *= 4000;
    await engine.load(parameters);
    const { loss } = await engine.lossAndGradients(batch);
    const overflows = Number.isFinite(loss) ? [] : [{ loss, parameters, batch }];
    const asker = new Asker(engine, UNWATCHED);
    const all = { network: SOFTMAX, asker, watch: UNWATCHED, lossIsWrong: true, targets: batch.targets, overflows };
    return texts(await probeLoss(all));
  };

  test('is told, with the size of the scores', async () => {
    expect(await over(pair(SOFTMAX, ce, ceSlope))).toMatch(
      /^The loss is Infinity for scores up to ±\d+; for others it is right\.$/,
    );
  });

  test('is not blamed where it is another loss as well', async () => {
    const text = await over(pair(SOFTMAX, times(ce, 2), ceSlope));
    expect(text).toMatch(/^The loss that is returned is twice the cross-entropy/);
    expect(text).not.toMatch(/for others it is right/);
  });
});
