import { expect, test } from 'vitest';
import { freeMemory } from '../../src/program/free-memory.ts';

/** Bytes in arrays of numbers. */
const inArrays = (): number => process.memoryUsage().arrayBuffers;
const SIZE = 64 * 2 ** 20;

test('frees arrays that nothing refers to, and no others', async () => {
  const kept = new Uint8Array(SIZE).fill(1);
  const before = inArrays();
  for (let n = 0; n < 2; n++) expect(new Uint8Array(SIZE).fill(n).at(-1)).toBe(n);
  await freeMemory();
  expect(inArrays()).toBeLessThan(before + SIZE / 2);
  expect(kept.at(-1)).toBe(1);
  expect(inArrays()).toBeGreaterThan(SIZE);
});
