// The committed kernels are compiled from the sources, and every variant of them computes what the
// sources say.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileKernels, compileProducts } from '../../../scripts/kernels.ts';
import { kernelNumbers } from '../../../scripts/kernel-numbers.ts';
import { createEngine, lackOf } from '../../../src/engines/registry.ts';
import { ORDER, hasRelaxedSimd, instantiate } from '../../../src/engines/wasm/kernels.ts';
import { KNOWN } from '../../../src/engines/wasm/known.ts';
import { FIELD, layOut } from '../../../src/engines/wasm/plan.ts';
import { createWasmEngine } from '../../../src/engines/wasm/wasm.ts';
import { ELEMENTWISE_ACTIVATIONS, LAYER_PAGES, LOSSES, ROW_ACTIVATIONS } from '../../../src/ops/registry.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { OPTIMIZERS } from '../../../src/ops/optimizers/optimizer.ts';
import type { OptimizerSpec } from '../../../src/ops/optimizers/optimizer.ts';
import { optimizerPage, optimizerSpec, registerOptimizer } from '../../../src/ops/optimizers/registry.ts';
import { boundedGradients } from '../../../src/bounds/gradients.ts';
import { namedTensors } from '../../../src/network/parameters.ts';
import { network, randomBatch, startOf } from '../../fixtures.ts';

const SRC = new URL('../../../src/', import.meta.url);
const SOURCES = new URL('engines/wasm/assembly/', SRC);
const source = (file: string): string => readFileSync(new URL(file, SOURCES), 'utf8');
const sourcesIn = (folder: URL): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const files = sourcesIn(SOURCES);

test('the numbers and constants of the kernels are those of src, and recompiling assembly/ gives compiled.ts, byte for byte', async () => {
  expect(source('numbers.ts')).toBe(kernelNumbers());
  const committed = readFileSync(new URL('../../../src/engines/wasm/compiled.ts', import.meta.url), 'utf8');
  expect(await compileKernels()).toBe(committed);
  const products = readFileSync(new URL('../../../src/numeric/kernels/compiled.ts', import.meta.url), 'utf8');
  expect(await compileProducts()).toBe(products);
});

test('every function that a kernel claims to compute exists', () => {
  const text = files.map(source).join('\n');
  const named = [...text.matchAll(/`(\w+)`(?:, `(\w+)`)?(?: and `[\w.]+`)? of ((?:ops|numeric)\/[\w/-]+\.ts)/g)];
  expect(named.length).toBeGreaterThan(10);
  for (const [, name, , file] of named) {
    const text = readFileSync(new URL(`../../../src/${file}`, import.meta.url), 'utf8');
    expect(text, `${name} of ${file}`).toMatch(new RegExp(`(function|const) ${name}\\b`));
  }
});

test('every page with a kernel exists, and the sources of the kernels use its number and every constant', () => {
  expect(KNOWN).toEqual({
    layer: LAYER_PAGES.slice(0, 1).map(({ id }) => id),
    activation: ELEMENTWISE_ACTIVATIONS,
    output: ROW_ACTIVATIONS,
    loss: LOSSES.slice(0, 2),
    optimizer: OPTIMIZERS.slice(0, 7),
  });
  const others = files
    .filter((file) => file !== 'numbers.ts')
    .map(source)
    .join('\n');
  const generated = [...source('numbers.ts').matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
  expect(generated.length).toBeGreaterThan(20);
  for (const name of generated) {
    const uses = [...others.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].length;
    expect(uses, name).toBeGreaterThan(name === 'LINEAR' ? 1 : 0); // besides its import
    expect(others, `${name} has one value`).not.toMatch(new RegExp(`\\b${name}(: \\w+)? = `));
  }
});

test('every long number in the kernels also occurs in the TypeScript sources or in Math', () => {
  const ofSources = sourcesIn(new URL('ops/', SRC)).map((file) => readFileSync(new URL(`ops/${file}`, SRC), 'utf8'));
  const ofMath = [Math.LN2, Math.LOG2E, Math.SQRT1_2, 1 / Math.sqrt(2 * Math.PI)];
  const numbers = files
    .filter((file) => file !== 'numbers.ts')
    .flatMap((file) => source(file).match(/\b\d\.\d{5,}\b/g) ?? []);
  expect(numbers.length).toBeGreaterThan(8);
  for (const number of numbers) {
    const isThere = ofMath.includes(Number(number)) || ofSources.some((text) => text.includes(number));
    expect(isThere, number).toBe(true);
  }
});

test('the fields of the plan have the numbers that plan.ts gives them', () => {
  const record = /class Plan \{(.*?)\n\}/s.exec(source('plan.ts'))?.[1] ?? '';
  const fields = [...record.matchAll(/^ {2}(\w+): /gm)].map(([, name]) => name);
  for (const [name, n] of Object.entries(FIELD)) expect(fields.indexOf(name), name).toBe(n);
});

test('relaxed SIMD is available from Node 22 on', () => {
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

test('a runtime without relaxed SIMD refuses its kernels and does not run them', async () => {
  if (hasRelaxedSimd()) expect((await instantiate(false, true)).memory.buffer.byteLength).toBe(65536);
  else await expect(instantiate(false, true)).rejects.toThrow(/relaxed/);
});

/**
 * A network of one layer in the kernels' memory, and a function that carries out an order for all
 * of it.
 */
async function ordered(network: NetworkSpec, optimizer: OptimizerSpec, order: number): Promise<() => number> {
  const instance = await instantiate(false, false);
  const { plan, sync } = layOut(instance, network, optimizer, 4, 1, 0);
  new Uint32Array(instance.memory.buffer)[plan / 4 + FIELD.rows] = 4;
  return () => instance.kernels.run(plan, sync, order);
}

describe('a number without a kernel', () => {
  const KNOWN_ONE = network(3, [], 'relu', 2, 'tanh', 'mse');
  const SGD = optimizerSpec('sgd');
  const step = ORDER.forward | ORDER.backward | ORDER.update;
  const other = <T>(id: string): T => id as T;

  test('does not occur in a network of known pages', async () => {
    expect((await ordered(KNOWN_ONE, SGD, step))()).toBe(1);
  });

  test.each([
    ['an activation', { ...KNOWN_ONE, layers: [{ units: 2, activation: other<'tanh'>('mine') }] }],
    ['a loss', { ...KNOWN_ONE, loss: other<'mse'>('mine') }],
  ])('of %s traps', async (_what, unknown) => {
    const run = await ordered(unknown, SGD, step);

    expect(run).toThrow(/unreachable/);
  });

  test('of a slope traps', async () => {
    const hidden = { ...KNOWN_ONE, layers: [{ units: 2, activation: other<'tanh'>('mine') }, ...KNOWN_ONE.layers] };
    expect(await ordered(hidden, SGD, ORDER.backward | ORDER.forward)).toThrow(/unreachable/);
  });

  test('of an optimizer traps, but wasm refuses it first and names the engines that support it', async () => {
    const unregister = registerOptimizer({ ...optimizerPage('sgd'), id: 'mine' });
    try {
      const mine = optimizerSpec(other<'sgd'>('mine'));
      const run = await ordered(KNOWN_ONE, mine, ORDER.update);
      expect(run).toThrow(/unreachable/);
      expect(lackOf('wasm', KNOWN_ONE, mine)).toEqual([{ of: 'optimizer', id: 'mine' }]);
      expect(lackOf('vector', KNOWN_ONE, mine)).toEqual([]);
      await expect(createEngine('wasm', KNOWN_ONE, mine)).rejects.toMatchObject({
        code: 'usage',
        message: 'wasm has no kernel for optimizer mine',
        hint: 'use --engine autograd or --engine vector or --engine tfjs',
      });
    } finally {
      unregister();
    }
    const unregistered = createEngine('wasm', KNOWN_ONE, { ...SGD, id: other<'sgd'>('mine') });
    await expect(unregistered).rejects.toThrow('unknown optimizer "mine"');
    const unknown = { ...KNOWN_ONE, layers: [{ units: 2, activation: other<'tanh'>('mine') }] };
    await expect(createEngine('wasm', unknown, SGD)).rejects.toThrow('unknown name "mine"');
  });
});

test('f64 and unknown networks are refused', async () => {
  const spec = network(3, [], 'relu', 2, 'softmax', 'cross-entropy');
  await expect(createEngine('wasm', spec, optimizerSpec('sgd'), { dtype: 'f64' })).rejects.toThrow(/f32 only/);
  await expect(createWasmEngine({ ...spec, layers: [] }, optimizerSpec('sgd'))).rejects.toThrow(/at least one layer/);
});
