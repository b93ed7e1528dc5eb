// The entries that are kept for reports: the worst ones are the worst, and the sample covers
// the tensor.
import { describe, expect, test } from 'vitest';
import { cellOf, scatterOf, worstEntries } from '../../src/check/diagnosis/entries.ts';
import { LockstepCheck } from '../../src/check/run/lockstep.ts';
import type { Compare } from '../../src/check/measure.ts';
import { measure } from '../../src/check/measure.ts';
import { createBatches } from '../../src/data/batches.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network } from '../fixtures.ts';
import { realReport } from '../report/fixture.ts';

const gradientCell = (c: Compare, step: number) => cellOf('gradient', step, measure(c), worstEntries(c));

/** A (40, 30) tensor with a 0 at every third entry; both engines are off by up to their bounds. */
function tensor(seed: number): Compare {
  const rng = createRng(seed, 'test');
  const numbers = (of: (i: number) => number): Float64Array => Float64Array.from({ length: 1200 }, (_, i) => of(i));
  const oracle = numbers((i) => (i % 3 === 0 ? 0 : rng.normal()));
  const off = (): Float64Array => numbers((i) => oracle[i] + (i % 3 === 0 ? 0 : 1e-7 * (rng.uniform() - 0.5)));
  return {
    parameter: 'W1',
    shape: [40, 30],
    exact: oracle,
    candidate: off(),
    reference: off(),
    bounds: numbers(() => 1e-7),
  };
}

describe.each([1, 2, 3])('a tensor (seed %i)', (seed) => {
  const c = tensor(seed);
  const used = Array.from(
    c.exact,
    (x, i) => Math.max(Math.abs(c.candidate[i] - x), Math.abs(c.reference[i] - x)) / 1e-7,
  );

  test('keeps its five worst entries, worst first, with their places and numbers', () => {
    const { worst, usedOfBound } = gradientCell(c, 7);
    const expected = [...used.keys()].sort((a, b) => used[b] - used[a]).slice(0, 5);
    expect(worst.map(({ index: [row, col] }) => row * 30 + col)).toEqual(expected);
    expect(worst.map((e) => e.candidate)).toEqual(expected.map((i) => c.candidate[i]));
    expect(worst.map((e) => e.reference)).toEqual(expected.map((i) => c.reference[i]));
    expect(worst[0]?.usedOfBound).toBe(usedOfBound);
    expect(usedOfBound).toBe(measure(c).usedOfBound);
  });

  test('is sampled over its whole length, without zeros, with the worst entries', () => {
    const { at, candidate, reference, oracle } = scatterOf(c);
    expect(at.length).toBeGreaterThanOrEqual(240);
    expect(at.every((i) => i % 3 !== 0)).toBe(true);
    expect(at).toEqual([...new Set(at)].sort((a, b) => a - b));
    expect([at[0] < 30, (at.at(-1) ?? 0) > 1100]).toEqual([true, true]);
    expect(at).toContain(used.indexOf(Math.max(...used)));
    expect(candidate).toEqual(at.map((i) => c.candidate[i]));
    expect(reference).toEqual(at.map((i) => c.reference[i]));
    expect(oracle).toEqual(at.map((i) => c.exact[i]));
  });
});

test('a tensor that is exact everywhere keeps one entry; NaN is the worst of all', () => {
  const c = tensor(1);
  const exact = { ...c, candidate: c.exact, reference: c.exact };
  expect(gradientCell(exact, 0).worst).toHaveLength(1);
  const broken = { ...c, candidate: c.candidate.slice() };
  broken.candidate[77] = NaN;
  expect(gradientCell(broken, 0).worst[0]).toMatchObject({ index: [2, 17], usedOfBound: Infinity });
  expect(gradientCell(broken, 0).left).toBe('candidate');
});

test('a tensor of zeros has one point', () => {
  const zero = new Float64Array(4);
  const c = { parameter: 'b1', shape: [4], candidate: zero, reference: zero, exact: zero, bounds: zero };
  expect(scatterOf(c).at).toEqual([0]);
});

test('in a run, the worst cell of a tensor is its measure in the report', async () => {
  const { lockstep } = await realReport({ fault: 'sign@1' });
  for (const [what, measures] of [
    ['gradient', lockstep.gradients],
    ['update', lockstep.updates],
    ['train-step', lockstep.trainSteps],
  ] as const) {
    for (const m of measures) {
      const cells = lockstep.cells.filter((c) => c.what === what && c.parameter === m.parameter);
      expect(cells.map((c) => c.step)).toEqual(lockstep.steps);
      expect(Math.max(...cells.map((c) => c.usedOfBound))).toBe(m.usedOfBound);
    }
  }
});

test('kinks are counted per step', async () => {
  const spec = network(2, [1], 'relu', 2, 'softmax', 'cross-entropy');
  const sgd = optimizerSpec('sgd');
  const ones = { count: 6, width: 2, values: new Float32Array(12).fill(1), labels: new Uint8Array(6) };
  const batches = createBatches(ones, 2, { id: 'none', mean: 0, deviation: 1 }, { batchSize: 2, epochs: 1, seed: 1 });
  const [one, other] = [await createEngine('vector', spec, sgd), await createEngine('vector', spec, sgd)];
  const lockstep = new LockstepCheck({
    network: spec,
    optimizer: sgd,
    batches,
    engines: { candidate: one, reference: other },
  });
  const [W1, b1, ...layer2] = initialParameters(spec, 'glorot-uniform', 1);
  const weights = { ...W1, values: Float32Array.of(0.5, -0.5 - 2 ** -25) }; // rounding hides the score's sign
  for (const [step, bias] of [0, 1, 0].entries()) {
    await lockstep.at(step, [weights, { ...b1, values: Float32Array.of(bias) }, ...layer2]);
  }
  const { kinks } = lockstep.result(null);
  expect(kinks.count).toBe(4);
  expect(kinks.steps).toEqual([
    { step: 0, count: 2 },
    { step: 2, count: 2 },
  ]);
  for (const engine of [one, other]) await engine.dispose();
});
