// Losses thinned for a page: few steps, and no peak, no dip and no end is lost.
import { describe, expect, test } from 'vitest';
import { inflated, thinned } from '../../src/report/html/thinned.ts';
import type { CompareReport } from '../../src/report/report.ts';
import { realReport } from './fixture.ts';

const real = await realReport();

/** A report of a run with these losses. */
function run(candidate: readonly number[], reference: readonly number[]): CompareReport {
  const exact = { loss: reference, allowed: { candidate: reference, reference } };
  return { ...real, freeRun: { ...real.freeRun, loss: { candidate, reference }, exact } };
}

const STEPS = 9380;
const smooth = Array.from({ length: STEPS }, (_, s) => 2 / (1 + s / 500));

describe('a long run', () => {
  const peaks = smooth.map((x, s) => (s === 4321 ? 9 : s === 777 ? -3 : x));
  const { report, steps } = thinned(run(peaks, smooth));

  test('keeps fewer than 2,500 steps, the first and the last among them', () => {
    expect(steps?.length).toBeLessThan(2500);
    expect([steps?.[0], steps?.at(-1)]).toEqual([0, STEPS - 1]);
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
  });

  test('keeps a peak and a dip of one step', () => {
    expect(Math.max(...report.freeRun.loss.candidate)).toBe(9);
    expect(Math.min(...report.freeRun.loss.candidate)).toBe(-3);
  });

  test('has each loss at its own step again, and its own length', () => {
    const { loss, exact } = inflated(report, steps).freeRun;
    expect([loss.candidate.length, loss.reference.length, exact?.loss.length]).toEqual([STEPS, STEPS, STEPS]);
    for (const s of steps ?? []) expect(loss.candidate[s]).toBe(peaks[s]);
    expect(1 in loss.candidate && 2 in loss.candidate && 3 in loss.candidate).toBe(false);
  });
});

test('a run that one side left early keeps its end, and where it stops being a number', () => {
  const short = smooth.slice(0, 5000).map((x, s) => (s < 4990 ? x : NaN));
  const { report, steps } = thinned(run(short, smooth));
  const { candidate } = inflated(report, steps).freeRun.loss;
  expect(candidate).toHaveLength(5000);
  expect(steps).toContain(4990);
  expect(candidate[4990]).toBeNaN();
});

test('a short run is left as it is', () => {
  const one = run(smooth.slice(0, 938), smooth.slice(0, 938));
  expect(thinned(one)).toEqual({ report: one, steps: null });
});
