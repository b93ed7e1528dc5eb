// Training with several steps per call: it stops at the required steps, and ends with the first
// loss that is not finite.
import { describe, expect, test } from 'vitest';
import { train } from '../../src/check/run/training.ts';
import { createBatches } from '../../src/data/batches.ts';
import type { Examples } from '../../src/data/dataset.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { EngineId } from '../../src/engines/engine.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { flat, network, startOf } from '../fixtures.ts';

const SPEC = network(20, [16], 'relu', 3, 'softmax', 'cross-entropy');
const rng = createRng(3, 'training test');
const EXAMPLES: Examples = {
  count: 300,
  width: 20,
  values: Uint8Array.from({ length: 300 * 20 }, () => (rng.uniform() < 0.3 ? rng.below(256) : 0)),
  labels: Uint8Array.from({ length: 300 }, () => rng.below(3)),
};
const UNIT = { id: 'unit', mean: 0, deviation: 255 } as const;
const batches = createBatches(EXAMPLES, 3, UNIT, { batchSize: 7, epochs: 4, seed: 1 });

async function run(id: EngineId, learningRate: number, stops: readonly number[] = [], abortAt = Infinity) {
  const engine = await createEngine(id, SPEC, optimizerSpec('sgd', { learningRate }));
  const seen: { step: number; parameters: number[] }[] = [];
  const abort = new AbortController();
  const done: number[] = [];
  const trajectory = await train(
    engine,
    {
      network: SPEC,
      initial: startOf(SPEC),
      batches,
      phase: 'candidate',
      before: {
        steps: stops,
        call: async (step, at) => void seen.push({ step, parameters: flat(await at.parameters()) }),
      },
    },
    {
      signal: abort.signal,
      now: () => performance.now(),
      progress(_phase, step) {
        done.push(step);
        if (step >= abortAt) abort.abort();
      },
    },
  );
  await engine.dispose();
  return { trajectory, seen, done };
}

describe('an engine that takes many steps in one call', () => {
  test('stops at every sampled step, with the parameters of that step', async () => {
    const stops = [0, 1, 17, 42, 43, 171];
    const { seen, trajectory, done } = await run('wasm', 0.1, stops);
    expect(seen.map(({ step }) => step)).toEqual(stops);
    expect(trajectory.losses).toHaveLength(batches.steps);
    expect(done.length).toBeLessThan(batches.steps); // it did take several steps at once
    expect(done.at(-1)).toBe(batches.steps);
    const again = await run('wasm', 0.1, [43]);
    expect(again.seen[0].parameters).toEqual(seen[4].parameters);
    expect(again.trajectory.losses).toEqual(trajectory.losses);
  });

  test('trains like an engine that takes single steps', async () => {
    const [many, single] = [await run('wasm', 0.1), await run('vector', 0.1)];
    many.trajectory.losses.forEach((loss, n) =>
      expect(Math.abs(loss - single.trajectory.losses[n])).toBeLessThan(1e-5),
    );
  });

  test.each(['wasm', 'vector'] as const)('%s: ends with the first loss that is not finite', async (id) => {
    const { trajectory } = await run(id, 1e30);
    const { losses, overflowedAt } = trajectory;
    expect(losses.findIndex((loss) => !Number.isFinite(loss))).toBe(losses.length - 1);
    expect(overflowedAt).toBe(losses.length - 1);
    expect(trajectory.evaluation).toBeNull();
  });

  test('can be interrupted between calls', async () => {
    const { trajectory } = await run('wasm', 0.1, [], 5);
    expect(trajectory.losses.length).toBeGreaterThanOrEqual(5);
    expect(trajectory.losses.length).toBeLessThan(batches.steps);
  });
});
