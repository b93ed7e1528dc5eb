// Layers other than dense ones: the exact run and the scalar graph compared with answers of PyTorch
// and JAX in binary64 (scripts/reference-cases/normalized.py).
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createEngine } from '../../src/engines/registry.ts';
import { parametersOf, parametersSchema } from '../../src/network/schema.ts';
import type { Batch } from '../../src/network/batch.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { distance, norm } from '../../src/numeric/norms.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';

const FOLDER = fileURLToPath(new URL('../../data/cases/layers/', import.meta.url));
const FILES = readdirSync(FOLDER);

interface LayerCase {
  readonly network: NetworkSpec;
  readonly parameters: unknown;
  readonly batch: { inputs: number[][]; targets: number[][]; masks?: (number[][] | null)[] };
  readonly expected: { loss: number; gradients: unknown };
}

test('there are cases of both frameworks for each layer', () => {
  const kinds = ['batch-norm', 'dropout', 'layer-norm'];
  expect(FILES.toSorted()).toEqual(['jax', 'torch'].flatMap((from) => kinds.map((kind) => `${from}-${kind}.json`)));
});

describe.each(FILES)('%s', (file) => {
  const { network, parameters, batch, expected } = JSON.parse(readFileSync(FOLDER + file, 'utf8')) as LayerCase;
  const read = (numbers: unknown) => parametersOf(network, parametersSchema.parse(numbers), 'f64', file);
  const masks = batch.masks?.map((mask) => mask && matrixOf(mask, 'f64'));
  const asked: Batch = {
    inputs: matrixOf(batch.inputs, 'f64'),
    targets: matrixOf(batch.targets, 'f64'),
    ...(masks !== undefined && { masks }),
  };

  test.each([
    ['vector', { dtype: 'f64' }],
    ['autograd', {}],
  ] as const)('%s agrees to 1e-12', async (id, options) => {
    const engine = await createEngine(id, network, optimizerSpec('sgd'), options);
    await engine.load(read(parameters));
    const { loss, gradients } = await engine.lossAndGradients(asked);
    expect(Math.abs(loss - expected.loss)).toBeLessThanOrEqual(1e-12 * expected.loss);
    const right = read(expected.gradients);
    gradients.forEach(({ values, trained }, t) => {
      const size = norm(right[t].values);
      expect(trained === false || size > 0).toBe(true);
      expect(distance([values], [right[t].values])).toBeLessThanOrEqual(1e-12 * size);
      const other = values.map((g) => g * (1 + 1e-10));
      if (size > 0) expect(distance([other], [right[t].values])).toBeGreaterThan(1e-12 * size);
    });
    await engine.dispose();
  });
});
