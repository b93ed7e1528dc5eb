// Mistakes that the user's own point hides: zero biases, equal or symmetric weights, one-hot
// inputs, targets in order, a batch as large as a layer. Each agrees with the right network at that
// point, and is caught nevertheless.
import { describe, expect, test } from 'vitest';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import type { GradientCheck } from '../../src/check/gradient-check.ts';
import type { QuestionName } from '../../src/check/verdict.ts';
import type { Engine, LossAndGradients } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { Batch } from '../../src/network/batch.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { copyParameters, denseLayers, fromDense } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch } from '../fixtures.ts';
import { altered } from './sabotage.ts';

const SGD = optimizerSpec('sgd');
const SPEC = network(3, [4], 'tanh', 3, 'softmax', 'cross-entropy');
const open = (spec: NetworkSpec): Promise<Engine> => createEngine('vector', spec, SGD);

/** The right network, with other parameters or another batch than those it is asked about. */
async function reading(
  spec: NetworkSpec,
  {
    parameters = (p) => p,
    batch = (b) => b,
  }: { parameters?: (p: Parameters) => Parameters; batch?: (b: Batch) => Batch },
): Promise<Engine> {
  const right = await open(spec);
  const none = (inputs: Matrix): Batch => ({ inputs, targets: matrixOf([[]]) });
  return altered(right, {
    load: (p) => right.load(parameters(copyParameters(p, 'f64'))),
    lossAndGradients: (b) => right.lossAndGradients(batch(b)),
    predict: (inputs) => right.predict(batch(none(inputs)).inputs),
  });
}

/** The right network with a changed answer; the change knows the question. */
async function answering(
  spec: NetworkSpec,
  change: (answer: LossAndGradients, batch: Batch, parameters: Parameters) => LossAndGradients,
): Promise<Engine> {
  const right = await open(spec);
  return altered(right, {
    lossAndGradients: async (b) => change(await right.lossAndGradients(b), b, await right.parameters()),
  });
}

async function judged(spec: NetworkSpec, start: Parameters, batch: Batch, candidate: Engine): Promise<GradientCheck> {
  return gradientCheck(spec, start, batch, { candidate, reference: await open(spec) });
}

/** Expects the candidate to be right at the given point and wrong elsewhere. */
async function expectHidden(spec: NetworkSpec, start: Parameters, batch: Batch, candidate: Engine): Promise<void> {
  const check = await judged(spec, start, batch, candidate);
  for (const { left } of [check.loss, check.outputs, ...check.parameters]) expect(left).toBeNull();
  expect(check.verdict.kind).toBe('disagree');
  const places: (QuestionName | null)[] = ['real', 'random', 'one', 'other'];
  expect(places).toContain(check.firstWrongQuestion);
  expect(check.firstWrong.reference).toBeNull();
}

const times = (parameters: Parameters, factor: number): Parameters =>
  parameters.map((t) => (t.role === 'bias' ? { ...t, values: t.values.map((b) => factor * b) } : t));

describe('biases of 0 do not hide', () => {
  const start = initialParameters(SPEC, 'glorot-uniform', 1);
  const batch = randomBatch(SPEC, 6);

  test('a bias that is never added', async () => {
    await expectHidden(SPEC, start, batch, await reading(SPEC, { parameters: (p) => times(p, 0) }));
  });

  test('a bias that is added twice', async () => {
    await expectHidden(SPEC, start, batch, await reading(SPEC, { parameters: (p) => times(p, 2) }));
  });

  test('a bias gradient that starts from a copy of the bias', async () => {
    const copied = await answering(SPEC, ({ loss, gradients }, _batch, parameters) => ({
      loss,
      gradients: gradients.map((tensor, t) => {
        if (tensor.role !== 'bias') return tensor;
        return { ...tensor, values: tensor.values.map((g, o) => g + parameters[t].values[o]) };
      }),
    }));
    await expectHidden(SPEC, start, batch, copied);
  });

  test('the right network, which agrees at every question', async () => {
    const check = await judged(SPEC, start, batch, await open(SPEC));
    expect(check.verdict.kind).toBe('identical');
    expect(check.firstWrongQuestion).toBeNull();
    expect(check.questions.map(({ question }) => question)).toEqual([
      'repeated',
      'other',
      'again',
      'real',
      'random',
      'one',
    ]);
  });
});

describe('patterned weights do not hide', () => {
  const square = network(3, [3], 'tanh', 3, 'softmax', 'cross-entropy');
  const turned = ({ rows, cols, data }: Matrix): Matrix => ({
    rows: cols,
    cols: rows,
    data: data.map((_, i) => data[(i % rows) * cols + Math.floor(i / rows)]),
  });

  test('a transpose in a square layer with symmetric weights', async () => {
    const start = initialParameters(square, 'glorot-uniform', 1);
    for (const { weights } of denseLayers(start))
      for (let i = 0; i < 3; i++) for (let j = 0; j < i; j++) weights.data[3 * i + j] = weights.data[3 * j + i];
    const transposing = await reading(square, {
      parameters: (p) => fromDense(denseLayers(p).map(({ weights, bias }) => ({ weights: turned(weights), bias }))),
    });
    await expectHidden(square, start, randomBatch(square, 5), transposing);
  });

  test('the first unit’s weights used for all units, when all are equal', async () => {
    const start = copyParameters(initialParameters(SPEC, 'glorot-uniform', 1), 'f32');
    for (const { weights } of denseLayers(start)) weights.data.fill(0.25);
    const first = await reading(SPEC, {
      parameters: (p) =>
        p.map(({ shape, values, ...tensor }) => {
          const [, cols = 1] = shape; // a bias stays as it is
          return { ...tensor, shape, values: values.map((_, i) => values[i - (i % cols)]) };
        }),
    });
    await expectHidden(SPEC, start, randomBatch(SPEC, 5), first);
  });

  test('weights that are left out, when they are 0', async () => {
    const start = initialParameters(SPEC, 'glorot-uniform', 1);
    denseLayers(start)[0].weights.data.fill(0);
    const without = await reading(SPEC, {
      parameters: (p) => p.map((tensor, t) => (t === 0 ? { ...tensor, values: tensor.values.map(() => 0) } : tensor)),
    });
    await expectHidden(SPEC, start, randomBatch(SPEC, 5), without);
  });
});

describe('a patterned batch does not hide', () => {
  const start = initialParameters(SPEC, 'glorot-uniform', 1);

  test('squared inputs, when all are 0 or 1', async () => {
    const inputs = matrixOf([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]); // prettier-ignore
    const squared = await reading(SPEC, {
      batch: ({ inputs: x, targets }) => ({ inputs: { ...x, data: x.data.map((v) => v * v) }, targets }),
    });
    await expectHidden(SPEC, start, { ...randomBatch(SPEC, 4), inputs }, squared);
  });

  test('targets assumed to be in order, when they are', async () => {
    const targets = matrixOf([[1, 0, 0], [0, 1, 0], [0, 0, 1]]); // prettier-ignore
    const ordered = await reading(SPEC, {
      batch: ({ inputs, targets: t }) => ({
        inputs,
        targets: { ...t, data: t.data.map((_, i) => (Math.floor(i / t.cols) % t.cols === i % t.cols ? 1 : 0)) },
      }),
    });
    await expectHidden(SPEC, start, { ...randomBatch(SPEC, 3), targets }, ordered);
  });

  test.each([3, 4])('a mean over %i units in place of %i examples', async (B) => {
    const scaled = await answering(SPEC, ({ loss, gradients }, { inputs }) => ({
      loss: (loss * inputs.rows) / B,
      gradients: gradients.map((tensor) => ({ ...tensor, values: tensor.values.map((g) => (g * inputs.rows) / B) })),
    }));
    await expectHidden(SPEC, start, randomBatch(SPEC, B), scaled);
  });

  test('a hard-coded batch size', async () => {
    const six = await reading(SPEC, {
      batch: (b) => (b.inputs.rows <= 6 ? b : { inputs: head(b.inputs, 6), targets: head(b.targets, 6) }),
    });
    const check = await judged(
      SPEC,
      start,
      randomBatch(SPEC, 6),
      altered(six, {
        predict: (x) => open(SPEC).then(async (e) => (await e.load(await six.parameters()), e.predict(x))),
      }),
    );
    expect(check.verdict.kind).toBe('disagree');
    expect(check.firstWrongQuestion).toBe('random');
  });
});

function head({ rows, cols, data }: Matrix, count: number): Matrix {
  const kept = Math.min(rows, count);
  return { rows: kept, cols, data: data.slice(0, kept * cols) };
}

describe('values cached between calls show', () => {
  const start = initialParameters(SPEC, 'glorot-uniform', 1);

  test('the inputs of the first batch of each size', async () => {
    const kept = new Map<number, Matrix>();
    const caching = await reading(SPEC, {
      batch: ({ inputs, targets }) => {
        const before = kept.get(inputs.rows) ?? { ...inputs, data: inputs.data.slice() };
        kept.set(inputs.rows, before);
        return { inputs: before, targets };
      },
    });
    const check = await judged(SPEC, start, randomBatch(SPEC, 6), caching);
    expect(check.verdict.kind).toBe('disagree');
    expect(check.firstWrongQuestion).toBe('other');
  });

  test('the loss, or the outputs, of the first call', async () => {
    const right = await open(SPEC);
    let [loss, outputs]: [number | null, Matrix | null] = [null, null];
    const ofLoss = altered(right, {
      lossAndGradients: async (b) => {
        const answer = await right.lossAndGradients(b);
        return { ...answer, loss: (loss ??= answer.loss) };
      },
    });
    expect((await judged(SPEC, start, randomBatch(SPEC, 6), ofLoss)).firstWrongQuestion).toBe('other');
    const ofOutputs = altered(right, {
      predict: async (inputs) => {
        const answer = await right.predict(inputs);
        outputs ??= answer;
        return outputs.rows === answer.rows ? outputs : answer;
      },
    });
    expect((await judged(SPEC, start, randomBatch(SPEC, 6), ofOutputs)).firstWrongQuestion).toBe('other');
  });

  test('the answer, or the outputs, cached by the inputs alone', async () => {
    const right = await open(SPEC);
    const [answers, outputs] = [new Map<string, LossAndGradients>(), new Map<string, Matrix>()];
    const kept = <T>(map: Map<string, T>, key: string, value: T): T => map.get(key) ?? (map.set(key, value), value);
    const ofAnswers = altered(right, {
      lossAndGradients: async (b) => kept(answers, b.inputs.data.join(), await right.lossAndGradients(b)),
    });
    expect((await judged(SPEC, start, randomBatch(SPEC, 6), ofAnswers)).firstWrongQuestion).toBe('real');
    const ofOutputs = altered(right, {
      predict: async (inputs) => kept(outputs, inputs.data.join(), await right.predict(inputs)),
    });
    expect((await judged(SPEC, start, randomBatch(SPEC, 6), ofOutputs)).firstWrongQuestion).toBe('real');
  });

  test('outputs of the parameters, or of the batch, of the last gradients', async () => {
    const right = await open(SPEC);
    const before = await open(SPEC);
    let last: Matrix | null = null;
    const ofParameters = altered(right, {
      lossAndGradients: async (b) => {
        await before.load(await right.parameters());
        return right.lossAndGradients(b);
      },
      predict: (inputs) => before.predict(inputs),
    });
    expect((await judged(SPEC, start, randomBatch(SPEC, 6), ofParameters)).firstWrongQuestion).toBe('real');
    const ofBatch = altered(right, {
      lossAndGradients: async (b) => {
        last = await right.predict(b.inputs);
        return right.lossAndGradients(b);
      },
      predict: async (inputs) => (last?.rows === inputs.rows ? last : right.predict(inputs)),
    });
    expect((await judged(SPEC, start, randomBatch(SPEC, 6), ofBatch)).firstWrongQuestion).toBe('real');
  });
});
