// Candidates of networks with other layers than dense ones: what they are given, how their answers
// are read, and that wrong ones are caught.
import { describe, expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { updateCheck } from '../../src/check/update-check.ts';
import type {
  CandidateAnswer,
  CandidateModule,
  CandidateProblem,
  CandidateStep,
} from '../../src/candidates/candidate.ts';
import { CONVENTIONS, DEFAULT_CONVENTIONS } from '../../src/candidates/conventions/conventions.ts';
import type { Conventions } from '../../src/candidates/conventions/conventions.ts';
import { variantsOf } from '../../src/candidates/conventions/variants.ts';
import { createExternalEngine } from '../../src/candidates/external.ts';
import { presentBatch, presentParameters, readLayers } from '../../src/candidates/present.ts';
import { localPort } from '../../src/candidates/process/local.ts';
import { nested } from '../../src/candidates/request.ts';
import type { Shaped } from '../../src/candidates/request.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { UsageError } from '../../src/errors.ts';
import { parseLayers } from '../../src/network/layer-notation.ts';
import { namedTensors, zeroParameters } from '../../src/network/parameters.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { randomBatch, startOf } from '../fixtures.ts';
// @ts-expect-error an example in JavaScript, without types
import byHand from '../../examples/pictures/network.mjs';

const NOTATION = 'conv:2x3:tanh,batch-norm:0.9:relu,max-pool:2,flatten,dropout:0.3,dense:3:softmax';
const NETWORK = {
  inputs: 49,
  inputShape: [7, 7, 1],
  layers: parseLayers(NOTATION, 'linear', 'linear'),
  loss: 'cross-entropy',
} as unknown as NetworkSpec;
const SGD = optimizerSpec('sgd', { learningRate: 0.05 });
const START = startOf(NETWORK, 3);
const BATCH = randomBatch(NETWORK, 6, 3);

type Own = (problem: CandidateProblem) => CandidateAnswer;
const example = byHand as Own;

async function checked(module: Own | Partial<CandidateModule>, conventions: Conventions = DEFAULT_CONVENTIONS) {
  const open = () => createExternalEngine(localPort(module, 'own.mjs'), NETWORK, SGD, conventions);
  const engines = { candidate: open(), reference: await createEngine('vector', NETWORK, SGD) };
  const gradients = await gradientCheck(NETWORK, START, BATCH, engines);
  const updates = await updateCheck({ network: NETWORK, optimizer: SGD, start: START }, BATCH, engines);
  return { kinds: [gradients.verdict.kind, updates.verdict.kind], gradients, filledIn: engines.candidate.filledIn };
}

/** The example with another answer. */
const altered =
  (change: (gradients: Record<string, number[]>[]) => void): Own =>
  (problem) => {
    const answer = example(problem);
    change(answer.gradients as unknown as Record<string, number[]>[]);
    return answer;
  };

/** A step of the example, in place, with its running averages. */
function trainStep({ network, parameters, batch, optimizer }: CandidateStep): number {
  const { loss, gradients } = example({ network, parameters, ...batch });
  const move = (w: unknown[], g: unknown[]): void =>
    w.forEach((x, i) => {
      if (Array.isArray(x)) move(x, g[i] as unknown[]);
      else w[i] = (x as number) - optimizer.learningRate * (g[i] as number);
    });
  const given = parameters as unknown as Record<string, unknown[]>[];
  given.forEach((layer, l) => {
    for (const [role, g] of Object.entries(gradients[l] as unknown as Record<string, unknown[]>)) move(layer[role], g);
  });
  return loss;
}

describe('a candidate with convolution, normalization and dropout', () => {
  test('agrees, and is told what backproof does for it', async () => {
    const { kinds, filledIn } = await checked(example);
    expect(kinds).toEqual(['agree', 'agree']);
    expect(filledIn).toEqual(['applyGradients', 'predict', 'averages']);
  });

  test.each<[string, (gradients: Record<string, number[]>[]) => void, string]>([
    [
      'a kernel',
      ([first]) => (first['weights'] = (first['weights'] as unknown as number[][][][]).toReversed() as never),
      'W1',
    ],
    ['a scale', (all) => (all[1]['gamma'] = all[1]['gamma'].map((g) => 1.5 * g)), 'γ2'],
    ['a shift that is missing', (all) => void Reflect.deleteProperty(all[1], 'beta'), 'β2'],
  ])('is wrong in %s', async (_what, change, name) => {
    const { gradients } = await checked(altered(change));
    expect(gradients.verdict.kind).toBe('disagree');
    expect(gradients.parameters.filter(({ left }) => left === 'candidate').map(({ parameter }) => parameter)).toEqual([
      name,
    ]);
  });

  test('that trains without moving its running averages is wrong in these', async () => {
    const { filledIn } = await checked({ default: example, trainStep });
    expect(filledIn).not.toContain('averages');
    const { kinds } = await checked({ default: example, trainStep });
    expect(kinds).toEqual(['agree', 'disagree']);
  });

  test('gets the mask of each layer, the shapes of pictures and the fields that were left out', async () => {
    const seen: CandidateProblem[] = [];
    const engine = createExternalEngine(
      localPort((problem: CandidateProblem) => {
        seen.push(problem);
        return example(problem);
      }, 'own.mjs'),
      NETWORK,
      SGD,
      DEFAULT_CONVENTIONS,
    );
    await engine.load(START);
    const { loss } = await engine.lossAndGradients(BATCH);
    const { value, error } = boundedGradients(NETWORK, START, BATCH).loss;
    expect(Math.abs(loss - value)).toBeLessThanOrEqual(error);
    const [{ masks = [], network, parameters }] = seen;
    expect(masks.map((mask) => mask?.length ?? null)).toEqual([null, null, null, null, 6, null]);
    expect(network.layers[0]).toMatchObject({ kind: 'conv2d', filters: 2, inputShape: [7, 7, 1] });
    expect(network.layers[1]).toMatchObject({ kind: 'batch-norm', momentum: 0.9, epsilon: 1e-3 });
    expect(network.layers[5]).toEqual({ units: 3, activation: 'softmax' });
    expect(parameters.map((layer) => Object.keys(layer))).toEqual([
      ['weights', 'bias'],
      ['gamma', 'beta', 'mean', 'variance'],
      [],
      [],
      [],
      ['weights', 'bias'],
    ]);
  });
});

describe('any convention', () => {
  const LISTS = [CONVENTIONS.weights, ['flat', 'row', 'column'] as const] as const;
  test.each(LISTS[0].flatMap((weights) => LISTS[1].map((biases) => ({ weights, biases }))))(
    '%j gives back what was given',
    (declared) => {
      const conventions = { ...DEFAULT_CONVENTIONS, ...declared };
      const asNested = presentParameters(NETWORK, START, conventions).map((layer) =>
        Object.fromEntries(Object.entries(layer).map(([role, shaped]) => [role, nested(shaped)])),
      );
      const { layers, flaws } = readLayers(NETWORK, asNested, conventions, 'parameters');
      expect(flaws).toEqual([]);
      expect(layers.map(({ values }) => [...values])).toEqual(START.map(({ values }) => [...values]));
    },
  );

  test.each(CONVENTIONS.examples)('examples: %s has a mask of the same form as the inputs', (examples) => {
    for (const { inputs, masks = [] } of presentBatch(BATCH, { ...DEFAULT_CONVENTIONS, examples })) {
      const widths = inputs.shape.map((length) => (length === 49 ? 8 : length));
      expect((masks[4] as Shaped).shape).toEqual(widths);
    }
  });

  test('biases inside the weights are for dense layers', () => {
    const conventions = { ...DEFAULT_CONVENTIONS, biases: 'last-row' as const };
    const open = () => createExternalEngine(localPort(example, 'own.mjs'), NETWORK, SGD, conventions);
    expect(open).toThrow(UsageError);
    expect(open).toThrow("biases: 'last-row' is for networks of dense layers");
    const variants = variantsOf(DEFAULT_CONVENTIONS, NETWORK).map(({ conventions: one }) => one.biases);
    expect(new Set(variants)).toEqual(new Set(['flat', 'row', 'column', 'none']));
  });
});

test('tensors that are not trained stay where an update leaves them out, and have no gradients', () => {
  const zero = zeroParameters(NETWORK, 'f64');
  const answer = NETWORK.layers.map(() => ({}));
  const kept = readLayers(NETWORK, answer, DEFAULT_CONVENTIONS, 'parameters', START);
  expect(kept.flaws.map(({ parameter }) => parameter)).toEqual(['W1', 'b1', 'γ2', 'β2', 'W6', 'b6']);
  const moved = readLayers(NETWORK, answer, DEFAULT_CONVENTIONS, 'parameters');
  expect(moved.flaws.map(({ parameter }) => parameter)).toEqual(['W1', 'b1', 'γ2', 'β2', 'mean2', 'var2', 'W6', 'b6']);
  const { layers } = readLayers(NETWORK, answer, DEFAULT_CONVENTIONS, 'gradients');
  namedTensors(layers).forEach(({ trained, values }, t) => {
    if (trained === false) expect([...values]).toEqual([...zero[t].values]);
  });
});
