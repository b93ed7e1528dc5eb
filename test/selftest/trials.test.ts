// The self-test as one list of trials: any cut gives the results of the whole.
import { expect, test } from 'vitest';
import { UNWATCHED } from '../../src/check/watch.ts';
import { makersOf } from '../../src/cli/selftest/makers.ts';
import { countTrials, ordered, runTrials } from '../../src/selftest/trials.ts';
import { runTask, trialsOf } from '../../src/selftest/tasks.ts';
import type { SelftestPlan } from '../../src/selftest/tasks.ts';

const PLAN: SelftestPlan = { thorough: false, networks: 2, pairs: 3, entries: 3, oracles: 2, seed: 4 };
const makers = makersOf([]); // nothing to compare with: the parts that need nothing are tried
const first = trialsOf(PLAN).kills; // the first trial after the known mistakes

test('a cut across parts has the trials of each, and can be put together in any order', async () => {
  expect(countTrials(PLAN)).toBe(first + 10);
  const all = await runTrials(makers, PLAN, { from: first, count: 8 });
  expect(all.map(({ part }) => part)).toEqual([
    'pairs',
    'pairs',
    'pairs',
    'entries',
    'entries',
    'entries',
    'oracles',
    'oracles',
  ]);
  const cut = [
    { from: first + 2, count: 3 },
    { from: first, count: 2 },
    { from: first + 5, count: 3 },
  ];
  const trials = ordered(PLAN);
  for (const range of cut) {
    const results = await runTrials(makers, PLAN, range);
    trials.take(range.from, results);
    trials.take(range.from, results); // twice counts once
  }
  const whole = await runTask(makers, PLAN, { part: 'entries', from: 0, to: 3 }, UNWATCHED);
  expect(trials.all('entries')).toEqual(whole);
  expect(trials.all('pairs')).toEqual(all.slice(0, 3).map(({ result }) => result));
  expect([trials.done('pairs'), trials.done('kills')]).toEqual([3, 0]);
});

test('a stopped cut has the trials so far', async () => {
  const stop = new AbortController();
  stop.abort();
  expect(await runTrials(makers, PLAN, { from: first, count: 8 }, stop.signal)).toEqual([]);
});
