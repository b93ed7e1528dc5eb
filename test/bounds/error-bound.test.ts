// The bound holds for every correct engine, is not vacuous, and catches a single wrong entry.
import { describe, expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { usedOfBound } from '../../src/check/measure.ts';
import { EngineUnavailableError } from '../../src/errors.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { EngineOptions } from '../../src/engines/engine-options.ts';
import { namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../../src/ops/registry.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { HEADS, NETWORK, randomBatch, startOf } from '../fixtures.ts';

/**
 * A random network of 1 to 4 layers with a batch of 1 to 100 and inputs at one of several scales; n
 * determines everything.
 */
function randomCase(n: number) {
  const rng = createRng(n, 'random network');
  const pick = <T>(from: readonly T[]): T => from[rng.below(from.length)];
  const [output, loss] = pick(HEADS);
  const layers = Array.from({ length: 1 + rng.below(4) }, () => ({
    units: 1 + rng.below(pick([5, 60])),
    activation: pick(ELEMENTWISE_ACTIVATIONS),
  }));
  const spec: NetworkSpec = {
    inputs: 1 + rng.below(pick([4, 200])),
    layers: [...layers.slice(1), { units: 1 + rng.below(10), activation: output }],
    loss,
  };
  const batch = randomBatch(spec, 1 + rng.below(pick([3, 100])), n, pick([1e-3, 1, 1, 30]));
  return { spec, batch, start: startOf(spec, n) };
}

/** The largest share of the bound that any loss, output or gradient uses. */
async function worstUse(n: number, id: 'vector' | 'tfjs', options: EngineOptions): Promise<number> {
  const { spec, batch, start } = randomCase(n);
  const exact = boundedGradients(spec, start, batch);
  const engine = await createEngine(id, spec, optimizerSpec('sgd'), options);
  await engine.load(start);
  const { loss, gradients } = await engine.lossAndGradients(batch);
  const out = await engine.predict(batch.inputs);
  await engine.dispose();
  let worst = usedOfBound(loss, exact.loss.value, exact.loss.error);
  const look = (found: ArrayLike<number>, value: ArrayLike<number>, error: ArrayLike<number>): void => {
    for (let i = 0; i < found.length; i++) worst = Math.max(worst, usedOfBound(found[i], value[i], error[i]));
  };
  look(out.data, exact.outputs.value.data, exact.outputs.error.data);
  const [values, errors] = [namedTensors(exact.gradients), namedTensors(exact.errors)];
  namedTensors(gradients).forEach((t, i) => look(t.values, values[i].values, errors[i].values));
  return worst;
}

const nativeIsAvailable = await createEngine('tfjs', NETWORK, optimizerSpec('sgd'), { backend: 'node' }).then(
  async (engine) => {
    await engine.dispose();
    return true;
  },
  (error: unknown) => {
    if (error instanceof EngineUnavailableError) return false;
    throw error;
  },
);

describe.each([
  { name: 'vector f32', id: 'vector', options: {}, count: 150 },
  { name: 'tfjs cpu', id: 'tfjs', options: { backend: 'cpu' }, count: 40 },
  { name: 'tfjs wasm', id: 'tfjs', options: { backend: 'wasm' }, count: 150 },
  { name: 'tfjs node', id: 'tfjs', options: { backend: 'node' }, count: 150 },
] as const)('$name', ({ name, id, options, count }) => {
  test.skipIf(name === 'tfjs node' && !nativeIsAvailable)(
    `stays within the bound on ${count} random networks, and uses some of it`,
    async () => {
      const used: number[] = [];
      for (let n = 0; n < count; n++) {
        const worst = await worstUse(n, id, options);
        expect(worst, `random network ${n}`).toBeLessThanOrEqual(1);
        used.push(worst);
      }
      used.sort((a, b) => a - b);
      // a bound a thousand times too wide would pass the test above
      expect(used[used.length >> 1]).toBeGreaterThan(0.01);
    },
  );
});

test('the error of binary64 is below a thousandth of the bound for binary32', async () => {
  for (let n = 0; n < 40; n++) expect(await worstUse(n, 'vector', { dtype: 'f64' })).toBeLessThan(1e-3);
});

test('a single entry that is wrong by 20 times its bound is always caught', async () => {
  const rng = createRng(5, 'single wrong entry');
  for (let n = 0; n < 100; n++) {
    const { spec, batch, start } = randomCase(n);
    const exact = boundedGradients(spec, start, batch);
    const engine = await createEngine('vector', spec, optimizerSpec('sgd'));
    await engine.load(start);
    const { gradients } = await engine.lossAndGradients(batch);
    const t = rng.below(namedTensors(gradients).length);
    const pick = (p: Parameters): ArrayLike<number> & { [i: number]: number } => namedTensors(p)[t].values;
    const [found, value, error] = [pick(gradients), pick(exact.gradients), pick(exact.errors)];
    const i = rng.below(found.length);
    expect(usedOfBound(found[i], value[i], error[i])).toBeLessThanOrEqual(1);
    // where the exact entry and its bound are 0 (a dead unit), any change must be caught
    found[i] = found[i] + (error[i] > 0 ? 20 * error[i] : 1e-30);
    expect(usedOfBound(found[i], value[i], error[i]), `network ${n}, tensor ${t}, entry ${i}`).toBeGreaterThan(1);
  }
});

test('NaN and infinity exceed every bound', () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    expect(usedOfBound(value, 0, 1)).toBe(Infinity);
    expect(usedOfBound(value, value, 1)).toBe(Infinity);
    expect(usedOfBound(0, value, 1)).toBe(Infinity);
  }
  expect(usedOfBound(1, 0, Infinity)).toBe(0);
  expect(usedOfBound(1e-300, 0, 0)).toBe(Infinity);
  expect(usedOfBound(0.5, 0.5, 0)).toBe(0);
});
