// Jobs that run at the same time.
import { expect, test } from 'vitest';
import { sideBySide } from '../../src/check/run/side-by-side.ts';
import type { Job } from '../../src/check/run/side-by-side.ts';
import { UNWATCHED } from '../../src/check/watch.ts';

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('results come in the order of the jobs, however long each takes', async () => {
  const jobs = [30, 1, 10].map((milliseconds, i): Job<number> => async () => {
    await pause(milliseconds);
    return i;
  });
  for (const atOnce of [1, 2, 3, 8]) expect(await sideBySide(jobs, atOnce, UNWATCHED)).toEqual([0, 1, 2]);
});

test.each([1, 2, 3])('at most %i run at once, and they begin in their order', async (atOnce) => {
  let [running, most] = [0, 0];
  const begun: number[] = [];
  const jobs = Array.from({ length: 7 }, (_, i): Job<void> => async () => {
    begun.push(i);
    most = Math.max(most, ++running);
    await pause(3);
    running--;
  });
  await sideBySide(jobs, atOnce, UNWATCHED);
  expect(most).toBe(atOnce);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('a failure stops the others, is thrown when they have ended, and lets no other begin', async () => {
  const ended: string[] = [];
  const patient: Job<string> = async ({ signal }) => {
    while (!signal.aborted) await pause(1);
    await pause(5);
    ended.push('patient');
    return 'stopped';
  };
  const failing: Job<string> = async () => {
    await pause(3);
    throw new RangeError('broken');
  };
  const late: Job<string> = async () => {
    ended.push('late');
    return 'late';
  };
  await expect(sideBySide([patient, failing, late], 2, UNWATCHED)).rejects.toThrow(RangeError);
  expect(ended).toEqual(['patient']);
});

test('of several failures the first in order is thrown', async () => {
  const failing =
    (milliseconds: number, message: string): Job<void> =>
    async () => {
      await pause(milliseconds);
      throw new Error(message);
    };
  await expect(sideBySide([failing(10, 'first'), failing(1, 'second')], 2, UNWATCHED)).rejects.toThrow('first');
});

test('an outer signal stops all', async () => {
  const outer = new AbortController();
  const job: Job<boolean> = async ({ signal }) => {
    while (!signal.aborted) await pause(1);
    return true;
  };
  setTimeout(() => outer.abort(), 5);
  expect(await sideBySide([job, job], 2, { ...UNWATCHED, signal: outer.signal })).toEqual([true, true]);
});
