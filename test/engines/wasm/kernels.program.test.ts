// The committed kernels are those of the sources, and every variant of them computes what the sources say.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileKernels } from '../../../scripts/kernels.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import { hasRelaxedSimd, instantiate } from '../../../src/engines/wasm/kernels.ts';
import { FIELD } from '../../../src/engines/wasm/plan.ts';
import { createWasmEngine } from '../../../src/engines/wasm/wasm.ts';
import { ACTIVATIONS, LOSSES } from '../../../src/network/spec.ts';
import { OPTIMIZERS } from '../../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { boundedGradients } from '../../../src/bounds/gradients.ts';
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
  const named = [...text.matchAll(/`(\w+)`(?:, `(\w+)`)?(?: and `[\w.]+`)? of ((?:ops|numeric)\/[\w/-]+\.ts)/g)];
  expect(named.length).toBeGreaterThan(10);
  for (const [, name, , file] of named) {
    const text = readFileSync(new URL(`../../../src/${file}`, import.meta.url), 'utf8');
    expect(text, `${name} of ${file}`).toMatch(new RegExp(`(function|const) ${name}\\b`));
  }
});

const source = (file: string): string => readFileSync(new URL(file, SOURCES), 'utf8');

test('the kernels number activations, losses and optimizers as the lists of names do, and the fields of their plan as plan.ts does', () => {
  const lists = { 'activations.ts': ACTIVATIONS, 'index.ts': [...ACTIVATIONS, ...LOSSES], 'update.ts': OPTIMIZERS };
  for (const [file, names] of Object.entries(lists)) {
    const numbered = [...source(file).matchAll(/\b([A-Z_]{3,}) = (\d+)\b/g)].map(
      ([, name, n]) => [name, Number(n)] as const,
    );
    for (const [constant, n] of numbered) {
      const name = constant.toLowerCase().replaceAll('_', '-');
      if (!(names as readonly string[]).includes(name)) continue;
      const list = [ACTIVATIONS, LOSSES, OPTIMIZERS].find((one) => (one as readonly string[]).includes(name));
      expect(list?.indexOf(name as never), constant).toBe(n);
    }
    expect(numbered.length).toBeGreaterThan(2);
  }
  const record = /class Plan \{(.*?)\n\}/s.exec(source('plan.ts'))?.[1] ?? '';
  const fields = [...record.matchAll(/^ {2}(\w+): /gm)].map(([, name]) => name);
  for (const [name, n] of Object.entries(FIELD)) expect(fields.indexOf(name), name).toBe(n);
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
