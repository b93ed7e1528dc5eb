// The contract of `trace`, for every engine that has it: all intermediates, by name, in the order
// of computation, each within its bound.
import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs';
import { afterEach, describe, expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import type { BoundedGradients } from '../../src/bounds/gradients.ts';
import { usedOfBound } from '../../src/check/measure.ts';
import type { Engine, LayerTrace } from '../../src/engines/engine.ts';
import { createEngine, lackOf } from '../../src/engines/registry.ts';
import { DataError } from '../../src/errors.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../../src/ops/registry.ts';
import type { FloatArray } from '../../src/numeric/dtype.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { HEADS, NETWORK, flat, network, randomBatch, startOf } from '../fixtures.ts';
import { KINDS, whyMissing } from './kinds.ts';

/**
 * Every head on one hidden layer, every activation hidden, one to three hidden layers of
 * different widths.
 */
const NETWORKS: readonly NetworkSpec[] = [
  ...HEADS.map(([output, loss]) => network(5, [6], 'tanh', 3, output, loss)),
  ...ELEMENTWISE_ACTIVATIONS.map((id) => network(4, [7, 5], id, 3, 'softmax', 'cross-entropy')),
  network(4, [6, 5, 7], 'leaky-relu', 2, 'leaky-relu', 'mse'), // in TensorFlow.js each of these is a layer of its own
  network(6, [5, 4, 3], 'relu', 4, 'ratio', 'mse'),
  network(3, [], 'linear', 2, 'softmax', 'cross-entropy'),
];
const nameOf = ({ inputs, layers, loss }: NetworkSpec): string =>
  `${inputs}-${layers.map(({ units, activation }) => `${units} ${activation}`).join('-')}, ${loss}`;

/** z1, a1, z2, a2 ... loss ... dz2, dz1, with their shapes for B examples. */
function promised({ layers }: NetworkSpec, B: number): string[] {
  const of = (name: string, l: number): string => `${name}${l + 1} ${B}x${layers[l].units}`;
  const indices = layers.map((_, l) => l);
  return [
    ...indices.flatMap((l) => [of('z', l), of('a', l)]),
    'loss 1x1',
    ...indices.toReversed().map((l) => of('dz', l)),
  ];
}

function shapes(trace: LayerTrace): string[] {
  return trace.map(({ name, values }) => `${name} ${values.rows}x${values.cols}`);
}

/** Exact values and bounds, in the order of a trace. */
function expectedOf({ layers, loss }: BoundedGradients): { exact: FloatArray; bounds: FloatArray }[] {
  const of = ({ value, error }: BoundedGradients['outputs']) => ({ exact: value.data, bounds: error.data });
  return [
    ...layers.flatMap(({ z, a }) => [of(z), of(a)]),
    { exact: Float64Array.of(loss.value), bounds: Float64Array.of(loss.error) },
    ...layers.toReversed().map(({ dz }) => of(dz)),
  ];
}

const EXAMPLES = 6;
/** Its kernel for x W + b rounds differently from a product followed by a sum. */
const FUSED = 'wasm';

for (const kind of KINDS) {
  const missing = await whyMissing(kind);
  describe.skipIf(missing !== null)(missing === null ? kind.name : `${kind.name} (not available: ${missing})`, () => {
    const opened: Engine[] = [];
    const open = async (spec: NetworkSpec) => {
      const engine = await createEngine(kind.id, spec, optimizerSpec('adam'), kind.options);
      opened.push(engine);
      await engine.load(startOf(spec));
      const { trace } = engine;
      if (trace === undefined) throw new Error(`${engine.label} has no trace`);
      return { engine, traced: trace.bind(engine) };
    };
    afterEach(async () => {
      for (const engine of opened.splice(0)) await engine.dispose();
    });

    const able = NETWORKS.filter((spec) => lackOf(kind.id, spec, optimizerSpec('adam')).length === 0);
    test.each(able.map((spec) => ({ name: nameOf(spec), spec })))('$name', async ({ spec }) => {
      const { engine, traced } = await open(spec);
      const batch = randomBatch(spec, EXAMPLES, 3);
      const before = await engine.lossAndGradients(batch);
      const trace = await traced(batch);
      expect(shapes(trace)).toEqual(promised(spec, EXAMPLES));

      const expected = expectedOf(boundedGradients(spec, startOf(spec), batch));
      for (const [n, { name, values }] of trace.entries()) {
        const { exact, bounds } = expected[n];
        values.data.forEach((value, i) => {
          expect(usedOfBound(value, exact[i], bounds[i]), `${name} [${i}]`).toBeLessThanOrEqual(1);
        });
      }
      // the trace shows the numbers that the engine computes with, to the last bit, unless one call
      // computes both scores and bias
      const last = spec.layers.length - 1;
      const outputs = await engine.predict(batch.inputs);
      const { exact, bounds } = expected[2 * last + 1];
      outputs.data.forEach((value, i) => expect(usedOfBound(value, exact[i], bounds[i])).toBeLessThanOrEqual(1));
      if (engine.backend !== FUSED) {
        expect([...trace[2 * last + 1].values.data]).toEqual([...outputs.data]);
        expect(trace[2 * last + 2].values.data[0]).toBe(before.loss);
      }

      expect(flat(await engine.parameters())).toEqual(flat(startOf(spec)));
      const after = await engine.lossAndGradients(batch);
      expect(after.loss).toBe(before.loss);
      expect(flat(after.gradients)).toEqual(flat(before.gradients));
    });

    test('does not touch the optimizer state: a run continues as if it had not been traced', async () => {
      const [one, two] = [await open(NETWORK), await open(NETWORK)];
      for (let step = 0; step < 3; step++) {
        const batch = randomBatch(NETWORK, EXAMPLES, step);
        await one.traced(randomBatch(NETWORK, EXAMPLES, step + 7));
        await one.engine.trainStep(batch);
        await two.engine.trainStep(batch);
      }
      expect(flat(await one.engine.parameters())).toEqual(flat(await two.engine.parameters()));
    });

    test('a trace does not change when another batch is computed', async () => {
      const { engine, traced } = await open(NETWORK);
      const first = await traced(randomBatch(NETWORK, EXAMPLES, 1));
      const kept = first.map(({ values }) => [...values.data]);
      await traced(randomBatch(NETWORK, EXAMPLES, 2));
      await engine.trainStep(randomBatch(NETWORK, EXAMPLES, 2));
      expect(first.map(({ values }) => [...values.data])).toEqual(kept);
    });

    test('refuses a batch that does not fit', async () => {
      const { traced } = await open(NETWORK);
      const wide = { ...randomBatch(NETWORK, 1), inputs: { rows: 1, cols: 5, data: new Float32Array(5) } };
      await expect(traced(wide)).rejects.toThrow(DataError);
    });
  });
}

test.each(['relu', 'leaky-relu'] as const)('tfjs frees all tensors of a trace (%s)', async (activation) => {
  const tf = createRequire(import.meta.url)('@tensorflow/tfjs') as typeof TensorFlow;
  const spec = network(4, [5, 3], activation, 3, 'ratio', 'mse');
  const engine = await createEngine('tfjs', spec, optimizerSpec('sgd'), { backend: 'cpu' });
  await engine.load(startOf(spec));
  const held = tf.memory().numTensors;
  for (let again = 0; again < 3; again++) await engine.trace?.(randomBatch(spec, EXAMPLES, again));
  expect(tf.memory().numTensors).toBe(held);
  await engine.dispose();
});
