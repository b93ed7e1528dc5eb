// toBackpropagate: right implementations pass, every mistake fails under its name, and the messages
// are complete.
import { describe, expect, it, vi } from 'vitest';
import '../../src/vitest.ts';
import type { Candidate, CandidateProblem, CandidateUpdate } from '../../src/candidates/candidate.ts';
import type { Conventions } from '../../src/candidates/conventions/conventions.ts';
import { stepsOf } from '../candidates/own-steps.ts';
import { by, myNetwork, spoilt } from './implementations.ts';
import type { Layer, Spoil } from './implementations.ts';
import { CLASSIFIER, errorOf, messageOf, net } from './problems.ts';

describe('passes', () => {
  it.each([
    ['tanh', 'softmax', 'cross-entropy'],
    ['sigmoid', 'softmax', 'cross-entropy'],
    ['relu', 'softmax', 'cross-entropy'],
    ['linear', 'softmax', 'cross-entropy'],
    ['tanh', 'linear', 'mse'],
    ['relu', 'sigmoid', 'mse'],
    ['sigmoid', 'tanh', 'mse'],
    ['linear', 'relu', 'mse'],
  ] as const)('%s, %s, %s, from several seeds', async (hidden, output, loss) => {
    for (const seed of [1, 2, 3]) await expect(myNetwork).toBackpropagate(net(hidden, output, loss), { seed });
  });

  it('with networks of other sizes, and with batches of one', async () => {
    const wide = net('tanh', 'softmax', 'cross-entropy', 20, 30, 5);
    await expect(myNetwork).toBackpropagate(wide, { batchSize: 32 });
    await expect(myNetwork).toBackpropagate(wide);
    await expect(myNetwork).toBackpropagate(net('tanh', 'sigmoid', 'mse', 1, 1, 1), { batchSize: 1 });
  });

  it('with modules, asynchronous functions and mocks', async () => {
    await expect({ default: myNetwork, name: 'mine' }).toBackpropagate(CLASSIFIER);
    await expect(async (problem: CandidateProblem) => myNetwork(problem)).toBackpropagate(CLASSIFIER);
    await expect(vi.fn(myNetwork)).toBackpropagate(CLASSIFIER);
  });

  it('with modules that only train, and not if they train wrongly', async () => {
    const network = net('tanh', 'softmax', 'cross-entropy');
    await expect(stepsOf()).toBackpropagate(network);
    await expect(stepsOf()).toBackpropagate(network, { optimizer: 'adam' });
    const early = stepsOf('updated-before-used');
    expect(await messageOf(() => expect(early).toBackpropagate(network))).toMatch(/updated-before-used at layer 2/);
    const uncorrected = stepsOf('none', { adam: 'no correction' });
    const message = await messageOf(() => expect(uncorrected).toBackpropagate(network, { optimizer: 'adam' }));
    expect(message).toMatch(/adam-no-bias-correction/);
  });

  it("with the user's numbers, in nested, flat and typed arrays", async () => {
    const network = net('tanh', 'linear', 'mse', 2, 2, 1);
    const parameters = [
      { weights: [[0.5, -0.3], [0.1, 0.7]], bias: [0.1, 0.2] }, // prettier-ignore
      { weights: Float32Array.of(0.4, -0.6), bias: new Float64Array(1) },
    ];
    const batch = { inputs: [[1, 2], [0, -1]], targets: [0.5, 0.25] }; // prettier-ignore
    await expect(myNetwork).toBackpropagate(network, { parameters, batch });
  });

  it.each<[string, Partial<Conventions>, (problem: CandidateProblem) => unknown]>([
    ['no biases', { biases: 'none' }, (p) => withoutBiases(myNetwork(p))],
    ['sums instead of means', { gradients: 'sum', loss: 'sum' }, (p) => summed(p)],
    ['weights (units, inputs)', { weights: 'units-inputs' }, (p) => turned(p)],
    ['class numbers as targets', { targets: 'classes' }, (p) => ofClasses(p)],
  ])('with other declared conventions: %s', async (_name, conventions, f) => {
    await expect(f).toBackpropagate(CLASSIFIER, { conventions });
    await expect({ default: f, conventions }).toBackpropagate(CLASSIFIER);
    expect(await messageOf(() => expect(f).toBackpropagate(CLASSIFIER))).toMatch(/^(Fix|Or): declare conventions = /m);
  });

  it('with class targets and squared error', async () => {
    const f = (p: CandidateProblem): unknown => ofClasses(p, 2);
    await expect(f).toBackpropagate(net('tanh', 'linear', 'mse'), { conventions: { targets: 'classes' } });
  });
});

const layersOf = (answer: { gradients: unknown }): Layer[] => answer.gradients as Layer[];
const withoutBiases = (answer: ReturnType<typeof myNetwork>): unknown => ({
  ...answer,
  gradients: layersOf(answer).map(({ weights }) => ({ weights })),
});
function summed(p: CandidateProblem): unknown {
  const B = p.inputs.length;
  return spoilt({ loss: (l) => l * B, start: (dz) => dz.map((row) => row.map((d) => B * d)) })(p);
}
function turned(p: CandidateProblem): unknown {
  const turn = (layers: Layer[]): Layer[] => layers.map((l) => ({ ...l, weights: by.transposed(l.weights) }));
  const answer = myNetwork({ ...p, parameters: turn(p.parameters) });
  return { ...answer, gradients: turn(layersOf(answer)) };
}
function ofClasses(p: CandidateProblem, K = 3): unknown {
  const classes = p.targets as unknown as number[];
  const targets = classes.map((c) => Array.from({ length: K }, (_, k) => (k === c ? 1 : 0)));
  return myNetwork({ ...p, targets });
}

/** A mistake at one layer. */
const at = <T>(layer: number, wrong: T, l: number): T | undefined => (l === layer ? wrong : undefined);
const scaled = (rows: number[][], k: number): number[][] => rows.map((row) => row.map((x) => k * x));

describe('fails with the name of the mistake:', () => {
  it.each<[string, Spoil]>([
    ['loss-sign', { start: (dz) => scaled(dz, -1) }],
    ['missing-batch-mean', { start: (dz) => scaled(dz, dz.length) }],
    ['batch-mean-twice', { start: (dz) => scaled(dz, 1 / dz.length) }],
    [
      'targets-shifted',
      { start: (dz, p, t) => dz.map((row, b) => row.map((_, k) => (p[b][k] - t[b][(k + 2) % 3]) / dz.length)) },
    ],
    ['sign at layer 1', { all: (g) => [{ weights: scaled(g[0].weights, -1), bias: g[0].bias.map((x) => -x) }, g[1]] }],
    [
      'zero-gradient at layer 2',
      { all: (g) => [g[0], { weights: scaled(g[1].weights, 0), bias: g[1].bias.map(() => 0) }] },
    ],
    ['bias-not-summed at layer 1', { db: (dz, l) => at(0, dz[0], l) ?? by.sums(dz) }],
    ['bias-of-last-example at layer 2', { db: (dz, l) => at(1, dz[dz.length - 1], l) ?? by.sums(dz) }],
    [
      'bias-averaged at layer 1',
      {
        db: (dz, l) =>
          at(
            0,
            by.sums(dz).map((x) => x / dz.length),
            l,
          ) ?? by.sums(dz),
      },
    ],
    ['missing-activation-derivative at layer 1', { slope: () => 1 }],
    ['derivative-at-z at layer 1', { slope: (_a, z) => 1 - z * z }],
    ['gradients-accumulated', accumulating()],
  ])('%s', async (name, spoil) => {
    const wrong = spoilt(spoil);
    const message = await messageOf(() => expect(wrong).toBackpropagate(CLASSIFIER));
    const [where, fix] = message.split('\n');
    expect(where).toMatch(/^d[Wb]\d\[[\d,]+\] of mine is wrong.*: \S+, exact \S+; \S+ times the allowed error\.$/);
    expect(fix).toMatch(/^Fix: /);
    expect(message).toMatch(new RegExp(`^Fix: .* \\(${name}.*\\)\\.$`, 'm'));
    expect(message).toContain('Repeat: toBackpropagate(network, { seed: 1, batchSize: 5 })');
    await expect(wrong).not.toBackpropagate(CLASSIFIER);
  });

  it('a transposed dW of a square layer, as a convention or as a mistake', async () => {
    const square = net('tanh', 'softmax', 'cross-entropy', 3, 3, 2);
    const wrong = spoilt({
      dW: (x, dz, l) => at(0, by.times(by.transposed(dz), x), l) ?? by.times(by.transposed(x), dz),
    });
    expect(await messageOf(() => expect(wrong).toBackpropagate(square))).toContain('transposed-product at layer 1');
  });

  it('a wrong loss alone', async () => {
    const message = await messageOf(() => expect(spoilt({ loss: (l) => 2 * l })).toBackpropagate(CLASSIFIER));
    expect(message).toMatch(/^the loss of mine is wrong: \S+, exact \S+; \S+ times the allowed error\.$/m);
  });

  it('updates that add the gradient instead of subtracting it', async () => {
    const update = (factor: number) => (u: CandidateUpdate) => ({
      parameters: u.parameters.map((layer, l) => ({
        weights: layer.weights.map((row, i) =>
          row.map((w, o) => w + factor * u.optimizer.learningRate * u.gradients[l].weights[i][o]),
        ),
        bias: layer.bias.map((b, o) => b + factor * u.optimizer.learningRate * u.gradients[l].bias[o]),
      })),
    });
    const own = (factor: number) => ({ default: myNetwork, applyGradients: update(factor) });
    await expect(own(-1)).toBackpropagate(CLASSIFIER);
    const message = await messageOf(() => expect(own(1)).toBackpropagate(CLASSIFIER));
    expect(message).toMatch(
      /^W1\[1,1\] after update 1 with the same gradients is wrong in myNetwork: .*\nFix: .* \(ascent\)\.$/m,
    );
    expect(await messageOf(() => expect(own(-1)).toBackpropagate(CLASSIFIER, { optimizer: 'momentum' }))).toContain(
      'after update 2 with the same gradients',
    );
  });
});

/** Gradients that are added to those of the previous call. */
function accumulating(): Spoil {
  let kept: Layer[] | null = null;
  return {
    all: (gradients) => {
      const add = (a: number[], b: number[] | undefined): number[] => a.map((x, i) => x + (b?.[i] ?? 0));
      kept = gradients.map(({ weights, bias }, l) => ({
        weights: weights.map((row, r) => add(row, kept?.[l].weights[r])),
        bias: add(bias, kept?.[l].bias),
      }));
      return kept;
    },
  };
}

describe('reports', () => {
  it('a mistake, in one block', async () => {
    const wrong = spoilt({ db: (dz, l) => at(0, dz[0], l) ?? by.sums(dz) });
    expect(await messageOf(() => expect(wrong).toBackpropagate(CLASSIFIER))).toMatchInlineSnapshot(`
      "db1[1] of mine is wrong: -0.0731, exact -0.359; 231,000 times the allowed error.
      Fix: db = Σ_b dz_b. The bias gradient is not summed over the batch; only the first example is used (bias-not-summed at layer 1).
      Right: loss, W2, b2, W1. Wrong: b1.
      Repeat: toBackpropagate(network, { seed: 1, batchSize: 5 }); the network is 3-4-3, tanh, softmax, cross-entropy."
    `);
  });

  it('a right implementation that was expected to be wrong', async () => {
    expect(await messageOf(() => expect(myNetwork).not.toBackpropagate(CLASSIFIER, { seed: 7, batchSize: 3 }))).toMatch(
      /^myNetwork was expected to be wrong, but it is right\.\nall 31 gradients are within rounding error \(worst: \S+ % of the allowed error at \S+\)\.\nRepeat: toBackpropagate\(network, \{ seed: 7, batchSize: 3 \}\); the network is 3-4-3, tanh, softmax, cross-entropy\.$/,
    );
  });

  it('missing gradients', async () => {
    const half = spoilt({ all: (g) => [undefined, { weights: g[1].weights }] });
    expect(await messageOf(() => expect(half).toBackpropagate(CLASSIFIER))).toMatchInlineSnapshot(`
      "mine returned no gradient for W1 (3, 4), b1 (4), b2 (3).
      Next: db2 = Σ_b dz2 (over the examples of the batch).
      Right: loss, W2.
      Repeat: toBackpropagate(network, { seed: 1, batchSize: 5 }); the network is 3-4-3, tanh, softmax, cross-entropy."
    `);
  });

  it('the place of a value that is not a number', async () => {
    const broken = spoilt({ db: (dz, l) => at(1, [0, NaN, 0], l) ?? by.sums(dz) });
    const message = await messageOf(() => expect(broken).toBackpropagate(CLASSIFIER));
    expect(message).toMatch(/^db2\[1\] of mine is wrong: NaN, exact /);
    await expect(broken).not.toBackpropagate(CLASSIFIER);
  });

  it('changed arguments', async () => {
    const vandal: Candidate = (p) => {
      const answer = myNetwork(p);
      p.inputs[0][0] += 1;
      return answer;
    };
    expect(await messageOf(() => expect(vandal).toBackpropagate(CLASSIFIER))).toContain(
      'vandal changes its arguments: inputs[0,0] was ',
    );
  });

  it('an exception, with the error itself as the cause, with and without .not', async () => {
    const thrown = new TypeError('not written yet');
    const throwing = (): never => {
      throw thrown;
    };
    for (const assertion of [
      () => expect(throwing).toBackpropagate(CLASSIFIER),
      () => expect(throwing).not.toBackpropagate(CLASSIFIER),
    ]) {
      const error = await errorOf(assertion);
      expect(error.message).toBe('throwing threw TypeError: not written yet');
      expect(error.cause).toBe(thrown);
    }
  });

  it('the convention it follows, if it throws under all others', async () => {
    const strict = (p: CandidateProblem): unknown => {
      if (p.parameters[0].weights.length !== 4) throw new RangeError('4 rows of weights expected');
      return turned(p);
    };
    const error = await errorOf(() => expect(strict).toBackpropagate(CLASSIFIER));
    expect(error.message).toContain("it agrees if it declares conventions = { weights: 'units-inputs' }");
    expect(error.cause).toBeInstanceOf(RangeError);
  });

  it.each<[unknown, object | undefined, string]>([
    [undefined, undefined, 'expect() was given undefined, not an implementation'],
    [{ backward: 1 }, undefined, 'has no default export that is a function'],
    [() => 7, undefined, 'the implementation returned 7 when asked for loss and gradients'],
    [myNetwork, { sed: 1 }, 'unknown option "sed"\nchoose one of seed, batchSize'],
    [myNetwork, { seed: 0.5 }, 'seed: expected a whole number, got 0.5'],
    [myNetwork, { batchSize: 0 }, 'batchSize: expected a whole number of at least 1, got 0'],
    [myNetwork, { optimizer: 'adm' }, 'unknown optimizer "adm"\nchoose one of sgd'],
    [myNetwork, { parameters: [] }, 'parameters: W1: expected (3, 4), got nothing'],
    [myNetwork, { batch: { inputs: [[1]], targets: [[1]] } }, 'batch: inputs: expected (1, 3), got (1, 1)'],
    [myNetwork, { conventions: { weights: 'up' } }, 'myNetwork: conventions: weights'],
  ])('an invalid request: %o %o', async (received, options, message) => {
    const error = await errorOf(() => expect(received).toBackpropagate(CLASSIFIER, options));
    expect(error.message).toContain(message);
    await expect(expect(received).not.toBackpropagate(CLASSIFIER, options)).rejects.toThrow();
  });
});
