// Everything that has the same bits in every runtime, as bytes. It runs in Node and in a browser;
// test/fixed-bits.json holds the digests.
import { boundedUpdates } from '../src/bounds/update.ts';
import { randomProblem } from '../src/selftest/random-problem.ts';
import {
  INITIALIZERS,
  OPTIMIZERS,
  REGRESSION,
  SYNTHETIC,
  boundedGradients,
  createAutogradEngine,
  createBatches,
  createRng,
  createVectorEngine,
  fitScaling,
  initialParameters,
  makeRegression,
  makeSynthetic,
  optimizerSpec,
  permutation,
} from '../src/core.ts';
import type { Batch, Engine, NetworkSpec, OptimizerId, Parameters } from '../src/core.ts';
import * as elementary from '../src/numeric/elementary.ts';
import { cos, sin } from '../src/numeric/trigonometric.ts';
import { layersOf } from '../src/network/spec.ts';
import { erf, erfc } from '../src/numeric/erf.ts';
import { HEADS, flat, network, randomBatch, startOf } from './fixtures.ts';

/** The numbers of one part, in order. */
type Part = () => number[] | Promise<number[]>;

/** Every activation, with every output on top of it and each of its losses. */
const NETWORKS: readonly NetworkSpec[] = HEADS.map(([output, loss]) =>
  network(5, [6, 4], output === 'softmax' || output === 'ratio' ? 'tanh' : output, 3, output, loss),
);
const B = 7;

const PARTS: Record<string, Part> = {
  'elementary functions': () => {
    const rng = createRng(1, 'arguments');
    const x = Array.from({ length: 2000 }, () => 20 * rng.uniform() * power(10, -6 * rng.uniform()));
    const { exp, expm1, log, log1p, tanh, power: of } = elementary;
    const signed = x.flatMap((a) => [a, -a]);
    return [
      ...[exp, expm1, tanh, sin, cos, erf, erfc].flatMap((f) => signed.map(f)),
      ...[log, log1p].flatMap((f) => x.map(f)),
      ...x.map((a, i) => of(a, i % 7)),
    ];
  },
  'random numbers': () => {
    const rng = createRng(7, 'numbers');
    return [...Array.from({ length: 500 }, rng.uniform), ...permutation(rng, 200)];
  },
  'normal random numbers': () => Array.from({ length: 2000 }, createRng(7, 'normal numbers').normal),
  'generated data': () => SYNTHETIC.flatMap((name) => dataOf(makeSynthetic(name, 300, 100, 5).train)),
  'generated data for regression': () =>
    REGRESSION.flatMap((name) => {
      const { values, targets } = makeRegression(name, 300, 100, 5).train;
      return [...values, ...(targets?.values ?? [])];
    }),
  'order of batches': () => {
    const { train } = makeSynthetic('xor', 60, 1, 3);
    const batches = createBatches(train, 2, fitScaling('none', train), { batchSize: 7, epochs: 3, seed: 2 });
    return Array.from({ length: batches.steps }, (_, step) => [...batches.positions(step)]).flat();
  },
  'scaled batches': () => {
    const { train } = makeSynthetic('moons', 60, 1, 3);
    const batches = createBatches(train, 2, fitScaling('standard', train), { batchSize: 7, epochs: 1, seed: 2 });
    return Array.from({ length: batches.steps }, (_, step) => ofBatch(batches.batch(step))).flat();
  },
  ...Object.fromEntries(
    INITIALIZERS.map((id) => [`initial weights: ${id}`, () => flat(initialParameters(NETWORKS[0], id, 4))]),
  ),
  'random problems': () =>
    [1, 2, 3, 4].flatMap((seed) => {
      const { network: spec, optimizer, start, batch } = randomProblem(seed, { largest: 12 });
      return [
        spec.inputs,
        ...layersOf(spec).map(({ units }) => units),
        optimizer.learningRate,
        ...flat(start),
        ...ofBatch(batch),
      ];
    }),
  'exact gradients': () =>
    ofEach(NETWORKS, async (spec) => gradientsOf(createVectorEngine(spec, SGD, { dtype: 'f64' }), spec)),
  'exact gradients, scalar graph': () =>
    ofEach(NETWORKS, async (spec) => gradientsOf(createAutogradEngine(spec, SGD), spec)),
  'bounds of gradients': () =>
    NETWORKS.flatMap((spec) => {
      const { loss, outputs, gradients, errors } = boundedGradients(spec, startOf(spec), randomBatch(spec, B));
      return [
        loss.value,
        loss.error,
        ...outputs.value.data,
        ...outputs.error.data,
        ...flat(gradients),
        ...flat(errors),
      ];
    }),
  'exact updates and their bounds': () => exactUpdates(FIRST),
  'exact training': () => exactTraining(FIRST),
  'exact updates of later optimizers': () => exactUpdates(LATER),
  'exact training with later optimizers': () => exactTraining(LATER),
};

/** Digests of the first ones were recorded before there were others. */
const [FIRST, LATER] = [OPTIMIZERS.slice(0, 7), OPTIMIZERS.slice(7)];

function exactUpdates(ids: readonly OptimizerId[]): number[] {
  return ids.flatMap((id) => {
    const spec = NETWORKS[0];
    const updates = boundedUpdates(spec, optimizerSpec(id), startOf(spec));
    for (let step = 0; step < 9; step++) updates.step(draw(spec, step));
    return [...flat(updates.parameters), ...flat(updates.errors)];
  });
}

function exactTraining(ids: readonly OptimizerId[]): Promise<number[]> {
  return ofEach(ids, async (id) => {
    const spec = NETWORKS[0];
    const engine = createVectorEngine(spec, optimizerSpec(id), { dtype: 'f64' });
    await engine.load(startOf(spec));
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) losses.push(await engine.trainStep(randomBatch(spec, B, step)));
    return [...losses, ...flat(await engine.parameters())];
  });
}

const SGD = optimizerSpec('sgd');
const { power } = elementary;

async function ofEach<T>(all: readonly T[], numbers: (one: T) => Promise<number[]>): Promise<number[]> {
  const found: number[] = [];
  for (const one of all) found.push(...(await numbers(one)));
  return found;
}

async function gradientsOf(engine: Engine, spec: NetworkSpec): Promise<number[]> {
  await engine.load(startOf(spec));
  const { loss, gradients } = await engine.lossAndGradients(randomBatch(spec, B));
  return [loss, ...flat(gradients)];
}

/** Arbitrary gradients. */
function draw(spec: NetworkSpec, seed: number): Parameters {
  return initialParameters(spec, 'he-normal', 100 + seed);
}

function dataOf({ values, labels }: { values: ArrayLike<number>; labels: ArrayLike<number> }): number[] {
  return [...Array.from(values), ...Array.from(labels)];
}

function ofBatch({ inputs, targets }: Batch): number[] {
  return [...inputs.data, ...targets.data];
}

/**
 * The numbers of each part in hexadecimal, as binary64, high byte first.
 * @throws Error if one is
 *   not finite: NaN has many bit patterns
 */
export async function fixedBitsProgram(): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const [name, part] of Object.entries(PARTS)) {
    const numbers = await part();
    if (!numbers.every(Number.isFinite)) throw new Error(`${name}: not finite`);
    const view = new DataView(new ArrayBuffer(8 * numbers.length));
    numbers.forEach((x, i) => view.setFloat64(8 * i, x));
    all[name] = Array.from(new Uint8Array(view.buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
  return all;
}
