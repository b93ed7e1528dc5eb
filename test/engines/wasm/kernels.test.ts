// The committed kernels are those of the sources, and every variant of them computes what the sources say.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileKernels } from '../../../scripts/kernels.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import { hasRelaxedSimd, instantiate } from '../../../src/engines/wasm/kernels.ts';
import { createWasmEngine } from '../../../src/engines/wasm/wasm.ts';
import { optimizerSpec } from '../../../src/optimizers/registry.ts';
import { boundedGradients } from '../../../src/check/bounded-backprop.ts';
import { namedTensors } from '../../../src/network/parameters.ts';
import { network, randomBatch, startOf } from '../../fixtures.ts';

const SOURCES = new URL('../../../src/engines/wasm/assembly/', import.meta.url);

test('compiling assembly/ again gives compiled.ts, byte for byte', async () => {
  const committed = readFileSync(new URL('../../../src/engines/wasm/compiled.ts', import.meta.url), 'utf8');
  expect(await compileKernels()).toBe(committed);
});

test('every function that a kernel names as what it computes is there', () => {
  const text = readdirSync(SOURCES)
    .map((file) => readFileSync(new URL(file, SOURCES), 'utf8'))
    .join('\n');
  const named = [
    ...text.matchAll(/`(\w+)`(?:, `(\w+)`)?(?: and `[\w.]+`)? of ((?:ops|optimizers|numeric)\/[\w-]+\.ts)/g),
  ];
  expect(named.length).toBeGreaterThan(10);
  for (const [, name, , file] of named) {
    const source = readFileSync(new URL(`../../../src/${file}`, import.meta.url), 'utf8');
    expect(source, `${name} of ${file}`).toMatch(new RegExp(`(function|const) ${name}\\b`));
  }
});

test('relaxed SIMD is there from Node 22 on', () => {
  expect(hasRelaxedSimd()).toBe(Number(process.versions.node.split('.')[0]) >= 22);
});

describe.each([false, true])('relaxed SIMD: %s', (relaxed) => {
  describe.skipIf(relaxed && !hasRelaxedSimd())('in this runtime', () => {
    test.each([1, 2])('%i threads: gradients within the bound', async (threads) => {
      const spec = network(70, [40, 33], 'relu', 9, 'softmax', 'cross-entropy');
      const engine = await createWasmEngine(spec, optimizerSpec('sgd'), { relaxed, threads });
      await engine.load(startOf(spec));
      const batch = randomBatch(spec, 37);
      const { gradients } = await engine.lossAndGradients(batch);
      await engine.dispose();
      const exact = boundedGradients(spec, startOf(spec), batch);
      const [values, errors] = [namedTensors(exact.gradients), namedTensors(exact.errors)];
      namedTensors(gradients).forEach(({ values: g, name }, n) => {
        g.forEach((x, i) =>
          expect(Math.abs(x - values[n].values[i]), `${name} ${i}`).toBeLessThanOrEqual(errors[n].values[i]),
        );
      });
    });
  });
});

test('where the runtime has no relaxed SIMD its kernels are refused, not run', async () => {
  if (hasRelaxedSimd()) expect((await instantiate(false, true)).memory.buffer.byteLength).toBe(65536);
  else await expect(instantiate(false, true)).rejects.toThrow(/relaxed/);
});

test('f64 and unknown networks are refused', async () => {
  const spec = network(3, [], 'relu', 2, 'softmax', 'cross-entropy');
  await expect(createEngine('wasm', spec, optimizerSpec('sgd'), { dtype: 'f64' })).rejects.toThrow(/f32 only/);
  await expect(createWasmEngine({ ...spec, layers: [] }, optimizerSpec('sgd'))).rejects.toThrow(/at least one layer/);
});
