// Figures of the benchmark compared with figures by hand: statistics, operations,
// scenarios, losses.
import { describe, expect, it } from 'vitest';
import { leastAllowed } from '../../scripts/bench/exact.ts';
import { flopsPerSample } from '../../scripts/bench/flops.ts';
import { checkLoss } from '../../scripts/bench/report.ts';
import { grouped } from '../../scripts/bench/run.ts';
import { STANDARD, allScenarios, findScenarios, networkOf } from '../../scripts/bench/scenarios.ts';
import { quantile, ratio, summarize } from '../../scripts/bench/statistics.ts';
import { count, percent, seconds, short } from '../../scripts/bench/words.ts';
import { UsageError } from '../../src/errors.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { refusal } from '../refusal.ts';

const NETWORK: NetworkSpec = {
  inputs: 4,
  layers: [
    { units: 3, activation: 'relu' },
    { units: 2, activation: 'softmax' },
  ],
  loss: 'cross-entropy',
};

describe('statistics', () => {
  it('are median, quartiles and extremes', () => {
    expect(summarize([5, 1, 4, 2, 3])).toEqual({ median: 3, q1: 2, q3: 4, min: 1, max: 5 });
    expect(summarize([1, 2])).toEqual({ median: 1.5, q1: 1.25, q3: 1.75, min: 1, max: 2 });
    expect(summarize([7])).toEqual({ median: 7, q1: 7, q3: 7, min: 7, max: 7 });
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('refuse an empty list, NaN and infinity', () => {
    for (const values of [[], [1, NaN], [Infinity]]) expect(() => summarize(values)).toThrow(RangeError);
  });

  it('take ratios round by round, over the rounds with both contenders', () => {
    expect(ratio([2, 20, 6], [1, 10, 2, 5])?.median).toBe(2);
    expect(ratio([2], [])).toBeNull();
  });
});

describe('operations per sample', () => {
  it('of 4-3-2: (2 products of 4·3 + 3 of 3·2) · 2 operations', () => {
    expect(flopsPerSample(NETWORK, 1)).toEqual({ dense: 84, nonZero: 84 });
    expect(flopsPerSample(NETWORK, 0.25)).toEqual({ dense: 84, nonZero: 48 });
  });

  it('of one layer: no gradient of the inputs', () => {
    expect(flopsPerSample({ ...NETWORK, layers: [NETWORK.layers[1]] }, 0)).toEqual({ dense: 32, nonZero: 0 });
  });

  it('of 784-128-10', () => {
    const [sgd] = STANDARD;
    expect(flopsPerSample(networkOf(sgd), 1).dense).toBe(4 * 784 * 128 + 6 * 128 * 10);
  });
});

describe('scenarios', () => {
  it('have unique names and full batches, each within one group', () => {
    const all = allScenarios(2);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { data, batchSize } of all) expect(data.examples % batchSize).toBe(0);
    expect(grouped(all).flatMap(({ scenarios }) => scenarios.map(({ name }) => name))).toEqual(all.map((s) => s.name));
  });

  it('are found by name or sweep, in the order of the table', () => {
    expect(findScenarios(['dense-128', 'sgd-32']).map(({ name }) => name)).toEqual(['sgd-32', 'dense-128']);
    expect(findScenarios(['density']).map(({ at }) => at)).toEqual([0.01, 0.05, 0.2, 0.5, 1]);
    expect(findScenarios(['batch-8']).map(({ batchSize }) => batchSize)).toEqual([8]);
    expect(allScenarios(6).flatMap((s) => (s.family === 'threads' ? [s.threads] : []))).toEqual([1, 2, 4, 6]);
  });

  it('with an unknown name are refused with the choices', () => {
    expect(refusal(UsageError, () => findScenarios(['sgd-33']))).toBe(
      'unknown scenario "sgd-33" | choose from sgd-32, sgd-128, sgd-512, adam-128, dense-128, batch, width, depth, threads, density, examples, tiny, or one point of a sweep such as batch-32',
    );
  });
});

describe('a loss', () => {
  const expected = { exact: 2, allowed: leastAllowed(NETWORK, 16, 100) };

  it('may be off by rounding error', () => {
    expect(expected.allowed).toBe(100 * 4 * 2 ** -24);
    expect(checkLoss({ steps: 100, loss: 2 + 4e-5 }, null, expected).verdict).toBe('same');
  });

  it.each([2 + 5e-5, 1.9, NaN, Infinity])('is wrong at %d, unless the contender declares another loss', (loss) => {
    expect(checkLoss({ steps: 100, loss }, null, expected).verdict).toBe('wrong');
    expect(checkLoss({ steps: 100, loss }, 'its own loss', expected).verdict).toBe('other');
  });
});

describe('words', () => {
  it('show three significant digits', () => {
    expect([0, 0.01234, 1.234, 99.96, 1234.5, 1e-9].map(short)).toEqual([
      '0',
      '0.0123',
      '1.23',
      '100',
      '1,230',
      '1.0e-9',
    ]);
    expect([count(12345.6), percent(0.0123), seconds(0.0456), seconds(2)]).toEqual([
      '12,346',
      '1.23 %',
      '45.6 ms',
      '2.00 s',
    ]);
  });
});
