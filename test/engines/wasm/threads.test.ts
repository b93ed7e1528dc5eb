// Threads end with the engine, and one that fails is reported.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { instantiate } from '../../../src/engines/wasm/kernels.ts';
import { layOut } from '../../../src/engines/wasm/plan.ts';
import { assemble, mostThreads } from '../../../src/engines/wasm/team.ts';
import { always, chooseThreads } from '../../../src/engines/wasm/choice.ts';
import type { Choice } from '../../../src/engines/wasm/choice.ts';
import { createWasmEngine } from '../../../src/engines/wasm/wasm.ts';
import { evenly } from '../../../src/engines/wasm/data-set.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { NETWORK, randomBatch, startOf } from '../../fixtures.ts';

async function team(size: number) {
  const instance = await instantiate(true);
  const layout = layOut(instance, NETWORK, optimizerSpec('sgd'), 8, size, 0);
  return { instance, layout, team: await assemble(instance, layout, size) };
}

afterEach(() => vi.unstubAllGlobals());

describe('a team', () => {
  test('ends: no thread is left, and ending twice is allowed', async () => {
    const { team: four } = await team(4);
    await four.end();
    await four.end();
    expect(four.failure()).toBeNull();
  });

  test('starts and ends fifty times', async () => {
    for (let n = 0; n < 50; n++) await (await team(2)).team.end();
  });

  test('reports a thread that fails, and does not wait for it', async () => {
    const { instance, layout, team: two } = await team(2);
    const words = new Uint32Array(instance.memory.buffer, layout.plan);
    [words[2], words[3]] = [2, 8]; // threads, rows
    words[9] = 0xffff_ff00; // the address of the batch: outside of memory
    let ownError: unknown = null;
    try {
      instance.kernels.run(layout.plan, layout.sync, 3);
    } catch (error) {
      ownError = error; // this thread has the same bad address
    }
    expect(ownError).toBeInstanceOf(Error);
    await vi.waitFor(() => expect(two.failure()).toMatch(/thread 2 of 2: .*out of bounds/));
    expect(instance.kernels.isBroken(layout.sync)).toBe(1);
    await two.end();
    new Uint8Array(instance.memory.buffer, layout.sync, instance.kernels.syncBytes.value).fill(0);
    words[9] = layout.stagedInputs;
    const next = await assemble(instance, layout, 2); // a new team works where the old one failed
    expect(instance.kernels.run(layout.plan, layout.sync, 3)).toBe(1);
    expect(next.failure()).toBeNull();
    await next.end();
  });

  test('does not wait at a barrier that was broken up', async () => {
    const { instance, layout, team: two } = await team(2);
    instance.kernels.breakUp(layout.sync);
    new Uint32Array(instance.memory.buffer, layout.plan).set([2, 8], 2);
    expect(instance.kernels.run(layout.plan, layout.sync, 3)).toBe(0);
    await two.end();
  });
});

describe('an engine', () => {
  test.each([0, -1, 1.5, NaN])('refuses %f threads', async (threads) => {
    await expect(createWasmEngine(NETWORK, optimizerSpec('sgd'), { threads })).rejects.toThrow(/whole number/);
  });

  test('that is used again after dispose restarts its threads', async () => {
    const engine = await createWasmEngine(NETWORK, optimizerSpec('sgd'), { threads: 2 });
    await engine.load(startOf(NETWORK));
    const right = await engine.trainStep(randomBatch(NETWORK, 5));
    expect(Number.isFinite(right)).toBe(true);
    await engine.dispose();
    await engine.load(startOf(NETWORK));
    expect(await engine.trainStep(randomBatch(NETWORK, 5))).toBe(right);
    await engine.dispose();
  });

  test('takes one thread if memory cannot be shared', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(mostThreads()).toBe(1);
    const engine = await createWasmEngine(NETWORK, optimizerSpec('adam'), { threads: 4 });
    await engine.load(startOf(NETWORK));
    expect(Number.isFinite(await engine.trainStep(randomBatch(NETWORK, 5)))).toBe(true);
    await engine.dispose();
  });
});

describe('the number of threads', () => {
  /** The numbers of threads chosen, call by call, while one of the two is faster. */
  function chosen(choice: Choice, faster: number, calls: number): number[] {
    return Array.from({ length: calls }, () => {
      const threads = choice.threads();
      const rows = Math.min(choice.steps(100), 10) * 100;
      choice.took(threads, rows, rows * (threads === faster ? 1 : 1.5));
      return threads;
    });
  }

  test.each([1, 4])('is the one that was measured to be faster: %i', (faster) => {
    const choice = chooseThreads(4);
    expect(new Set(chosen(choice, faster, 6))).toEqual(new Set([1, 4]));
    expect(new Set(chosen(choice, faster, 90))).toEqual(new Set([faster]));
  });

  test('is measured again, because the speed of a machine may change', () => {
    const choice = chooseThreads(2);
    chosen(choice, 2, 90);
    const later = chosen(choice, 1, 2000);
    expect(later.slice(-1000).filter((threads) => threads === 2).length).toBeLessThan(20);
  });

  test('is not measured if it is given, or if there is only one', () => {
    expect([always(3).threads(), chooseThreads(1).threads()]).toEqual([3, 1]);
  });
});

test('work is split evenly', () => {
  expect([...evenly([1, 1, 1, 1], 2)]).toEqual([0, 2, 4]);
  expect([...evenly([9, 1, 1, 1], 2)]).toEqual([0, 1, 4]);
  expect([...evenly([0, 0, 0, 0], 3)]).toEqual([0, 1, 1, 4]);
  expect([...evenly([1], 3)]).toEqual([0, 1, 1, 1]);
});
