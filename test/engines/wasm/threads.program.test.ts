// The threads of an engine do not outlive the program that made it, and memory is freed.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A separate program, as a user would write it. */
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

describe('an engine', () => {
  test('leaves nothing running that keeps a program alive', () => {
    expect(program('await engine.dispose(); console.log("end");')).toMatchObject({ status: 0, stdout: 'end\n' });
  });

  test('that is never disposed does not keep a program alive either', () => {
    expect(program('console.log("end");')).toMatchObject({ status: 0, stdout: 'end\n' });
  });

  test('frees its memory: a hundred engines of 20 MB in succession', () => {
    const { status, stdout } = program(`
      const wide = { inputs: 1000, layers: [{ units: 1000, activation: 'relu' }], loss: 'mse' };
      for (let n = 0; n < 100; n++) {
        const one = await createEngine('wasm', wide, optimizerSpec('adam'), { threads: n % 2 + 1 });
        const tensor = (role, shape, values) => ({ layer: 1, role, shape, values });
        const weights = tensor('weights', [1000, 1000], new Float32Array(1e6).fill(n));
        await one.load([weights, tensor('bias', [1000], new Float32Array(1000))]);
        await one.dispose();
      }
      console.log(process.memoryUsage().rss < 1.2e9 ? 'freed' : String(process.memoryUsage().rss));
    `);
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'freed\n' });
  });
});
