// The example programs in other languages: they follow the protocol, their gradients are right, and
// a mistake put into them is found in its place. A program whose language is missing is skipped
// with the reason.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { boundedOutputs } from '../../src/bounds/forward.ts';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import type { Batch } from '../../src/network/batch.ts';
import { copyParameters, denseLayers, fromDense, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { describeNetwork } from '../../src/network/spec.ts';
import type { ActivationId, LossId } from '../../src/ops/registry.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { matrixOf, toRows } from '../../src/numeric/matrix.ts';
import { createRng } from '../../src/numeric/rng.ts';
import type { OptimizerId } from '../../src/ops/optimizers/optimizer.ts';
import { OPTIMIZER, optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { randomBatch, startOf } from '../fixtures.ts';
import { CHECKED, FOLDER, LANGUAGES, TEMPORARY, start, wrongVersion } from './program.ts';
import type { Answer, Client } from './program.ts';

const HEADS: readonly (readonly [ActivationId, LossId])[] = [
  ['softmax', 'cross-entropy'],
  ...(['linear', 'relu', 'sigmoid', 'tanh'] as const).map((output) => [output, 'mse'] as const),
];
const HIDDEN: readonly (readonly ActivationId[])[] = [[], ['relu'], ['sigmoid', 'tanh'], ['linear', 'relu']];
const NETWORKS = HEADS.flatMap(([output, loss]) => HIDDEN.map((hidden) => networkOf(hidden, output, loss)));
/** The tensors that the mistake of the gallery makes wrong. */
const WRONG: Record<string, { readonly gradients?: readonly string[]; readonly steps?: readonly string[] }> = {
  NumPy: { gradients: ['b1', 'b2', 'b3'] },
  Python: { gradients: ['b1', 'b2', 'b3'] },
  Rust: { gradients: ['W1', 'W2', 'W3'] },
  Go: { steps: ['W1', 'b1', 'W2', 'b2', 'W3', 'b3'] },
  C: { gradients: ['W1', 'b1', 'W2', 'b2'] },
  Perl: { gradients: ['W1', 'b1', 'W2', 'b2', 'W3', 'b3'] },
};
const THREE_LAYERS = networkOf(['relu', 'relu'], 'softmax', 'cross-entropy');

/** 5 inputs, hidden layers of 6, 5 ... units, 3 outputs. */
function networkOf(hidden: readonly ActivationId[], output: ActivationId, loss: LossId): NetworkSpec {
  const layers = hidden.map((activation, l) => ({ units: 6 - l, activation }));
  return { inputs: 5, layers: [...layers, { units: 3, activation: output }], loss };
}

/** One-hot targets for cross-entropy, any numbers for mse. */
function batchOf(network: NetworkSpec, B: number, seed: number): Batch {
  const batch = randomBatch(network, B, seed);
  const rng = createRng(seed, 'test targets');
  if (network.loss === 'mse') batch.targets.data.forEach((_, i) => (batch.targets.data[i] = rng.normal()));
  return batch;
}

const layersOf = (parameters: Parameters): object[] =>
  denseLayers(parameters).map(({ weights, bias }) => ({ weights: toRows(weights), bias: Array.from(bias) }));

function parametersOf(layers: unknown): Parameters {
  const given = layers as { weights: number[][]; bias: number[] }[];
  return fromDense(
    given.map(({ weights, bias }) => ({ weights: matrixOf(weights, 'f64'), bias: new Float64Array(bias) })),
  );
}

function problem(network: NetworkSpec, start: Parameters, { inputs, targets }: Batch): object {
  return { network, parameters: layersOf(start), inputs: toRows(inputs), targets: toRows(targets) };
}

/** The tensors of an answer with an entry beyond its bound, and "loss" if the loss is. */
async function beyond(client: Client, network: NetworkSpec, B: number, seed: number): Promise<string[]> {
  const [parameters, batch] = [startOf(network, seed), batchOf(network, B, seed)];
  const exact = boundedGradients(network, parameters, batch);
  const answer = await client.ask({ id: seed, request: 'gradients', ...problem(network, parameters, batch) });
  expect(answer).toEqual({ id: seed, loss: expect.any(Number) as number, gradients: expect.any(Array) as unknown[] });
  const [right, errors] = [namedTensors(exact.gradients), namedTensors(exact.errors)];
  const found = namedTensors(parametersOf(answer['gradients']));
  expect(found.map(({ name, shape }) => [name, shape])).toEqual(right.map(({ name, shape }) => [name, shape]));
  const within = (got: number, value: number, error: number): boolean => Math.abs(got - value) <= error;
  const wrong = found.filter(
    ({ values }, n) => !values.every((v, i) => within(v, right[n].values[i], errors[n].values[i])),
  );
  const loss = within(answer['loss'] as number, exact.loss.value, exact.loss.error) ? [] : ['loss'];
  return [...loss, ...wrong.map(({ name }) => name)];
}

/**
 * Three steps of an optimizer: the tensors that are wrong after them. Both sides compute in
 * binary64. Adam's 1 - 0.999ᵗ loses three digits of sixteen and is written in two ways: 1e-12 of a
 * step allows for that.
 */
async function wrongSteps(client: Client, id: OptimizerId): Promise<string[]> {
  const network = THREE_LAYERS;
  const optimizer = optimizerSpec(id, { learningRate: 0.05 });
  let [parameters, state]: [unknown, unknown] = [layersOf(startOf(network)), null];
  const tensors = namedTensors(copyParameters(startOf(network), 'f64')).map(({ name, values }) => ({
    name,
    values,
    state: OPTIMIZER[id].init(values, optimizer),
  }));
  for (const step of [1, 2, 3]) {
    const gradients = copyParameters(startOf(network, 10 + step), 'f64');
    const request = { id: step, request: 'applyGradients', network, optimizer, parameters, step, state };
    const answer: Answer = await client.ask({ ...request, gradients: layersOf(gradients) });
    [parameters, state] = [answer['parameters'], answer['state']];
    const g = namedTensors(gradients);
    tensors.forEach(({ values, state }, n) => OPTIMIZER[id].update(values, g[n].values, state, optimizer));
  }
  const found = namedTensors(parametersOf(parameters));
  expect(found.map(({ values }) => values.length)).toEqual(tensors.map(({ values }) => values.length));
  const near = (got: number, w: number): boolean => Math.abs(got - w) <= 1e-12 * (Math.abs(w) + 0.05);
  const wrong = tensors.filter(({ values }, n) => !values.every((w, i) => near(found[n].values[i], w)));
  return wrong.map(({ name }) => name);
}

afterAll(() => {
  rmSync(TEMPORARY, { recursive: true });
});

describe.each(LANGUAGES)('$name', (language) => {
  const source = join(FOLDER, language.file);
  describe.skipIf(language.missing !== null)(language.missing ?? 'unchanged', () => {
    let client: Client;
    beforeAll(() => {
      client = start(language.command(source));
    });
    afterAll(() => client.end());

    it('describes itself', async () => {
      const protocol = 'backproof-candidate/1';
      const can = ['gradients', 'predict', 'applyGradients'];
      const name = `my mlp in ${language.name}`;
      expect(await client.ask({ id: 0, protocol, request: 'describe' })).toEqual({
        id: 0,
        protocol,
        name,
        conventions: {},
        can,
      });
    });

    it.each(NETWORKS.map((network) => [describeNetwork(network), network] as const))(
      'has right gradients: %s',
      async (_, network) => {
        expect(await beyond(client, network, 1, 1)).toEqual([]);
        expect(await beyond(client, network, 4, 2)).toEqual([]);
        const { inputs } = batchOf(network, 3, 3);
        const parameters = startOf(network, 3);
        const { value, error } = boundedOutputs(network, parameters, inputs);
        const { id, outputs } = await client.ask({
          id: 9,
          request: 'predict',
          ...problem(network, parameters, { inputs, targets: inputs }),
        });
        expect(id).toBe(9);
        const found = matrixOf(outputs as number[][], 'f64');
        expect([found.rows, found.cols]).toEqual([3, 3]);
        found.data.forEach((p, i) => expect(Math.abs(p - value.data[i])).toBeLessThanOrEqual(error.data[i]));
      },
    );

    it("reads and writes the megabytes of a network of MNIST's size", async () => {
      const hidden = { units: 128, activation: 'relu' } as const;
      const layers = [hidden, { units: 10, activation: 'softmax' } as const];
      expect(await beyond(client, { inputs: 784, layers, loss: 'cross-entropy' }, 8, 5)).toEqual([]);
    });

    it('does not overflow with scores far from 0', async () => {
      for (const network of NETWORKS) {
        const parameters = startOf(network, 4);
        for (const { weights } of denseLayers(parameters)) weights.data.forEach((w, i) => (weights.data[i] = 300 * w));
        const answer = await client.ask({
          id: 1,
          request: 'gradients',
          ...problem(network, parameters, batchOf(network, 4, 4)),
        });
        expect(answer['loss']).toSatisfy(Number.isFinite);
      }
    });

    it.each(language.optimizers)('makes the steps of %s', async (id) => {
      expect(await wrongSteps(client, id)).toEqual([]);
    });

    it('writes numbers that read back as the same, and infinity', async () => {
      const weights = [[0.1, 1 / 3, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -123456789.12345679]];
      const bias = [1e22, 1e21, 4e-7, -0.1, 0, 1e300];
      const network = { inputs: 1, layers: [{ units: 6, activation: 'linear' }], loss: 'mse' };
      const still = { weights: [[0, 0, 0, 0, 0, 0]], bias: [0, 0, 0, 0, 0, -1e300] };
      const request = {
        id: 1,
        request: 'applyGradients',
        network,
        parameters: [{ weights, bias }],
        gradients: [still],
        step: 1,
        state: null,
      };
      const line = await client.line(
        JSON.stringify({ ...request, optimizer: optimizerSpec('sgd', { learningRate: 1e20 }) }),
      );
      const answer = JSON.parse(line.replace(/"?Infinity"?/, '1e999')) as { parameters: unknown };
      expect(answer.parameters).toEqual([{ weights, bias: [...bias.slice(0, 5), Infinity] }]);
    });

    it.each([
      ['an unknown activation', networkOf(['gelu'], 'softmax', 'cross-entropy'), 'gelu'],
      ['an unknown output', networkOf(['relu'], 'ratio', 'mse'), 'ratio'],
      ['softmax in a hidden layer', networkOf(['softmax'], 'softmax', 'cross-entropy'), 'softmax'],
      ['softmax with mse', networkOf([], 'softmax', 'mse'), 'softmax'],
      ['cross-entropy without softmax', networkOf([], 'sigmoid', 'cross-entropy'), 'sigmoid'],
    ] as const)('refuses an unsupported network: %s', async (_, network, named) => {
      for (const request of ['gradients', 'predict']) {
        const refusal = await client.ask({
          id: 7,
          request,
          ...problem(network, startOf(network), randomBatch(network, 2)),
        });
        expect(refusal).toEqual({ id: 7, error: expect.stringMatching(`${named}.* not implemented`) as string });
      }
    });

    it('refuses optimizers and requests that it does not support, and goes on', async () => {
      const [network, parameters] = [THREE_LAYERS, layersOf(startOf(THREE_LAYERS))];
      const update = {
        network,
        optimizer: optimizerSpec('adadelta'),
        parameters,
        gradients: parameters,
        step: 1,
        state: null,
      };
      const refused = { id: 5, error: 'optimizer adadelta is not implemented' };
      expect(await client.ask({ id: 5, request: 'applyGradients', ...update })).toEqual(refused);
      expect(await client.ask({ id: 6, request: 'train' })).toEqual({
        id: 6,
        error: 'request train is not implemented',
      });
      expect(await beyond(client, network, 2, 1)).toEqual([]);
    });

    it('answers lines that are not requests with an error, and goes on', async () => {
      const whole = JSON.stringify({
        id: 1,
        request: 'gradients',
        ...problem(THREE_LAYERS, startOf(THREE_LAYERS), batchOf(THREE_LAYERS, 2, 1)),
      });
      const lines = ['', 'x', '[]', '{}', '{"id":1}', '[[1,2', '{"id":', `${whole}]`, '['.repeat(100_000)];
      for (const length of [1, 50, 150, 400, whole.length - 1]) lines.push(whole.slice(0, length));
      for (const line of lines) {
        const answer = JSON.parse(await client.line(line)) as Answer;
        expect(answer['error']).toSatisfy((error) => typeof error === 'string' && error.length > 0);
      }
      expect(await beyond(client, THREE_LAYERS, 2, 1)).toEqual([]);
    });

    it('ends with its standard input', async () => {
      const other = start(language.command(source));
      await other.ask({ id: 0, request: 'describe' });
      expect(await other.end()).toEqual({ code: 0, stderr: '' });
    });
  });

  it.skipIf(language.missing !== null)(
    `with a mistake is found wrong in its place (${language.missing ?? 'made from the right one'})`,
    async () => {
      const client = start(language.command(wrongVersion(language)));
      expect({
        gradients: await beyond(client, THREE_LAYERS, 4, 2),
        steps: await wrongSteps(client, 'adam'),
      }).toEqual({ gradients: [], steps: [], ...WRONG[language.name] });
      expect((await client.end()).code).toBe(0);
    },
  );
});

test('the README names every program, and only files that exist', () => {
  const links = Array.from(
    readFileSync(join(FOLDER, 'README.md'), 'utf8').matchAll(/\]\(([\w/]+\.\w+)\)/g),
    ([, to]) => to,
  );
  expect(links.toSorted()).toEqual([...LANGUAGES, ...CHECKED].map(({ file }) => file).toSorted());
  expect(links.filter((file) => !existsSync(join(FOLDER, file)))).toEqual([]);
});
