// Threads end with the engine, and one that fails is reported.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
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

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

async function team(size: number) {
  const instance = await instantiate(true);
  const layout = layOut(instance, NETWORK, optimizerSpec('sgd'), 8, size, 0);
  return { instance, layout, team: await assemble(instance, layout, size) };
}

/** A program of its own, as a user would write it. */
function program(text: string): { status: number | null; stdout: string; stderr: string; signal: string | null } {
  const imports = `
    import { createEngine, optimizerSpec } from './src/index.ts';
    const network = { inputs: 4, layers: [{ units: 3, activation: 'softmax' }], loss: 'cross-entropy' };
    const batch = { inputs: { rows: 2, cols: 4, data: new Float32Array(8).fill(1) }, targets: { rows: 2, cols: 3, data: Float32Array.of(1, 0, 0, 0, 1, 0) } };
    const engine = await createEngine('wasm', network, optimizerSpec('sgd'), { threads: 4 });
    await engine.trainStep(batch);
  `;
  const args = ['--import', 'tsx', '--input-type=module', '-e', imports + text];
  return spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', timeout: 40_000 });
}

afterEach(() => vi.unstubAllGlobals());

describe('a team', () => {
  test('ends: no thread is left, and ending twice is no mistake', async () => {
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
    words[9] = 0xffff_ff00; // where the batch is: outside of memory
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
    const next = await assemble(instance, layout, 2); // and a new team works where the old one failed
    expect(instance.kernels.run(layout.plan, layout.sync, 3)).toBe(1);
    expect(next.failure()).toBeNull();
    await next.end();
  });

  test('a barrier that was broken up lets nobody wait', async () => {
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

  test('that was disposed of and is used after all starts its threads again', async () => {
    const engine = await createWasmEngine(NETWORK, optimizerSpec('sgd'), { threads: 2 });
    await engine.load(startOf(NETWORK));
    const right = await engine.trainStep(randomBatch(NETWORK, 5));
    expect(Number.isFinite(right)).toBe(true);
    await engine.dispose();
    await engine.load(startOf(NETWORK));
    expect(await engine.trainStep(randomBatch(NETWORK, 5))).toBe(right);
    await engine.dispose();
  });

  test('takes one thread where memory cannot be shared', async () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(mostThreads()).toBe(1);
    const engine = await createWasmEngine(NETWORK, optimizerSpec('adam'), { threads: 4 });
    await engine.load(startOf(NETWORK));
    expect(Number.isFinite(await engine.trainStep(randomBatch(NETWORK, 5)))).toBe(true);
    await engine.dispose();
  });

  test('leaves nothing behind that keeps a program alive', () => {
    expect(program('await engine.dispose(); console.log("end");')).toMatchObject({ status: 0, stdout: 'end\n' });
  });

  test('that is forgotten does not keep a program alive either', () => {
    expect(program('console.log("end");')).toMatchObject({ status: 0, stdout: 'end\n' });
  });

  test('memory is given back: a hundred engines of 20 MB, one after the other', () => {
    const { status, stdout } = program(`
      const wide = { inputs: 1000, layers: [{ units: 1000, activation: 'relu' }], loss: 'mse' };
      for (let n = 0; n < 100; n++) {
        const one = await createEngine('wasm', wide, optimizerSpec('adam'), { threads: n % 2 + 1 });
        const tensor = (role, shape, values) => ({ layer: 1, role, shape, values });
        const weights = tensor('weights', [1000, 1000], new Float32Array(1e6).fill(n));
        await one.load([weights, tensor('bias', [1000], new Float32Array(1000))]);
        await one.dispose();
      }
      console.log(process.memoryUsage().rss < 1.2e9 ? 'given back' : String(process.memoryUsage().rss));
    `);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'given back\n' });
  });
});

describe('the number of threads', () => {
  /** What is chosen while one of the two is faster, call by call. */
  function chosen(choice: Choice, faster: number, calls: number): number[] {
    return Array.from({ length: calls }, () => {
      const threads = choice.threads();
      const rows = Math.min(choice.steps(100), 10) * 100;
      choice.took(threads, rows, rows * (threads === faster ? 1 : 1.5));
      return threads;
    });
  }

  test.each([1, 4])('is what was faster when measured: %i', (faster) => {
    const choice = chooseThreads(4);
    expect(new Set(chosen(choice, faster, 6))).toEqual(new Set([1, 4]));
    expect(new Set(chosen(choice, faster, 90))).toEqual(new Set([faster]));
  });

  test('is measured again: a machine may change its pace', () => {
    const choice = chooseThreads(2);
    chosen(choice, 2, 90);
    const later = chosen(choice, 1, 2000);
    expect(later.slice(-1000).filter((threads) => threads === 2).length).toBeLessThan(20);
  });

  test('is not chosen where it is given, or there is one', () => {
    expect([always(3).threads(), chooseThreads(1).threads()]).toEqual([3, 1]);
  });
});

test('work is cut evenly', () => {
  expect([...evenly([1, 1, 1, 1], 2)]).toEqual([0, 2, 4]);
  expect([...evenly([9, 1, 1, 1], 2)]).toEqual([0, 1, 4]);
  expect([...evenly([0, 0, 0, 0], 3)]).toEqual([0, 1, 1, 4]);
  expect([...evenly([1], 3)]).toEqual([0, 1, 1, 1]);
});
