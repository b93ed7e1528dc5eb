// The contract of the Engine interface as tests, for any kind of engine. One that is not available
// is a visible skip with its reason.
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { inArithmeticOf } from '../../src/engines/tfjs/backends.ts';
import { DataError } from '../../src/errors.ts';
import { copyParameters, denseLayers, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { lackOf } from '../../src/engines/registry.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../../src/ops/registry.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { NETWORK, RIGHT_IN_TFJS, flat, network, randomBatch, startOf } from '../fixtures.ts';
import { open as openKind, whyMissing } from './kinds.ts';
import type { Kind } from './kinds.ts';

// Most batches have 9 examples: in a browser, every other shape is compiled anew.

/** Pieces that are tried one by one; default: all. */
export interface Pieces {
  readonly optimizers: readonly string[];
  readonly activations: readonly string[];
}

/** @param given why it is missing, where that is known */
export async function contractOf(kind: Kind, pieces?: Pieces, given?: string | null): Promise<void> {
  const { name } = kind;
  const missing = given === undefined ? await whyMissing(kind) : given;
  const optimizers = RIGHT_IN_TFJS.filter((id) => pieces?.optimizers.includes(id) ?? true);
  const activations = ELEMENTWISE_ACTIVATIONS.filter((id) => pieces?.activations.includes(id) ?? true);
  describe.skipIf(missing !== null)(missing === null ? name : `${name} (not available: ${missing})`, () => {
    const opened: Engine[] = [];
    const open = async (optimizer = optimizerSpec('adam'), spec = NETWORK): Promise<Engine> => {
      const engine = await openKind(kind, spec, optimizer);
      opened.push(engine);
      return engine;
    };
    afterAll(() => kind.thread?.end());
    afterEach(async () => {
      for (const engine of opened.splice(0)) await engine.dispose();
    });

    test('returns the parameters it was given, and shares no array with the caller', async () => {
      const engine = await open();
      const start = copyParameters(startOf(NETWORK), 'f32');
      await engine.load(start);
      const given = flat(await engine.parameters());
      expect(given).toEqual(flat(start));
      denseLayers(start)[0].weights.data.fill(7); // our copy, not the engine's
      expect(flat(await engine.parameters())).toEqual(given);
      const taken = await engine.parameters();
      denseLayers(taken)[0].weights.data.fill(8);
      expect(flat(await engine.parameters())).toEqual(given);
    });

    test('lossAndGradients changes nothing, and gives the same bits twice', async () => {
      const engine = await open();
      await engine.load(startOf(NETWORK));
      const batch = randomBatch(NETWORK, 9);
      const first = await engine.lossAndGradients(batch);
      const kept = flat(first.gradients);
      const second = await engine.lossAndGradients(batch);
      expect(second.loss).toBe(first.loss);
      expect(flat(second.gradients)).toEqual(kept);
      expect(flat(first.gradients)).toEqual(kept); // the first result is not a view of a reused buffer
      expect(flat(await engine.parameters())).toEqual(flat(startOf(NETWORK)));
    });

    test('lossAt, if there is one, is the loss after load, whole or from a layer on', async () => {
      const engine = await open();
      if (engine.lossAt === undefined) return;
      const batch = randomBatch(NETWORK, 9);
      const moved = copyParameters(startOf(NETWORK), 'f64');
      const lossOf = async (): Promise<number> => {
        await engine.load(moved);
        return (await engine.lossAndGradients(batch)).loss;
      };
      const before = await lossOf();
      expect(await engine.lossAt(moved, batch, 0)).toBe(before);
      const { layer, values } = moved[moved.length - 1];
      values[0] += 0.25;
      const from = await engine.lossAt(moved, batch, layer - 1);
      expect(from).toBe(await lossOf());
      expect(from).not.toBe(before);
      moved[0].values[0] += 0.25;
      await engine.lossAt(moved, batch, 0);
      const whole = await lossOf();
      moved[0].values[0] -= 0.25;
      expect(await engine.lossAt(moved, batch, 1)).toBe(whole); // nothing of layer 1 is read again
      expect(whole).not.toBe(from);
      values[0] = NaN;
      await expect(engine.lossAt(moved, batch, 0)).rejects.toThrow(DataError);
    });

    test('gradients have the shapes of the parameters, and some are not 0', async () => {
      const engine = await open();
      await engine.load(startOf(NETWORK));
      const { gradients } = await engine.lossAndGradients(randomBatch(NETWORK, 9));
      const shapes = (p: Parameters): string[] => namedTensors(p).map((t) => `${t.name} ${t.shape.join('x')}`);
      expect(shapes(gradients)).toEqual(shapes(startOf(NETWORK)));
      for (const { values } of namedTensors(gradients)) expect(values.some((g) => g !== 0)).toBe(true);
    });

    test.each(optimizers.filter((id) => lackOf(kind.id, NETWORK, optimizerSpec(id)).length === 0))(
      '%s: trainStep is lossAndGradients and applyGradients, to the last bit',
      async (optimizer) => {
        const [one, two] = [await open(optimizerSpec(optimizer)), await open(optimizerSpec(optimizer))];
        await one.load(startOf(NETWORK));
        await two.load(startOf(NETWORK));
        for (let step = 0; step < 4; step++) {
          const batch = randomBatch(NETWORK, 9, step);
          const { loss, gradients } = await two.lossAndGradients(batch);
          expect(await one.trainStep(batch)).toBe(loss);
          await two.applyGradients(gradients);
          expect(flat(await one.parameters())).toEqual(flat(await two.parameters()));
        }
        expect(flat(await one.parameters())).not.toEqual(flat(startOf(NETWORK))); // the parameters did change
      },
    );

    test('after training, its gradients are those of its current parameters, within the bound', async () => {
      const { backend = 'auto' } = kind.options;
      const spec = inArithmeticOf(network(6, [5, 4], 'tanh', 3, 'softmax', 'cross-entropy'), backend);
      const engine = await open(optimizerSpec('adam', { learningRate: 0.05 }), spec);
      await engine.load(startOf(spec));
      for (let step = 0; step < 5; step++) await engine.trainStep(randomBatch(spec, 9, step));
      const batch = randomBatch(spec, 9, 5);
      const exact = boundedGradients(spec, await engine.parameters(), batch);
      const [values, errors] = [namedTensors(exact.gradients), namedTensors(exact.errors)];
      namedTensors((await engine.lossAndGradients(batch)).gradients).forEach(({ name, values: g }, n) => {
        g.forEach((x, i) => {
          expect(Math.abs(x - values[n].values[i]), `${name} ${i}`).toBeLessThanOrEqual(errors[n].values[i]);
        });
      });
    });

    test('load resets all optimizer state', async () => {
      const engine = await open();
      const batch = randomBatch(NETWORK, 9);
      const afterOneStep = async (): Promise<number[]> => {
        await engine.load(startOf(NETWORK));
        await engine.trainStep(batch);
        return flat(await engine.parameters());
      };
      const fresh = await afterOneStep();
      await engine.trainStep(randomBatch(NETWORK, 9, 1));
      expect(await afterOneStep()).toEqual(fresh);
    });

    test('successive batches of different sizes do not affect each other', async () => {
      const [one, two] = [await open(), await open()];
      await one.load(startOf(NETWORK));
      await two.load(startOf(NETWORK));
      const small = randomBatch(NETWORK, 3);
      await one.lossAndGradients(randomBatch(NETWORK, 9, 1));
      await one.predict(randomBatch(NETWORK, 3, 2).inputs);
      expect((await one.lossAndGradients(small)).loss).toBe((await two.lossAndGradients(small)).loss);
    });

    test('predict returns one row of shares of 1 per example', async () => {
      const engine = await open();
      await engine.load(startOf(NETWORK));
      const out = await engine.predict(randomBatch(NETWORK, 9).inputs);
      expect([out.rows, out.cols]).toEqual([9, 3]);
      for (let r = 0; r < 9; r++) {
        const sum = Array.from(out.data.subarray(3 * r, 3 * r + 3)).reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - 1)).toBeLessThan(3e-7); // three shares, each rounded a few times in binary32
      }
    });

    test.each(activations)('%s, hidden and at the output: the outputs of predict give the loss', async (a) => {
      const spec = network(6, [5, 4], a, 3, a, 'mse');
      const engine = await open(optimizerSpec('adam'), spec);
      await engine.load(startOf(spec));
      const batch = randomBatch(spec, 8);
      const out = await engine.predict(batch.inputs);
      const { loss } = await engine.lossAndGradients(batch);
      let mean = 0;
      out.data.forEach((p, i) => (mean += (batch.targets.data[i] - p) ** 2 / out.data.length));
      // predict may fuse operations that the loss does separately: 30 binary32 roundings in all,
      // and a square doubles relative errors
      expect(Math.abs(loss - mean)).toBeLessThan(4e-6 * mean);
      const before = flat(await engine.parameters());
      await engine.trainStep(batch);
      const after = flat(await engine.parameters());
      expect(after).toSatisfy((values: number[]) => values.every(Number.isFinite));
      expect(after).not.toEqual(before);
    });

    test('refuses wrong shapes, NaN and infinity, and says where they are', async () => {
      const engine = await open();
      const start = copyParameters(startOf(NETWORK), 'f32');
      denseLayers(start)[1].weights.data[4] = NaN;
      await expect(engine.load(start)).rejects.toThrow(/W2 \[1, 1\] is NaN/);
      await expect(engine.load(start.slice(0, 1))).rejects.toThrow(DataError);
      await engine.load(startOf(NETWORK));
      const batch = randomBatch(NETWORK, 4);
      batch.inputs.data[5] = Infinity;
      await expect(engine.lossAndGradients(batch)).rejects.toThrow(/inputs \[1, 1\] is Infinity/);
      await expect(engine.trainStep(batch)).rejects.toThrow(/inputs \[1, 1\] is Infinity/);
      const wide = {
        inputs: { rows: 1, cols: 5, data: new Float32Array(5) },
        targets: randomBatch(NETWORK, 1).targets,
      };
      await expect(engine.trainStep(wide)).rejects.toThrow(/expected \(B, 4\), got \(1, 5\)/);
    });
  });
}
