// Scaling of inputs: exact where possible, otherwise within derived rounding error.
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import type { Examples } from '../../src/data/dataset.ts';
import { loadDataset } from '../../src/data/load.ts';
import { fitScaling, scaleInto } from '../../src/data/scaling.ts';
import type { ScaleId, Scaling } from '../../src/data/scaling.ts';
import { SEQUENCE_FAULTS } from '../../src/faults/sequence.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network } from '../fixtures.ts';
import { refusal } from '../refusal.ts';

function examples(values: Uint8Array | Float32Array): Examples {
  return { count: values.length, width: 1, values, labels: new Uint8Array(values.length) };
}

function scaled(id: ScaleId, train: Examples, values = train.values): Float32Array {
  const out = new Float32Array(values.length);
  scaleInto(out, 0, values, 0, values.length, fitScaling(id, train));
  return out;
}

const BYTES = examples(Uint8Array.from({ length: 256 }, (_, i) => i));

describe('unit', () => {
  it('divides bytes by 255 with one rounding: 0 becomes 0, 255 exactly 1', () => {
    const out = scaled('unit', BYTES);
    expect([out[0], out[255]]).toEqual([0, 1]);
    out.forEach((x, i) => expect(x).toBe(Math.fround(i / 255)));
  });

  it('divides by 255 even if no byte is 255', () => {
    expect(scaled('unit', examples(Uint8Array.of(0, 51)))[1]).toBe(Math.fround(0.2)); // 51/255 = 1/5
  });

  it('leaves numbers that are not bytes as they are', () => {
    expect(scaled('unit', examples(Float32Array.of(-3, 0.1, 300)))).toEqual(Float32Array.of(-3, 0.1, 300));
  });
});

describe('none', () => {
  it('leaves everything as it is', () => {
    expect(scaled('none', BYTES)).toEqual(Float32Array.from(BYTES.values));
    expect(scaled('none', examples(Float32Array.of(-3, 0.1)))).toEqual(Float32Array.of(-3, 0.1));
  });
});

describe('standard', () => {
  it('subtracts the mean and divides by the standard deviation', () => {
    // mean 3; squares of 2, 0, 0, 2 have mean 2
    const scaling = fitScaling('standard', examples(Uint8Array.of(1, 3, 3, 5)));
    expect(scaling).toEqual({ id: 'standard', mean: 3, deviation: Math.SQRT2 });
  });

  describe.each(['mnist', 'spirals'] as const)('of %s', (dataset) => {
    const { train } = loadDataset({ dataset, trainSize: 500, testSize: 1, seed: 1 });
    const fit = fitScaling('standard', train);
    const n = train.values.length;
    // Each number is rounded to binary32: by at most 2^-24 of itself. The mean of |x| is at most 1
    // (its square is at most the mean of x² = 1), so the mean moves by at most 2^-24, the mean
    // square by 2·2^-24. Sums of n numbers in binary64, here and in the fit, add at most n·2^-53 of
    // the mean of what is summed: in the fit |value| (before the division), here |x| and x².
    const sums = n * 2 ** -53;
    const meanBound = 2 ** -24 + sums * (1 + (Math.abs(fit.mean) + fit.deviation) / fit.deviation);
    const squareBound = 2 * 2 ** -24 + 4 * sums;

    /** |mean| and |mean square - 1| of all inputs together under this scaling. */
    const off = (scaling: Scaling): [number, number] => {
      const out = new Float32Array(n);
      scaleInto(out, 0, train.values, 0, n, scaling);
      const average = (of: (x: number) => number): number => out.reduce((sum, x) => sum + of(x), 0) / n;
      return [Math.abs(average((x) => x)), Math.abs(average((x) => x * x) - 1)];
    };

    it('gives mean 0 and standard deviation 1 within rounding', () => {
      const [mean, square] = off(fit);
      expect(mean).toBeLessThanOrEqual(meanBound);
      expect(square).toBeLessThanOrEqual(squareBound);
    });

    it('misses them with a mean or a deviation that is off by a millionth', () => {
      expect(off({ ...fit, mean: fit.mean + 1e-6 * fit.deviation })[0]).toBeGreaterThan(meanBound);
      expect(off({ ...fit, deviation: fit.deviation * (1 + 1e-6) })[1]).toBeGreaterThan(squareBound);
    });
  });

  it('scales a test set by the training set', () => {
    const train = examples(Uint8Array.of(0, 2)); // mean 1, deviation 1
    expect(scaled('standard', train, Uint8Array.of(0, 1, 5))).toEqual(Float32Array.of(-1, 0, 4));
  });

  it('refuses inputs that are all equal', () => {
    for (const same of [Uint8Array.of(7, 7, 7), Float32Array.of(0.1, 0.1, 0.1), Uint8Array.of(0)]) {
      expect(refusal(UsageError, () => fitScaling('standard', examples(same)))).toBe(
        'all training inputs are the same; they cannot be standardised',
      );
    }
  });
});

describe('scaling', () => {
  it('writes a part of the values to a place in the output, and nothing else', () => {
    const out = new Float32Array(6).fill(-1);
    scaleInto(out, 2, Uint8Array.of(10, 20, 30, 40, 50), 1, 4, { id: 'none', mean: 0, deviation: 10 });
    expect(Array.from(out)).toEqual([-1, -1, 2, 3, 4, -1]);
  });

  it('divides and rounds once: a product with the rounded reciprocal would differ', () => {
    // k = 11671107: 49·(k + 1/2)·2^-23 divided by 49 is half way between two binary32 numbers,
    // k·2^-23 and (k + 1)·2^-23; the even one is the second. 1/49 rounded is below 1/49: the
    // product lies below the half way.
    const k = 11671107;
    const numerator = (49 * (2 * k + 1)) / 2 ** 24; // 31 bits, exact, as is 68 less it
    const out = new Float32Array(1);
    scaleInto(out, 0, Uint8Array.of(68), 0, 1, { id: 'standard', mean: 68 - numerator, deviation: 49 });
    expect(out[0] * 2 ** 23).toBe(k + 1);
    expect(Math.fround(numerator * (1 / 49)) * 2 ** 23).toBe(k);
  });

  it('needs a known name', () => {
    expect(refusal(UsageError, () => fitScaling('minmax' as ScaleId, BYTES))).toBe(
      'unknown scale "minmax" | choose one of unit, none, standard, columns',
    );
  });
});

describe('columns', () => {
  const table = (rows: number[][]): Examples => ({
    count: rows.length,
    width: rows[0].length,
    values: Float32Array.from(rows.flat()),
    labels: new Uint8Array(rows.length),
  });

  it('gives each input its own mean and deviation; one that is always the same becomes 0', () => {
    const train = table([[1, 1000, 7], [3, 3000, 7], [3, 3000, 7], [5, 5000, 7]]); // prettier-ignore
    const scaling = fitScaling('columns', train);
    expect(scaling.columns).toEqual([
      { mean: 3, deviation: Math.SQRT2 },
      { mean: 3000, deviation: 1000 * Math.SQRT2 },
      { mean: 7, deviation: 1 },
    ]);
    const root = Math.fround(2 / Math.SQRT2);
    const out = new Float32Array(13);
    scaleInto(out, 1, train.values, 0, 12, scaling);
    expect([...out]).toEqual([0, -root, -root, 0, 0, 0, 0, 0, 0, 0, root, root, 0]);
    scaleInto(out, 0, train.values, 9, 12, scaling); // the last example alone
    expect([...out.slice(0, 3)]).toEqual([root, root, 0]);
  });

  it('is undone by the mistake that leaves inputs as they are', () => {
    const train = table([[1, 1000], [3, 3000], [3, 3000], [5, 5000]]); // prettier-ignore
    const { columns } = fitScaling('columns', train);
    const x = matrixOf([[-1, 2], [0.5, 0]]); // prettier-ignore
    const { inputs } = SEQUENCE_FAULTS['inputs-not-scaled'].injection(0, {
      network: network(2, [], 'relu', 1, 'linear', 'mse'),
      optimizer: optimizerSpec('sgd'),
      scaling: { mean: 0, deviation: 1, columns },
    });
    inputs(x);
    const r = Math.SQRT2;
    expect(Array.from(x.data)).toEqual([3 - r, 3000 + 2000 * r, 3 + 0.5 * r, 3000].map(Math.fround));
  });
});
