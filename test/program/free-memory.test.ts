import { expect, test } from 'vitest';
import { freeMemory } from '../../src/program/free-memory.ts';

test('frees what nothing refers to, and nothing else', async () => {
  const kept = new Float64Array(1000).fill(3);
  const refs = [kept, ...[1, 2].map((x) => new Float64Array(1000).fill(x))].map((array) => new WeakRef(array));
  await freeMemory();
  expect(refs.map((ref) => ref.deref()?.[0])).toEqual([3, undefined, undefined]);
  expect(kept[0]).toBe(3);
});
