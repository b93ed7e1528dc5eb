// A single wrong entry is found by the ratio of two slopes, in a few of them; several are told from
// one, or lead to a place that is not wrong.
import { describe, expect, it } from 'vitest';
import type { Measured } from '../../../src/check/function/place.ts';
import { searchSingle } from '../../../src/check/function/single.ts';
import { createRng } from '../../../src/numeric/rng.ts';

const N = 100_000;

/** Searches among N units, of which some are off; slopes have this error. */
async function searched(off: ReadonlyMap<number, number>, error: number, seed: number) {
  const rng = createRng(seed, 'single');
  let slopes = 0;
  const slope = (from: number, to: number, weightOf: (at: number) => number): Measured => {
    slopes++;
    let residual = error * (2 * rng.uniform() - 1);
    for (const [at, size] of off) if (at >= from && at < to) residual += weightOf(at) * size;
    return { residual, error } as Measured;
  };
  const found = await searchSingle(
    N,
    async (from, to, weightOf) => Promise.resolve(slope(from, to, weightOf)),
    slope(0, N, () => 1),
  );
  return { found, slopes };
}

describe.each([
  ['clear', 1e-4, 5],
  ['hardly larger than the error', 1 / 6, 20],
])('a mistake that is %s', (_what, error, most) => {
  it.each([0, 1, 4_321, 49_999, 50_000, 99_998, 99_999])('at %d', async (at) => {
    for (let seed = 1; seed <= 5; seed++) {
      const { found, slopes } = await searched(new Map([[at, -1]]), error, seed);
      expect(found).toBe(at);
      expect(slopes).toBeLessThanOrEqual(most);
    }
  });
});

const SEVERAL: readonly (readonly (readonly [number, number])[])[] = [
  [
    [7, 1],
    [80_000, 1],
  ],
  [
    [7, 1],
    [80_000, -3],
  ],
  [
    [10, 1],
    [20, -0.5],
    [60_000, 2],
  ],
];

describe('the control: several', () => {
  it.each(SEVERAL.map((off) => ({ off })))('$off', async ({ off }) => {
    const { found, slopes } = await searched(new Map(off), 1e-3, 1);
    expect(found).toBe(null);
    expect(slopes).toBeLessThanOrEqual(3);
  });
  it('most', async () => {
    const rng = createRng(1, 'most');
    const off = new Map(Array.from({ length: N }, (_, at) => [at, rng.normal()]));
    expect(await searched(off, 1e-3, 1)).toMatchObject({ found: null });
  });
});

it('noise as large as the mistake: it gives up', async () => {
  const { found, slopes } = await searched(new Map([[500, 1]]), 0.8, 1);
  expect(found).toBe(null);
  expect(slopes).toBeLessThanOrEqual(3);
});
